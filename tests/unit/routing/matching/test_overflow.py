"""Where callers go whom a queue cannot keep; never twice into the same queue."""

from collections.abc import Callable, Mapping

from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.queues import (
    Elsewhere,
    Overflow,
    OverflowCause,
    ToCallback,
    ToFlow,
    ToNumber,
    ToQueue,
    ToVoicemail,
    WaitingRules,
)
from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber
from routing.matching.overflow import (
    Leave,
    Load,
    Outcome,
    Queues,
    Refused,
    Visit,
    Wait,
    Ways,
    enter,
    reconsider,
)
from tests.unit.routing.matching.samples import ONE, START, THREE, TWO, at

FULL, WAITED, NO_AGENTS = OverflowCause.FULL, OverflowCause.WAITED, OverflowCause.NO_AGENTS
OUTSIDE = ToNumber(PhoneNumber("+442071838750"))
OPEN = Load(waiting=0, agents=3)


def rules(*overflows: Overflow, capacity: int | None = None) -> WaitingRules:
    return WaitingRules(capacity=capacity, overflows=overflows)


def ways(queues: Queues, load_of: Callable[[QueueId], Load], closed: frozenset[Elsewhere] = frozenset()) -> Ways:
    def is_open(to: Elsewhere) -> bool:
        return to not in closed

    return Ways(queues, load_of, is_open)


def into(queues: Queues, loads: Mapping[QueueId, Load], queue: QueueId = ONE) -> Outcome:
    return enter(ways(queues, lambda one: loads.get(one, OPEN)), Visit(queue, START), START)


class TestEntering:
    def test_a_queue_without_limits_keeps_everybody(self) -> None:
        visit = Visit(ONE, START)
        assert into({ONE: rules()}, {ONE: Load(5_000, 0)}) == Wait(visit)

    def test_the_last_place_is_taken_and_the_next_caller_goes_elsewhere(self) -> None:
        queues = {ONE: rules(Overflow(FULL, ToVoicemail()), capacity=2)}
        assert into(queues, {ONE: Load(1, 1)}) == Wait(Visit(ONE, START))
        assert into(queues, {ONE: Load(2, 1)}) == Leave(ONE, ToVoicemail(), FULL)

    def test_a_full_queue_that_leads_nowhere_refuses(self) -> None:
        assert into({ONE: rules(capacity=0)}, {}) == Refused(ONE)

    def test_nobody_logged_in(self) -> None:
        queues = {ONE: rules(Overflow(NO_AGENTS, ToFlow("closed")))}
        assert into(queues, {ONE: Load(0, 0)}) == Leave(ONE, ToFlow("closed"), NO_AGENTS)
        assert into(queues, {ONE: Load(0, 1)}) == Wait(Visit(ONE, START))

    def test_another_queue_takes_over_and_remembers_where_the_caller_was(self) -> None:
        queues = {ONE: rules(Overflow(FULL, ToQueue(TWO)), capacity=1), TWO: rules()}
        assert into(queues, {ONE: Load(1, 1)}) == Wait(Visit(TWO, START, frozenset({ONE})), FULL)

    def test_a_full_second_queue_hands_on_by_its_own_settings(self) -> None:
        queues = {
            ONE: rules(Overflow(FULL, ToQueue(TWO)), capacity=0),
            TWO: rules(Overflow(FULL, OUTSIDE), capacity=0),
        }
        assert into(queues, {}) == Leave(TWO, OUTSIDE, FULL)

    def test_a_setting_that_leads_nowhere_gives_way_to_the_next(self) -> None:
        queues = {
            ONE: rules(Overflow(FULL, ToQueue(TWO)), Overflow(FULL, ToQueue(THREE)), capacity=0),
            TWO: rules(capacity=0),
            THREE: rules(),
        }
        assert into(queues, {}) == Wait(Visit(THREE, START, frozenset({ONE})), FULL)

    def test_a_queue_that_is_gone_leads_nowhere(self) -> None:
        assert into({ONE: rules(Overflow(NO_AGENTS, ToQueue(TWO)))}, {ONE: Load(0, 0)}) == Wait(Visit(ONE, START))

    def test_two_full_queues_that_point_at_each_other_refuse(self) -> None:
        queues = {
            ONE: rules(Overflow(FULL, ToQueue(TWO)), capacity=0),
            TWO: rules(Overflow(FULL, ToQueue(ONE)), capacity=0),
        }
        assert into(queues, {}) == Refused(ONE)


