"""Who may log in: by a seat of their own, or while there is room."""

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.desk import LogIn, LogOut
from kernel.contracts.directory import SeatPolicy
from routing.errors import NoSeat, SeatsTaken
from tests.unit.routing.floor import ANN, BEN, EVA, NOBODY, Floor

OLIVE = ("Olive", "olive@example.org")
NAMED = SeatPolicy(plan="standard", seats=4, contacts=(OLIVE,))
SHARED = SeatPolicy(plan="shared", seats=2, concurrent=True, contacts=(OLIVE,))


def test_who_has_no_seat_is_told_the_plan_its_seats_and_whom_to_ask() -> None:
    with pytest.raises(NoSeat) as refused:
        Floor(1, seats=NAMED).wish(NOBODY, LogIn())
    assert "Olive <olive@example.org>" in refused.value.detail
    contact = [{"name": "Olive", "email": "olive@example.org"}]
    assert refused.value.extra == {"plan": "standard", "seats": 4, "contact": contact}


def test_a_plan_of_seats_by_name_does_not_count_who_is_logged_in() -> None:
    floor = Floor(1, seats=SeatPolicy(plan="standard", seats=1))
    floor.not_ready(ANN, BEN)
    assert floor.agent(BEN).state is AgentState.NOT_READY


def test_a_full_plan_says_how_many_are_logged_in_and_whom_to_ask() -> None:
    floor = Floor(1, seats=SHARED)
    floor.not_ready(ANN, BEN)
    with pytest.raises(SeatsTaken) as refused:
        floor.wish(EVA, LogIn())
    assert (refused.value.extra["plan"], refused.value.extra["seats"], refused.value.extra["logged_in"]) == (
        "shared",
        2,
        2,
    )
    assert "Olive <olive@example.org>" in refused.value.detail


def test_there_is_room_again_when_somebody_logs_out() -> None:
    floor = Floor(1, seats=SHARED)
    floor.not_ready(ANN, BEN)
    floor.wish(ANN, LogOut())
    floor.wish(EVA, LogIn())
    assert floor.agent(EVA).state is AgentState.NOT_READY


def test_who_is_logged_in_may_say_so_again_although_all_is_full() -> None:
    floor = Floor(1, seats=SHARED)
    floor.not_ready(ANN, BEN)
    floor.wish(BEN, LogIn())
    assert floor.agent(BEN).state is AgentState.NOT_READY


def test_nobody_is_sent_away_when_fewer_are_allowed_from_now_on() -> None:
    floor = Floor(1, seats=SHARED)
    floor.not_ready(ANN, BEN)
    floor.adopt(seats=SeatPolicy(plan="shared", seats=1, concurrent=True))
    assert {floor.agent(name).state for name in (ANN, BEN)} == {AgentState.NOT_READY}
