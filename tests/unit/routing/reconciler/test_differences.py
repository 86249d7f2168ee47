"""Each kind of difference is seen, and where all agree none is."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.reconciling import Dialog
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
from routing.reconciler.picture import CallPart, Picture
from tests.unit.routing.reconciler.pictures import (
    ANN,
    BEN,
    CALL,
    IDLE,
    JOINED,
    NOW,
    OTHER,
    TALK,
    TALKS,
    TENANT,
    WAITS,
    part,
    picture,
)


def kinds(seen: Picture) -> list[Kind]:
    return [difference.kind for difference in compare(seen)]


def test_where_all_agree_there_is_none() -> None:
    assert compare(picture()) == []


def test_nothing_is_concluded_from_a_side_that_was_not_heard() -> None:
    assert compare(picture(holdings=None, legs=None)) == []


OFFERED = part(AgentState.OFFERED, call=CALL, reachable=True, until=NOW + timedelta(seconds=9))
CASES: dict[Kind, tuple[dict[str, Any], Any]] = {
    Kind.PAST_END: (
        {"agents": {ANN: TALKS, BEN: part(AgentState.NOT_READY, reachable=True, until=NOW)}, "timer": NOW},
        WakeTimers(),
    ),
    Kind.AGENT_WITHOUT_CALL: (
        {"agents": {ANN: TALKS, BEN: part(AgentState.CONNECTED, call=OTHER, reachable=True)}},
        FreeAgent(BEN),
    ),
    Kind.CALL_WITHOUT_AGENT: (
        {"agents": {ANN: IDLE, BEN: IDLE}},
        FreeCall(CALL),
    ),
    Kind.UNREACHABLE_AVAILABLE: (
        {"agents": {ANN: TALKS, BEN: part(AgentState.AVAILABLE)}, "softphones": frozenset({ANN})},
        NoteSoftphone(BEN, TENANT, reachable=False),
    ),
    Kind.CALL_WITHOUT_DIALOG: ({"calls": {CALL: TALK, OTHER: WAITS}}, "end"),
    Kind.DIALOG_WITHOUT_CALL: ({"dialogs": {CALL: JOINED, OTHER: Dialog()}}, "hang_up"),
    Kind.OTHER_AGENT: ({"dialogs": {CALL: Dialog(leg="far", agent=BEN)}}, JoinAgent(CALL, ANN)),
    Kind.SOFTPHONE_UNKNOWN: (
        {"agents": {ANN: TALKS, BEN: part(AgentState.NOT_READY)}},
        NoteSoftphone(BEN, TENANT, reachable=True),
    ),
    Kind.SOFTPHONE_GONE: ({"softphones": frozenset({ANN})}, NoteSoftphone(BEN, TENANT, reachable=False)),
    Kind.DIALOG_WITHOUT_LEG: ({"legs": frozenset({"ann", "ben"})}, "hang_up"),
    Kind.LEG_WITHOUT_DIALOG: ({"strays": {"old": OTHER}}, DeleteLeg("old")),
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


ODD: dict[str, dict[str, Any]] = {
    "ringing": {
        "agents": {ANN: OFFERED, BEN: IDLE},
        "calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.OFFERED, agent=ANN)},
    },
    "on hold": {"calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.HELD, agent=ANN)}},
    "dialling": {
        "calls": {CALL: CallPart(tenant=TENANT, phase=CallPhase.DIALING, agent=ANN)},
        "dialogs": {CALL: Dialog(leg="far")},
    },
    "at a telephone": {
        "agents": {ANN: part(AgentState.CONNECTED, call=CALL, by_phone=True), BEN: IDLE},
        "softphones": frozenset({BEN}),
        "dialogs": {CALL: Dialog(leg="far")},
    },
    "wrap-up": {
        "agents": {ANN: part(AgentState.WRAP_UP, call=CALL, reachable=True), BEN: IDLE},
        "calls": {},
        "dialogs": {},
        "legs": frozenset(),
    },
    "asked to take a callback": {
        "agents": {ANN: TALKS, BEN: part(AgentState.OFFERED, reachable=True, errand=True)},
    },
    "worked on by the gateway": {
        "dialogs": {CALL: Dialog(leg="far", moving=True)},
        "legs": frozenset({"ann", "ben"}),
    },
    "ended by the gateway, which is about to tell so": {"dialogs": {CALL: JOINED, OTHER: Dialog(moving=True)}},
    "a timer that is still to come": {"timer": NOW + timedelta(seconds=1)},
}


@pytest.mark.parametrize("changes", ODD.values(), ids=ODD.keys())
def test_what_looks_odd_and_is_right_is_left_alone(changes: dict[str, Any]) -> None:
    assert compare(picture(**changes)) == []


def test_a_timer_that_belongs_to_no_agent_or_call_is_seen_too() -> None:
    (difference,) = compare(picture(timer=NOW))
    assert (difference.kind, difference.tenant, cure_of(difference)) == (Kind.PAST_END, TENANT, WakeTimers())


def test_another_state_is_another_difference() -> None:
    lonely = {"agents": {ANN: IDLE, BEN: IDLE}}
    (first,) = compare(picture(**lonely))
    held = CallPart(tenant=TENANT, phase=CallPhase.HELD, agent=ANN)
    (second,) = compare(picture(**lonely, calls={CALL: held}))
    assert first != second
    assert isinstance(first, Difference)
    assert kinds(picture(**lonely)) == [Kind.CALL_WITHOUT_AGENT]
