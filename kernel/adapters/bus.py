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
from functools import partial
from itertools import islice

import structlog

from kernel.adapters.subjects import checked_pattern, checked_subject, matches
from kernel.ports.bus import BatchHandler, Handler, Subscription, Told

RETRY_DELAYS = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)  # a locked row or a restarting peer is back in six seconds
KNOWN_ROUTES = 65_536  # subjects of some ten thousand tenants; forgetting them costs one walk over the subscriptions
BATCH = 256  # messages handed over at once: some ten milliseconds of work
DRAIN_SECONDS = 10.0  # a stopping process has about this long before its supervisor kills it

DeadLetter = Callable[[str, bytes, str, str], Awaitable[None]]
"""Called with (subject, payload, consumer, reason)."""

log = structlog.get_logger(__name__)


class BusClosed(ConnectionError):
    """The bus takes no more messages, or closed before this one was handled: its publisher still has it."""


class _Work:
    """Something that has to be handled, and what has to happen before it counts as handled."""

    __slots__ = ("_done", "_error", "_open", "_parent")

    def __init__(self, parent: "_Work | None", done: Callable[[Exception | None], None] | None = None) -> None:
        """`done` is called in the end with the failure to keep even a dead letter, if there was one."""
        self._parent = parent
        self._done = done
        self._open = 1  # its publisher, until it went to every queue
        self._error: Exception | None = None
        if parent is not None:
            parent.hold()

    @property
    def done(self) -> bool:
        return self._open == 0

    def hold(self, count: int = 1) -> None:
        self._open += count

    def release(self, error: Exception | None = None) -> None:
        self._error = self._error or error
        self._open -= 1
        if self._open:
            return
        if self._parent is not None:
            self._parent.release(self._error)
        if self._done is not None:
            self._done(self._error)


class _Message(_Work):
    """One published message."""

    __slots__ = ("payload", "subject")

    def __init__(
        self,
        subject: str,
        payload: bytes,
        parent: _Work | None,
        done: Callable[[Exception | None], None] | None = None,
    ) -> None:
        super().__init__(parent, done)
        self.subject = subject
        self.payload = payload


class _Publication:
    """Several messages of one publisher, who is told when the last one is handled."""

    __slots__ = ("_open", "_outcomes", "_told")

    def __init__(self, count: int, told: Told) -> None:
        self._outcomes: list[Exception | None] = [None] * count
        self._told = told
        self._open = count

    def settle(self, place: int, error: Exception | None) -> None:
        self._outcomes[place] = error
        self._open -= 1
        if not self._open:
            self._told(self._outcomes)


_current: ContextVar[_Work | None] = ContextVar("_current", default=None)


