"""Who wants to hear of the engine; what comes before all of them are there is kept for the missing ones."""

from collections.abc import Callable
from typing import TypeVar

import structlog

from kernel.contracts.engine import EngineEvent, Welcome

KEPT_EVENTS = 10_000  # while a listener is missing; as many as the engine keeps while nobody is connected

T = TypeVar("T")

log = structlog.get_logger(__name__)

EventListener = Callable[[EngineEvent], None]
WelcomeListener = Callable[[Welcome], None]


class Listeners:
    def __init__(self, expected: int) -> None:
        self._expected = expected
        self._all: list[tuple[EventListener, WelcomeListener]] = []
        self._kept: list[EngineEvent] = []

    def add(self, on_event: EventListener, on_welcome: WelcomeListener, welcome: Welcome | None) -> None:
        """`welcome` is the present one, None while there is no engine."""
        self._all.append((on_event, on_welcome))
        kept = self._kept
        if len(self._all) >= self._expected:
            self._kept = []
        if welcome is not None:
            on_welcome(welcome)
        for event in kept:
            on_event(event)

    def welcome(self, welcome: Welcome) -> None:
        for _, on_welcome in self._all:
            _call(on_welcome, welcome)

    def event(self, event: EngineEvent) -> None:
        if len(self._all) < self._expected and len(self._kept) < KEPT_EVENTS:
            self._kept.append(event)
        for on_event, _ in self._all:
            _call(on_event, event)


def _call(listener: Callable[[T], None], value: T) -> None:
    try:
        listener(value)
    except Exception:
        log.exception("engine.listener_failed", value=type(value).__name__)
