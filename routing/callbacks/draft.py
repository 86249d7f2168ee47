"""A decision about one callback while it is made: each event is folded at once, so that later steps see it."""

from datetime import datetime
from typing import TypedDict

from kernel.contracts.callbacks import CallbackEnded, CallbackEvent, CallbackOutcome, CancelReason
from kernel.primitives.ids import CallbackId, CallId, EventId, TenantId, UserId
from routing.callbacks.fold import apply
from routing.callbacks.model import Callback
from routing.callbacks.words import Decision, Moment, Order, ReleaseAgent, StopDialling


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime
    callback: CallbackId


class Draft:
    """`callback` is as the events so far make it; None after its end."""

    def __init__(self, callback: Callback, moment: Moment) -> None:
        self.callback: Callback | None = callback
        self.moment = moment
        self._tenant = callback.tenant
        self._name = callback.callback
        self._events: list[CallbackEvent] = []
        self._orders: list[Order] = []

    @property
    def decision(self) -> Decision:
        return Decision(tuple(self._events), tuple(self._orders), self._name)

    @property
    def now(self) -> datetime:
        return self.moment.now

    def stamp(self) -> Stamp:
        return Stamp(id=EventId(self.moment.ids.new()), tenant=self._tenant, at=self.now, callback=self._name)

    def record(self, event: CallbackEvent) -> None:
        self._events.append(event)
        self.callback = apply(self.callback, event)

    def order(self, order: Order) -> None:
        self._orders.append(order)

    def let_go(self, callback: Callback, *, but: UserId | None = None, leg: bool = True) -> None:
        """What the present attempt holds: the customer's leg, unless it is gone already, and the agent."""
        if leg and callback.call is not None:
            self.order(StopDialling(callback.call))
        if callback.taker is not None and callback.taker != but:
            self.order(ReleaseAgent(callback.taker))

    def end(
        self,
        callback: Callback,
        outcome: CallbackOutcome,
        call: CallId | None = None,
        by: UserId | None = None,
        reason: CancelReason | None = None,
    ) -> None:
        ended = CallbackEnded(**self.stamp(), outcome=outcome, call=call, last=callback.last, by=by, reason=reason)
        self.record(ended)