class _Subscription:
    """FIFO: one worker hands over one message after the other, or all that wait; each has a task where `beside` is more
    than 1, begun as it comes, and so many run at a time.
    """

    def __init__(
        self,
        bus: "InProcessBus",
        names: tuple[str, str | None],
        handler: Handler | None,
        batches: BatchHandler | None = None,
        beside: int = 1,
    ) -> None:
        self.pattern, self.group = names
        self._bus = bus
        self._handler = handler
        self._batches = batches
        self._beside = beside
        self._running: set[asyncio.Task[None]] = set()
        self._queue: deque[_Message] = deque()
        self._idle: asyncio.Future[None] | None = None
        self._closing = False
        self._worker = asyncio.get_running_loop().create_task(self._work(), context=Context())

    @property
    def name(self) -> str:
        return f"{self.pattern} ({self.group})" if self.group else self.pattern

    @property
    def waiting(self) -> int:
        return len(self._queue)

    @property
    def busy(self) -> bool:
        return bool(self._queue or self._running)

    def offer(self, messages: Sequence[_Message]) -> None:
        """Each is held for this subscription."""
        self._bus.delivering(len(messages))
        self._queue.extend(messages)
        if self._beside > 1:
            self._begin_waiting()
        else:
            self._wake()

    def _wake(self) -> None:
        if self._idle is not None and not self._idle.done():
            self._idle.set_result(None)

    def _handled(self, message: _Message, error: Exception | None) -> None:
        message.release(error)
        self._bus.delivering(-1)

    async def _work(self) -> None:
        while True:
            while self._queue and self._beside == 1:
                if self._batches is not None and len(self._queue) > 1:
                    await self._hand_over_all(self._batches)
                else:
                    await self._hand_over(self._queue[0])
            if self._closing:
                while self._running:
                    await asyncio.wait(self._running)
                return
            self._idle = asyncio.get_running_loop().create_future()  # costs half of what an event does
            await self._idle
            self._idle = None

    async def _hand_over(self, message: _Message) -> None:
        """It stays in the queue meanwhile, so that an abort finds it."""
        error = await self._deliver(message)
        self._queue.popleft()
        self._handled(message, error)

    def _begin_waiting(self) -> None:
        while self._queue and len(self._running) < self._beside:
            work = self._hand_over_beside(self._queue.popleft())
            task = asyncio.get_running_loop().create_task(work, context=Context())
            self._running.add(task)
            task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._begin_waiting()

    async def _hand_over_beside(self, message: _Message) -> None:
        error: Exception | None = BusClosed(f"closed before {message.subject} was handled")
        try:
            error = await self._deliver(message)
        finally:
            self._handled(message, error)

    async def _hand_over_all(self, handler: BatchHandler) -> None:
        batch = list(islice(self._queue, BATCH))
        # Released when what the handler publishes is handled too, whichever of them it belongs to.
        whole = _Work(None, lambda error: _release_all(batch, error))
        error = await self._attempt(whole, lambda: handler([(one.subject, one.payload) for one in batch]))
        if error is None:
            for _ in batch:
                self._queue.popleft()
            whole.release()
            self._bus.delivering(-len(batch))
            return
        log.warning("bus.batch_failed", consumer=self.name, messages=len(batch), error=repr(error))
        for message in batch:
            message.hold()
        whole.release()
        for message in batch:
            await self._hand_over(message)

    async def _deliver(self, message: _Message) -> Exception | None:
        for attempt, delay in enumerate((*self._bus.retry_delays, None), start=1):
            error = await self._attempt(message, lambda: self._call(message))
            if error is None:
                return None
            if delay is None:
                return await self._bus.bury(message, self.name, error)
            log.warning(
                "bus.redelivery", subject=message.subject, consumer=self.name, attempt=attempt, error=repr(error)
            )
            await asyncio.sleep(delay)
        raise AssertionError("unreachable: the last delay is None")

    def _call(self, message: _Message) -> Awaitable[None]:
        if self._batches is not None:
            return self._batches([(message.subject, message.payload)])
        assert self._handler is not None
        return self._handler(message.subject, message.payload)

    async def _attempt(self, work: _Work, handle: Callable[[], Awaitable[None]]) -> Exception | None:
        token = _current.set(work)
        try:
            await handle()
        except asyncio.CancelledError as error:
            task = asyncio.current_task()
            if task is not None and task.cancelling():
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
        self._wake()
        if asyncio.current_task() not in {self._worker, *self._running}:
            await asyncio.wait({self._worker})

    def abort(self) -> None:
        self._worker.cancel()
        for task in self._running:
            task.cancel()
        while self._queue:
            message = self._queue.popleft()
            self._handled(message, BusClosed(f"closed before {message.subject} was handled"))


def _release_all(messages: Sequence[_Message], error: Exception | None) -> None:
    for message in messages:
        message.release(error)


class _Choice:
    """Who gets the messages of a subject of which groups have several members."""

    def __init__(self, everyone: Sequence[_Subscription], groups: Sequence[Sequence[_Subscription]]) -> None:
        self._everyone = everyone
        self._groups = groups
        self._turn = 0

    def chosen(self) -> list[_Subscription]:
        """For the next message: of each group the member for whom the fewest wait, the others before who was last."""
        self._turn += 1
        chosen = list(self._everyone)
        for members in self._groups:
            rotated = self._turn % len(members)
            chosen.append(min((*members[rotated:], *members[:rotated]), key=lambda member: member.waiting))
        return chosen


_Route = tuple[_Subscription, ...] | _Choice
"""The same for each message, mostly."""


def _route(subject: str, subscriptions: Sequence[_Subscription]) -> _Route:
    matching = [one for one in subscriptions if matches(one.pattern, subject)]
    groups: dict[tuple[str, str], list[_Subscription]] = {}
    for one in matching:
        if one.group is not None:
            groups.setdefault((one.pattern, one.group), []).append(one)
    everyone = [one for one in matching if one.group is None]
    if all(len(members) == 1 for members in groups.values()):
        return (*everyone, *(member for members in groups.values() for member in members))
    return _Choice(everyone, list(groups.values()))


def _offer(subscriptions: Sequence[_Subscription], messages: Sequence[_Message]) -> None:
    for message in messages:
        message.hold(len(subscriptions))
    for subscription in subscriptions:
        subscription.offer(messages)


