"""How each event changes a callback; nothing is decided here, and here alone a phase is set."""

from collections.abc import Callable
from typing import Any

from msgspec.structs import replace

from kernel.contracts.callbacks import (
    CallbackAnswered,
    CallbackAttemptEnded,
    CallbackChanged,
    CallbackConnected,
    CallbackDialled,
    CallbackDue,
    CallbackEnded,
    CallbackErased,
    CallbackEvent,
    CallbackMachineHeard,
    CallbackMoved,
    CallbackPooled,
    CallbackReleased,
    CallbackRequested,
    CallbackReserved,
)
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback


def apply(callback: Callback | None, event: CallbackEvent) -> Callback | None:
    """None: it is not known, or has ended. Events of one that is not known change nothing."""
    if isinstance(event, CallbackRequested):
        return _requested(event) if callback is None else callback
    if callback is None or callback.callback != event.callback or isinstance(event, CallbackEnded | CallbackErased):
        return None
    return replace(_FOLDS[type(event)](callback, event), revision=callback.revision + 1)


def _requested(event: CallbackRequested) -> Callback:
    return Callback(
        callback=event.callback,
        tenant=event.tenant,
        queue=event.queue,
        number=event.number,
        first=event.first,
        phase=Phase.WAITING if event.due is None else Phase.SCHEDULED,
        priority=event.priority,
        since=event.since,
        expires=event.expires,
        due=event.due,
        agent=event.agent,
        pool_at=event.pool_at,
        origin=event.origin,
        skills=event.skills,
    )


def _changed(callback: Callback, event: CallbackChanged) -> Callback:
    phase = Phase.WAITING if event.due is None else Phase.SCHEDULED
    told = {"since": event.since, "due": event.due, "expires": event.expires}
    return replace(callback, phase=phase, origin=event.origin or callback.origin, taker=None, until=None, **told)


def _moved(callback: Callback, event: CallbackMoved) -> Callback:
    return replace(
        callback,
        phase=Phase.WAITING if event.due is None else Phase.SCHEDULED,
        queue=event.queue,
        first=event.first,
        priority=event.priority,
        expires=event.expires,
        due=event.due,
        agent=event.agent,
        pool_at=event.pool_at,
        taker=None,
        until=None,
    )


def _due(callback: Callback, event: CallbackDue) -> Callback:
    return replace(callback, phase=Phase.WAITING, due=None)


def _pooled(callback: Callback, event: CallbackPooled) -> Callback:
    return replace(callback, agent=None, pool_at=None)


def _reserved(callback: Callback, event: CallbackReserved) -> Callback:
    return replace(callback, phase=Phase.RESERVED, taker=event.agent, until=event.until)


def _released(callback: Callback, event: CallbackReleased) -> Callback:
    return replace(callback, phase=Phase.WAITING, taker=None, until=None)


def _dialled(callback: Callback, event: CallbackDialled) -> Callback:
    present = {"taker": event.agent, "until": event.until, "call": event.call}
    return replace(callback, phase=Phase.DIALLING, dials=callback.dials + 1, **present)


def _answered(callback: Callback, event: CallbackAnswered) -> Callback:
    return replace(callback, phase=Phase.ANSWERED, until=event.until)


def _machine_heard(callback: Callback, event: CallbackMachineHeard) -> Callback:
    return replace(callback, machine=True)


def _connected(callback: Callback, event: CallbackConnected) -> Callback:
    return replace(callback, phase=Phase.CONNECTED, taker=event.agent, until=None)


def _attempt_ended(callback: Callback, event: CallbackAttemptEnded) -> Callback:
    attempts = callback.attempts + event.counted
    over = {"taker": None, "until": None, "call": None, "machine": False}
    return replace(callback, phase=Phase.SCHEDULED, due=event.due, attempts=attempts, last=event.result, **over)


_FOLDS: dict[type, Callable[[Callback, Any], Callback]] = {
    CallbackChanged: _changed,
    CallbackMoved: _moved,
    CallbackDue: _due,
    CallbackPooled: _pooled,
    CallbackReserved: _reserved,
    CallbackReleased: _released,
    CallbackDialled: _dialled,
    CallbackAnswered: _answered,
    CallbackMachineHeard: _machine_heard,
    CallbackConnected: _connected,
    CallbackAttemptEnded: _attempt_ended,
}
