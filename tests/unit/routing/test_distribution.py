"""Settings of queues and agents' skills, through the log: who is offered which call, and when."""

from typing import Any

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.desk import FinishWrapUp, LogOut
from kernel.contracts.directory import AgentProfile, QueueRules
from kernel.contracts.log import OfferMade
from kernel.contracts.queues import AllOf, AtLeast, Distribution, SkillLevel, Step, Strategy
from kernel.primitives.ids import UserId
from routing.acd.decide import next_timer
from routing.agents.tally import Tally
from tests.unit.routing.floor import ANN, BEN, SALES, START, Floor

GERMAN = AtLeast("german", 3)


def floor(distribution: Distribution, **skills: int) -> Floor:
    """Ann and Ben serve Sales; `skills` are Ben's."""
    levels = tuple(SkillLevel(skill, level) for skill, level in skills.items())
    return Floor(
        1,
        queues=(QueueRules(queue=SALES, name="Sales", distribution=distribution),),
        agents=(
            AgentProfile(agent=ANN, name="Ann", queues=(SALES,), has_seat=True),
            AgentProfile(agent=BEN, name="Ben", queues=(SALES,), has_seat=True, skills=levels),
        ),
    )


RELAXING = Distribution(needs=(Step(GERMAN), Step(AllOf(), 30.0)))


class TestSkills:
    def test_the_call_goes_past_who_is_idle_for_longer(self) -> None:
        centre = floor(RELAXING, german=3)
        centre.available(ANN)
        centre.wait(5)
        centre.available(BEN)
        call = centre.queued()
        assert centre.offers(BEN) == [call]

    def test_a_timer_brings_the_caller_to_who_fits_the_next_step(self) -> None:
        centre = floor(RELAXING)
        centre.available(ANN)
        call = centre.queued()
        assert centre.offers(ANN) == []
        centre.wait(29)
        assert centre.offers(ANN) == []
        centre.wait(1)
        assert centre.offers(ANN) == [call]

    def test_the_timer_is_gone_with_the_caller(self) -> None:
        centre = floor(RELAXING)
        call = centre.queued()
        assert next_timer(centre.state) is not None
        centre.release(call)
        assert next_timer(centre.state) is None

    def test_a_reached_step_wakes_nobody_again(self) -> None:
        centre = floor(RELAXING)
        centre.queued()
        centre.wait(40)
        assert next_timer(centre.state) is None

    @pytest.mark.parametrize("from_snapshot", [False, True])
    def test_a_step_is_not_lost_over_a_restart(self, from_snapshot: bool) -> None:
        centre = floor(RELAXING)
        centre.available(ANN)
        call = centre.queued()
        centre.state = centre.restored() if from_snapshot else centre.refold()
        centre.wait(30)
        assert centre.offers(ANN) == [call]

    def test_new_skills_count_at_once(self) -> None:
        centre = floor(RELAXING)
        centre.available(ANN, BEN)
        call = centre.queued()
        known: dict[str, Any] = {"queues": centre.directories[centre.tenant].queues}
        skilled = AgentProfile(agent=BEN, name="Ben", queues=(SALES,), has_seat=True, skills=(SkillLevel("german", 9),))
        centre.adopt(agents=(centre.directories[centre.tenant].agents[0], skilled), **known)
        assert centre.offers(BEN) == [call]


def work(centre: Floor, agent: UserId, seconds: float) -> None:
    """A call of that length; no time is spent afterwards."""
    centre.accept(agent)
    centre.wait(seconds)
    call = centre.agent(agent).call
    assert call is not None
    centre.release(call)
    centre.wish(agent, FinishWrapUp(call=call, disposition="resolved"))


class TestStrategies:
    @pytest.mark.parametrize("strategy", [Strategy.FEWEST_CALLS, Strategy.ROUND_ROBIN])
    def test_both_agents_take_turns_whoever_is_idle_for_longer(self, strategy: Strategy) -> None:
        centre = floor(Distribution(strategy=strategy))
        centre.available(ANN, BEN)
        for _ in range(4):
            centre.queued()
            taker = next(agent for agent in (ANN, BEN) if centre.agent(agent).state is AgentState.OFFERED)
            work(centre, taker, 10)
        assert [event.agent for event in centre.events(OfferMade)] in ([ANN, BEN, ANN, BEN], [BEN, ANN, BEN, ANN])

    def test_the_least_occupied_is_who_worked_the_smallest_part(self) -> None:
        centre = floor(Distribution(strategy=Strategy.LEAST_OCCUPIED))
        centre.available(ANN)
        centre.queued()
        work(centre, ANN, 50)
        centre.available(BEN)
        centre.queued()
        assert len(centre.offers(BEN)) == 1

    def test_a_log_in_begins_anew(self) -> None:
        centre = floor(Distribution())
        centre.available(ANN)
        centre.queued()
        work(centre, ANN, 50)
        tally = centre.agent(ANN).tally
        assert (tally.calls, tally.occupied_seconds, tally.offered_at) == (1, 50.0, {SALES: START})
        assert tally.occupancy == 1.0
        centre.wish(ANN, LogOut())
        assert centre.agent(ANN).tally == Tally()
