"""One way to reach a far party: what its INVITE says, where it goes, and when the next way is tried."""

import msgspec

from gateway.sip.calls import Credentials, HeaderLines, OutgoingInvite
from gateway.sip.flow import Destination, Flow, HostPort
from gateway.sip.name_addr import NameAddr
from gateway.trunks.carried import NOTHING, Carried
from kernel.contracts.trunks import ANSWER_WITHIN_SECONDS, FAIL_OVER_ON, SrtpPolicy
from kernel.primitives.ids import TrunkId
from kernel.primitives.phone import PhoneNumber


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`trunk` None: the party is no number behind a carrier, but our telephone of the user name `phone`.

    `called`, `caller` and `carried` are what the trunk's rules made the rest of; `named` is the number that the callee
    is openly told. `codecs`: most wanted first.

    `fails_over_on` are statuses after which the next way is tried; `answer_within_seconds`: so long a next hop may be
    silent, without even a 100, before it counts as dead for this call. `queue_seconds`: so long it may wait for a free
    channel. `limited` False: no limit of the trunk or its tenant counts. `web`: the far end is a browser.
    `tls`, `outbound` and `avoid` are as in OutgoingInvite. `instead_of`: the same trunk as by this flow, for where the
    flow's server could not be reached, or had no room.
    """

    target: str
    from_: NameAddr
    to: NameAddr
    trunk: TrunkId | None = None
    phone: str = ""
    called: PhoneNumber | None = None
    caller: PhoneNumber | None = None
    carried: Carried = NOTHING
    named: PhoneNumber | None = None
    headers: HeaderLines = ()
    credentials: Credentials | None = None
    destination: Destination | None = None
    route: tuple[str, ...] = ()
    codecs: tuple[str, ...] = ()
    srtp: SrtpPolicy = "optional"
    ipv6: bool = False
    web: bool = False
    contact_user: str = ""
    tls: str = ""
    outbound: bool = False
    avoid: HostPort | None = None
    instead_of: Flow | None = None
    fails_over_on: frozenset[int] = frozenset(FAIL_OVER_ON)
    answer_within_seconds: float = ANSWER_WITHIN_SECONDS
    queue_seconds: float = 0.0
    limited: bool = True

    def goes_on_after(self, status: int) -> bool:
        """Whether a refusal with `status` is about this way, so that another may do better."""
        return status in self.fails_over_on

    def leads_as(self, target: str) -> bool:
        """Whether an INVITE for `target` left this way: a 3xx changes the number, and never the place."""
        return self.target.rpartition("@")[2] == target.rpartition("@")[2]

    def invite(self, body: bytes, identity: str, signed: HeaderLines = ()) -> OutgoingInvite:
        """The INVITE with this offer, without a password; `identity` makes it the same where it is sent again.

        `signed` are headers by which we vouch for the caller.
        """
        return OutgoingInvite(
            target=self.target,
            from_=self.from_,
            to=self.to,
            destination=self.destination,
            route=self.route,
            headers=(*self.headers, *signed),
            contact_user=self.contact_user,
            tls=self.tls,
            outbound=self.outbound,
            avoid=self.avoid,
            body=body,
            identity=identity,
            hold_ack=True,
        )

    def __repr__(self) -> str:
        return f"Attempt(trunk={self.trunk}, ...)"  # numbers of callers do not belong in logs
