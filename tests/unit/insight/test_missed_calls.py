"""The list of missed calls: who called in vain, and whether somebody called back since."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from insight.missed_calls import Contact, ContactKind, MissedCalls, missed_calls
from kernel.primitives.ids import CallId, QueueId

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SALES = QueueId(UUID(int=0x5001))
CALLER, OTHER = "+442071838750", "+442071838751"
MISSED, TRIED, TALKED, MESSAGE = ContactKind


def contact(minutes: int, kind: ContactKind, waited: int = 0) -> Contact:
    return Contact(NINE + timedelta(minutes=minutes), CallId(UUID(int=minutes)), kind, SALES, waited)


def line(*contacts: Contact) -> MissedCalls | None:
    return next(iter(missed_calls({CALLER: contacts})), None)


def test_a_caller_who_gave_up_is_shown_with_how_often_and_how_long() -> None:
    shown = line(contact(9, MISSED, 10), contact(1, MISSED, 40))
    assert shown is not None
    assert (shown.number, shown.times, shown.queue, shown.longest_wait) == (CALLER, 2, SALES, 40)
    assert (shown.first_at, shown.last_at) == (contact(1, MISSED).at, contact(9, MISSED).at)


def test_who_was_spoken_with_afterwards_is_not_shown() -> None:
    assert line(contact(1, MISSED), contact(2, TALKED)) is None
    assert line(contact(1, TALKED)) is None


def test_a_try_is_shown_and_a_talk_begins_anew() -> None:
    tried = line(contact(1, MISSED), contact(2, TRIED))
    assert tried is not None
    assert (tried.tried, tried.last_tried_at) == (1, contact(2, TRIED).at)
    anew = line(contact(1, MISSED), contact(2, TRIED), contact(3, TALKED), contact(4, MISSED))
    assert anew is not None
    assert (anew.times, anew.tried) == (1, 0)


def test_who_left_a_message_is_not_missed_for_that_call() -> None:
    assert line(contact(1, MESSAGE)) is None
    both = line(contact(1, MISSED), contact(2, MESSAGE))
    assert both is not None
    assert both.times == 1


def test_the_longest_unanswered_come_first() -> None:
    shown = missed_calls({CALLER: [contact(5, MISSED)], OTHER: [contact(1, MISSED)]})
    assert [one.number for one in shown] == [OTHER, CALLER]
