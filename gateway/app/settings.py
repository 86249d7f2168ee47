"""How one gateway is reached."""

from typing import get_args

import msgspec

from gateway.io.certificates import TlsFiles
from gateway.io.listeners import Listener
from gateway.sip.flow import HostPort, Transport

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (refused without an address to announce)
TRANSPORTS: frozenset[Transport] = frozenset(get_args(Transport))


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where SIP is spoken; `announce` is the address or name written into Via and Contact (empty: `host`).

    `host6` and `announce6` are the same for IPv6 (empty: none). `tls` is what TLS and WSS show; `trusted_ca` names a
    PEM file of carriers' authorities besides those that this machine trusts. `name` tells this gateway's saved calls
    from those of others; a restarted one takes over under its old name. `phones` are the transports that telephones may
    use, and `origins` the pages that may open a WebSocket (none: any). ValueError where peers could not be told how to
    reach us, a certificate is missing, or two listeners would share a port.
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
    phones: frozenset[Transport] = TRANSPORTS
    origins: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for host, announce in self._families():
            if host in WILDCARDS and not announce:
                raise ValueError("listening on all addresses needs `announce`, the address that peers are told")
            if announce and 0 in self._ports().values():
                raise ValueError("an announced address needs a fixed port")
        if self.tls is None and (self.tls_port is not None or self.wss_port is not None):
            raise ValueError("TLS and WSS need a certificate and its key")
        wanted = [port for transport, port in self._ports().items() if transport != "UDP" and port]
        if len(set(wanted)) < len(wanted):
            raise ValueError("each of TCP, TLS, WS and WSS needs a port of its own")

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
                origins=self.origins if transport in ("WS", "WSS") else (),
            )
            for host, announce in self._families()
            for transport, port in self._ports().items()
        )


def read_transports(words: str) -> frozenset[Transport]:
    """`udp tls wss` and so on; ValueError for others."""
    wanted = {word.upper() for word in words.split()}
    if not wanted <= TRANSPORTS:
        unknown = ", ".join(sorted(wanted - TRANSPORTS)).lower()
        raise ValueError(f"telephones use udp, tcp, tls, ws and wss; unknown: {unknown}")
    return frozenset(one for one in TRANSPORTS if one in wanted)
