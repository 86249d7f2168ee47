"""Lock-out, and the table of permissions."""

from datetime import UTC, datetime, timedelta

import pytest

from api.auth.lockout import LOCKED, WINDOW, Failures, after_failure, locked_seconds
from api.auth.permissions import OPERATIONS, READ_CALLS
from tenants.directory import Role, permissions_of

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def failed(times: int, every: timedelta = SECOND) -> Failures:
    failures: Failures | None = None
    for number in range(times):
        failures = after_failure(failures, START + number * every)
    assert failures is not None
    return failures


class TestLockout:
    def test_below_the_limit_nothing_is_locked(self) -> None:
        assert locked_seconds(None, 5, START) == 0
        assert locked_seconds(failed(4), 5, START + 4 * SECOND) == 0

    def test_from_the_limit_on_it_is_locked_for_its_time(self) -> None:
        failures = failed(5)
        assert locked_seconds(failures, 5, failures.last_at) == LOCKED.total_seconds()
        assert locked_seconds(failures, 5, failures.last_at + LOCKED - SECOND / 2) == 1
        assert locked_seconds(failures, 5, failures.last_at + LOCKED) == 0

    def test_slips_far_apart_are_forgotten(self) -> None:
        assert failed(20, every=WINDOW / 3).count <= 3

    def test_after_the_lock_counting_begins_anew(self) -> None:
        failures = failed(5)
        assert after_failure(failures, failures.last_at + LOCKED).count == 1


class TestPermissions:
    @pytest.mark.parametrize("name", [name for name, rule in OPERATIONS.items() if not rule.public])
    def test_an_owner_may_do_everything_and_nobody_nothing(self, name: str) -> None:
        assert OPERATIONS[name].allows_role(Role.OWNER)
        assert OPERATIONS[name].anybody or not OPERATIONS[name].allows(frozenset())

    def test_roles_add_up(self) -> None:
        rule = READ_CALLS
        assert rule.only_own(permissions_of([Role.AGENT]))
        assert rule.only_own(permissions_of([Role.AGENT, Role.BILLING]))
        assert not rule.only_own(permissions_of([Role.AGENT, Role.SUPERVISOR]))
        assert rule.only_team(permissions_of([Role.AGENT, Role.SUPERVISOR]))
        assert not rule.only_team(permissions_of([Role.ANALYST, Role.SUPERVISOR]))
        assert not rule.allows(permissions_of([Role.BILLING]))

    @pytest.mark.parametrize(
        "name", ["create_user", "update_plan", "create_trunk", "get_recording_audio", "list_audit"]
    )
    def test_agents_are_kept_from_what_is_not_theirs(self, name: str) -> None:
        assert not OPERATIONS[name].allows_role(Role.AGENT)
