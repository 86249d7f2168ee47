"""Customers, agents, carriers, restarts and the clock in any order: every callback ends once, nobody is pestered."""

import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kernel.contracts.callbacks import (
    CallbackConnected,
    CallbackDialled,
    CallbackEnded,
    CallbackFirst,
    CallbackRequested,
    CallbackReserved,
)
from kernel.contracts.calls import EndReason
from kernel.contracts.codec import pack, unpack
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallbackId, CallId, QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.book import Book
from routing.callbacks.machine import TABLE, Next, Phase
from routing.callbacks.rules import DIALS_AT_MOST, CallbackRules
from routing.callbacks.words import (
    Answered,
    Cancelled,
    Decision,
    DialOut,
    Joined,
    Left,
    Lost,
    MachineHeard,
    Matched,
    RangBack,
    Refused,
    ReleaseAgent,
    Released,
    StopDialling,
    Taken,
    Turn,
    Word,
)
from tests.unit.routing.callbacks.desk import (
    ANN,
    BEN,
    CLOSES,
    JOHN,
    MARY,
    OPENS,
    SALES,
    SERVICE,
    CallbackDesk,
    DayTime,
    because,
)

STEPS = {
    (phase, there)
    for (phase, _), to in TABLE.items()
    for there in ({Phase.SCHEDULED, Phase.ENDED} if isinstance(to, Next) else {to})
}
REASONS = (EndReason.BUSY, EndReason.NO_ANSWER, EndReason.OVERLOADED, EndReason.UNKNOWN_NUMBER)
RULES = (CallbackRules(), CallbackRules(first=CallbackFirst.CUSTOMER), CallbackRules(machine_ends=True, attempts=2))
SECONDS = st.sampled_from((1, 15, 30, 60, 300, 1800, 7200, 40_000))


class CallbackMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.desk = CallbackDesk(hours=DayTime())
        self.live: set[CallId] = set()  # telephones that ring or talk
        self.held: Counter[UserId] = Counter()  # agents who were asked, or wait while it rings
        self.told: list[tuple[CallbackId, Word]] = []

    @initialize(rules=st.sampled_from(RULES))
    def begin(self, rules: CallbackRules) -> None:
        self.desk.rules = rules
        self.desk.wish()

    # --- the world ---

    def some(self, place: int) -> CallbackId:
        known = [callback.callback for callback in self.desk.book]
        return known[place % len(known)] if known else CallbackId(self.desk.ids.new())

    def tell(self, callback: CallbackId, word: Word) -> None:
        before = self.desk.book.get(callback)
        self.told.append((callback, word))
        with contextlib.suppress(CordboardError):
            decision = self.desk.tell(callback, word)
            if isinstance(word, Left) and decision.events:
                self.held[word.agent] -= 1
            if before is not None and before.taker is not None and before.phase is Phase.DIALLING:
                self.held[before.taker] -= any(isinstance(event, CallbackConnected) for event in decision.events)
            self.follow(decision)
        after = self.desk.book.get(callback)
        if before is not None:
            phase = Phase.ENDED if after is None else after.phase
            assert before.phase is phase or (before.phase, phase) in STEPS, f"{word}: {before.phase} → {phase}"
            assert after is None or after.since <= before.since, "the place was lost"

    def follow(self, decision: Decision) -> None:
        self.held.update(event.agent for event in decision.events if isinstance(event, CallbackReserved))
        for order in decision.orders:
            if isinstance(order, ReleaseAgent):
                self.held[order.agent] -= 1
            elif isinstance(order, DialOut):
                assert order.call not in self.live
                self.live.add(order.call)
            elif isinstance(order, StopDialling):
                assert order.call in self.live, "nothing rings there"
                self.live.discard(order.call)

    def call_of(self, callback: CallbackId) -> CallId:
        known = self.desk.book.get(callback)
        return (None if known is None else known.call) or CallId(self.desk.ids.new())

    @rule(
        number=st.sampled_from((MARY, MARY, JOHN)),
        queue=st.sampled_from((SALES, SERVICE)),
        hours=st.sampled_from((None, None, 1, 5, 30)),
        agent=st.sampled_from((None, None, ANN)),
    )
    def ask(self, number: PhoneNumber, queue: QueueId, hours: int | None, agent: UserId | None) -> None:
        due = None if hours is None else self.desk.now + timedelta(hours=hours)
        self.desk.wish(number, queue=queue, due=due, agent=agent)

    @rule(place=st.integers(0, 5), agent=st.sampled_from((ANN, BEN)), what=st.sampled_from((Matched, Taken, Left)))
    def agent_acts(self, place: int, agent: UserId, what: Callable[[UserId], Word]) -> None:
        self.tell(self.some(place), what(agent))

    @rule(place=st.integers(0, 5))
    def try_to_reach(self, place: int) -> None:
        callback = self.some(place)
        for word in (Matched(ANN), Taken(ANN), Turn()):
            self.tell(callback, word)

    @rule(place=st.integers(0, 5), what=st.sampled_from((Answered, Answered, MachineHeard, Lost)))
    def telephone(self, place: int, what: Callable[[CallId], Word]) -> None:
        callback = self.some(place)
        call = self.call_of(callback)
        if what is Lost:
            self.live.discard(call)
        self.tell(callback, what(call))

    @rule(place=st.integers(0, 5))
    def join(self, place: int) -> None:
        callback = self.some(place)
        self.tell(callback, Joined(self.call_of(callback), BEN))

    @rule(place=st.integers(0, 5), reason=st.sampled_from(REASONS))
    def leg_ends(self, place: int, reason: EndReason) -> None:
        callback = self.some(place)
        call = self.call_of(callback)
        self.live.discard(call)
        self.tell(callback, Released(call, because(reason)))

    @rule(place=st.integers(0, 5), what=st.sampled_from(("cancel", "ring", "refuse")))
    def wills(self, place: int, what: str) -> None:
        words: dict[str, Word] = {
            "cancel": Cancelled(),
            "ring": RangBack(CallId(self.desk.ids.new())),
            "refuse": Refused(),
        }
        self.tell(self.some(place), words[what])

    @rule(place=st.integers(0, 50))
    def a_word_comes_twice(self, place: int) -> None:
        if self.told:
            self.tell(*self.told[-1 - place % len(self.told)])

    @rule(seconds=SECONDS)
    def wait(self, seconds: int) -> None:
        told, ordered = len(self.desk.log), len(self.desk.orders)
        self.desk.wait(seconds)
        self.follow(Decision(tuple(self.desk.log[told:]), tuple(self.desk.orders[ordered:])))
        timer = self.desk.book.next_timer
        assert timer is None or timer > self.desk.now, "a timed phase past its end"

    # --- what holds ---

    @invariant()
    def every_callback_is_open_or_ended_once(self) -> None:
        asked = Counter(event.callback for event in self.desk.events(CallbackRequested))
        ended = Counter(event.callback for event in self.desk.events(CallbackEnded))
        still = {callback.callback for callback in self.desk.book}
        assert all(times == 1 for times in (*asked.values(), *ended.values()))
        assert still | ended.keys() == asked.keys()
        assert not still & ended.keys()

    @invariant()
    def nothing_follows_an_end(self) -> None:
        over: set[CallbackId] = set()
        for event in self.desk.log:
            assert event.callback not in over
            if isinstance(event, CallbackEnded):
                over.add(event.callback)

    @invariant()
    def one_number_has_one_callback_in_a_queue(self) -> None:
        wishes = [(callback.queue, callback.number) for callback in self.desk.book]
        assert len(wishes) == len(set(wishes))

    @invariant()
    def nobody_is_rung_too_often_or_at_night(self) -> None:
        dialled = self.desk.events(CallbackDialled)
        assert all(OPENS <= event.at.hour < CLOSES for event in dialled)
        assert max(Counter(event.callback for event in dialled).values(), default=0) <= DIALS_AT_MOST
        assert all(callback.attempts < self.desk.rules.attempts for callback in self.desk.book)

    @invariant()
    def only_what_is_known_rings(self) -> None:
        assert self.live <= {callback.call for callback in self.desk.book}

    @invariant()
    def no_agent_is_kept_for_nothing(self) -> None:
        kept = Counter(
            callback.taker
            for callback in self.desk.book
            if callback.taker is not None and callback.phase in {Phase.RESERVED, Phase.DIALLING}
        )
        assert +self.held == kept
        assert not -self.held, "released twice"

    @invariant()
    def the_log_tells_the_book(self) -> None:
        again = Book()
        for event in self.desk.log:
            again.apply(unpack(pack(event), type(event)))
        assert {one.callback: one for one in again} == {one.callback: one for one in self.desk.book}
        assert again.next_timer == self.desk.book.next_timer
        assert again.taken == self.desk.book.taken

    def teardown(self) -> None:
        """Time alone, and the end of conversations, end all."""
        self.desk.wait(timedelta(days=10).total_seconds())
        for callback in list(self.desk.book):
            assert callback.phase is Phase.CONNECTED
            self.tell(callback.callback, Released(self.call_of(callback.callback), because(EndReason.HANGUP_BY_CALLER)))
        assert not list(self.desk.book)
        assert self.desk.book.next_timer is None
        self.every_callback_is_open_or_ended_once()


TestCallbacks = CallbackMachine.TestCase
TestCallbacks.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
