"""Supervisors in a call: whom they hear and who hears them, as sets; two tenants' homes."""

from typing import Any

import pytest
from calls_world import ANNA, BERT, CALL, FAR, OTHER_TENANT, World

from gateway.calls.inputs import AgentAttached, AgentDetached, FarAnswered, FarEnded
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.engine import LegSource
from kernel.contracts.supervision import LeaveSupervision, Manner, SuperviseCall
from kernel.contracts.telephony import AnswerCall, ConnectAgent, HoldCall

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
