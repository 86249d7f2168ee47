"""Runs a script through a flow by the machine that calls go through; time passes as the script lets it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from routing.flows.calendars.calendar import Calendar
from routing.flows.calendars.opening import open_at
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import AnyNode, GoTo, Hours
from routing.flows.run.interpreter import begin, enter, step
from routing.flows.run.position import CallFacts, Phase
from routing.flows.run.walk import Step
from routing.flows.run.words import AnyWord, FlowMissing, HoursTold, SpeechEnded
from routing.flows.simulate.answers import Unfit, kind_at, named, words_of
from routing.flows.simulate.script import AnswerHours, AnyAct, CallerAct, Press
from routing.flows.simulate.transcript import Line, LineKind, Stop, Transcript, lines_of

SPOKEN_SECONDS = 3.0  # of a prompt, whose true length is not asked for


class Tried(NamedTuple):
    """The flow by its name, its number (0: the draft), and what it may need: calendars, and other flows' versions."""

    name: str
    flow: Flow
    version: int = 0
    calendars: Mapping[str, Calendar] = {}
    others: Mapping[str, tuple[int, Flow]] = {}


def simulate(tried: Tried, facts: CallFacts, script: tuple[AnyAct, ...], now: datetime) -> Transcript:
    """Drafts too: what does not work shows where it fails."""
    return _Simulation(tried, facts, now).run(script)


class _Simulation:
    def __init__(self, tried: Tried, facts: CallFacts, now: datetime) -> None:
        self._tried = tried
        self._flow = tried.flow
        self._began = self._now = now
        self._lines: list[Line] = []
        self._take(begin(tried.flow, tried.name, tried.version, facts, now))

    def run(self, script: tuple[AnyAct, ...]) -> Transcript:
        for act in script:
            self._settle(act)
            if self._position.phase is Phase.ENDED:
                return self._transcript(Stop.NOT_FITTING, f"The flow has ended before {named(act)}.")
            try:
                self._carry_out(act)
            except Unfit as unfit:
                return self._transcript(Stop.NOT_FITTING, str(unfit))
        self._settle(None)
        if self._position.phase is Phase.ENDED:
            return self._transcript(Stop.ENDED)
        return self._transcript(Stop.WAITS, f"The flow waits at {self._position.node} ({kind_at(self._node)}).")

    def _transcript(self, stop: Stop, remark: str = "") -> Transcript:
        position = self._position
        shown = {name: value for name, value in position.variables.items() if name not in position.private}
        return Transcript(lines=tuple(self._lines), stop=stop, ending=position.ending, remark=remark, variables=shown)

    # --- what needs no script ---

    def _settle(self, act: AnyAct | None) -> None:
        """Prompts end, calendars and other flows answer, as far as the next act does not do it."""
        while self._position.phase is not Phase.ENDED:
            if self._position.phase is Phase.SPEAKING and not (isinstance(act, Press) and act.early):
                self._now += timedelta(seconds=SPOKEN_SECONDS)
                self._hear(SpeechEnded(turn=self._position.turn))
            elif not self._answer_ourselves(act):
                return

    def _answer_ourselves(self, act: AnyAct | None) -> bool:
        node = self._node
        if isinstance(node, GoTo):
            self._enter(node)
            return True
        calendar = self._tried.calendars.get(node.calendar) if isinstance(node, Hours) else None
        if calendar is None or isinstance(act, AnswerHours):
            return False
        found = open_at(calendar, self._now)
        self._tell(LineKind.ANSWERS, f"{found.status.value}: {found.reason}")
        self._hear(HoursTold(turn=self._position.turn, status=found.status))
        return True

    def _enter(self, node: GoTo) -> None:
        if node.flow == self._tried.name:
            found: tuple[int, Flow] | None = (self._tried.version, self._tried.flow)
        else:
            found = self._tried.others.get(node.flow)
        if found is None:
            self._hear(FlowMissing(turn=self._position.turn))
            return
        version, self._flow = found
        self._take(enter(self._flow, node.flow, version, self._position, self._now))

    # --- what the script says ---

    def _carry_out(self, act: AnyAct) -> None:
        kind = LineKind.DOES if isinstance(act, CallerAct) else LineKind.ANSWERS
        for said in words_of(act, self._node, self._position, self._now):
            if self._position.phase is Phase.ENDED:
                return
            self._now = said.at
            self._tell(kind, said.text)
            self._hear(said.word)

    # --- the machine ---

    @property
    def _node(self) -> AnyNode | None:
        return self._flow.nodes.get(self._position.node)

    def _hear(self, word: AnyWord) -> None:
        self._take(step(self._flow, self._position, word, self._now))

    def _take(self, result: Step) -> None:
        """Effects come of the node that was reached last; decisions are told before them, in their order."""
        self._position = result.position
        for move in result.moves:
            text = f"{move.field}: {move.why}" if move.field else move.why
            self._lines.append(Line(self._seconds(), LineKind.GOES, move.node, text, move.to))
        for effect in result.effects:
            for kind, text in lines_of(effect):
                self._tell(kind, text)

    def _tell(self, kind: LineKind, text: str) -> None:
        self._lines.append(Line(self._seconds(), kind, self._position.node, text))

    def _seconds(self) -> float:
        return round((self._now - self._began).total_seconds(), 3)
