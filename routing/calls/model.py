"""What routing knows of one call: folded from the log, never changed in place; a call that ended is forgotten."""

from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from kernel.contracts.calls import Direction
from kernel.contracts.queues import Elsewhere, Needs, Preferred
from kernel.contracts.telephony import PartyAddress
from kernel.primitives.ids import CallId, OfferId, QueueId, TenantId, UserId, VoicemailId
from kernel.primitives.phone import PhoneNumber
from routing.matching.comfort import Heard


class CallPhase(StrEnum):
    ARRIVED = "arrived"
    GREETING = "greeting"
    IN_FLOW = "in_flow"
    QUEUED = "queued"
    OFFERED = "offered"
    MESSAGE = "message"  # sent on by its queue to leave a message
    DIVERTED = "diverted"  # sent on by its queue to somebody who is no agent
    DIALING = "dialing"
    CONNECTED = "connected"
    HELD = "held"
    LINE = "line"  # no call of anybody: the line to an agent's telephone
    ENDED = "ended"


WAITING = frozenset({CallPhase.ARRIVED, CallPhase.GREETING, CallPhase.QUEUED, CallPhase.OFFERED})
TALKING = frozenset({CallPhase.CONNECTED, CallPhase.HELD})

LIMITS = {
    # longer than RFC 3261 timer H (32 s): the gateway has reported by then, or its report was lost
    CallPhase.ARRIVED: timedelta(seconds=60),
    # longer than any greeting that callers bear: the report of its end was lost, and nobody is forgotten
    CallPhase.GREETING: timedelta(seconds=120),
    # longer than RFC 3261 timer C (above 3 min): the callee's side has given up, or its report was lost
    CallPhase.DIALING: timedelta(seconds=200),
    CallPhase.DIVERTED: timedelta(seconds=200),  # the same, until somebody answers
    CallPhase.MESSAGE: timedelta(seconds=120),  # as the greeting, until the caller may speak
}


FAR = "far"  # the leg that a call begins with, as reports name it
QUEUE = "queue"  # what sends a waiting caller to a number outside
AGENT = "agent"  # the side that asks for a transfer at its desk


class Transfer(msgspec.Struct, frozen=True):
    """The far end of `leg` has us dial `to` as `party`; `left`: it did not wait for the outcome.

    With `other` nobody is dialled: the party comes over from that call, where the far end has the leg `other_leg`.
    """

    leg: str
    party: str
    to: PartyAddress
    left: bool = False
    other: CallId | None = None
    other_leg: str = ""
    came_in: bool = False


class Joined(msgspec.Struct, frozen=True):
    """Who came into the call by a transfer, and is `party` in it now; `came_in`: by calling us."""

    party: str
    to: PartyAddress
    since: datetime
    came_in: bool = False


class Invited(msgspec.Struct, frozen=True):
    """Whom the agent called in as `party`: `since` is the answer; `aside` is heard by the agent alone."""

    party: str
    to: PartyAddress
    aside: bool
    since: datetime | None = None


class Colleague(msgspec.Struct, frozen=True):
    """Whom the agent `by` asked at another desk: `since` is the answer; `aside` is heard by that agent alone."""

    agent: UserId
    home: TenantId
    by: UserId
    aside: bool = True
    since: datetime | None = None


class Asked(msgspec.Struct, frozen=True):
    """The caller is asked for a message of at most `longest` seconds for `queue`, and speaks since `since`.

    `stored`: its sound is safe already, for it was told of sooner than of the caller's end.
    """

    voicemail: VoicemailId
    queue: QueueId
    longest: float
    since: datetime | None = None
    stored: bool = False


class Call(msgspec.Struct, frozen=True, kw_only=True):
    """`since` is the caller's place; `phase_at` is when the phase began; `agent` is who is offered or has the call.

    All of it is told by the log of its `tenant`; `guest_of` is the agent's home where that is another one.
    """

    call: CallId
    tenant: TenantId
    direction: Direction
    phase: CallPhase
    called: PhoneNumber
    offered_at: datetime
    phase_at: datetime
    queue: QueueId | None = None
    priority: int = 0
    since: datetime | None = None
    needs: Needs = ()
    preferred: Preferred | None = None
    asked: int | None = None  # priority that the call brings in place of its queue's
    visited: tuple[QueueId, ...] = ()  # queues that sent the caller on
    tried: tuple[Elsewhere, ...] = ()  # where queues sent the caller: nowhere twice
    heard: Heard | None = None  # since the caller came into the present queue
    agent: UserId | None = None
    offer: OfferId | None = None
    guest_of: TenantId | None = None
    caller: PhoneNumber | None = None
    diverted_by: PhoneNumber | None = None
    flow: str = ""  # that its number leads to
    transfer: Transfer | None = None  # under way
    transfers: int = 0  # begun so far
    joined: tuple[Joined, ...] = ()
    invited: tuple[Invited, ...] = ()
    colleague: Colleague | None = None
    message: Asked | None = None  # that is being left
    consults: CallId | None = None  # beside this call of `consultant`'s, from whose telephone it comes
    consultant: UserId | None = None
    line_of: UserId | None = None  # the agent to whose telephone it is the line
    by_phone: bool = False  # the agent talks by a telephone: the softphone has no part in it

    @property
    def outside(self) -> PhoneNumber | None:
        """The number of whom the call is with."""
        return self.caller if self.direction is Direction.INBOUND else self.called

    @property
    def may_wait(self) -> bool:
        """Whether whom nobody has stands in line: who called us, and whom we call back in their turn."""
        return self.direction is Direction.INBOUND or self.since is not None

    @property
    def aside(self) -> Invited | None:
        """With whom the agent consults."""
        return next((one for one in self.invited if one.aside), None)

    @property
    def deadline(self) -> datetime | None:
        limit = LIMITS.get(self.phase)
        if self.phase is CallPhase.MESSAGE and self.message is not None and self.message.since is not None:
            return self.message.since + timedelta(seconds=self.message.longest)
        answered = self.phase is CallPhase.DIVERTED and self.joined
        return None if limit is None or answered else self.phase_at + limit
