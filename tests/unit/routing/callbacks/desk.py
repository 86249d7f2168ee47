"""A callback desk with a virtual clock: one tenant, two queues, business hours from eight to six."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from kernel.contracts.callbacks import CallbackEvent
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.codec import pack, unpack
from kernel.primitives.ids import CallbackId, CallId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.callbacks.book import Book
from routing.callbacks.booking import request
from routing.callbacks.decide import decide
from routing.callbacks.model import Callback
from routing.callbacks.rules import AlwaysOpen, CallbackRules, Hours
from routing.callbacks.words import Decision, Moment, Order, TimerDue, Wish, Word
from tests.unit.routing.floor import CountingIds

NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT = TenantId(UUID(int=1))
SALES, SERVICE = QueueId(UUID(int=0x5001)), QueueId(UUID(int=0x5002))
ANN, BEN = UserId(UUID(int=0xA001)), UserId(UUID(int=0xA002))
MARY, JOHN = PhoneNumber("+442071838750"), PhoneNumber("+442071838751")
OPENS, CLOSES = 8, 18

E = TypeVar("E")


class DayTime:
    """Open from OPENS to CLOSES, every day."""

    def next_opening(self, instant: datetime) -> datetime | None:
        opening = instant.replace(hour=OPENS, minute=0, second=0, microsecond=0)
        if instant.hour >= CLOSES:
            return opening + timedelta(days=1)
        return max(opening, instant)


class NeverAgain:
    def next_opening(self, instant: datetime) -> datetime | None:
        return None


class OpenUntil:
    """All the time, and then never again."""

    def __init__(self, end: datetime) -> None:
        self._end = end

    def next_opening(self, instant: datetime) -> datetime | None:
        return instant if instant < self._end else None


class CallbackDesk:
    def __init__(self, rules: CallbackRules | None = None, hours: Hours | None = None) -> None:
        self.now = NINE
        self.ids = CountingIds(1)
        self.rules = rules or CallbackRules()
        self.hours = hours or AlwaysOpen()
        self.book = Book()
        self.log: list[CallbackEvent] = []
        self.orders: list[Order] = []

    @property
    def moment(self) -> Moment:
        return Moment(self.now, self.ids, self.rules, self.hours)

    # --- driving ---

    def take(self, decision: Decision) -> Decision:
        for event in decision.events:
            self.book.apply(unpack(pack(event), CallbackEvent))
        self.log += decision.events
        self.orders += decision.orders
        return decision

    def ask(self, wish: Wish) -> CallbackId:
        decision = self.take(request(self.book, wish, self.moment))
        assert decision.callback is not None
        return decision.callback

    def wish(self, number: PhoneNumber = MARY, **changes: Any) -> CallbackId:
        values: dict[str, Any] = {"tenant": TENANT, "queue": SALES, "number": number}
        return self.ask(Wish(**(values | changes)))

    def tell(self, callback: CallbackId, word: Word) -> Decision:
        known = self.book.get(callback)
        return Decision() if known is None else self.take(decide(known, word, self.moment))

    def wait(self, seconds: float) -> None:
        """Time goes by; timers fire when they are due."""
        end = self.now + timedelta(seconds=seconds)
        while (timer := self.book.next_timer) is not None and timer <= end:
            self.now = max(timer, self.now)
            callback = self.book.first_due(self.now)
            assert callback is not None
            due = callback.next_timer
            assert due is not None
            assert self.tell(callback.callback, TimerDue(due.name)).events, f"{due.name} changed nothing"
        self.now = end

    # --- looking ---

    def get(self, callback: CallbackId) -> Callback:
        found = self.book.get(callback)
        assert found is not None
        return found

    def waiting(self) -> list[Callback]:
        """In the order in which they are served."""
        return [one for one in self.book.of(TENANT) if one.caller is not None]

    def call_of(self, callback: CallbackId) -> CallId:
        call = self.get(callback).call
        assert call is not None
        return call

    def events(self, kind: type[E]) -> list[E]:
        return [event for event in self.log if isinstance(event, kind)]

    def ordered(self, kind: type[E]) -> list[E]:
        return [order for order in self.orders if isinstance(order, kind)]


def because(reason: EndReason, result: EndResult = EndResult.CALLEE) -> EndCause:
    return EndCause(result, reason)
