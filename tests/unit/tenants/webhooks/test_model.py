"""What follows from an attempt: patience, parking, disabling."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.webhooks.model import (
    DELAYS,
    DISABLED_AFTER,
    GONE,
    PARKED_AFTER,
    Progress,
    Sent,
    Step,
    after,
    retry_after,
)
from tests.fakes import START

FAILED, TAKEN = Sent(500), Sent(204)
FRESH = Progress(sequence=6)
SECOND, DAY = timedelta(seconds=1), timedelta(days=1)


def fail(times: int, progress: Progress = FRESH, now: datetime = START) -> tuple[list[Step], Progress, datetime]:
    """Attempts of one event that happened just now, each as soon as it may be made."""
    steps: list[Step] = []
    at = now
    for _ in range(times):
        step, progress = after(progress, progress.sequence + 1, at, FAILED, now)
        steps.append(step)
        assert progress.next_at is not None
        now = progress.next_at
    return steps, progress, now


def test_what_is_taken_moves_on_and_forgets_the_failures() -> None:
    _, failing, now = fail(3)
    assert after(failing, 7, START, TAKEN, now) == (Step.DELIVERED, Progress(sequence=7, delivered_at=now))


def test_patience_grows_up_to_an_hour() -> None:
    waits: list[timedelta] = []
    progress = FRESH
    for _ in range(len(DELAYS) + 2):
        _, progress = after(progress, 7, START, FAILED, START)
        assert progress.next_at is not None
        waits.append(progress.next_at - START)
    assert waits == [*DELAYS, DELAYS[-1], DELAYS[-1]]
    assert progress.sequence == 6, "the same one is tried again"


def test_a_day_of_attempts_and_the_next_one_has_its_turn() -> None:
    steps, progress, now = fail(31)
    assert steps[-2:] == [Step.RETRY, Step.PARK]
    assert progress.sequence == 7
    assert now - START >= PARKED_AFTER
    assert after(progress, 8, now, TAKEN, now)[1] == Progress(sequence=8, delivered_at=now)


def test_an_old_event_has_its_day_after_a_stop_of_ours() -> None:
    assert after(FRESH, 7, START, FAILED, START + 3 * DAY)[0] is Step.RETRY


def test_what_came_while_an_endpoint_failed_has_a_day_from_its_own_beginning() -> None:
    failing = Progress(sequence=6, failures=40, failing_since=START)
    now = START + 2 * DAY
    assert after(failing, 7, now - PARKED_AFTER, FAILED, now)[0] is Step.PARK
    assert after(failing, 7, now - PARKED_AFTER + SECOND, FAILED, now)[0] is Step.RETRY


def test_no_success_for_five_days_disables_and_loses_nothing() -> None:
    failing = Progress(sequence=6, failures=40, failing_since=START)
    step, progress = after(failing, 7, START, FAILED, START + DISABLED_AFTER)
    assert (step, progress.sequence) == (Step.DISABLE, 6)
    assert after(failing, 7, START, TAKEN, START + DISABLED_AFTER)[0] is Step.DELIVERED


def test_who_is_gone_is_left_alone_at_once() -> None:
    step, progress = after(FRESH, 7, START, Sent(GONE), START)
    assert (step, progress.sequence, progress.error) == (Step.DISABLE, 6, "status 410")


@pytest.mark.parametrize(
    ("status", "told", "wait"),
    [
        (503, "120", 120 * SECOND),
        (429, "0", DELAYS[0]),
        (429, "99999", DELAYS[-1]),
        (429, "999999999999", DELAYS[0]),
        (500, "120", DELAYS[0]),
        (503, "Mon, 02 Mar 2026 09:05:00 GMT", DELAYS[0]),
        (503, "²", DELAYS[0]),
    ],
)
def test_a_server_may_ask_for_time(status: int, told: str, wait: timedelta) -> None:
    sent = Sent(status, retry_after=retry_after(status, {"retry-after": told}))
    assert after(FRESH, 7, START, sent, START)[1].next_at == START + wait


@given(st.lists(st.sampled_from([200, 204, 301, 404, 429, 500, 0]), max_size=60))
def test_each_event_is_delivered_or_parked_in_order_until_it_is_disabled(answers: Sequence[int]) -> None:
    progress, now = Progress(sequence=0), START
    for status in answers:
        before = progress.sequence
        step, progress = after(progress, before + 1, START, Sent(status), now)
        assert progress.sequence - before == (1 if step in {Step.DELIVERED, Step.PARK} else 0)
        assert (progress.failing_since is None) == (step is Step.DELIVERED)
        if step is Step.DISABLE:
            return
        now = progress.next_at or now
