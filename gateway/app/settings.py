"""How one gateway is reached."""

import msgspec

WILDCARDS = frozenset({"0.0.0.0", "::", ""})  # noqa: S104 (refused without an address to announce)


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """SIP over UDP and TCP on one port; `announce` is the IP address written into Via and Contact (empty: `host`).

    `name` tells this gateway's saved calls from those of others; a restarted one takes over under its old name.
    ValueError where peers could not be told how to reach us.
    """

    name: str = "gateway"
    host: str = "127.0.0.1"
    port: int = 5060
    announce: str = ""

    def __post_init__(self) -> None:
        if self.host in WILDCARDS and not self.announce:
            raise ValueError("listening on all addresses needs `announce`, the address that peers are told")
        if self.announce and not self.port:
            raise ValueError("an announced address needs a fixed port")
