"""Promising a callback: once for each number and queue, at a time at which somebody is there."""

from datetime import datetime, timedelta

from kernel.contracts.callbacks import CallbackChanged, CallbackFirst, CallbackRequested
from kernel.primitives.ids import CallbackId, EventId, QueueId, UserId
from kernel.primitives.phone import NO_NUMBER
from routing.callbacks.book import Book
from routing.callbacks.draft import Draft
from routing.callbacks.errors import CallbackNotPossible, CallbacksFull
from routing.callbacks.machine import Input, step
from routing.callbacks.model import Callback, Place
from routing.callbacks.rules import AHEAD, OPEN_AT_MOST
from routing.callbacks.words import Decision, Moment, Wish


def request(book: Book, wish: Wish, moment: Moment, priority: int = 0) -> Decision:
    """A new callback, or the one that the customer has already in that queue, with what is better of both.

    `priority` is the queue's. CallbackNotPossible, CallbacksFull.
    """
    _require_possible(wish, moment)
    known = book.open_for(wish.queue, wish.number)
    if known is not None:
        return _merge(known, wish, moment)
    require_room(book, wish.queue)
    return _new(wish, moment, priority)


def require_room(book: Book, queue: QueueId) -> None:
    """CallbacksFull."""
    if book.count(queue) >= OPEN_AT_MOST:
        raise CallbacksFull(
            f"{OPEN_AT_MOST} callbacks are open in this queue. Try again when some are done.", allowed=OPEN_AT_MOST
        )


def _require_possible(wish: Wish, moment: Moment) -> None:
    if wish.number == NO_NUMBER or wish.number.emergency:
        raise CallbackNotPossible("This number cannot be called back: give another one.", field="number")
    require_time(wish.due, moment)


def require_time(due: datetime | None, moment: Moment) -> None:
    """CallbackNotPossible."""
    if due is not None and not moment.now <= due <= moment.now + AHEAD:
        raise CallbackNotPossible(f"Choose a time from now on, at most {AHEAD.days} days ahead.", field="due")
    if moment.hours.next_opening(due or moment.now) is None:
        raise CallbackNotPossible("The queue does not open again as far as its calendar tells.", field="due")


def _new(wish: Wish, moment: Moment, priority: int) -> Decision:
    name = CallbackId(moment.ids.new())
    due = opening_from(wish.due, moment)
    place = wish.place or Place(priority, due or moment.now)
    first = CallbackFirst.AGENT if wish.agent is not None else wish.first or moment.rules.first
    event = CallbackRequested(
        id=EventId(moment.ids.new()),
        tenant=wish.tenant,
        at=moment.now,
        callback=name,
        queue=wish.queue,
        number=wish.number,
        first=first,
        priority=place.priority,
        since=place.since,
        expires=expiry(due, moment, agreed=wish.due is not None),
        due=due,
        agent=wish.agent,
        pool_at=pooling(wish.agent, due, moment),
        origin=wish.origin,
        skills=wish.skills,
    )
    return Decision((event,), (), name)


def opening_from(due: datetime | None, moment: Moment) -> datetime | None:
    """None: now, for it is open."""
    opening = moment.hours.next_opening(due or moment.now)
    return None if opening is None or opening <= moment.now else opening


def expiry(due: datetime | None, moment: Moment, *, agreed: bool) -> datetime:
    """From when it can first be kept: a night that lies between takes nothing of it. `agreed`: a time was agreed on."""
    rules = moment.rules
    seconds = rules.scheduled_expires_seconds if agreed else rules.place_expires_seconds
    return (due or moment.now) + timedelta(seconds=seconds)


def pooling(agent: UserId | None, due: datetime | None, moment: Moment) -> datetime | None:
    """From when on it is everybody's; None: it is already, or never."""
    seconds = moment.rules.personal_seconds
    if agent is None or seconds is None:
        return None
    return (due or moment.now) + timedelta(seconds=seconds)


# --- asked for again ---


def _merge(known: Callback, wish: Wish, moment: Moment) -> Decision:
    """The earlier place stays, and the later word counts for the time; one that is being carried out stays as it is.

    Asking again is no way to be rung sooner after an attempt: the pause lasts unless a later time is wished.
    """
    draft = Draft(known, moment)
    due = opening_from(wish.due, moment)
    if known.attempts and known.due is not None:
        due = max(due or known.due, known.due)
    word = Input.HASTEN if due is None else Input.POSTPONE
    if known.taker is not None or step(known.phase, word) is None:
        return draft.decision
    since = min(known.since, wish.place.since) if wish.place is not None else known.since
    expires = max(known.expires, expiry(due, moment, agreed=wish.due is not None))
    if (since, due, expires) != (known.since, known.due, known.expires):
        draft.record(CallbackChanged(**draft.stamp(), since=since, due=due, expires=expires, origin=wish.origin))
    return draft.decision
