"""Handshakes that fail, without a socket: what the owner of a trunk is told of each."""

import ssl
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from gateway.io.certificates import TlsFiles, client_context, server_context
from gateway.io.tls_layer import TlsLayer, reason_of
from kernel.contracts.carriers import TrunkReason
from tests.certificates import Authority

CARRIER, ENDED, BEFORE = "carrier.example", timedelta(days=2), timedelta(days=-2)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "carriers", age=timedelta(hours=1))


@pytest.fixture
def strangers(tmp_path: Path) -> Authority:
    return Authority(tmp_path, "strangers")


def told(
    context: ssl.SSLContext,
    far: ssl.SSLContext,
    name: str = CARRIER,
    version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3,
) -> TrunkReason | None:
    """Why a handshake of ours failed, up to the first words after it; None: it did not."""
    context.maximum_version = version
    near, server = TlsLayer(context, server=False, name=name), TlsLayer(far, server=True)
    near.start()
    for _ in range(4):
        with suppress(ssl.SSLError):  # it told us by an alert, or nobody
            server.receive(near.outgoing())
        try:
            near.receive(server.outgoing())
        except ssl.SSLError as error:
            return reason_of(error)
    return None


def believing(authority: Authority, shown: TlsFiles | None = None) -> ssl.SSLContext:
    return client_context(shown, only=Path(authority.file).read_text())


def asking(files: TlsFiles, authority: Authority) -> ssl.SSLContext:
    """A carrier that takes nobody without a certificate of its authority's."""
    context = server_context(files)
    context.load_verify_locations(authority.file)
    context.verify_mode = ssl.CERT_REQUIRED
    return context


def test_a_good_one_is_no_trouble(authority: Authority) -> None:
    assert told(believing(authority), server_context(authority.issue(CARRIER))) is None


def test_a_certificate_by_somebody_else(authority: Authority, strangers: Authority) -> None:
    far = server_context(strangers.issue(CARRIER))
    assert told(believing(authority), far) is TrunkReason.UNKNOWN_AUTHORITY


@pytest.mark.parametrize(
    ("age", "reason"),
    [(ENDED, TrunkReason.CERTIFICATE_EXPIRED), (BEFORE, TrunkReason.CERTIFICATE_NOT_YET_VALID)],
)
def test_a_certificate_out_of_its_time(authority: Authority, age: timedelta, reason: TrunkReason) -> None:
    far = server_context(authority.issue(CARRIER, age=age))
    assert told(believing(authority), far) is reason


def test_a_certificate_with_another_name(authority: Authority) -> None:
    far = server_context(authority.issue("other.example"))
    assert told(believing(authority), far) is TrunkReason.NAME_MISMATCH


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_our_certificate_by_somebody_whom_the_carrier_does_not_know(
    authority: Authority, strangers: Authority, version: ssl.TLSVersion
) -> None:
    near, far = believing(authority, strangers.issue("us.example")), asking(authority.issue(CARRIER), authority)
    assert told(near, far, version=version) is TrunkReason.CERTIFICATE_REFUSED


def test_our_certificate_after_its_end(authority: Authority) -> None:
    near = believing(authority, authority.issue("us.example", age=ENDED))
    assert told(near, asking(authority.issue(CARRIER), authority)) is TrunkReason.CERTIFICATE_REFUSED


def test_no_certificate_where_the_carrier_asks_for_one(authority: Authority) -> None:
    near, far = believing(authority), asking(authority.issue(CARRIER), authority)
    assert told(near, far) is TrunkReason.CERTIFICATE_REFUSED


def test_no_cipher_in_common(authority: Authority) -> None:
    far = server_context(authority.issue(CARRIER))
    far.minimum_version = ssl.TLSVersion.TLSv1_3
    assert told(believing(authority), far, version=ssl.TLSVersion.TLSv1_2) is TrunkReason.HANDSHAKE_FAILED
