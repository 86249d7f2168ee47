"""TLS between bytes of a socket and bytes of SIP, without a socket.

So no handshake is made before the door has let a peer in, on any event loop.
"""

import ssl
from contextlib import suppress

from gateway.io.certificates import ServerSide, TlsContext, bears, peer_names
from gateway.sip.tls_identity import PeerCertificate
from kernel.contracts.carriers import TrunkReason

PIECE = 64 << 10  # read at once

_OF_VERIFYING = {  # X509_V_ERR_*, openssl/x509_vfy.h
    9: TrunkReason.CERTIFICATE_NOT_YET_VALID,
    10: TrunkReason.CERTIFICATE_EXPIRED,
    **dict.fromkeys((2, 18, 19, 20, 21, 27), TrunkReason.UNKNOWN_AUTHORITY),  # no issuer, self-signed, not trusted
}
_ABOUT_OUR_CERTIFICATE = frozenset(  # alerts of the peer, RFC 8446 6.2
    {
        "SSLV3_ALERT_NO_CERTIFICATE",
        "SSLV3_ALERT_BAD_CERTIFICATE",
        "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
        "SSLV3_ALERT_CERTIFICATE_REVOKED",
        "SSLV3_ALERT_CERTIFICATE_EXPIRED",
        "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
        "TLSV1_ALERT_UNKNOWN_CA",
        "TLSV1_ALERT_ACCESS_DENIED",
        "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    }
)


class NameMismatchError(ssl.SSLCertVerificationError):
    """The peer's certificate is good, and another's."""


class TlsLayer:
    """One connection's TLS: `receive` what came, then send what `outgoing` has.

    A client gives the `name` that it dials, which the peer's certificate has to bear.
    """

    def __init__(self, context: ssl.SSLContext, *, server: bool, name: str = "") -> None:
        self._server = server
        self._name = name
        self._wrap(context)
        self._hello: bytes | None = b""  # what a client said first, until it is decided which context answers
        self.ready = False
        self.ended = False  # the peer closed its side

    def _wrap(self, context: ssl.SSLContext) -> None:
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        name = self._name or None
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_side=self._server, server_hostname=name)

    def start(self) -> None:
        """Begin the handshake of a client."""
        self._shake_hands()

    def receive(self, data: bytes) -> bytes:
        """Take bytes of the socket; returns what they held. ssl.SSLError ends the connection."""
        self._incoming.write(data)
        if not self.ready and not self._greet(data):
            return b""
        pieces: list[bytes] = []
        try:
            while piece := self._tls.read(PIECE):
                pieces.append(piece)
            self.ended = True
        except ssl.SSLWantReadError:
            pass
        except ssl.SSLZeroReturnError:
            self.ended = True
        return b"".join(pieces)

    def _greet(self, data: bytes) -> bool:
        """Shake hands; anew, from the client's first byte on, where another context has to answer."""
        if not self._server or self._hello is None:
            return self._shake_hands()
        self._hello += data
        try:
            done = self._shake_hands()
        except ssl.SSLError:
            chosen = self._tls.instead if isinstance(self._tls, ServerSide) else None
            if chosen is None:
                raise
            hello, self._hello = self._hello, None
            self._wrap(chosen)
            self._incoming.write(hello)
            return self._shake_hands()
        if self._outgoing.pending:
            self._hello = None
        return done

    def _shake_hands(self) -> bool:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return False
        if self._name and not bears(peer_names(self.peer_certificate), self._name):
            self._outgoing.read()  # our Finished does not leave, so that the peer's handshake fails too
            raise NameMismatchError("The certificate does not bear the name that was dialled")
        self.ready = True
        return True

    def send(self, data: bytes) -> None:
        """Encrypt."""
        self._tls.write(data)

    def close(self) -> None:
        """Say goodbye; the peer's own is not waited for."""
        if self.ready:
            with suppress(ssl.SSLError):  # it wants the peer's goodbye, or the peer broke the stream
                self._tls.unwrap()

    def outgoing(self) -> bytes:
        """Drain what is to be sent."""
        return self._outgoing.read()

    @property
    def peer_certificate(self) -> bytes | None:
        """The peer's verified certificate (DER); None where it showed none."""
        return self._tls.getpeercert(binary_form=True)

    @property
    def identity(self) -> str:
        """The name of the TlsIdentity that is shown to a client; empty: the gateway's own."""
        context = self._tls.context
        return context.identity if isinstance(context, TlsContext) else ""

    @property
    def peer(self) -> PeerCertificate | None:
        """Who the peer is, and who says so; None where it showed no certificate."""
        der, context = self.peer_certificate, self._tls.context
        if der is None:
            return None
        vouched = context.vouched if isinstance(context, TlsContext) else ""
        return PeerCertificate(der=der, names=peer_names(der), vouched=vouched)


def failure(error: ssl.SSLError) -> str:
    """Why TLS ended, in OpenSSL's words without its places in code."""
    if isinstance(error, ssl.SSLCertVerificationError):
        return getattr(error, "verify_message", "") or str(error)
    return (error.reason or str(error)).lower().replace("_", " ")


def reason_of(error: ssl.SSLError) -> TrunkReason:
    """The same for the owner of the trunk, as far as something can be done about it."""
    if isinstance(error, NameMismatchError):
        return TrunkReason.NAME_MISMATCH
    if isinstance(error, ssl.SSLCertVerificationError):
        return _OF_VERIFYING.get(getattr(error, "verify_code", 0), TrunkReason.CERTIFICATE_INVALID)
    refused = error.reason in _ABOUT_OUR_CERTIFICATE
    return TrunkReason.CERTIFICATE_REFUSED if refused else TrunkReason.HANDSHAKE_FAILED
