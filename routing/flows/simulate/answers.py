"""Acts of a script as words for the machine."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple, cast

import msgspec

from routing.flows.document.names import Digit
from routing.flows.document.nodes import (
    AnyNode,
    Callback,
    Hours,
    Lookup,
    Node,
    Queue,
    Robot,
    Transfer,
    Voicemail,
    kind_of,
)
from routing.flows.run.position import Phase, Position
from routing.flows.run.words import (
    AnyWord,
    CallbackBooked,
    CallbackRefused,
    CallerHungUp,
    HoursTold,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    MessageRecorded,
    QueueLeft,
    RobotFailed,
    RobotReturned,
    TimeOut,
    TransferAnswered,
    TransferFailed,
)
from routing.flows.simulate.script import (
    AnswerCallback,
    AnswerHours,
    AnswerLookup,
    AnswerTransfer,
    AnyAct,
    FailLookup,
    FailRobot,
    HangUp,
    LeaveMessage,
    LeaveQueue,
    Press,
    ReturnFromRobot,
    StaySilent,
)

KEY_SECONDS = 0.3  # between two keys of a quick hand
ANSWER_SECONDS = 1.0  # of whoever is asked


class Unfit(Exception):
    """The act cannot happen here; `args[0]` says what can."""


class Said(NamedTuple):
    word: AnyWord
    at: datetime
    text: str


def words_of(act: AnyAct, node: AnyNode | None, position: Position, now: datetime) -> Iterator[Said]:
    if isinstance(act, Press):
        for count, key in enumerate(act.keys, start=1):
            at = now + count * timedelta(seconds=KEY_SECONDS)
            yield Said(KeyPressed(key=cast("Digit", key)), at, f"presses {key}")
    elif isinstance(act, HangUp):
        yield Said(CallerHungUp(), now, "hangs up")
    elif isinstance(act, StaySilent):
        if position.deadline is None:
            raise Unfit(f"{position.node} ({kind_at(node)}) has no time limit: say how the queue is left.")
        yield Said(TimeOut(), position.deadline, "does nothing")
    else:
        expected, word = _ANSWERS[type(act)]
        if not isinstance(node, expected) or position.phase not in {Phase.WAITING, Phase.FINISHING}:
            raise Unfit(f"The flow waits at {position.node} ({kind_at(node)}), the script goes on with {named(act)}.")
        told = word(act, position.turn)
        yield Said(told, now + timedelta(seconds=ANSWER_SECONDS), str(told.__struct_config__.tag).replace("_", " "))


def named(act: AnyAct) -> str:
    return str(act.__struct_config__.tag)


def kind_at(node: AnyNode | None) -> str:
    return "no node" if node is None else kind_of(node)


def _lookup(act: AnswerLookup, turn: int) -> AnyWord:
    return LookupAnswered(turn=turn, status=act.status, body=msgspec.json.encode(act.answer))


def _callback(act: AnswerCallback, turn: int) -> AnyWord:
    return CallbackBooked(turn=turn) if act.booked else CallbackRefused(turn=turn, why="not now")


def _transfer(act: AnswerTransfer, turn: int) -> AnyWord:
    return TransferAnswered(turn=turn) if act.answered else TransferFailed(turn=turn, why=act.why)


_ANSWERS: dict[type, tuple[type[Node], Callable[[Any, int], AnyWord]]] = {
    AnswerHours: (Hours, lambda act, turn: HoursTold(turn=turn, status=act.status)),
    AnswerLookup: (Lookup, _lookup),
    FailLookup: (Lookup, lambda act, turn: LookupFailed(turn=turn, why=act.why)),
    LeaveQueue: (Queue, lambda act, turn: QueueLeft(turn=turn, exit=act.exit)),
    AnswerCallback: (Callback, _callback),
    LeaveMessage: (Voicemail, lambda act, turn: MessageRecorded(turn=turn, seconds=act.seconds)),
    AnswerTransfer: (Transfer, _transfer),
    ReturnFromRobot: (Robot, lambda act, turn: RobotReturned(turn=turn, outcome=act.outcome, results=act.results)),
    FailRobot: (Robot, lambda act, turn: RobotFailed(turn=turn, why=act.why)),
}
