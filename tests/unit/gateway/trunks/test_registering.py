"""Registration and health machines, told the time."""

from itertools import product

import pytest

from gateway.trunks.health import HEALTH_TABLE, Health, HealthState, Probe
from gateway.trunks.registering import (
    BASE_SECONDS,
    FLOW_SECONDS,
    MOST_SECONDS,
    REGISTRATION_TABLE,
    Outcome,
    RegInput,
    Registering,
    RegState,
)
from kernel.contracts.trunks import HealthCheck


def registered(at: float = 0.0, expires: int = 3600) -> Registering:
    machine = Registering(3600)
    assert machine.start()
    assert machine.send
    machine.take(Outcome(200, expires=expires), at, 0.5)
    return machine


def test_a_registration_is_refreshed_before_it_ends() -> None:
    machine = registered(100.0, 400)
    assert machine.held
    assert (machine.timer, machine.until) == (400.0, 500.0)
    assert machine.wake(400.0)
    assert machine.send
    assert machine.held
    machine.take(Outcome(200, expires=400), 401.0, 0.5)
    assert machine.until == 801.0


def test_a_refresh_that_fails_is_repeated_until_the_binding_is_over() -> None:
    machine = registered(0.0, 400)
    machine.wake(300.0)
    assert not machine.take(Outcome(503, retry_after=60), 300.0, 0.5)
    assert machine.held
    assert machine.timer == 360.0
    machine.wake(360.0)
    machine.take(Outcome(408), 392.0, 0.5)
    assert machine.timer == 400.0
    assert machine.wake(400.0)
    assert not machine.held
    assert machine.send


def test_423_is_answered_once_with_the_interval_that_it_names() -> None:
    machine = Registering(60)
    machine.start()
    assert machine.take(Outcome(423, min_expires=1800), 0.0, 0.5)
    assert machine.expires == 1800
    assert not machine.take(Outcome(423, min_expires=1800), 0.0, 0.5)
    assert machine.state is RegState.WAITING


def test_failures_wait_twice_as_long_each_time_and_never_beyond_half_an_hour() -> None:
    machine = Registering(3600)
    machine.start()
    waits: list[float] = []
    for _ in range(9):
        machine.take(Outcome(503), 0.0, 0.0)
        waits.append(machine.timer or 0.0)
        machine.wake(machine.timer or 0.0)
    assert waits[:3] == [BASE_SECONDS / 2, BASE_SECONDS, BASE_SECONDS * 2]
    assert waits[-1] == MOST_SECONDS / 2


def test_a_wrong_password_is_not_tried_again_and_again() -> None:
    machine = Registering(3600)
    machine.start()
    machine.take(Outcome(403), 0.0, 0.0)
    assert (machine.timer or 0.0) >= 300


def test_our_binding_is_taken_away_at_the_end() -> None:
    machine = registered()
    assert machine.stop()
    assert (machine.send, machine.expires, machine.held) == (True, 0, False)
    machine.take(Outcome(200), 0.0, 0.0)
    assert machine.state is RegState.STOPPED


@pytest.mark.parametrize(("state", "taken"), list(product(RegState, RegInput)))
def test_every_pair_leads_to_a_state_from_which_the_machine_goes_on(state: RegState, taken: RegInput) -> None:
    after = REGISTRATION_TABLE.get((state, taken), state)
    reachable, found = {after}, {after}
    while found:
        found = {REGISTRATION_TABLE[pair] for pair in REGISTRATION_TABLE if pair[0] in found} - reachable
        reachable |= found
    assert RegState.STOPPED in reachable


def test_a_trunk_is_down_after_so_many_failures_in_a_row_and_up_after_so_many_answers() -> None:
    rules, health = HealthCheck(interval_seconds=30, down_after=2, up_after=2), Health()
    assert health.answered(404, rules)
    assert health.state is HealthState.UP
    changes = [health.answered(status, rules) for status in (408, 200, 503, 408, 408, 200, 408, 200, 200)]
    assert changes == [False, False, False, True, False, False, False, False, True]
    assert health.usable


def test_the_walk_over_all_pairs_of_the_health_table() -> None:
    for state, probe in product(HealthState, Probe):
        assert HEALTH_TABLE.get((state, probe), state) in HealthState


@pytest.mark.parametrize(("lost_at", "due"), [(1_000.0, 1_000.0 + FLOW_SECONDS / 2), (5.0, BASE_SECONDS)])
def test_a_lost_connection_is_replaced_soon_but_never_again_and_again(lost_at: float, due: float) -> None:
    machine = registered(0.0)
    machine.flow_lost(lost_at, 0.5)
    assert machine.timer == due
    assert machine.held
    assert machine.wake(due)
    assert machine.send
    machine.flow_lost(due, 0.5)
    assert machine.timer is None, "the REGISTER under way finds out"


def test_a_lost_connection_of_an_old_registration_puts_nothing_off() -> None:
    machine = registered(0.0, 400)
    machine.flow_lost(299.9, 1.0)
    assert machine.timer == 300.0
