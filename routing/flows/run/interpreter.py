"""The three verbs: `begin` a flow, `step` with a word, `enter` another flow. Told the time, nothing is kept between.

At least one of two holds after each: the call has left the flow, or it waits, with a deadline or in a queue.
"""

from datetime import datetime
from typing import cast

import msgspec

from routing.flows import limits
from routing.flows.document.flow import Flow
from routing.flows.document.names import GIVEN, Digit
from routing.flows.document.nodes import Attempts
from routing.flows.run.position import CallFacts, Phase, Position
from routing.flows.run.table import ARRIVALS, TABLE
from routing.flows.run.walk import Step, Walk
from routing.flows.run.words import AnyWord, KeyPressed, Report, TimeOut


def begin(flow: Flow, name: str, version: int, facts: CallFacts, now: datetime) -> Step:
    """For a call that has been answered; `version` of the flow `name` is `flow`."""
    variables = dict(flow.variables) | facts.variables()
    position = Position(flow=name, version=version, node=flow.start, phase=Phase.WAITING, variables=variables)
    return _arrive(Walk(flow, position, now))


def enter(flow: Flow, name: str, version: int, position: Position, now: datetime) -> Step:
    """Answers EnterFlow. What is given goes along, and of the rest what the entered flow declares."""
    if position.phase is Phase.ENDED:
        return Step(position)
    asked = GIVEN | flow.variables.keys()
    variables = dict(flow.variables) | {key: value for key, value in position.variables.items() if key in asked}
    entered = msgspec.structs.replace(
        position,
        flow=name,
        version=version,
        node=flow.start,
        variables=variables,
        private=tuple(variable for variable in position.private if variable in asked),
        deadline=None,
        pressed="",
        tries=0,
    )
    return _arrive(Walk(flow, entered, now))


def step(flow: Flow, position: Position, word: AnyWord, now: datetime) -> Step:
    """`flow` is the version that the position names. A word that changes nothing gives the same position back."""
    if position.phase is Phase.ENDED or _late(position, word, now):
        return Step(position)
    walk = Walk(flow, position, now)
    node = walk.node
    if node is None:
        walk.fail("", "its node is not in the flow")
        return walk.result
    if isinstance(word, KeyPressed):
        walk.set(steps=0)
    TABLE[type(node), type(word)](walk, node, word)
    return _run(walk)


def _late(position: Position, word: AnyWord, now: datetime) -> bool:
    if isinstance(word, Report):
        return word.turn != position.turn
    return isinstance(word, TimeOut) and (position.deadline is None or now < position.deadline)


def _arrive(walk: Walk) -> Step:
    walk.arriving = True
    return _run(walk)


def _run(walk: Walk) -> Step:
    """Through nodes until one waits, and through keys that were pressed ahead."""
    while walk.phase is not Phase.ENDED:
        node = walk.node
        if walk.arriving and node is None:
            walk.fail("start", "the flow has no start")
        elif walk.arriving:
            _pass(walk)
        elif isinstance(node, Attempts) and walk.phase is Phase.COLLECTING and walk.position.ahead:
            _take_ahead(walk, node)
        else:
            break
    return walk.result


def _pass(walk: Walk) -> None:
    node = walk.node
    if node is None or walk.position.steps >= limits.STEPS_ALONE:
        walk.fail("", f"{limits.STEPS_ALONE} nodes were passed while the caller did nothing")
        return
    walk.arriving = False
    walk.set(steps=walk.position.steps + 1)
    ARRIVALS[type(node)](walk, node)


def _take_ahead(walk: Walk, node: Attempts) -> None:
    key, rest = walk.position.ahead[0], walk.position.ahead[1:]
    walk.set(ahead=rest)
    TABLE[type(node), KeyPressed](walk, node, KeyPressed(key=cast("Digit", key)))
