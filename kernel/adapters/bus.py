"""The embedded bus: inside one process, but with bytes, redelivery and dead letters as a broker has them.

`publish` returns when everyone has handled the message. From inside a handler it returns at once instead, because the
handler would wait for itself when the message comes back to its own subscription; then the *outer* message counts as
handled only when those that its handler published are. So whoever published the outer one (the relay) still knows that
nothing of the tree can be lost.
"""

import asyncio
import contextlib
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context, ContextVar

import structlog

from kernel.adapters.subjects import checked_pattern, checked_subject, matches
from kernel.ports.bus import Handler, Subscription

RETRY_DELAYS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # a locked row or a restarting peer is back in six seconds
KNOWN_ROUTES = 65_536  # subjects of some ten thousand tenants; forgetting them costs one walk over the subscriptions
DRAIN_SECONDS = 10.0  # a stopping process has about this long before its supervisor kills it

DeadLetter = Callable[[str, bytes, str, str], Awaitable[None]]
"""Called with (subject, payload, consumer, reason)."""

log = structlog.get_logger(__name__)


class BusClosed(ConnectionError):
    """The bus takes no more messages, or closed before this one was handled: its publisher still has it."""


class _Message:
    """One published message and everything that has to happen before it counts as handled."""

    __slots__ = ("_error", "_open", "_parent", "finished", "payload", "subject")

    def __init__(self, subject: str, payload: bytes, parent: "_Message | None") -> None:
        self.subject = subject
        self.payload = payload
        self.finished: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._parent = parent
        self._open = 1  # its publisher, until it went to every queue
        self._error: Exception | None = None
        if parent is not None:
            parent.hold()

    @property
    def done(self) -> bool:
        return self._open == 0

    def hold(self) -> None:
        self._open += 1

    def release(self, error: Exception | None = None) -> None:
        self._error = self._error or error
        self._open -= 1
        if self._open:
            return
        if self._parent is not None:
            self._parent.release(self._error)
        elif self._error is not None and not self.finished.done():
            self.finished.set_exception(self._error)
        elif not self.finished.done():
            self.finished.set_result(None)


_current: ContextVar[_Message | None] = ContextVar("_current", default=None)


class _Subscription:
    """FIFO: one worker hands over one message after the other."""

    def __init__(self, bus: "InProcessBus", pattern: str, group: str | None, handler: Handler) -> None:
        self.pattern = pattern
        self.group = group
        self._bus = bus
        self._handler = handler
        self._queue: deque[_Message] = deque()
        self._wake = asyncio.Event()
        self._closing = False
        self._worker = asyncio.get_running_loop().create_task(self._work(), context=Context())

    @property
    def name(self) -> str:
        return f"{self.pattern} ({self.group})" if self.group else self.pattern

    @property
    def waiting(self) -> int:
        return len(self._queue)

    def offer(self, message: _Message) -> None:
        message.hold()
        self._bus.delivering(1)
        self._queue.append(message)
        self._wake.set()

    def _handled(self, message: _Message, error: Exception | None) -> None:
        message.release(error)
        self._bus.delivering(-1)

    async def _work(self) -> None:
        while True:
            while self._queue:
                message = self._queue[0]
                error = await self._deliver(message)
                self._queue.popleft()
                self._handled(message, error)
            if self._closing:
                return
            self._wake.clear()
            await self._wake.wait()

    async def _deliver(self, message: _Message) -> Exception | None:
        for attempt, delay in enumerate((*self._bus.retry_delays, None), start=1):
            error = await self._attempt(message)
            if error is None:
                return None
            if delay is None:
                return await self._bus.bury(message, self.name, error)
            log.warning(
                "bus.redelivery", subject=message.subject, consumer=self.name, attempt=attempt, error=repr(error)
            )
            await asyncio.sleep(delay)
        raise AssertionError("unreachable: the last delay is None")

    async def _attempt(self, message: _Message) -> Exception | None:
        token = _current.set(message)
        try:
            await self._handler(message.subject, message.payload)
        except asyncio.CancelledError as error:
            if self._worker.cancelling():
                raise
            return RuntimeError(f"the handler was cancelled: {error}")
        except Exception as error:
            return error
        else:
            return None
        finally:
            _current.reset(token)

    async def close(self) -> None:
        """No new messages; returns when the waiting ones are handled, or at once when called by its own handler."""
        self._bus.forget(self)
        await self.drain()

    async def drain(self) -> None:
        self._closing = True
        self._wake.set()
        if asyncio.current_task() is not self._worker:
            await asyncio.wait({self._worker})

    def abort(self) -> None:
        self._worker.cancel()
        while self._queue:
            message = self._queue.popleft()
            self._handled(message, BusClosed(f"closed before {message.subject} was handled"))


