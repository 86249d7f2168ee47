"""How one gateway is reached."""

import msgspec


class GatewaySettings(msgspec.Struct, frozen=True, kw_only=True):
    """SIP over UDP and TCP on one port; `announce` is the IP address written into Via and Contact (empty: `host`).

    `name` tells this gateway's saved calls from those of others; a restarted one takes over under its old name.
    """

    name: str = "gateway"
    host: str = "127.0.0.1"
    port: int = 5060
    announce: str = ""
