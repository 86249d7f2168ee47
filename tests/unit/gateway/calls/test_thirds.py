"""Supervisors in a call: whom they hear and who hears them, as sets; two tenants' homes."""

from collections.abc import Sequence
from typing import Any

import pytest
from calls_world import ANNA, BERT, CALL, FAR, OTHER_TENANT, World

from gateway.calls.effects import DialFar, MeasureAgent, ReleaseFar
from gateway.calls.inputs import AgentAttached, AgentDetached, FarAnswered, FarEnded, FarProgressed
from gateway.calls.model import ZIP, Moment
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.engine import LegSource
from kernel.contracts.supervision import LeaveSupervision, Manner, SuperviseCall
from kernel.contracts.telephony import (
    AnswerCall,
    ConnectAgent,
    HoldCall,
    PartyEstablished,
    PartyReleased,
    PhoneParty,
)

BY_CALLER = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
AGENT_LEG, BERT_LEG = "web.anna", "web.bert"


def stamp(world: World) -> dict[str, Any]:
    event, tenant, at = world.stamp()
    return {"id": event, "tenant": tenant, "at": at, "call": CALL}


@pytest.fixture
def world() -> World:
    world = World()
    world.arrive()
    world.order(AnswerCall(**stamp(world)))
    world.happen(FarAnswered())
    world.order(ConnectAgent(**stamp(world), agent=ANNA), AGENT_LEG)
    return world


def take_part(world: World, manner: Manner, media: str | None = BERT_LEG) -> None:
    world.order(SuperviseCall(**stamp(world), supervisor=BERT, home=OTHER_TENANT, manner=manner), media)


def hears(world: World, leg: str) -> set[str]:
    return {source.leg for source in world.heard.get(leg, ()) if isinstance(source, LegSource)}


@pytest.mark.parametrize(
    ("manner", "far", "agent", "sends"),
    [
        (Manner.LISTEN, {AGENT_LEG}, {FAR}, False),
        (Manner.WHISPER, {AGENT_LEG}, {FAR, BERT_LEG}, True),
        (Manner.BARGE, {AGENT_LEG, BERT_LEG}, {FAR, BERT_LEG}, True),
    ],
)
def test_who_hears_whom(world: World, manner: Manner, far: set[str], agent: set[str], sends: bool) -> None:
    take_part(world, manner)
    assert hears(world, BERT_LEG) == {FAR, AGENT_LEG}
    assert (hears(world, FAR), hears(world, AGENT_LEG)) == (far, agent)
    assert world.sending.get(BERT, False) is sends


def test_a_manner_replaces_the_former(world: World) -> None:
    take_part(world, Manner.BARGE)
    take_part(world, Manner.LISTEN)
    assert hears(world, FAR) == {AGENT_LEG}
    assert world.sending[BERT] is False


def test_who_leaves_hears_nothing_and_the_call_goes_on(world: World) -> None:
    take_part(world, Manner.BARGE)
    world.order(LeaveSupervision(**stamp(world), supervisor=BERT))
    assert (hears(world, BERT_LEG), hears(world, FAR), hears(world, AGENT_LEG)) == (set(), {AGENT_LEG}, {FAR})
    assert world.sending[BERT] is False


def test_a_caller_on_hold_is_not_heard_and_hears_nobody_who_barges(world: World) -> None:
    take_part(world, Manner.BARGE)
    world.order(HoldCall(**stamp(world), music="music"))
    assert (hears(world, FAR), hears(world, BERT_LEG)) == (set(), {AGENT_LEG})


def test_the_end_of_the_call_ends_it(world: World) -> None:
    take_part(world, Manner.WHISPER)
    world.happen(FarEnded(BY_CALLER))
    assert hears(world, BERT_LEG) == set()
    assert world.sending[BERT] is False


def test_a_reloaded_page_is_back_in_it(world: World) -> None:
    take_part(world, Manner.WHISPER)
    world.happen(AgentDetached(BERT, BERT_LEG))
    assert hears(world, AGENT_LEG) == {FAR}
    world.happen(AgentAttached(BERT, "web.bert2"))
    assert (hears(world, "web.bert2"), hears(world, AGENT_LEG)) == ({FAR, AGENT_LEG}, {FAR, "web.bert2"})


def test_a_browser_that_is_away_is_joined_when_it_comes(world: World) -> None:
    take_part(world, Manner.LISTEN, None)
    assert hears(world, BERT_LEG) == set()
    world.happen(AgentAttached(BERT, BERT_LEG))
    assert hears(world, BERT_LEG) == {FAR, AGENT_LEG}


def test_who_takes_over_goes_on_sending(world: World) -> None:
    take_part(world, Manner.WHISPER)
    world.order(ConnectAgent(**stamp(world), agent=BERT, home=OTHER_TENANT), BERT_LEG)
    assert (hears(world, FAR), hears(world, BERT_LEG), hears(world, AGENT_LEG)) == ({BERT_LEG}, {FAR}, set())
    world.order(LeaveSupervision(**stamp(world), supervisor=BERT))
    assert world.sending[BERT] is True


