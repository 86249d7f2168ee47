"""Past due, warned, suspended and active again: told the time."""

from datetime import UTC, datetime, timedelta

import pytest

from tenants.billing.standing import Debt, DunningPolicy, DunningStep, Standing, standing

DUE = datetime(2026, 11, 17, tzinfo=UTC)
DEBT = Debt(number="2026-00001", due_at=DUE, open_minor=100, currency="EUR")


@pytest.mark.parametrize(
    ("days", "expected", "step"),
    [
        (-1, Standing.ACTIVE, None),
        (0, Standing.PAST_DUE, None),
        (2.99, Standing.PAST_DUE, None),
        (3, Standing.WARNED, "reminder"),
        (10, Standing.WARNED, "final_reminder"),
        (20.99, Standing.WARNED, "final_reminder"),
        (21, Standing.SUSPENDED, "final_reminder"),
        (400, Standing.SUSPENDED, "final_reminder"),
    ],
)
def test_a_debt_gets_worse_with_time(days: float, expected: Standing, step: str | None) -> None:
    report = standing([DEBT], DUE + timedelta(days=days))
    assert (report.standing, report.step) == (expected, step)


def test_the_next_change_is_known_and_happens_then() -> None:
    now, seen = DUE - timedelta(days=1), [Standing.ACTIVE]
    while (until := standing([DEBT], now).until) is not None:
        assert standing([DEBT], until - timedelta(microseconds=1)).standing is seen[-1]
        now = until
        seen.append(standing([DEBT], now).standing)
    assert seen == [Standing.ACTIVE, Standing.PAST_DUE, Standing.WARNED, Standing.WARNED, Standing.SUSPENDED]


def test_who_paid_is_active_at_once() -> None:
    late = DUE + timedelta(days=100)
    paid = Debt(number="1", due_at=DUE, open_minor=0, currency="EUR")
    credit = Debt(number="2", due_at=DUE, open_minor=-5, currency="EUR")
    assert standing([paid, credit], late).standing is Standing.ACTIVE
    assert standing([paid, credit], late).until is None


def test_the_worst_debt_decides_and_all_overdue_ones_are_named_oldest_first() -> None:
    newer = Debt(number="2", due_at=DUE + timedelta(days=15), open_minor=1, currency="EUR")
    report = standing([newer, DEBT], DUE + timedelta(days=16))
    assert report.standing is Standing.WARNED
    assert [debt.number for debt in report.debts] == ["2026-00001", "2"]


def test_each_issuers_own_rules_hold() -> None:
    patient = Debt(
        number="1", due_at=DUE, open_minor=1, currency="EUR", policy=DunningPolicy(reminders=(), suspend_days=None)
    )
    strict = Debt(
        number="2", due_at=DUE, open_minor=1, currency="EUR", policy=DunningPolicy(reminders=(), suspend_days=1)
    )
    after = DUE + timedelta(days=99)
    assert standing([patient], after).standing is Standing.PAST_DUE
    assert standing([patient, strict], after).standing is Standing.SUSPENDED


@pytest.mark.parametrize(
    ("reminders", "suspend"),
    [((5, 5), None), ((5, 3), None), ((0,), None), ((366,), None), ((5,), 5), ((5,), 4), ((), 0), ((), 366)],
)
def test_rules_that_cannot_be(reminders: tuple[int, ...], suspend: int | None) -> None:
    with pytest.raises(ValueError, match=r"."):
        DunningPolicy(reminders=tuple(DunningStep(day, "x") for day in reminders), suspend_days=suspend)
