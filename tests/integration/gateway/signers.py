"""Who signs for callers, and a gateway that checks it: certificates lie in files, under names that nobody looks up."""

from pathlib import Path

from gateway.app.caller_proof import CallerProof
from gateway.io.certificates import TlsFiles
from kernel.adapters import SystemClock
from kernel.contracts.trunks import Signing, TrunkOptions
from kernel.primitives.secret import Secret
from tests.certificates import Authority

HOST = "certificates.carrier.example"
PLACE = f"https://{HOST}/shaken.pem"


class Certificates:
    """gateway.app.caller_proof.Documents: the one certificate is `files`'."""

    def __init__(self, files: TlsFiles) -> None:
        self._files = files

    async def fetch(self, url: str) -> bytes:
        assert url == PLACE
        return Path(self._files.certificate).read_bytes()


def proof(authority: Authority, files: TlsFiles) -> CallerProof:
    """Of who trusts the authority, and finds the certificate of `files` at `PLACE`."""
    return CallerProof(Path(authority.file), frozenset({HOST}), Certificates(files), SystemClock())


def signed_by(files: TlsFiles) -> dict[str, object]:
    """What a trunk needs beside its place."""
    return {
        "options": TrunkOptions(signing=Signing(certificate_url=PLACE)),
        "signing_key": Secret(Path(files.key).read_text()),
    }
