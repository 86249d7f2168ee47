"""What a driver binds, and how peers reach it."""

from collections.abc import Callable

import msgspec

from gateway.io.certificates import TlsFiles
from gateway.sip.calls import SESSION_EXPIRES
from gateway.sip.flow import HostPort, Transport
from gateway.sip.session_expires import SMALLEST_INTERVAL
from gateway.sip.tls_identity import TlsIdentity
from gateway.sip.watch import Watch


class Listener(msgspec.Struct, frozen=True, kw_only=True):
    """A socket to bind, port 0 for a free one; `advertised` is how peers reach it where that differs (NAT, a name).

    TLS and WSS need `tls`. ValueError without, or for what has none. `origins`: of the pages that may open a
    WebSocket (RFC 6455 10.2); empty: any, for nothing but a password lets anybody in.
    """

    transport: Transport
    host: str
    port: int = 5060
    advertised: HostPort | None = None
    tls: TlsFiles | None = None
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.transport in ("TLS", "WSS")) != (self.tls is not None):
            raise ValueError(f"A certificate belongs to TLS and WSS, not to {self.transport}")


class DriverSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What to bind, who we are (see `EndpointSettings`), and who looks on.

    `client_tls`: shown to peers that ask for a certificate (else that of the first listener which has one);
    `trusted_ca`: a PEM file of authorities of peers besides those that this machine trusts. `identity`
    finds what targets name that are reached under another one than the gateway's own; `server_identity` what is shown,
    and who is believed, where a client asks for a name (SNI) that is not the gateway's own.
    """

    listeners: tuple[Listener, ...]
    user_agent: str = "Cordboard"
    contact_user: str = "cordboard"
    methods: frozenset[str] = frozenset()
    session_expires: int = SESSION_EXPIRES
    min_se: int = SMALLEST_INTERVAL
    client_tls: TlsFiles | None = None
    trusted_ca: str = ""
    identity: Callable[[str], TlsIdentity | None] = lambda _name: None
    server_identity: Callable[[str], TlsIdentity | None] = lambda _name: None
    watch: Watch | None = None
