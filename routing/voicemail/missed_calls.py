"""Who called in vain, how often, and whether they were spoken with since: a fold over the log.

Every contact with a number is kept by its call, and what is shown follows from them: so a call that is erased takes
exactly its own part away, and a recount of what is left shows the same.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from kernel.contracts.calls import Direction
from kernel.contracts.log import (
    CallAnswered,
    CallConnected,
    CallEnded,
    CallErased,
    CallOffered,
    CallQueued,
    LogEvent,
)
from kernel.primitives.ids import CallId, QueueId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber

KEPT = timedelta(days=14)  # who has not been called back by then does not expect it any more


class ContactKind(StrEnum):
    MISSED = "missed"  # they called, and talked with nobody
    TRIED = "tried"  # we called, and did not reach them
    TALKED = "talked"


class Contact(NamedTuple):
    """`waited` is in seconds, from the call's arrival to its end; of missed calls only."""

    at: datetime
    call: CallId
    kind: ContactKind
    queue: QueueId | None = None
    waited: float = 0.0


class Missed(NamedTuple):
    """One line of the list: a number whose last calls were missed, with nobody spoken with since."""

    number: PhoneNumber
    times: int
    first_at: datetime
    last_at: datetime
    queue: QueueId | None
    longest_wait: float
    tried: int
    last_tried_at: datetime | None


class OpenCall(NamedTuple):
    number: PhoneNumber
    outbound: bool
    begun_at: datetime
    queue: QueueId | None = None
    forwarded: bool = False
    talked: bool = False


class MissedCalls:
    def __init__(self) -> None:
        self._open: dict[CallId, OpenCall] = {}
        self._contacts: dict[PhoneNumber, tuple[Contact, ...]] = {}
        self._numbers: dict[CallId, PhoneNumber] = {}

    # --- reading ---

    def shown(self, now: datetime) -> list[Missed]:
        """Longest unanswered first; calls older than KEPT are left out."""
        lines = (_line(number, _young(contacts, now)) for number, contacts in self._contacts.items())
        return sorted((line for line in lines if line is not None), key=lambda line: (line.first_at, line.number.e164))

    # --- folding ---

    def apply(self, event: LogEvent) -> None:
        fold = _FOLDS.get(type(event))
        if fold is not None:
            fold(self, event)

    def offered(self, event: CallOffered) -> None:
        outbound = event.direction is Direction.OUTBOUND
        number = event.called if outbound else event.caller
        known = event.call in self._open or event.call in self._numbers
        if number is not None and number != NO_NUMBER and not known:
            forwarded = event.forward is not None
            self._open[event.call] = OpenCall(number, outbound, event.at, event.queue, forwarded)

    def queued(self, event: CallQueued) -> None:
        call = self._open.get(event.call)
        if call is not None:
            self._open[event.call] = call._replace(queue=event.queue)

    def answered(self, event: CallAnswered) -> None:
        """A greeting answers a caller too; only where the number leads outside or to a telephone, a person does."""
        call = self._open.get(event.call)
        if call is not None and call.forwarded:
            self._open[event.call] = call._replace(talked=True)

    def connected(self, event: CallConnected) -> None:
        call = self._open.get(event.call)
        if call is not None:
            self._open[event.call] = call._replace(talked=True)

    def ended(self, event: CallEnded) -> None:
        call = self._open.pop(event.call, None)
        if call is None:
            return
        missed = ContactKind.TRIED if call.outbound else ContactKind.MISSED
        waited = 0.0 if call.outbound or call.talked else (event.at - call.begun_at).total_seconds()
        kind = ContactKind.TALKED if call.talked else missed
        self._numbers[event.call] = call.number
        contact = Contact(event.at, event.call, kind, call.queue, waited)
        self._keep(call.number, (*_young(self._contacts.get(call.number, ()), event.at), contact))

    def erased(self, event: CallErased) -> None:
        if not event.number:
            return
        self._open.pop(event.call, None)
        number = self._numbers.get(event.call)
        if number is not None:
            self._keep(number, tuple(one for one in self._contacts[number] if one.call != event.call))

    def _keep(self, number: PhoneNumber, contacts: tuple[Contact, ...]) -> None:
        """Who is not kept is forgotten by call too."""
        kept = {contact.call for contact in contacts}
        for contact in self._contacts.get(number, ()):
            if contact.call not in kept:
                self._numbers.pop(contact.call, None)
        if contacts:
            self._contacts[number] = contacts
        else:
            self._contacts.pop(number, None)


def _young(contacts: Iterable[Contact], now: datetime) -> tuple[Contact, ...]:
    return tuple(contact for contact in contacts if now - contact.at <= KEPT)


def _line(number: PhoneNumber, contacts: tuple[Contact, ...]) -> Missed | None:
    """None: they were spoken with after their last call, or never called in vain."""
    talked_at = max((contact.at for contact in contacts if contact.kind is ContactKind.TALKED), default=None)
    since = [contact for contact in contacts if talked_at is None or contact.at > talked_at]
    missed = [contact for contact in since if contact.kind is ContactKind.MISSED]
    if not missed:
        return None
    first, last = min(missed), max(missed)
    tried = [contact.at for contact in since if contact.kind is ContactKind.TRIED and contact.at >= first.at]
    return Missed(
        number=number,
        times=len(missed),
        first_at=first.at,
        last_at=last.at,
        queue=last.queue,
        longest_wait=max(contact.waited for contact in missed),
        tried=len(tried),
        last_tried_at=max(tried, default=None),
    )


_FOLDS: dict[type, Callable[[MissedCalls, Any], None]] = {
    CallOffered: MissedCalls.offered,
    CallQueued: MissedCalls.queued,
    CallAnswered: MissedCalls.answered,
    CallConnected: MissedCalls.connected,
    CallEnded: MissedCalls.ended,
    CallErased: MissedCalls.erased,
}