LIMITED: Queues = {
    ONE: rules(Overflow(WAITED, ToQueue(TWO), 30.0), Overflow(WAITED, ToCallback(), 90.0)),
    TWO: rules(),
}


class TestWaiting:
    def ask(self, seconds: float, *, agents: int = 1, visited: frozenset[QueueId] = frozenset()) -> Outcome:
        load = Load(0, agents)
        return reconsider(ways(LIMITED, lambda _: load), Visit(ONE, START, visited), at(seconds))

    def test_the_limit_is_of_this_queue(self) -> None:
        assert self.ask(29.9) == Wait(Visit(ONE, START))
        assert self.ask(30) == Wait(Visit(TWO, at(30), frozenset({ONE})), WAITED)

    def test_a_later_limit_applies_where_the_earlier_leads_nowhere(self) -> None:
        back = frozenset({TWO})
        assert self.ask(31, visited=back) == Wait(Visit(ONE, START, back))
        assert self.ask(90, visited=back) == Leave(ONE, ToCallback(), WAITED)

    def test_what_is_closed_gives_way_to_the_next(self) -> None:
        queues = {ONE: rules(Overflow(NO_AGENTS, ToCallback()), Overflow(NO_AGENTS, OUTSIDE))}
        there = ways(queues, lambda _: Load(0, 0), frozenset({ToCallback()}))
        assert reconsider(there, Visit(ONE, START), START) == Leave(ONE, OUTSIDE, NO_AGENTS)

    def test_the_last_agent_went_home(self) -> None:
        queues = {ONE: rules(Overflow(WAITED, OUTSIDE, 60.0), Overflow(NO_AGENTS, ToVoicemail()))}
        visit = Visit(ONE, START)
        assert reconsider(ways(queues, lambda _: Load(4, 0)), visit, at(5)) == Leave(ONE, ToVoicemail(), NO_AGENTS)
        assert reconsider(ways(queues, lambda _: Load(4, 1)), visit, at(5)) == Wait(visit)


NAMES = (ONE, TWO, THREE)
TARGETS = st.one_of(st.builds(ToQueue, st.sampled_from(NAMES)), st.just(ToVoicemail()))
SETTINGS = st.builds(
    WaitingRules,
    capacity=st.none() | st.integers(0, 2),
    overflows=st.lists(
        st.builds(Overflow, st.sampled_from(OverflowCause), TARGETS, st.sampled_from((0.0, 10.0))), max_size=3
    ).map(tuple),
)


@given(
    st.fixed_dictionaries(dict.fromkeys(NAMES, SETTINGS)),
    st.lists(st.fixed_dictionaries(dict.fromkeys(NAMES, st.builds(Load, st.integers(0, 3), st.integers(0, 1))))),
)
def test_no_settings_and_no_loads_lead_a_call_round(
    queues: dict[QueueId, WaitingRules], loads: list[dict[QueueId, Load]]
) -> None:
    """A call that is asked about at every limit, and whenever the load changes, comes to rest."""
    visit, moves = Visit(ONE, START), 0
    for number, load in enumerate(loads):
        outcome = reconsider(ways(queues, load.__getitem__), visit, at(number * 10))
        if not isinstance(outcome, Wait):
            return
        if outcome.visit != visit:
            moves += 1
            assert outcome.visit.queue not in visit.visited | {visit.queue}
            assert outcome.visit.visited > visit.visited
            visit = outcome.visit
    assert moves < len(NAMES)
