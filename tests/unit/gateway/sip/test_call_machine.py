"""Two phones, whatever they do in whatever order, on a network that loses and doubles: what holds after every step."""

from contextlib import suppress
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from gateway.sip.errors import MisuseError
from gateway.sip.events import Acknowledged, InviteAccepted, InviteReceived, ReinviteReceived, UpdateReceived
from tests.unit.gateway.sip.leaks import leaks
from tests.unit.gateway.sip.network import ENDS, QUIET, Network
from tests.unit.gateway.sip.pair import ANSWER, OFFER
from tests.unit.gateway.sip.stage import Stage

SIDES = st.sampled_from("ab")
MAX_SENT_PER_SECOND = 40  # of both, timers included: with what was lost they repeat themselves, and do not babble


class TwoPhones(RuleBasedStateMachine):
    """Either calls the other, any number of times."""

    @initialize(seed=st.integers(0, 9999), loss=st.sampled_from([0.0, 0.1, 0.3]), copies=st.sampled_from([0.0, 0.2]))
    def begin(self, seed: int, loss: float, copies: float) -> None:
        self.net = Network(seed=seed, loss=loss, copies=copies)
        self.on = Stage(self.net, "ab")
        self.steps = 0

    def _last(self, side: str) -> str | None:
        sessions = self.on[side].sessions
        return sessions[-1] if sessions else None

    def _do(self, side: str, verb: str, *arguments: Any) -> None:
        session = self._last(side)
        self.steps += 1
        if session is None:
            return
        with suppress(MisuseError):  # what the protocol does not allow now is told to the application
            getattr(self.on[side].endpoint, verb)(session, *arguments)
        self.net.run(0.0)

    @rule(side=SIDES)
    def call(self, side: str) -> None:
        other = "b" if side == "a" else "a"
        self.steps += 1
        self.on[side].call(self.on[other], self.net.now)
        self.net.run(0.0)

    @rule(side=SIDES, status=st.sampled_from([180, 183]))
    def ring(self, side: str, status: int) -> None:
        self._do(side, "ring", self.net.now, status)

    @rule(side=SIDES)
    def answer(self, side: str) -> None:
        session = self._last(side)
        if session is not None:
            self.on.accept(side, session, self.net.now)
            self.net.run(0.0)

    @rule(side=SIDES)
    def hang_up(self, side: str) -> None:
        session = self._last(side)
        if session is not None:
            self.on.hang_up(side, session, self.net.now)
            self.net.run(0.0)

    @rule(side=SIDES)
    def hold(self, side: str) -> None:
        self._do(side, "reinvite", OFFER, self.net.now)

    @rule(side=SIDES)
    def update(self, side: str) -> None:
        self._do(side, "update", OFFER, self.net.now)

    @rule(side=SIDES)
    def agree(self, side: str) -> None:
        kinds = {type(event) for event in self.on[side].events[-3:]}
        if ReinviteReceived in kinds:
            self._do(side, "answer_reinvite", ANSWER, self.net.now)
        if UpdateReceived in kinds:
            self._do(side, "answer_update", ANSWER, self.net.now)

    @rule(side=SIDES)
    def send_digit(self, side: str) -> None:
        self._do(side, "send_in_dialog", "INFO", self.net.now, b"5", "application/dtmf-relay")

    @rule(seconds=st.sampled_from([0.02, 0.05, 0.5, 1.0, 5.0, 33.0]))
    def wait(self, seconds: float) -> None:
        before = len(self.net.trail)
        self.net.run(seconds)
        live = max(1, sum(phone.endpoint.counters.transactions for phone in self.net.phones.values()))
        assert len(self.net.trail) - before <= (seconds + 1.0) * MAX_SENT_PER_SECOND * live

    @invariant()
    def every_session_ends_at_most_once_and_says_nothing_after(self) -> None:
        if not hasattr(self, "on"):
            return
        for phone in self.net.phones.values():
            over: set[str] = set()
            for event in phone.events:
                session = getattr(event, "session", "")
                assert not session or session not in over, f"{type(event).__name__} after the end"
                if isinstance(event, ENDS):
                    over.add(session)

    @invariant()
    def nothing_is_established_that_was_not_answered(self) -> None:
        if not hasattr(self, "on"):
            return
        answered = len(self.on.accepted)
        told = sum(len(phone.of(InviteAccepted)) for phone in self.net.phones.values())
        assert told <= answered
        first = {event.session for phone in self.net.phones.values() for event in phone.of(InviteReceived)}
        acknowledged = {event.session for phone in self.net.phones.values() for event in phone.of(Acknowledged)}
        assert acknowledged & first <= self.on.accepted

    def teardown(self) -> None:
        if not hasattr(self, "on"):
            return
        self.net.run(40.0)
        for _ in range(2):
            self.on.ends_all()
            self.net.run(QUIET)
        for phone in self.net.phones.values():
            assert phone.endpoint.next_timer() is None
            assert leaks(phone.endpoint) == []
            assert (phone.endpoint.counters.sessions, phone.endpoint.counters.transactions) == (0, 0)


TestTwoPhones = TwoPhones.TestCase
TestTwoPhones.settings = settings(max_examples=40, stateful_step_count=25, deadline=None)
