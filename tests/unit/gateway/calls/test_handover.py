"""A leg goes from one call to another: whose it may be, and what each call is afterwards."""

from typing import Any
from uuid import UUID

import pytest
from calls_world import ANNA, BY_CALLER, CALL, CALLED, CALLER, FAR, TRUNK, World

from gateway.calls import handover
from gateway.calls.effects import Effect, Engine
from gateway.calls.inputs import FarAnswered, FarEnded
from gateway.calls.legs import Leg, LegState
from gateway.calls.parties import MAX_PARTIES
from kernel.contracts.engine import Hear, LegSource
from kernel.contracts.telephony import (
    AnswerCall,
    CallReleased,
    ConnectAgent,
    ConnectParty,
    Consulted,
    PartyEstablished,
    PartyReleased,
    PhoneParty,
    TakeOver,
    TakePlace,
    TrunkParty,
)
from kernel.primitives.ids import CallId

FIRST = "party1"
PARTY = f"{CALL}.{FIRST}"
OUTSIDE = TrunkParty(called=CALLED)
OTHER = CallId(UUID(int=400))
THEIRS = f"{OTHER}.far"  # the leg that comes from there


def order(world: World, kind: type[Any], **fields: Any) -> Any:
    id_, tenant, at = world.stamp()
    return kind(id=id_, tenant=tenant, at=at, call=CALL, **fields)


@pytest.fixture
def world() -> World:
    """A caller and somebody outside talk."""
    world = World()
    world.arrive()
    world.order(order(world, ConnectParty, party="out", to=OUTSIDE))
    world.happen(FarAnswered(FIRST))
    world.happen(FarAnswered())
    return world


def take_over(world: World) -> TakeOver:
    made = order(world, TakeOver, party="transfer1", to=OUTSIDE, other=OTHER, taken="far")
    assert isinstance(made, TakeOver)
    return made


def heard(effects: list[Effect]) -> dict[str, tuple[Any, ...]]:
    hears = [effect.command for effect in effects if isinstance(effect, Engine) and isinstance(effect.command, Hear)]
    return {hearing.leg: hearing.sources for hear in hears for hearing in hear.hearings}


class TestWhoIsConsulted:
    def test_is_the_party_of_the_far_end(self, world: World) -> None:
        assert handover.consulted(world.call, "far") == Consulted("far", "out", OUTSIDE)

    def test_is_the_caller_of_the_party(self, world: World) -> None:
        caller = TrunkParty(called=CALLED, caller=CALLER, trunk=TRUNK)
        assert handover.consulted(world.call, FIRST) == Consulted("out", "far", caller, came_in=True)

    def test_is_nobody_where_an_agent_is_in_the_call(self, world: World) -> None:
        world.order(order(world, ConnectAgent, agent=ANNA), media="softphone.anna")
        assert handover.consulted(world.call, "far") is None

    def test_is_nobody_in_a_conference(self, world: World) -> None:
        world.order(order(world, ConnectParty, party="third", to=PhoneParty(user="third"), ends_call=False))
        assert handover.consulted(world.call, "far") is None

    def test_is_nobody_who_has_not_answered(self) -> None:
        world = World()
        world.arrive()
        world.order(order(world, AnswerCall))
        world.happen(FarAnswered())
        world.order(order(world, ConnectParty, party="out", to=OUTSIDE))
        assert handover.consulted(world.call, "far") is None


class TestGiving:
    def test_a_party_leaves_the_far_end_alone_and_unheard(self, world: World) -> None:
        assert handover.gives(world.call, "out") == FIRST
        leg, effects = handover.give(world.call, FIRST, "out")
        assert (leg.name, leg.state) == (PARTY, LegState.ANSWERED)
        assert heard(effects) == {FAR: ()}
        world.happen(FarEnded(BY_CALLER))
        assert len(world.reported(CallReleased)) == 1
        assert PARTY not in heard(world.effects[-3:]), "what it hears is the other call's affair"

    def test_the_caller_leaves_the_party_as_the_far_end(self, world: World) -> None:
        assert handover.gives(world.call, "far") == FIRST
        leg, effects = handover.give(world.call, FIRST, "far")
        assert leg.name == FAR
        assert world.call.far.name == PARTY
        assert world.call.parties == {}
        assert heard(effects) == {PARTY: ()}

    @pytest.mark.parametrize("name", ["nobody", FIRST])
    def test_nobody_by_another_name(self, world: World, name: str) -> None:
        assert handover.gives(world.call, name) is None


class TestTaking:
    def test_everybody_hears_the_newcomer(self, world: World) -> None:
        short, effects = handover.take(
            world.call, take_over(world), Leg(name=THEIRS, state=LegState.ANSWERED), world.moment()
        )
        assert short == "party2"
        hears = heard(effects)
        assert hears[THEIRS] == (LegSource(leg=FAR), LegSource(leg=PARTY))
        assert LegSource(leg=THEIRS) in hears[FAR]
        reports = [getattr(effect, "report", None) for effect in effects]
        assert [report.party for report in reports if isinstance(report, PartyEstablished)] == ["transfer1"]

    def test_and_is_left_alone_with_the_caller_when_it_takes_the_place(self, world: World) -> None:
        _, effects = handover.take(
            world.call, take_over(world), Leg(name=THEIRS, state=LegState.ANSWERED), world.moment()
        )
        world.heard |= heard(effects)
        world.order(order(world, TakePlace, party="transfer1", of="out"))
        assert world.heard[THEIRS] == (LegSource(leg=FAR),)
        assert world.heard[FAR] == (LegSource(leg=THEIRS),)
        world.happen(FarEnded(BY_CALLER, leg="party2"))
        assert len(world.reported(CallReleased)) == 1, "as the end of who was there before"

    def test_its_end_is_told_to_the_engine_by_deleting_it_alone(self, world: World) -> None:
        handover.take(world.call, take_over(world), Leg(name=THEIRS, state=LegState.ANSWERED), world.moment())
        assert THEIRS not in heard(world.happen(FarEnded(BY_CALLER, leg="party2")))

    def test_an_order_is_carried_out_once_and_not_in_a_call_that_is_over(self, world: World) -> None:
        made = take_over(world)
        assert handover.is_new(world.call, made)
        handover.refuse(world.call, made, world.moment())
        assert not handover.is_new(world.call, made)
        world.happen(FarEnded(BY_CALLER))
        assert not handover.is_new(world.call, take_over(world))

    def test_there_is_room_for_so_many(self, world: World) -> None:
        assert handover.has_room(world.call, take_over(world))
        for number in range(MAX_PARTIES - 1):
            world.order(order(world, ConnectParty, party=f"p{number}", to=OUTSIDE, ends_call=False))
        assert not handover.has_room(world.call, take_over(world))

    def test_a_leg_that_cannot_be_had_is_told(self, world: World) -> None:
        (told,) = handover.refuse(world.call, take_over(world), world.moment())
        report = getattr(told, "report", None)
        assert isinstance(report, PartyReleased)
        assert (report.party, report.cause.sip_code) == ("transfer1", 480)
