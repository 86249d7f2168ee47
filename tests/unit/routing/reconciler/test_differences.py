"""Each kind of difference is seen, and where all agree none is."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import CallPhase
from routing.reconciler.differences import Difference, Kind, compare
from routing.reconciler.healing import (
    DeleteLeg,
    FreeAgent,
    FreeCall,
    HangUp,
    JoinAgent,
    NoteSoftphone,
    RecordEnd,
    WakeTimers,
    cure_of,
)
from routing.reconciler.picture import AgentPart, CallPart, Dialog, Leg, Picture

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = TenantId(UUID(int=1))
ANN, BEN = UserId(UUID(int=0xA001)), UserId(UUID(int=0xA002))
CALL, OTHER = CallId(UUID(int=0xC001)), CallId(UUID(int=0xC002))
TALKS = AgentPart(state=AgentState.CONNECTED, call=CALL, reachable=True)
IDLE = AgentPart(state=AgentState.AVAILABLE, reachable=True)
TALK = CallPart(tenant=TENANT, phase=CallPhase.CONNECTED, agent=ANN)
WAITS = CallPart(tenant=TENANT, phase=CallPhase.QUEUED)


def picture(**changes: Any) -> Picture:
    """Ann talks, Ben is free; all sides agree."""
    values: dict[str, Any] = {
        "at": NOW,
        "agents": {ANN: TALKS, BEN: IDLE},
        "calls": {CALL: TALK},
        "dialogs": {CALL: Dialog(tenant=TENANT, leg="far", agent=ANN)},
        "softphones": frozenset({ANN, BEN}),
        "legs": {"far": Leg(call=CALL), "ann": Leg(agent=ANN), "ben": Leg(agent=BEN)},
    }
    return Picture(**(values | changes))


def kinds(seen: Picture) -> list[Kind]:
    return [difference.kind for difference in compare(seen)]


def test_where_all_agree_there_is_none() -> None:
    assert compare(picture()) == []


def test_nothing_is_concluded_from_a_side_that_was_not_heard() -> None:
    assert compare(picture(dialogs=None, softphones=None, legs=None)) == []


OFFERED = AgentPart(state=AgentState.OFFERED, call=CALL, reachable=True, until=NOW + timedelta(seconds=9))
CASES: dict[Kind, tuple[dict[str, Any], Any]] = {
    Kind.PAST_END: (
        {"agents": {ANN: TALKS, BEN: AgentPart(state=AgentState.NOT_READY, reachable=True, until=NOW)}},
        WakeTimers(),
    ),
    Kind.AGENT_WITHOUT_CALL: (
        {"agents": {ANN: TALKS, BEN: AgentPart(state=AgentState.CONNECTED, call=OTHER, reachable=True)}},
        FreeAgent(BEN),
    ),
    Kind.CALL_WITHOUT_AGENT: (
        {"agents": {ANN: IDLE, BEN: IDLE}},
        FreeCall(CALL),
    ),
    Kind.UNREACHABLE_AVAILABLE: (
        {"agents": {ANN: TALKS, BEN: AgentPart(state=AgentState.AVAILABLE)}, "softphones": frozenset({ANN})},
        NoteSoftphone(BEN, reachable=False),
    ),
    Kind.CALL_WITHOUT_DIALOG: ({"calls": {CALL: TALK, OTHER: WAITS}}, "end"),
    Kind.DIALOG_WITHOUT_CALL: (
        {"dialogs": {CALL: Dialog(tenant=TENANT, leg="far", agent=ANN), OTHER: Dialog(tenant=TENANT)}},
        "hang_up",
    ),
    Kind.OTHER_AGENT: ({"dialogs": {CALL: Dialog(tenant=TENANT, leg="far", agent=BEN)}}, JoinAgent(CALL, ANN)),
    Kind.SOFTPHONE_UNKNOWN: (
        {"agents": {ANN: TALKS, BEN: AgentPart(state=AgentState.NOT_READY)}},
        NoteSoftphone(BEN, reachable=True),
    ),
    Kind.SOFTPHONE_GONE: ({"softphones": frozenset({ANN})}, NoteSoftphone(BEN, reachable=False)),
    Kind.DIALOG_WITHOUT_LEG: ({"legs": {"ann": Leg(agent=ANN), "ben": Leg(agent=BEN)}}, "hang_up"),
    Kind.LEG_WITHOUT_DIALOG: ({"legs": {"far": Leg(call=CALL), "old": Leg(call=OTHER)}}, DeleteLeg("old")),
}


def test_every_kind_has_a_case() -> None:
    assert set(CASES) == set(Kind)


@pytest.mark.parametrize("kind", Kind)
def test_each_difference_is_seen_alone_and_has_its_cure(kind: Kind) -> None:
    changes, wanted = CASES[kind]
    (difference,) = compare(picture(**changes))
    assert difference.kind is kind
    cure = cure_of(difference)
    if wanted == "end":
        assert isinstance(cure, RecordEnd)
        assert cure.call == OTHER
    elif wanted == "hang_up":
        assert isinstance(cure, HangUp)
        assert cure.call == difference.call
    else:
        assert cure == wanted


@pytest.mark.parametrize(
    "changes",
    [
        {
            "agents": {ANN: OFFERED, BEN: IDLE},
            "calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.OFFERED, agent=ANN)},
        },
        {"calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.HELD, agent=ANN)}},
        {
            "calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.DIALING, agent=ANN)},
            "dialogs": {CALL: Dialog(tenant=TENANT, leg="far")},
        },
        {
            "agents": {ANN: AgentPart(state=AgentState.CONNECTED, call=CALL, by_phone=True), BEN: IDLE},
            "softphones": frozenset({BEN}),
            "dialogs": {CALL: Dialog(tenant=TENANT, leg="far")},
        },
        {
            "agents": {ANN: AgentPart(state=AgentState.WRAP_UP, call=CALL, reachable=True), BEN: IDLE},
            "calls": {},
            "dialogs": {},
            "legs": {},
        },
    ],
    ids=["ringing", "on hold", "dialling", "at a telephone", "wrap-up"],
)
def test_what_looks_odd_and_is_right_is_left_alone(changes: dict[str, Any]) -> None:
    assert compare(picture(**changes)) == []


def test_another_state_is_another_difference() -> None:
    lonely = {"agents": {ANN: IDLE, BEN: IDLE}}
    (first,) = compare(picture(**lonely))
    held = CallPart(tenant=TENANT, phase=CallPhase.HELD, agent=ANN)
    (second,) = compare(picture(**lonely, calls={CALL: held}))
    assert first != second
    assert isinstance(first, Difference)
    assert kinds(picture(**lonely)) == [Kind.CALL_WITHOUT_AGENT]