class InProcessBus:
    """kernel.ports.bus.Bus within one event loop."""

    def __init__(self, dead_letter: DeadLetter, retry_delays: Sequence[float] = RETRY_DELAYS) -> None:
        self.retry_delays = tuple(retry_delays)
        self._dead_letter = dead_letter
        self._subscriptions: list[_Subscription] = []
        self._routes: dict[str, _Route] = {}
        self._open = True
        self._deliveries = 0
        self._idle = asyncio.Event()
        self._idle.set()

    async def publish(self, subject: str, payload: bytes) -> None:
        (error,) = await self.publish_all(subject, (payload,))
        if error is not None:
            raise error

    async def publish_all(self, subject: str, payloads: Sequence[bytes]) -> Sequence[Exception | None]:
        if not payloads:
            return []
        parent = _current.get()
        if self._open and parent is not None and not parent.done:  # done: of a task that outlived the handler
            self._hand_out(subject, payloads, parent, None)
            return [None] * len(payloads)
        finished: asyncio.Future[Sequence[Exception | None]] = asyncio.get_running_loop().create_future()
        self.post(subject, payloads, lambda outcomes: None if finished.done() else finished.set_result(outcomes))
        return await finished

    def post(self, subject: str, payloads: Sequence[bytes], told: Told) -> None:
        if self._open:
            self._hand_out(subject, payloads, None, _Publication(len(payloads), told))
        else:
            told([BusClosed(f"closed: {subject} was not taken")] * len(payloads))

    def _hand_out(
        self, subject: str, payloads: Sequence[bytes], parent: _Work | None, publication: _Publication | None
    ) -> None:
        route = self._route_of(subject)
        messages: list[_Message] = []
        for place, payload in enumerate(payloads):
            done = None if publication is None else partial(publication.settle, place)
            messages.append(_Message(subject, bytes(payload), parent, done))
        if isinstance(route, tuple):
            _offer(route, messages)
        else:
            for message in messages:
                _offer(route.chosen(), (message,))
        for message in messages:
            message.release()

    async def subscribe(self, pattern: str, handler: Handler, *, beside: int = 1) -> Subscription:
        return self._add(_Subscription(self, (checked_pattern(pattern), None), handler, beside=beside))

    async def subscribe_queue(self, pattern: str, group: str, handler: Handler) -> Subscription:
        return self._add(_Subscription(self, (checked_pattern(pattern), group), handler))

    async def subscribe_batches(self, pattern: str, group: str | None, handler: BatchHandler) -> Subscription:
        return self._add(_Subscription(self, (checked_pattern(pattern), group), None, handler))

    async def close(self) -> None:
        """Hand over what waits and what that brings forth, for DRAIN_SECONDS at most; the rest fails with BusClosed."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                await self._idle.wait()
        self._open = False
        for subscription in self._subscriptions:
            if subscription.busy:
                subscription.abort()
        await asyncio.gather(*(subscription.drain() for subscription in self._subscriptions))
        self._subscriptions.clear()
        self._routes.clear()

    def delivering(self, change: int) -> None:
        self._deliveries += change
        if not self._deliveries:
            self._idle.set()
        elif self._deliveries == change:
            self._idle.clear()

    def _add(self, subscription: _Subscription) -> Subscription:
        self._subscriptions.append(subscription)
        self._routes.clear()
        return subscription

    def forget(self, subscription: _Subscription) -> None:
        if subscription in self._subscriptions:
            self._subscriptions.remove(subscription)
        self._routes.clear()

    def _route_of(self, subject: str) -> "_Route":
        """ValueError for what is no subject."""
        route = self._routes.get(subject)
        if route is None:
            checked_subject(subject)
            if len(self._routes) >= KNOWN_ROUTES:
                self._routes.clear()
            route = self._routes[subject] = _route(subject, self._subscriptions)
        return route

    async def bury(self, message: _Message, consumer: str, error: Exception) -> Exception | None:
        """Give up on a message for one consumer; what is returned is the failure to keep even the dead letter."""
        log.error("bus.dead_letter", subject=message.subject, consumer=consumer, exc_info=error)
        try:
            await self._dead_letter(message.subject, message.payload, consumer, f"{type(error).__name__}: {error}")
        except Exception as second:  # its publisher keeps the message and is told why
            log.critical("bus.dead_letter_lost", subject=message.subject, consumer=consumer, exc_info=second)
            return second
        return None
