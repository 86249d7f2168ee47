"""What a tester writes down: what the caller does, and what others answer."""

from typing import Annotated, Any

import msgspec
from msgspec import Meta

from routing.flows import limits
from routing.flows.calendars.status import HoursStatus
from routing.flows.run.words import QueueExit

SCRIPT_STEPS = 500  # a test that goes everywhere; more is a load test, and this one runs in the request


class Act(msgspec.Struct, frozen=True, kw_only=True, tag_field="do", forbid_unknown_fields=True):
    pass


class CallerAct(Act, frozen=True, kw_only=True):
    """What the caller does; all others are answers to what the flow asks."""


class Press(CallerAct, frozen=True, kw_only=True, tag="press"):
    """Keys, one after the other; `early`: while the present prompt still plays."""

    keys: Annotated[str, Meta(pattern="^[0-9*#A-D]{1,32}$(?!\\n)")]
    early: bool = False


class StaySilent(CallerAct, frozen=True, kw_only=True, tag="stay_silent"):
    """Until the present time limit has passed."""


class HangUp(CallerAct, frozen=True, kw_only=True, tag="hang_up"):
    """The caller does."""


class AnswerHours(Act, frozen=True, kw_only=True, tag="hours"):
    """In place of what the calendar says."""

    status: HoursStatus


class AnswerLookup(Act, frozen=True, kw_only=True, tag="lookup"):
    status: int = 200
    answer: Any = None  # JSON


class FailLookup(Act, frozen=True, kw_only=True, tag="lookup_fails"):
    why: str = "connect"


class LeaveQueue(Act, frozen=True, kw_only=True, tag="queue"):
    exit: QueueExit


class AnswerCallback(Act, frozen=True, kw_only=True, tag="callback"):
    booked: bool = True


class LeaveMessage(Act, frozen=True, kw_only=True, tag="message"):
    seconds: Annotated[float, Meta(ge=0, le=limits.MESSAGE_SECONDS)]


class AnswerTransfer(Act, frozen=True, kw_only=True, tag="transfer"):
    answered: bool = True
    why: str = "no_answer"


class ReturnFromRobot(Act, frozen=True, kw_only=True, tag="robot"):
    outcome: str
    results: dict[str, str] = {}


class FailRobot(Act, frozen=True, kw_only=True, tag="robot_fails"):
    why: str = "connect"


AnyAct = (
    Press
    | StaySilent
    | HangUp
    | AnswerHours
    | AnswerLookup
    | FailLookup
    | LeaveQueue
    | AnswerCallback
    | LeaveMessage
    | AnswerTransfer
    | ReturnFromRobot
    | FailRobot
)
Script = Annotated[tuple[AnyAct, ...], Meta(max_length=SCRIPT_STEPS)]
