"""Every pair of state and input of the session and re-INVITE machines is defined, and leads somewhere it can leave."""

import pytest

from gateway.sip.incoming_session import INCOMING_TABLE
from gateway.sip.outgoing_session import OUTGOING_TABLE
from gateway.sip.reinvite import REINVITE_TABLE, Stand
from gateway.sip.session import ESTABLISHED_TABLE, Happening, Life, Table

TABLES = [(OUTGOING_TABLE, Life.INVITING), (INCOMING_TABLE, Life.RECEIVED), (ESTABLISHED_TABLE, Life.ESTABLISHED)]


def reachable(table: Table, start: Life) -> set[Life]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for (state, _), (there, _) in table.items():
            if state is here and there not in found:
                found.add(there)
                waiting.append(there)
    return found


@pytest.mark.parametrize(("table", "start"), TABLES)
def test_every_state_is_reached_and_leads_to_the_end(table: Table, start: Life) -> None:
    states = {state for state, _ in table}
    assert states | {Life.ENDED} == reachable(table, start)
    assert all(Life.ENDED in reachable(table, state) for state in states)


@pytest.mark.parametrize(("table", "start"), TABLES)
def test_nothing_leaves_the_end(table: Table, start: Life) -> None:
    assert all((Life.ENDED, happened) not in table for happened in Happening)


@pytest.mark.parametrize(("table", "start"), TABLES)
def test_every_living_state_can_be_hung_up_or_is_already(table: Table, start: Life) -> None:
    going = {Life.CANCEL_PENDING, Life.CANCELLING, Life.BYE_PENDING, Life.ENDING}
    rejected = {Life.RECEIVED, Life.ACCEPTING}  # by `reject`, which says with which status
    for state in {state for state, _ in table} - going - rejected:
        assert (state, Happening.HANG_UP) in table, state
    for state in rejected & {state for state, _ in table}:
        assert (state, Happening.REJECT) in table


@pytest.mark.parametrize(("table", "start"), TABLES)
def test_bye_is_taken_wherever_there_is_a_dialog(table: Table, start: Life) -> None:
    without_dialog = {Life.INVITING, Life.PROCEEDING, Life.CANCEL_PENDING, Life.CANCELLING}
    for state in {state for state, _ in table} - without_dialog:
        assert (state, Happening.BYE) in table, state


def test_every_stand_of_a_change_returns_to_idle() -> None:
    for start in Stand:
        found, waiting = {start}, [start]
        while waiting:
            here = waiting.pop()
            for (state, _), (there, _) in REINVITE_TABLE.items():
                if state is here and there not in found:
                    found.add(there)
                    waiting.append(there)
        assert Stand.IDLE in found
