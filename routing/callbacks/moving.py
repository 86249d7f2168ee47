"""Moving a promise by staff: to another queue, to another agent or to nobody in particular, to another time."""

from datetime import datetime

from msgspec import UNSET

from kernel.contracts.callbacks import CallbackFirst, CallbackMoved, MoveCallback
from kernel.primitives.errors import RevisionMismatch
from kernel.primitives.ids import QueueId, UserId
from routing.callbacks.book import Book
from routing.callbacks.booking import expiry, opening_from, pooling, require_room, require_time
from routing.callbacks.draft import Draft
from routing.callbacks.errors import CallbackNotPossible, CallbackUnderWay
from routing.callbacks.machine import Input, step
from routing.callbacks.model import Callback
from routing.callbacks.words import Decision, Moment


def owners_after(callback: Callback, act: MoveCallback) -> tuple[QueueId, UserId | None]:
    """The queue, and who of it is to call."""
    queue = callback.queue if act.queue is UNSET else act.queue
    return queue, callback.agent if act.agent is UNSET else act.agent


def move(
    book: Book, callback: Callback, act: MoveCallback, moment: Moment, priority: int, by: UserId | None
) -> Decision:
    """`moment` and `priority` are those of the queue that it comes to.

    RevisionMismatch, CallbackUnderWay, CallbackNotPossible, CallbacksFull.
    """
    if act.revision is not None and act.revision != callback.revision:
        raise RevisionMismatch("Something has happened to it since: read it again, and look whether you still want it.")
    draft = Draft(callback, moment)
    queue, agent = owners_after(callback, act)
    due = _due(callback, act, moment)
    if (queue, agent, due) == (callback.queue, callback.agent, callback.due):
        return draft.decision
    if step(callback.phase, Input.HASTEN if due is None else Input.POSTPONE) is None:
        raise CallbackUnderWay("The customer is being rung: see what comes of it.")
    if queue != callback.queue:
        _require_place(book, callback, queue)
    agreed = act.due is not UNSET and act.due is not None
    draft.let_go(callback)
    draft.record(
        CallbackMoved(
            **draft.stamp(),
            queue=queue,
            first=_first(callback, queue, agent, moment),
            priority=callback.priority if queue == callback.queue else priority,
            expires=max(callback.expires, expiry(due, moment, agreed=agreed)),
            due=due,
            agent=agent,
            pool_at=callback.pool_at if act.agent is UNSET and act.due is UNSET else pooling(agent, due, moment),
            by=by,
        )
    )
    return draft.decision


def _due(callback: Callback, act: MoveCallback, moment: Moment) -> datetime | None:
    """None: now; out of hours the next opening of the queue."""
    wanted = callback.due if act.due is UNSET else act.due
    if act.due is not UNSET:
        require_time(wanted, moment)
    elif wanted is not None and wanted < moment.now:
        wanted = None
    return opening_from(wanted, moment)


def _first(callback: Callback, queue: QueueId, agent: UserId | None, moment: Moment) -> CallbackFirst:
    """A promise of one agent rings the agent first; what is everybody's, as its queue does."""
    if agent is not None:
        return CallbackFirst.AGENT
    same = queue == callback.queue and callback.agent is None
    return callback.first if same else moment.rules.first


def _require_place(book: Book, callback: Callback, queue: QueueId) -> None:
    if book.open_for(queue, callback.number) is not None:
        raise CallbackNotPossible(
            "This number has a callback in that queue already: cancel one of the two.", field="queue_id"
        )
    require_room(book, queue)
