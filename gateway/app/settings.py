"""How one gateway is reached."""

import msgspec

from gateway.io.certificates import TlsFiles
from gateway.io.listeners import Listener
from gateway.sip.flow import HostPort, Transport

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (refused without an address to announce)


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where SIP is spoken; `announce` is the address or name written into Via and Contact (empty: `host`).

    `host6` and `announce6` are the same for IPv6 (empty: none). `tls` is what TLS and WSS show; `trusted_ca` names a
    PEM file of carriers' authorities besides those that this machine trusts. `name` tells this gateway's saved calls
    from those of others; a restarted one takes over under its old name. ValueError where peers could not be told how to
    reach us, or a certificate is missing.
    """

    name: str = "gateway"
    host: str = "127.0.0.1"
    announce: str = ""
    host6: str = ""
    announce6: str = ""
    port: int = 5060
    tls_port: int | None = None
    ws_port: int | None = None
    wss_port: int | None = None
    tls: TlsFiles | None = None
    trusted_ca: str = ""

    def __post_init__(self) -> None:
        for host, announce in self._families():
            if host in WILDCARDS and not announce:
                raise ValueError("listening on all addresses needs `announce`, the address that peers are told")
            if announce and 0 in self._ports().values():
                raise ValueError("an announced address needs a fixed port")
        if self.tls is None and (self.tls_port is not None or self.wss_port is not None):
            raise ValueError("TLS and WSS need a certificate and its key")

    def _families(self) -> list[tuple[str, str]]:
        second = [(self.host6, self.announce6)] if self.host6 else []
        return [(self.host, self.announce), *second]

    def _ports(self) -> dict[Transport, int]:
        wanted: dict[Transport, int | None] = {
            "UDP": self.port,
            "TCP": self.port,
            "TLS": self.tls_port,
            "WS": self.ws_port,
            "WSS": self.wss_port,
        }
        return {transport: port for transport, port in wanted.items() if port is not None}

    def listeners(self) -> tuple[Listener, ...]:
        """What to bind, IPv4 before IPv6."""
        return tuple(
            Listener(
                transport=transport,
                host=host,
                port=port,
                advertised=HostPort(announce, port) if announce else None,
                tls=self.tls if transport in ("TLS", "WSS") else None,
            )
            for host, announce in self._families()
            for transport, port in self._ports().items()
        )