class InProcessBus:
    """kernel.ports.bus.Bus within one event loop."""

    def __init__(self, dead_letter: DeadLetter, retry_delays: Sequence[float] = RETRY_DELAYS) -> None:
        self.retry_delays = tuple(retry_delays)
        self._dead_letter = dead_letter
        self._subscriptions: list[_Subscription] = []
        self._routes: dict[str, tuple[tuple[_Subscription, ...], tuple[tuple[_Subscription, ...], ...]]] = {}
        self._turn = 0
        self._open = True
        self._deliveries = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def publish(self, subject: str, payload: bytes) -> None:
        if not self._open:
            raise BusClosed(f"closed: {subject} was not taken")
        parent = _current.get()
        if parent is not None and parent.done:
            parent = None  # a task that outlived the handler that started it
        message = _Message(checked_subject(subject), bytes(payload), parent)
        for subscription in self._targets(subject):
            subscription.offer(message)
        message.release()
        if parent is None:
            await message.finished

    async def subscribe(self, pattern: str, handler: Handler) -> Subscription:
        return self._add(_Subscription(self, checked_pattern(pattern), None, handler))

    async def subscribe_queue(self, pattern: str, group: str, handler: Handler) -> Subscription:
        return self._add(_Subscription(self, checked_pattern(pattern), group, handler))

    async def close(self) -> None:
        """Hand over what waits and what that brings forth, for DRAIN_SECONDS at most; the rest fails with BusClosed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        self._open = False
        for subscription in self._subscriptions:
            if subscription.waiting:
                subscription.abort()
        await asyncio.gather(*(subscription.drain() for subscription in self._subscriptions))
        self._subscriptions.clear()
        self._routes.clear()

    def delivering(self, change: int) -> None:
        self._deliveries += change
        if self._deliveries:
            self._idle.clear()
        else:
            self._idle.set()

    def _add(self, subscription: _Subscription) -> Subscription:
        self._subscriptions.append(subscription)
        self._routes.clear()
        return subscription

    def forget(self, subscription: _Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
        self._routes.clear()

    def _targets(self, subject: str) -> list[_Subscription]:
        if subject not in self._routes:
            if len(self._routes) >= KNOWN_ROUTES:
                self._routes.clear()
            self._routes[subject] = self._route(subject)
        everyone, groups = self._routes[subject]
        self._turn += 1
        chosen = list(everyone)
        for members in groups:
            rotated = self._turn % len(members)
            chosen.append(min(members[rotated:] + members[:rotated], key=lambda member: member.waiting))
        return chosen

    def _route(self, subject: str) -> tuple[tuple[_Subscription, ...], tuple[tuple[_Subscription, ...], ...]]:
        matching = [one for one in self._subscriptions if matches(one.pattern, subject)]
        groups: dict[tuple[str, str], list[_Subscription]] = {}
        for one in matching:
            if one.group is not None:
                groups.setdefault((one.pattern, one.group), []).append(one)
        return tuple(one for one in matching if one.group is None), tuple(map(tuple, groups.values()))

    async def bury(self, message: _Message, consumer: str, error: Exception) -> Exception | None:
        """Give up on a message for one consumer; what is returned is the failure to keep even the dead letter."""
        log.error("bus.dead_letter", subject=message.subject, consumer=consumer, exc_info=error)
        try:
            await self._dead_letter(message.subject, message.payload, consumer, f"{type(error).__name__}: {error}")
        except Exception as second:  # its publisher keeps the message and is told why
            log.critical("bus.dead_letter_lost", subject=message.subject, consumer=consumer, exc_info=second)
            return second
        return None
