"""What the live view shows beside calls: promised callbacks, and who takes part in a call as a third. Folds only."""

from datetime import datetime
from enum import StrEnum
from typing import get_args

import msgspec
from msgspec.structs import replace

from kernel.contracts.callbacks import (
    CallbackAttemptEnded,
    CallbackChanged,
    CallbackConnected,
    CallbackDialled,
    CallbackEnded,
    CallbackErased,
    CallbackEvent,
    CallbackMoved,
    CallbackReleased,
    CallbackRequested,
    CallbackReserved,
)
from kernel.contracts.supervision import Manner, SupervisionChanged
from kernel.primitives.ids import CallbackId, CallId, QueueId, UserId
from kernel.primitives.phone import PhoneNumber


class PromiseState(StrEnum):
    """As the desk of the agent who has it shows it."""

    OPEN = "open"
    OFFERED = "offered"
    DIALLING = "dialling"
    CONNECTED = "connected"


class LivePromise(msgspec.Struct, frozen=True, kw_only=True):
    """A callback that is not done; `taker` has it until `until`."""

    callback: CallbackId
    queue: QueueId
    number: PhoneNumber
    origin: CallId | None = None
    state: PromiseState = PromiseState.OPEN
    taker: UserId | None = None
    until: datetime | None = None


class LiveEar(msgspec.Struct, frozen=True, kw_only=True):
    """A supervisor who takes part in a call since `since`; `agent` is who talks with the caller.

    `rings_until`: their telephone is being called for it.
    """

    call: CallId
    agent: UserId | None
    manner: Manner
    since: datetime
    rings_until: datetime | None = None


def promise_after(promise: LivePromise | None, event: CallbackEvent) -> LivePromise | None:
    """None: it is not known, or has ended."""
    if isinstance(event, CallbackRequested):
        return LivePromise(callback=event.callback, queue=event.queue, number=event.number, origin=event.origin)
    if promise is None or isinstance(event, CallbackEnded | CallbackErased):
        return None
    match event:
        case CallbackReserved():
            return replace(promise, state=PromiseState.OFFERED, taker=event.agent, until=event.until)
        case CallbackDialled():
            return replace(promise, state=PromiseState.DIALLING, taker=event.agent, until=event.until)
        case CallbackConnected():
            return replace(promise, state=PromiseState.CONNECTED, taker=event.agent, until=None)
        case CallbackMoved():
            return replace(promise, queue=event.queue, state=PromiseState.OPEN, taker=None, until=None)
        case CallbackReleased() | CallbackAttemptEnded() | CallbackChanged():
            return replace(promise, state=PromiseState.OPEN, taker=None, until=None)
        case _:
            return promise


def promised_in(event: CallbackEvent | SupervisionChanged) -> CallId | None:
    """The call whose caller is promised to be rung back by this event."""
    return event.origin if isinstance(event, CallbackRequested | CallbackChanged) else None


def ear_after(former: LiveEar | None, event: SupervisionChanged) -> LiveEar | None:
    """None: they take part in no call any more."""
    if event.manner is None:
        return None
    heard = former is not None and former.call == event.call and former.rings_until is None
    since = former.since if former is not None and heard else event.at
    return LiveEar(call=event.call, agent=event.agent, manner=event.manner, since=since, rings_until=event.rings_until)


BESIDE: tuple[type, ...] = (SupervisionChanged, *get_args(CallbackEvent))


def beside(
    ears: dict[UserId, LiveEar],
    promises: dict[CallbackId, LivePromise],
    event: CallbackEvent | SupervisionChanged,
) -> set[UserId]:
    """Fold it; returns whose desks show something else."""
    if isinstance(event, SupervisionChanged):
        ear = ear_after(ears.pop(event.supervisor, None), event)
        if ear is not None:
            ears[event.supervisor] = ear
        return {event.supervisor}
    return _callback(promises, event)


def _callback(promises: dict[CallbackId, LivePromise], event: CallbackEvent) -> set[UserId]:
    former = promises.pop(event.callback, None)
    promise = promise_after(former, event)
    if promise is not None:
        promises[event.callback] = promise
    takers = (one.taker for one in (former, promise) if one is not None)
    return {taker for taker in takers if taker is not None}
