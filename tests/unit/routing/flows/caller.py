"""A call in a flow, driven by hand."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

from kernel.contracts.codec import pack, unpack
from routing.flows.document.flow import Flow
from routing.flows.document.names import Digit
from routing.flows.document.speech import Recorded
from routing.flows.run.effects import AnyEffect, Speak
from routing.flows.run.interpreter import begin, enter, step
from routing.flows.run.position import CallFacts, Phase, Position
from routing.flows.run.walk import Move, Step
from routing.flows.run.words import AnyWord, KeyPressed, SpeechEnded, TimeOut
from tests.unit.routing.flows.documents import FACTS, NOW


class Caller:
    """Effects and moves of the last input are kept; every position goes through bytes, as if saved and read."""

    def __init__(self, document: Flow, facts: CallFacts = FACTS, now: datetime = NOW) -> None:
        self.flow = document
        self.now = now
        self.effects: Sequence[AnyEffect] = ()
        self.moves: list[Move] = []
        self._take(begin(document, "main", 1, facts, now))

    @property
    def node(self) -> str:
        return self.position.node

    @property
    def phase(self) -> Phase:
        return self.position.phase

    @property
    def hears(self) -> list[str]:
        """What the last input made the caller hear."""
        said = [one for effect in self.effects if isinstance(effect, Speak) for one in effect.said]
        return [one.prompt if isinstance(one, Recorded) else one.text for one in said]

    def tell(self, kind: type[Any], **fields: Any) -> "Caller":
        """Of the present turn."""
        return self.hear(kind(turn=self.position.turn, **fields))

    def hear(self, word: AnyWord) -> "Caller":
        self._take(step(self.flow, self.position, word, self.now))
        return self

    def press(self, keys: str) -> "Caller":
        for key in keys:
            self.hear(KeyPressed(key=cast("Digit", key)))
        return self

    def listen(self) -> "Caller":
        """To the end of what plays."""
        return self.tell(SpeechEnded)

    def wait(self) -> "Caller":
        """To the present deadline."""
        assert self.position.deadline is not None, "nothing is timed here"
        self.now = self.position.deadline
        return self.hear(TimeOut())

    def later(self, seconds: float) -> "Caller":
        self.now += timedelta(seconds=seconds)
        return self.hear(TimeOut())

    def enter(self, document: Flow, name: str = "other", version: int = 7) -> "Caller":
        self.flow = document
        self._take(enter(document, name, version, self.position, self.now))
        return self

    def _take(self, result: Step) -> None:
        self.position: Position = unpack(pack(result.position), Position)
        assert self.position == result.position
        self.effects = unpack(pack(result.effects), tuple[AnyEffect, ...])
        assert self.effects == result.effects
        self.moves = list(result.moves)