# --- at a telephone ---

BERTS, SEAT, PHONE = PhoneParty(user="bert"), "seat.bert", f"{CALL}.party1"


def call_telephone(world: World, manner: Manner) -> list[str]:
    """Which legs were dialled for it."""
    order = SuperviseCall(**stamp(world), supervisor=BERT, home=OTHER_TENANT, manner=manner, seat=BERTS, party=SEAT)
    return [effect.leg for effect in world.order(order) if isinstance(effect, DialFar)]


def at_telephone(world: World, manner: Manner = Manner.LISTEN) -> None:
    call_telephone(world, manner)
    world.happen(FarProgressed(early_media=False, leg="party1"))
    world.happen(FarAnswered("party1"))


def talk_on(world: World) -> list[object]:
    return [*world.order(ConnectAgent(**stamp(world), agent=BERT, home=OTHER_TENANT, seat=BERTS, party=SEAT))]


def released(effects: Sequence[object]) -> list[str]:
    return [effect.leg for effect in effects if isinstance(effect, ReleaseFar)]


class TestTelephones:
    @pytest.mark.parametrize(
        ("manner", "far", "agent"),
        [
            (Manner.LISTEN, {AGENT_LEG}, {FAR}),
            (Manner.WHISPER, {AGENT_LEG}, {FAR, PHONE}),
            (Manner.BARGE, {AGENT_LEG, PHONE}, {FAR, PHONE}),
        ],
    )
    def test_it_is_dialled_once_and_heard_as_asked(
        self, world: World, manner: Manner, far: set[str], agent: set[str]
    ) -> None:
        assert call_telephone(world, manner) == ["party1"]
        assert call_telephone(world, manner) == []
        world.happen(FarAnswered("party1"))
        assert hears(world, PHONE) == {FAR, AGENT_LEG}
        assert (hears(world, FAR), hears(world, AGENT_LEG)) == (far, agent)
        assert BERT not in world.sending
        assert [getattr(report, "party", "") for report in world.reported(PartyEstablished)] == [SEAT]

    def test_nobody_hears_it_ring(self, world: World) -> None:
        before = dict(world.heard)
        call_telephone(world, Manner.LISTEN)
        world.happen(FarProgressed(early_media=True, leg="party1"))
        assert world.heard == before

    def test_another_manner_is_of_the_same_telephone(self, world: World) -> None:
        at_telephone(world)
        take_part(world, Manner.BARGE, None)
        assert hears(world, FAR) == {AGENT_LEG, PHONE}

    def test_a_browser_of_the_same_person_has_no_part_in_it(self, world: World) -> None:
        at_telephone(world)
        world.happen(AgentAttached(BERT, BERT_LEG))
        assert hears(world, PHONE) == {FAR, AGENT_LEG}
        assert hears(world, BERT_LEG) == set()

    def test_who_leaves_is_hung_up(self, world: World) -> None:
        at_telephone(world, Manner.BARGE)
        assert released(world.order(LeaveSupervision(**stamp(world), supervisor=BERT))) == ["party1"]
        assert hears(world, FAR) == {AGENT_LEG}

    def test_who_hangs_up_is_told_of_and_the_call_goes_on(self, world: World) -> None:
        at_telephone(world, Manner.BARGE)
        world.happen(FarEnded(BY_CALLER, leg="party1"))
        assert [getattr(report, "party", "") for report in world.reported(PartyReleased)] == [SEAT]
        assert (hears(world, FAR), world.call.thirds, world.call.over) == ({AGENT_LEG}, (), False)

    def test_who_takes_over_keeps_the_telephone(self, world: World) -> None:
        at_telephone(world)
        effects = talk_on(world)
        assert not [effect for effect in effects if isinstance(effect, DialFar)]
        assert MeasureAgent(PHONE, joins=True) in effects
        assert released([*world.order(LeaveSupervision(**stamp(world), supervisor=BERT))]) == []
        assert (hears(world, FAR), hears(world, PHONE)) == ({PHONE}, {FAR})

    def test_a_caller_on_hold_is_handed_over_to_it(self, world: World) -> None:
        world.order(HoldCall(**stamp(world), music="music"))
        at_telephone(world, Manner.WHISPER)
        assert (hears(world, AGENT_LEG), hears(world, PHONE)) == ({PHONE}, {AGENT_LEG})
        talk_on(world)
        assert (hears(world, FAR), hears(world, PHONE)) == ({PHONE}, {FAR})

    def test_over_a_line_they_hear_a_tone_first(self, world: World) -> None:
        order = SuperviseCall(**stamp(world), supervisor=BERT, home=OTHER_TENANT, manner=Manner.LISTEN)
        world.order_at(order, Moment(world.now, world.ids, BERT_LEG, by_line=True))
        assert ZIP in world.playing.values()
