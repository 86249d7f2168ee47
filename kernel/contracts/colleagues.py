"""The events of a call that one agent brings to another: with what it needs, asked first or not."""

from datetime import datetime

from kernel.contracts.base import Message
from kernel.contracts.calls import OfferOutcome
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId

NOTE_LENGTH = 500  # what is read while it rings: more belongs to the customer's file


class CallPassedOn(Message, frozen=True, tag="call.passed_on"):
    """`by` has passed the call on to `queue` or to the colleague `to`, or asks them, with a `note` for who gets it."""

    call: CallId
    by: UserId
    note: str = ""
    to: UserId | None = None
    queue: QueueId | None = None


class ColleagueAsked(Message, frozen=True, tag="colleague.asked"):
    """The desk of `agent`, who sits at the tenant `home`, rings until `until`: `by` wants to talk about the call."""

    call: CallId
    agent: UserId
    home: TenantId
    by: UserId
    until: datetime


class ColleagueJoined(Message, frozen=True, tag="colleague.joined"):
    """They talk: `aside` with the one who asked alone, else with all."""

    call: CallId
    agent: UserId
    aside: bool = True


class ColleagueLeft(Message, frozen=True, tag="colleague.left"):
    """They did not come (`outcome` is why), or (accepted) are not in the call any more without having got it."""

    call: CallId
    agent: UserId
    outcome: OfferOutcome


ColleagueEvent = ColleagueAsked | ColleagueJoined | ColleagueLeft
