"""Certificates of TLS listeners, chosen by the name that a client asks for and read again when their files change."""

import os
import ssl
import time
from collections.abc import Callable, Iterator
from ipaddress import ip_address
from pathlib import Path

import msgspec
import structlog
from cryptography import x509
from cryptography.x509.oid import NameOID

LOOK_SECONDS = 10.0  # between two looks at the files; a renewal has days

log = structlog.get_logger(__name__)


class TlsFiles(msgspec.Struct, frozen=True):
    """PEM files of one identity: the chain, its key, and who signs the certificates of clients (empty: none is asked).

    `folder` may hold further identities `NAME.crt` with `NAME.key`, as of tenants' domains, served to clients that ask
    for a name which they bear (SNI). A client that shows no certificate is let in all the same: whose it is decides the
    trunk or the password.
    """

    certificate: str
    key: str
    client_ca: str = ""
    folder: str = ""


class ServerCertificates:
    """The SSL context of one listener; its handshakes take the newest certificate for the name that is asked for."""

    def __init__(self, files: TlsFiles, clock: Callable[[], float] = time.monotonic) -> None:
        """OSError or ssl.SSLError where the listener's own certificate cannot be used."""
        self._files = files
        self._clock = clock
        self._seen = self._look()
        self._looked_at = clock()
        self._own = _server_context(files.certificate, files.key, files.client_ca)
        self._by_name = dict(self._read_folder())
        self.context = _server_context(files.certificate, files.key, files.client_ca)
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        """Called during each handshake, also where the client names nobody."""
        self.refresh()
        connection.context = self.find((name or "").lower())

    def find(self, name: str) -> ssl.SSLContext:
        """The identity for a name in lower case; the listener's own where none bears it."""
        parent = name.partition(".")[2]
        return self._by_name.get(name) or self._by_name.get(f"*.{parent}") or self._own

    def refresh(self) -> None:
        """Read what changed, at most every `LOOK_SECONDS`; what cannot be read leaves the former in use."""
        now = self._clock()
        if now - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        seen = self._look()
        if seen == self._seen:
            return
        try:
            files = self._files
            self._own = _server_context(files.certificate, files.key, files.client_ca)
        except (OSError, ValueError) as error:  # half written: looked at again in the next round
            log.warning("tls.certificate_unreadable", file=self._files.certificate, reason=str(error))
            return
        self._by_name = dict(self._read_folder())
        self._seen = seen
        log.info("tls.certificates_read", names=len(self._by_name))

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        """What tells a changed file: its name, time and size."""
        paths = [Path(self._files.certificate), Path(self._files.key)]
        paths += [Path(self._files.client_ca)] if self._files.client_ca else []
        paths += [path for pair in self._pairs() for path in pair]
        return tuple(_stamp(path) for path in paths)

    def _pairs(self) -> list[tuple[Path, Path]]:
        if not self._files.folder:
            return []
        return [(path, path.with_suffix(".key")) for path in sorted(Path(self._files.folder).glob("*.crt"))]

    def _read_folder(self) -> Iterator[tuple[str, ssl.SSLContext]]:
        for certificate, key in self._pairs():
            try:
                context = _server_context(str(certificate), str(key), self._files.client_ca)
                names = _names(x509.load_pem_x509_certificate(certificate.read_bytes()))
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
                log.warning("tls.certificate_unreadable", file=str(certificate), reason=str(error))
                continue
            for name in names:
                yield name, context


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = os.stat(path)
    except OSError:
        return str(path), 0, 0
    return str(path), stat.st_mtime_ns, stat.st_size


def _server_context(certificate: str, key: str, client_ca: str) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key)
    if client_ca:
        context.load_verify_locations(client_ca)
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def client_context(files: TlsFiles | None, trusted_ca: str = "", only: str = "") -> ssl.SSLContext:
    """For connections that we open: who signed is checked here, and our own certificate is shown where it is wanted.

    The peer's name is checked after the handshake, by `bears`: OpenSSL would take wildcards, and reads no `sip:` URIs.
    `trusted_ca`: a PEM file of authorities besides those that this machine trusts; `only`: the PEM text of those that
    are trusted instead.
    """
    context = ssl.create_default_context(ssl.Purpose.SERVER_AUTH, cadata=only or None)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    if trusted_ca and not only:
        context.load_verify_locations(trusted_ca)
    if files is not None:
        context.load_cert_chain(files.certificate, files.key)
    return context


def peer_names(certificate: bytes | None) -> frozenset[str]:
    """Names in a verified certificate (DER), in lower case: hosts, SIP domains and addresses (RFC 5922 7.1).

    Wildcards are left out: they name no SIP domain (RFC 5922 7.2).
    """
    if certificate is None:
        return frozenset()
    try:
        names = _names(x509.load_der_x509_certificate(certificate))
    except ValueError:
        return frozenset()
    return frozenset(name for name in names if "*" not in name)


def bears(names: frozenset[str], dialled: str) -> bool:
    """Whether these names of a certificate have a dialled name or address among them (RFC 5922 7.2)."""
    try:
        return str(ip_address(dialled)) in names
    except ValueError:
        pass
    try:
        dialled = dialled.encode("idna").decode()
    except UnicodeError:
        return False
    return dialled.lower().removesuffix(".") in names


def _names(certificate: x509.Certificate) -> list[str]:
    try:
        alternative = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        common = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return [str(name.value).lower() for name in common]
    uris = alternative.get_values_for_type(x509.UniformResourceIdentifier)
    names = alternative.get_values_for_type(x509.DNSName)
    names += [uri.partition(":")[2] for uri in uris if uri.lower().startswith(("sip:", "sips:")) and "@" not in uri]
    names += [str(address) for address in alternative.get_values_for_type(x509.IPAddress)]
    return [name.lower() for name in names]
