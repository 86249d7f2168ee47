"""One input's way through the flow while it is made: the position changes, effects and reasons are collected."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import msgspec

from kernel.contracts.calls import EndCause, EndReason, EndResult
from routing.flows import limits
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import AnyNode
from routing.flows.document.speech import Recorded, Spoken, Utterance
from routing.flows.document.templates import render
from routing.flows.run.effects import AnyEffect, EndCall, EnterQueue, Speak
from routing.flows.run.position import Ending, Phase, Position

FAILED = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM)


class Move(NamedTuple):
    """A decision: from `node` by the exit `field` to `to` ("" out of the flow), and why; it shows no private value."""

    node: str
    field: str
    to: str
    why: str


class Step(NamedTuple):
    position: Position
    effects: tuple[AnyEffect, ...] = ()
    moves: tuple[Move, ...] = ()


class Walk:
    def __init__(self, flow: Flow, position: Position, now: datetime) -> None:
        self.flow = flow
        self.now = now
        self.position = position
        self.arriving = False
        self._effects: list[AnyEffect] = []
        self._moves: list[Move] = []

    @property
    def result(self) -> Step:
        return Step(self.position, tuple(self._effects), tuple(self._moves))

    @property
    def phase(self) -> Phase:
        return self.position.phase

    @property
    def node(self) -> AnyNode | None:
        return self.flow.nodes.get(self.position.node)

    def set(self, **changes: Any) -> None:
        self.position = msgspec.structs.replace(self.position, **changes)

    def do(self, effect: AnyEffect) -> None:
        self._effects.append(effect)

    # --- variables ---

    def value(self, variable: str) -> str:
        return self.position.variables.get(variable, "")

    def remember(self, values: dict[str, str], private: bool = False) -> None:
        """Values too long are cut; there is room for as many variables as documents may have."""
        known = dict(self.position.variables)
        for name, value in values.items():
            known[name] = value[: limits.VALUE_LENGTH]
        self.set(variables=known)
        if private:
            self.set(private=tuple(sorted({*self.position.private, *values})))

    # --- waiting ---

    def turn(self) -> int:
        """A new one: whatever is reported of earlier ones comes too late."""
        self.set(turn=self.position.turn + 1)
        return self.position.turn

    def wait(self, phase: Phase, seconds: float | None) -> None:
        """None: whoever was asked keeps the time itself, and always answers."""
        deadline = None if seconds is None else self.now + timedelta(seconds=seconds)
        self.set(phase=phase, deadline=deadline)

    def speak(self, said: Iterable[Utterance]) -> None:
        spoken = tuple(self._filled(one) for one in said)
        self.do(Speak(turn=self.turn(), said=spoken))
        self.wait(Phase.SPEAKING, limits.PROMPT_GUARD_SECONDS)

    def _filled(self, said: Utterance) -> Utterance:
        if isinstance(said, Recorded):
            return said
        text = render(said.text, self.position.variables)
        return Spoken(text=text, language=said.language or self.flow.language)

    # --- going on ---

    def go(self, field: str, target: str | None, why: str) -> None:
        """An exit that leads nowhere is one of a draft: the flow fails there."""
        if not target or target not in self.flow.nodes:
            self.fail(field, f"{why}, but this exit leads nowhere")
            return
        self._moves.append(Move(self.position.node, field, target, why))
        self.set(node=target, pressed="", tries=0, deadline=None)
        self.arriving = True

    def end(self, ending: Ending, why: str) -> None:
        self._moves.append(Move(self.position.node, "", "", why))
        self.set(phase=Phase.ENDED, ending=ending, deadline=None, pressed="", ahead="")
        self.arriving = False

    def fail(self, field: str, why: str) -> None:
        """Nobody is cut off for a mistake in a flow, where it says who shall have them then."""
        self._moves.append(Move(self.position.node, field, "", why))
        queue = self.flow.fallback_queue
        if queue is None:
            self.do(EndCall(cause=FAILED))
            self.end(Ending.FAILED, "the flow failed and has no fallback queue")
            return
        self.do(EnterQueue(turn=self.turn(), queue=queue, context=self.context()))
        self.end(Ending.FAILED, "the flow failed: the caller goes to its fallback queue")

    def context(self) -> dict[str, str]:
        """What the agent may see: set in the flow, and not private."""
        kept = self.position.variables.items()
        return {name: value for name, value in kept if value and name not in self.position.private}
