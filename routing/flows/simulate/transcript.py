"""What came of it, line by line: what the caller would hear, each decision and why."""

from enum import StrEnum

import msgspec

from kernel.contracts.telephony import PhoneParty, TrunkParty
from routing.flows.document.speech import Recorded
from routing.flows.run.effects import (
    AgentParty,
    AnyEffect,
    BookCallback,
    ConnectRobot,
    ConnectTo,
    EndCall,
    EnterFlow,
    EnterQueue,
    LookUpHours,
    RecordMessage,
    Speak,
    StartLookup,
)
from routing.flows.run.position import Ending


class LineKind(StrEnum):
    HEARS = "hears"
    DOES = "does"  # the caller
    ANSWERS = "answers"  # somebody who was asked
    ASKS = "asks"  # the flow, of others
    GOES = "goes"  # a decision


class Line(msgspec.Struct, frozen=True):
    """`seconds` since the call began; `to` is where a decision leads ("" out of the flow)."""

    seconds: float
    kind: LineKind
    node: str
    text: str
    to: str = ""


class Stop(StrEnum):
    ENDED = "ended"  # the flow was left for good
    WAITS = "waits"  # the script is over, the flow goes on waiting
    NOT_FITTING = "not_fitting"  # the script goes on with something that cannot happen here


class Transcript(msgspec.Struct, frozen=True, kw_only=True):
    """`remark` says what a flow waits for that did not end."""

    lines: tuple[Line, ...]
    stop: Stop
    ending: Ending | None = None
    remark: str = ""
    variables: dict[str, str] = {}  # at the end, without private ones


def lines_of(effect: AnyEffect) -> tuple[tuple[LineKind, str], ...]:
    """What there is to tell of it."""
    if isinstance(effect, Speak):
        said = (f"prompt {one.prompt}" if isinstance(one, Recorded) else f"“{one.text}”" for one in effect.said)
        return tuple((LineKind.HEARS, text) for text in said)
    asked = _asked(effect)
    return ((LineKind.ASKS, asked),) if asked else ()


def _asked(effect: AnyEffect) -> str:
    match effect:
        case LookUpHours(calendar=calendar):
            return f"is {calendar} open?"
        case StartLookup(method=method, url=url):
            return f"{method} {url}"
        case EnterQueue(queue=queue):
            return f"a place in the queue {queue}"
        case RecordMessage(queue=queue, seconds=seconds):
            return f"a message of up to {seconds:.0f} s for the queue {queue}"
        case BookCallback(queue=queue):
            return f"a callback from the queue {queue}"
        case EnterFlow(flow=flow):
            return f"the flow {flow}"
        case _:
            return _connected(effect)


def _connected(effect: AnyEffect) -> str:
    match effect:
        case ConnectTo(to=TrunkParty(called=called)):
            return f"a call to {called.e164}"
        case ConnectTo(to=AgentParty(agent=agent)):
            return f"a call to the agent {agent}"
        case ConnectTo(to=PhoneParty(user=user)):
            return f"a call to the telephone {user}"
        case ConnectRobot(robot=robot):
            return f"the robot {robot}"
        case EndCall(cause=cause):
            return f"the end of the call: {cause.reason.value}"
        case _:
            return ""
