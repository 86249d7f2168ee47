"""Agents' seconds per client: each exactly once, in the provider's own days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.calls import Actor, AgentState
from kernel.contracts.log import AgentStateChanged
from kernel.primitives.ids import EventId, TenantId, UserId
from tenants.billing.agent_time import AgentDay, Availability, Share, days_of, spans, split

HOME, ONE, TWO = (TenantId(UUID(int=number)) for number in (1, 2, 3))
DANA, EVE = UserId(UUID(int=11)), UserId(UUID(int=12))
BERLIN = ZoneInfo("Europe/Berlin")
START = datetime(2026, 3, 1, 23, tzinfo=UTC)  # midnight of 2 March in Berlin
END = START + timedelta(days=30)
S = AgentState


def changed(
    at: datetime, state: AgentState, client: TenantId | None = None, reason: str = "", agent: UserId = DANA
) -> AgentStateChanged:
    return AgentStateChanged(
        id=EventId(UUID(int=1)), tenant=HOME, at=at, agent=agent, state=state, previous=S.LOGGED_OUT, reason=reason,
        actor=Actor.AGENT, client=client,
    )  # fmt: skip


def after(minutes: float) -> datetime:
    return START + timedelta(minutes=minutes)


def both(agent: UserId = DANA) -> list[Availability]:
    return [Availability(agent, client, START - timedelta(days=9), None) for client in (ONE, TWO)]


def report(events: Sequence[AgentStateChanged], availability: Sequence[Availability] = ()) -> list[AgentDay]:
    return days_of(spans(events, START, END), availability, HOME, BERLIN)


def test_idle_time_is_split_in_proportion_to_what_was_handled_that_day() -> None:
    events = [
        changed(after(0), S.AVAILABLE),
        changed(after(40), S.CONNECTED, ONE),
        changed(after(70), S.WRAP_UP, TWO),
        changed(after(80), S.LOGGED_OUT),
    ]
    (day,) = report(events, both())
    assert (day.logged_in, day.unpaid) == (80 * 60, 0)
    assert day.shares == (Share(ONE, 1800, 0, 1800, 0), Share(TWO, 600, 0, 600, 0))


def test_idle_time_without_any_call_is_split_into_equal_shares() -> None:
    (day,) = report([changed(after(0), S.AVAILABLE), changed(after(1), S.LOGGED_OUT)], both())
    assert [(share.client, share.billable) for share in day.shares] == [(ONE, 30), (TWO, 30)]


def test_idle_time_for_one_client_is_that_clients() -> None:
    events = [changed(after(0), S.AVAILABLE, ONE), changed(after(5), S.CONNECTED, TWO), changed(after(6), S.LOGGED_OUT)]
    (day,) = report(events, both())
    assert day.shares == (Share(ONE, 0, 300, 0, 0), Share(TWO, 60, 0, 0, 0))


def test_paid_breaks_are_payable_and_not_billable_and_meals_are_neither() -> None:
    events = [
        changed(after(0), S.CONNECTED, ONE),
        changed(after(10), S.NOT_READY, reason="training"),
        changed(after(20), S.NOT_READY, reason="meal"),
        changed(after(50), S.LOGGED_OUT),
    ]
    (day,) = report(events)
    (share,) = day.shares
    assert (share.billable, share.payable, day.unpaid) == (600, 1200, 1800)


def test_who_stood_available_for_nobody_worked_at_home() -> None:
    gone = [Availability(DANA, ONE, START - timedelta(days=2), START)]
    (day,) = report([changed(after(0), S.AVAILABLE), changed(after(1), S.LOGGED_OUT)], gone)
    assert [share.client for share in day.shares] == [HOME]


def test_work_without_a_client_is_the_homes_own() -> None:
    (day,) = report([changed(after(0), S.CONNECTED), changed(after(1), S.LOGGED_OUT)], both())
    assert [(share.client, share.handled) for share in day.shares] == [(HOME, 60)]


def test_a_shift_over_midnight_is_two_days() -> None:
    midnight = 24 * 60
    events = [changed(after(midnight - 30), S.CONNECTED, ONE), changed(after(midnight + 60), S.LOGGED_OUT)]
    assert [(day.day, day.logged_in) for day in report(events)] == [
        (date(2026, 3, 2), 1800),
        (date(2026, 3, 3), 3600),
    ]


def test_the_day_on_which_clocks_change_has_23_hours() -> None:
    events = [changed(START - timedelta(days=1), S.CONNECTED, ONE)]
    found = {day.day: day.logged_in for day in report(events)}
    assert (found[date(2026, 3, 28)], found[date(2026, 3, 29)]) == (24 * 3600, 23 * 3600)


def test_only_the_asked_time_counts_and_what_lasts_counts_up_to_its_end() -> None:
    found = report([changed(START - timedelta(hours=5), S.AVAILABLE, ONE)])
    assert sum(day.logged_in for day in found) == (END - START).total_seconds()


@pytest.mark.parametrize(
    ("whole", "weights", "parts"),
    [
        (10, {ONE: 1, TWO: 1, HOME: 1}, {HOME: 4, ONE: 3, TWO: 3}),
        (7, {ONE: 0, TWO: 0}, {ONE: 4, TWO: 3}),
        (0, {ONE: 5}, {ONE: 0}),
        (100, {ONE: 0, TWO: 9}, {ONE: 0, TWO: 100}),
    ],
)
def test_shares_are_whole_seconds(whole: int, weights: dict[TenantId, int], parts: dict[TenantId, int]) -> None:
    assert split(whole, weights) == parts


steps = st.lists(
    st.tuples(
        st.integers(0, 40 * 3600 * 1_000_000),
        st.sampled_from([DANA, EVE]),
        st.sampled_from(list(AgentState)),
        st.sampled_from([None, HOME, ONE, TWO]),
        st.sampled_from(["", "meal", "training"]),
    ),
    max_size=25,
)


@given(steps, st.sampled_from(["Europe/Berlin", "UTC", "Asia/Kathmandu", "America/St_Johns"]))
def test_each_second_logged_in_is_counted_exactly_once(
    told: list[tuple[int, UserId, AgentState, TenantId | None, str]], zone: str
) -> None:
    at = START - timedelta(hours=20)
    events: list[AgentStateChanged] = []
    for micros, agent, state, client, reason in told:
        at += timedelta(microseconds=micros)
        events.append(changed(at, state, client, reason, agent))
    found = days_of(spans(events, START, END), [*both(), *both(EVE)][1:], HOME, ZoneInfo(zone))
    expected = sum(_logged_in(events, agent) for agent in (DANA, EVE))
    counted = sum(share.payable for day in found for share in day.shares) + sum(day.unpaid for day in found)
    assert counted == sum(day.logged_in for day in found) == expected
    parts = [(one.handled, one.idle, one.shared_idle, one.paid_away) for day in found for one in day.shares]
    assert all(min(seconds) >= 0 for seconds in parts)


def _logged_in(events: Sequence[AgentStateChanged], agent: UserId) -> int:
    """By looking at every stretch of time, without the rules."""
    own = [event for event in events if event.agent == agent]
    total = 0
    for place, event in enumerate(own):
        end = own[place + 1].at if place + 1 < len(own) else END
        first, last = max(event.at.replace(microsecond=0), START), min(end.replace(microsecond=0), END)
        if event.state is not S.LOGGED_OUT and last > first:
            total += int((last - first).total_seconds())
    return total
