"""Who gets whom: the order, the needs, the strategies; and that looking where something changed finds all."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from kernel.contracts.queues import Ageing, AllOf, AtLeast, Distribution, Needs, Not, Preferred, Step, Strategy
from kernel.primitives.ids import QueueId, UserId
from load_tests.peers.matching import Owner
from load_tests.peers.scan import Scan
from routing.matching.available import Idle
from routing.matching.matcher import Match, match
from routing.matching.people import Member
from routing.matching.rules import Caller
from tests.unit.routing.matching.made_conditions import CONDITIONS
from tests.unit.routing.matching.samples import (
    BILLING,
    FRENCH,
    GERMAN,
    ONE,
    START,
    THREE,
    TWO,
    at,
    call,
    caller,
    idle,
    member,
    offers,
    owner,
    user,
)


class TestOrder:
    def test_the_longest_waiting_caller_gets_the_longest_idle_agent(self) -> None:
        floor = owner([member(1), member(2)])
        for one in (caller(1, 0), caller(2, 5)):
            floor.come(one)
        floor.free(idle(1, 2))
        floor.free(idle(2, 1))
        assert offers(floor, 9) == [(call(1), user(2)), (call(2), user(1))]

    def test_priority_comes_before_waiting_across_queues(self) -> None:
        floor = owner([member(1, (ONE, TWO))])
        floor.come(caller(1, 0))
        floor.come(caller(2, 9, TWO, priority=1))
        floor.free(idle(1))
        assert offers(floor, 9) == [(call(2), user(1))]

    def test_equal_priority_across_queues_is_decided_by_waiting(self) -> None:
        floor = owner([member(1, (ONE, TWO))])
        floor.come(caller(1, 3))
        floor.come(caller(2, 2, TWO))
        floor.free(idle(1))
        assert offers(floor, 9) == [(call(2), user(1))]

    def test_an_agent_of_two_queues_is_offered_one_call(self) -> None:
        floor = owner([member(1, (ONE, TWO))])
        floor.come(caller(1))
        floor.come(caller(2, 0, TWO))
        floor.free(idle(1))
        assert len(offers(floor, 9)) == 1

    def test_nobody_is_matched_outside_their_queue(self) -> None:
        floor = owner([member(1, (TWO,))])
        floor.come(caller(1))
        floor.free(idle(1))
        assert offers(floor, 9) == []

    def test_who_waits_longer_rises_by_ageing_up_to_its_limit(self) -> None:
        floor = owner([member(1)], ageing=Ageing(60.0, limit=3))
        floor.come(caller(1, 0))
        floor.come(caller(2, 100, priority=2))
        assert (floor.waiting.position(call(1), at(119)), floor.waiting.position(call(2), at(119))) == (2, 1)
        assert floor.waiting.position(call(1), at(120)) == 1, "2 and waited longer"
        floor.come(caller(3, 400, priority=4))
        assert floor.waiting.position(call(1), at(1000)) == 3, "3 at most, the others have 5 and 7"


class TestNeeds:
    def test_a_caller_waits_for_who_fits_while_others_are_idle(self) -> None:
        floor = owner([member(1), member(2, german=1)])
        floor.free(idle(1, 0))
        floor.free(idle(2, 5))
        floor.come(caller(1, needs=(Step(GERMAN),)))
        assert offers(floor, 9) == [(call(1), user(2))]

    def test_needs_of_queue_and_call_must_both_be_met(self) -> None:
        floor = owner(
            [member(1, german=1), member(2, billing=1), member(3, german=1, billing=1)], needs=(Step(GERMAN),)
        )
        for number in (1, 2, 3):
            floor.free(idle(number, number))
        floor.come(caller(1, needs=(Step(BILLING),)))
        assert offers(floor, 9) == [(call(1), user(3))]

    def test_needs_relax_with_waiting_and_keep_those_of_before(self) -> None:
        steps = (Step(AtLeast("german", 5)), Step(AtLeast("german", 2), 30.0), Step(FRENCH, 60.0))
        floor = owner([member(1, german=3), member(2, french=1)], needs=steps)
        floor.come(caller(1, 0))
        floor.free(idle(1))
        assert offers(floor, 29.9) == []
        assert floor.waiting.next_widening(at(29.9)) == at(30)
        assert offers(floor, 30) == [(call(1), user(1))]

    def test_steps_add_who_fits_and_take_nobody_away(self) -> None:
        floor = owner([member(1, german=1)], needs=(Step(GERMAN), Step(FRENCH, 30.0)))
        floor.come(caller(1, 0))
        floor.free(idle(1))
        assert offers(floor, 31) == [(call(1), user(1))]

    def test_a_step_that_widens_nothing_needs_no_timer(self) -> None:
        floor = owner([member(1, german=1)], needs=(Step(GERMAN), Step(FRENCH, 30.0)))
        floor.come(caller(1, 0))
        assert floor.waiting.next_widening(None) is None

    def test_who_can_be_served_is_not_held_up_by_who_cannot(self) -> None:
        floor = owner([member(1, french=1)])
        floor.come(caller(1, 0, priority=5, needs=(Step(GERMAN),)))
        floor.come(caller(2, 1, needs=(Step(FRENCH),)))
        floor.free(idle(1))
        assert offers(floor, 9) == [(call(2), user(1))]

    def test_the_next_in_line_is_judged_by_their_own_waiting(self) -> None:
        floor = owner([member(1), member(2)], needs=(Step(GERMAN), Step(AllOf(), 30.0)))
        for one in (caller(1, 0), caller(2, 20)):
            floor.come(one)
        floor.free(idle(1))
        floor.free(idle(2, 1))
        assert offers(floor, 30) == [(call(1), user(1))]
        assert offers(floor, 49) == []
        assert offers(floor, 50) == [(call(2), user(2))]


class TestPreferred:
    def test_is_waited_for_and_then_no_more(self) -> None:
        floor = owner([member(1), member(2)])
        floor.free(idle(1))
        floor.come(caller(1, 0, preferred=Preferred(user(2), 30.0)))
        assert offers(floor, 29) == []
        assert offers(floor, 30) == [(call(1), user(1))]

    def test_comes_before_who_is_idle_for_longer_and_needs_no_skills(self) -> None:
        floor = owner([member(1, german=9), member(2)], needs=(Step(GERMAN),))
        floor.free(idle(1, 0))
        floor.free(idle(2, 5))
        floor.come(caller(1, 0, preferred=Preferred(user(2), 0.0)))
        assert offers(floor, 9) == [(call(1), user(2))]

    def test_who_does_not_serve_the_queue_is_not_waited_for(self) -> None:
        floor = owner([member(1), member(2, (TWO,))])
        for number in (1, 2):
            floor.free(idle(number))
        floor.come(caller(1, 0, preferred=Preferred(user(2), 30.0)))
        assert offers(floor, 9) == [(call(1), user(1))]

    def test_others_go_on_meanwhile(self) -> None:
        floor = owner([member(1), member(2)])
        floor.come(caller(1, 0, preferred=Preferred(user(2), 30.0)))
        floor.come(caller(2, 1))
        floor.free(idle(1))
        assert offers(floor, 9) == [(call(2), user(1))]


class TestStrategies:
    @pytest.mark.parametrize(
        ("strategy", "first", "second"),
        [
            (Strategy.LONGEST_IDLE, {"since": 1}, {"since": 2}),
            (Strategy.FEWEST_CALLS, {"since": 9, "calls": 3}, {"since": 1, "calls": 4}),
            (Strategy.FEWEST_CALLS, {"since": 1, "calls": 3}, {"since": 2, "calls": 3}),
            (Strategy.LEAST_OCCUPIED, {"since": 9, "occupancy": 0.5}, {"since": 1, "occupancy": 0.6}),
            (Strategy.ROUND_ROBIN, {"since": 9, "offered_at": {ONE: at(1)}}, {"since": 1, "offered_at": {ONE: at(2)}}),
            (Strategy.ROUND_ROBIN, {"since": 9}, {"since": 1, "offered_at": {ONE: at(2)}}),
            (Strategy.ROUND_ROBIN, {"since": 1, "offered_at": {TWO: at(5)}}, {"since": 2, "offered_at": {}}),
        ],
    )
    def test_the_first_agent_is_taken(self, strategy: Strategy, first: Any, second: Any) -> None:
        for one, two in ((first, second), (second, first)):
            floor = owner([member(1), member(2)], strategy=strategy)
            floor.free(idle(1, **one))
            floor.free(idle(2, **two))
            floor.come(caller(1))
            assert offers(floor, 9) == [(call(1), user(1 if one is first else 2))]

    def test_weighted_gives_calls_in_proportion(self) -> None:
        members = [Member(user(number), (ONE,), weight=weight) for number, weight in ((1, 3), (2, 1))]
        floor = owner(members, strategy=Strategy.WEIGHTED)
        calls = {user(1): 0, user(2): 0}
        for number in range(40):
            for agent, had in calls.items():
                floor.free(Idle(agent, START, calls=had))
            floor.come(caller(number))
            ((_, taken),) = offers(floor, 9)
            calls[taken] += 1
        assert list(calls.values()) == [30, 10]

    def test_each_queue_has_its_own(self) -> None:
        floor = Owner(
            {ONE: Distribution(strategy=Strategy.FEWEST_CALLS), TWO: Distribution()},
            [member(1, (ONE, TWO)), member(2, (ONE, TWO))],
        )
        for queue, expected in ((ONE, user(2)), (TWO, user(1))):
            floor.free(idle(1, 0, calls=9))
            floor.free(idle(2, 1, calls=1))
            floor.come(caller(1, 0, queue))
            assert offers(floor, 9) == [(call(1), expected)]


def test_asking_changes_nothing() -> None:
    floor = owner([member(1), member(2)])
    for number in (1, 2, 3):
        floor.come(caller(number, number))
    for number in (1, 2):
        floor.free(idle(number))
    first = match(floor.waiting, floor.available, floor.rules, at(9))
    assert first == match(floor.waiting, floor.available, floor.rules, at(9))
    assert len(first) == 2
    assert (len(floor.waiting), len(floor.available)) == (3, 2)


# --- any state ---

QUEUES = (ONE, TWO, THREE)
NEEDS: st.SearchStrategy[Needs] = st.lists(
    st.builds(Step, CONDITIONS, st.sampled_from((0.0, 5.0, 10.0, 30.0))), max_size=3
).map(lambda steps: tuple(sorted(steps, key=lambda step: step.after_seconds)))
DISTRIBUTIONS = st.builds(
    Distribution,
    strategy=st.sampled_from(Strategy),
    needs=NEEDS,
    ageing=st.sampled_from((None, Ageing(5.0), Ageing(20.0, 2))),
)
MEMBERS = st.lists(
    st.tuples(
        st.sets(st.sampled_from(QUEUES)),
        st.dictionaries(st.sampled_from(("german", "french", "billing")), st.integers(1, 4)),
        st.integers(1, 3),
    ),
    min_size=1,
    max_size=7,
)
# few different ones, so that callers share a lane
ASKED: tuple[Needs, ...] = (
    (),
    (),
    (Step(GERMAN),),
    (Step(AtLeast("french", 3)), Step(FRENCH, 7.0)),
    (Step(Not(BILLING)), Step(AllOf(), 20.0)),
)


class AnyState(RuleBasedStateMachine):
    """Whatever comes in whatever order, looking only where something changed gives what looking at everybody gives."""

    @initialize(queues=st.tuples(DISTRIBUTIONS, DISTRIBUTIONS, DISTRIBUTIONS), members=MEMBERS)
    def begin(self, queues: tuple[Distribution, ...], members: list[Any]) -> None:
        self.members = [
            Member(user(number), tuple(sorted(serves)), skills, weight)
            for number, (serves, skills, weight) in enumerate(members)
        ]
        rules = dict(zip(QUEUES, queues, strict=True))
        self.owner = Owner(rules, self.members)
        self.scan = Scan(rules, self.members)
        self.now = START
        self.next = 0

    def decide(self) -> list[Match]:
        expected = self.scan.offers(self.owner.callers.values(), self.owner.agents(), self.now)
        found = self.owner.decide(self.now)
        assert found == expected
        return found

    @rule(
        queue=st.sampled_from(QUEUES),
        ago=st.sampled_from((0, 0, 0, 3, 12, 40)),
        priority=st.integers(0, 2),
        needs=st.sampled_from(ASKED),
        preferred=st.none() | st.tuples(st.integers(0, 7), st.sampled_from((0.0, 6.0, 15.0))),
    )
    def come(self, queue: QueueId, ago: int, priority: int, needs: Needs, preferred: Any) -> None:
        self.next += 1
        chosen = None if preferred is None else Preferred(user(preferred[0]), preferred[1])
        since = self.now - timedelta(seconds=ago)
        self.owner.come(Caller(call(self.next), queue, since, priority, needs, chosen))

    @rule(queue=st.sampled_from(QUEUES), count=st.integers(2, 4), needs=st.sampled_from(ASKED))
    def a_crowd_comes(self, queue: QueueId, count: int, needs: Needs) -> None:
        """Callers of one lane, so that one decision serves several of them."""
        for number in range(count):
            self.come(queue, 5 * number, 0, needs, None)

    @rule()
    def a_shift_begins(self) -> None:
        for number in range(len(self.members)):
            self.free(number, number % 3, 0, number % 2)

    @rule(place=st.integers(0, 30))
    def hang_up(self, place: int) -> None:
        calls = list(self.owner.callers)
        if calls:
            self.owner.go(calls[place % len(calls)])

    @rule(place=st.integers(0, 30), calls=st.integers(0, 3), busy=st.integers(0, 4), ago=st.integers(0, 3))
    def free(self, place: int, calls: int, busy: int, ago: int) -> None:
        one = self.members[place % len(self.members)]
        offered = {queue: self.now - timedelta(seconds=ago) for queue in one.queues[:1]}
        since = self.now - timedelta(seconds=ago)
        self.owner.free(Idle(one.agent, since, calls, busy / 4, offered))

    @rule(place=st.integers(0, 30))
    def leave(self, place: int) -> None:
        self.owner.busy(self.members[place % len(self.members)].agent)

    @rule(seconds=st.sampled_from((0.0, 1.0, 2.0, 5.0, 30.0)))
    def pass_time_and_decide(self, seconds: float) -> None:
        """Several changes in one decision, as after a restart; time brings its own."""
        self.now += timedelta(seconds=seconds)
        self.decide()

    @rule(seconds=st.sampled_from((5.0, 30.0, 60.0)))
    def follow_the_timers(self, seconds: float) -> None:
        """Nobody is forgotten between two changes: each widening is its own decision."""
        self.decide()
        end = self.now + timedelta(seconds=seconds)
        while (due := self.owner.waiting.next_widening(self.now)) is not None and due <= end:
            self.now = due
            self.decide()
        self.now = end
        assert self.decide() == []

    @invariant()
    def positions_follow_the_order(self) -> None:
        for queue in QUEUES:
            mine = [one for one in self.owner.callers.values() if one.queue == queue]
            mine.sort(key=lambda one: self.scan.standing(one, self.now))
            assert [self.owner.waiting.position(one.call, self.now) for one in mine] == list(range(1, len(mine) + 1))
            assert set(self.owner.waiting.calls(queue)) == {one.call for one in mine}
            assert self.owner.waiting.count(queue) == len(mine)


TestAnyState = AnyState.TestCase
TestAnyState.settings = settings(
    max_examples=150, stateful_step_count=30, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def test_many_fitting_and_few_fitting_agents_are_found_alike() -> None:
    """Both ways of finding the first agent by strategy, at a size at which each is used."""
    members = [member(number, (ONE,), **({"rare": 1} if number % 97 == 5 else {})) for number in range(400)]
    scan = Scan({ONE: Distribution()}, members)
    for needs in ((), (Step(AtLeast("rare")),)):
        floor = owner(members)
        for number in range(400):
            floor.free(idle(number, since=(number * 7919) % 400))
        agents = floor.agents()
        floor.come(caller(1, needs=needs))
        expected = scan.for_caller(caller(1, needs=needs), agents, at(500))
        assert expected is not None
        assert offers(floor, 500) == [(call(1), expected.member.agent)]


def test_who_left_the_rules_serves_nobody() -> None:
    floor = owner([member(1)])
    floor.available.add(idle(7))
    floor.available.discard(UserId(user(7)))
    assert len(floor.available) == 0
