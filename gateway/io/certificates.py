"""Certificates of TLS listeners, chosen by the name that a client asks for and read again when their files change."""

import os
import ssl
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from ipaddress import ip_address
from pathlib import Path

import msgspec
import structlog
from cryptography import x509

from gateway.sip.tls_identity import TlsIdentity
from kernel.primitives.certificates import covers, names_in, wildcard_of

LOOK_SECONDS = 10.0  # between two looks at the files; a renewal has days
MOST_KEPT = 1_000  # contexts of others than the gateway: more names than are asked for at once; the rest are made anew

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


class TlsContext(ssl.SSLContext):
    """`vouched` is that of the PeerCertificate of who shows one; `identity` names ours, empty: the gateway's own."""

    vouched = ""
    identity = ""


class ServerSide(ssl.SSLObject):
    """`instead`: the context that has to begin the handshake anew, found when the client had said whom it asks for."""

    instead: TlsContext | None = None


class _Shown(msgspec.Struct, frozen=True):
    files: TlsFiles
    context: TlsContext


def _nobodys(_name: str) -> TlsIdentity | None:
    return None


class ServerCertificates:
    """The SSL context of one listener; its handshakes take the newest certificate for the name that is asked for.

    Names of the listener's own certificate are its own. Of the others `identity` tells whose they are: what is shown
    there, and who signs the certificates of clients. Files of the folder are for names that nobody has an own one for.
    """

    def __init__(
        self,
        files: TlsFiles,
        clock: Callable[[], float] = time.monotonic,
        identity: Callable[[str], TlsIdentity | None] = _nobodys,
    ) -> None:
        """OSError or ssl.SSLError where the listener's own certificate cannot be used."""
        self._files = files
        self._clock = clock
        self._identity = identity
        self._seen = self._look()
        self._looked_at = clock()
        self._own = _read(files)
        self._names = frozenset(_names_in(files))
        self._by_name = dict(self._read_folder())
        self._contexts: OrderedDict[tuple[str, str], TlsContext] = OrderedDict()
        self.context = server_context(files)
        self.context.sslobject_class = ServerSide
        self.context.sni_callback = self._choose

    def _choose(self, connection: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> int | None:
        """Called during each handshake, also where the client names nobody.

        Whether certificates are asked for, and which session may be resumed, is settled before a context can be
        exchanged: where others than the gateway's authorities vouch for clients, the handshake begins anew.
        """
        self.refresh()
        found = self.find((name or "").lower())
        if found.vouched and isinstance(connection, ServerSide):
            connection.instead = found
            return ssl.ALERT_DESCRIPTION_UNRECOGNIZED_NAME  # never sent
        connection.context = found
        return None

    def find(self, name: str) -> TlsContext:
        """The identity for a name in lower case; the listener's own where none bears it."""
        shown = _of_name(self._by_name, name) or self._own
        if covers(self._names, name):
            return shown.context
        identity = self._identity(name)
        return shown.context if identity is None else self._of(identity, name, shown)

    def _of(self, identity: TlsIdentity, name: str, otherwise: _Shown) -> TlsContext:
        key = identity.name, "" if identity.certificate else name
        found = self._contexts.pop(key, None) or self._made(identity, otherwise)
        self._contexts[key] = found
        if len(self._contexts) > MOST_KEPT:
            self._contexts.popitem(last=False)
        return found

    def _made(self, identity: TlsIdentity, otherwise: _Shown) -> TlsContext:
        """What cannot be used leaves what the operator has for the name in use."""
        try:
            return server_context(otherwise.files, identity)
        except (OSError, ValueError) as error:
            log.warning("tls.identity_unusable", owner=identity.owner, reason=str(error))
            return otherwise.context

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
            own, names = _read(self._files), frozenset(_names_in(self._files))
        except (OSError, ValueError) as error:  # half written: looked at again in the next round
            log.warning("tls.certificate_unreadable", file=self._files.certificate, reason=str(error))
            return
        self._own, self._names = own, names
        self._by_name = dict(self._read_folder())
        self._contexts.clear()
        self._seen = seen
        log.info("tls.certificates_read", names=len(self._by_name))

    def _look(self) -> tuple[tuple[str, int, int], ...]:
        """What tells a changed file: its name, time and size."""
        paths = [Path(self._files.certificate), Path(self._files.key)]
        paths += [Path(self._files.client_ca)] if self._files.client_ca else []
        paths += [Path(path) for pair in self._pairs() for path in (pair.certificate, pair.key)]
        return tuple(_stamp(path) for path in paths)

    def _pairs(self) -> list[TlsFiles]:
        if not self._files.folder:
            return []
        found = sorted(Path(self._files.folder).glob("*.crt"))
        return [TlsFiles(str(path), str(path.with_suffix(".key")), self._files.client_ca) for path in found]

    def _read_folder(self) -> Iterator[tuple[str, _Shown]]:
        for pair in self._pairs():
            try:
                shown, names = _read(pair), _names_in(pair)
            except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
                log.warning("tls.certificate_unreadable", file=pair.certificate, reason=str(error))
                continue
            for name in names:
                yield name, shown


def _of_name(shown: Mapping[str, _Shown], name: str) -> _Shown | None:
    return shown.get(name) or shown.get(wildcard_of(name))


def _read(files: TlsFiles) -> _Shown:
    return _Shown(files, server_context(files))


def _names_in(files: TlsFiles) -> list[str]:
    return names_in(x509.load_pem_x509_certificate(Path(files.certificate).read_bytes()))


def _stamp(path: Path) -> tuple[str, int, int]:
    try:
        stat = os.stat(path)
    except OSError:
        return str(path), 0, 0
    return str(path), stat.st_mtime_ns, stat.st_size


def server_context(files: TlsFiles, identity: TlsIdentity | None = None) -> TlsContext:
    """What `identity` has, and for the rest the files: the chain that is shown, who signs clients' certificates.

    Only authorities of one owner are in one context: nobody's word counts for another's peers.
    """
    context = TlsContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.identity = identity.name if identity is not None else ""
    if identity is not None and identity.certificate:
        load_chain(context, identity)
    else:
        context.load_cert_chain(files.certificate, files.key)
    if identity is not None and identity.trusted_ca:
        context.load_verify_locations(cadata=identity.trusted_ca)
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN  # each of them is trusted, whoever signed it
        context.vouched = identity.owner
    elif files.client_ca:
        context.load_verify_locations(files.client_ca)
    if context.vouched or files.client_ca:
        context.verify_mode = ssl.CERT_OPTIONAL
    return context


def load_chain(context: ssl.SSLContext, identity: TlsIdentity) -> None:
    """OpenSSL reads files only; this one lies in memory, so that the key touches no disk. OSError, ValueError."""
    file = os.memfd_create("certificate", os.MFD_CLOEXEC)
    try:
        os.write(file, f"{identity.certificate}\n{identity.key}\n".encode())
        context.load_cert_chain(f"/proc/self/fd/{file}")
    finally:
        os.close(file)


def client_context(files: TlsFiles | None, trusted_ca: str = "", only: str = "") -> TlsContext:
    """For connections that we open: who signed is checked here, and our own certificate is shown where it is wanted.

    The peer's name is checked after the handshake, by `bears`: OpenSSL would take wildcards, and reads no `sip:` URIs.
    `trusted_ca`: a PEM file of authorities besides those that this machine trusts; `only`: the PEM text of those that
    are trusted instead.
    """
    context = TlsContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.check_hostname = False
    if only:
        context.load_verify_locations(cadata=only)
    else:
        context.load_default_certs()
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
        names = names_in(x509.load_der_x509_certificate(certificate))
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
