"""A bus that is away, or refuses."""

import asyncio
from collections.abc import Iterator, Sequence

from kernel.ports.bus import BatchHandler, Handler, Subscription, Told


class TroubledBus:
    """A bus that fails as told: one error for each publish, None for success."""

    def __init__(self) -> None:
        self.errors: Iterator[Exception | None] = iter(())
        self.taken: list[tuple[str, bytes]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def publish(self, subject: str, payload: bytes) -> None:
        await self.gate.wait()
        error = next(self.errors, None)
        if error is not None:
            raise error
        self.taken.append((subject, payload))

    async def publish_all(self, subject: str, payloads: Sequence[bytes]) -> Sequence[Exception | None]:
        outcomes: list[Exception | None] = []
        for payload in payloads:
            try:
                await self.publish(subject, payload)
            except Exception as error:
                outcomes.append(error)
            else:
                outcomes.append(None)
        return outcomes

    def post(self, subject: str, payloads: Sequence[bytes], told: Told) -> None:
        async def publish() -> None:
            told(await self.publish_all(subject, payloads))

        self._posting = asyncio.ensure_future(publish())

    async def subscribe(self, pattern: str, handler: Handler, *, beside: int = 1) -> Subscription:
        raise NotImplementedError

    async def subscribe_batches(self, pattern: str, group: str | None, handler: BatchHandler) -> Subscription:
        raise NotImplementedError

    async def subscribe_queue(self, pattern: str, group: str, handler: Handler) -> Subscription:
        raise NotImplementedError
