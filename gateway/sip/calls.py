"""What the application hands to the endpoint to place a call, and who we are."""

import msgspec

from gateway.sip.flow import Destination, HostPort, Transport
from gateway.sip.name_addr import NameAddr
from gateway.sip.redirects import RedirectRule
from gateway.sip.replaces import Replaces
from gateway.sip.session_expires import SMALLEST_INTERVAL

HeaderLines = tuple[tuple[str, str], ...]

SDP = "application/sdp"


class Credentials(msgspec.Struct, frozen=True):
    """A digest user (RFC 7616); the password never shows in logs. `realm`: the only one answered; empty: any."""

    username: str
    password: str
    realm: str = ""

    def __repr__(self) -> str:
        return f"Credentials(username={self.username!r}, password=...)"


class ListenAddress(msgspec.Struct, frozen=True):
    """One address under which peers reach us, as Via and Contact name it (a public address or name behind NAT)."""

    transport: Transport
    address: HostPort
    ipv6: bool = False  # which family of destinations it serves


SESSION_EXPIRES = 1_800  # seconds, the value that RFC 4028 4 recommends
MAX_SESSIONS = 10_000  # four times what one host carries; more INVITEs than that are a flood, answered 503


MAX_DATAGRAM_BYTES = 1_300  # larger requests go over TCP, so that no fragment is lost on the way (18.1.1)


class EndpointSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Who this endpoint is.

    `methods`: out-of-dialog methods that the application answers itself, passed up as `RequestReceived`; every other
    one but INVITE, ACK, CANCEL, BYE and OPTIONS is refused; MESSAGE is passed up inside dialogs too. `session_expires`:
    how long a session may live without a refresh, in seconds (0: we ask for none); `min_se`: the shortest such time
    that we take (RFC 4028).
    """

    addresses: tuple[ListenAddress, ...]
    user_agent: str = "Cordboard"
    contact_user: str = "cordboard"
    methods: frozenset[str] = frozenset()
    max_sessions: int = MAX_SESSIONS
    max_datagram: int = MAX_DATAGRAM_BYTES
    session_expires: int = SESSION_EXPIRES
    min_se: int = SMALLEST_INTERVAL


class OutgoingInvite(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A call to place. `target` is the Request-URI; `from_` and `to` (default: the target) come without tags.

    `destination` says where to send it; None: found from the first of `route` or from `target` (a name is asked for by
    `ResolveNeeded`). Without a body the peer's 2xx carries the offer, and `acknowledge` has to bring the answer.
    `replaces`: take over a dialog of the peer (RFC 3891). `redirects`: which 3xx are followed; None: none.

    `identity` (unguessable, a token) makes Call-ID, From tag and branches known before anything is sent, so that
    another process can go on: with `retrace` the same INVITE is sent as a repetition (17.2.1) and cancelled as soon as
    the peer shows that it has it. With `hold_ack` the ACK waits for `acknowledge`, until the dialog is safe. `tls`
    names the TlsIdentity that we are to a place that is looked up; a `destination` has its own.

    `outbound`: the `destination` is the flow of a registration, and what the peer begins in the dialog is to come by it
    (RFC 5626 4.3). `avoid`: a place that has answered by another way already.
    """

    target: str
    from_: NameAddr
    to: NameAddr | None = None
    destination: Destination | None = None
    route: tuple[str, ...] = ()
    body: bytes = b""
    content_type: str = SDP
    headers: HeaderLines = ()
    credentials: Credentials | None = None
    contact_user: str = ""
    replaces: Replaces | None = None
    redirects: RedirectRule | None = None
    identity: str = ""
    retrace: bool = False
    hold_ack: bool = False
    tls: str = ""
    outbound: bool = False
    avoid: HostPort | None = None

    def __repr__(self) -> str:
        return "OutgoingInvite(...)"  # numbers of callers do not belong in logs
