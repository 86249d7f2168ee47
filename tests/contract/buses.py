"""Every Bus, and who listens to one. A scaled adapter joins by adding its factory to BUSES."""

from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

import pytest

from kernel.adapters import InProcessBus
from kernel.ports.bus import Bus
from tests.fakes import eventually

Letters = list[tuple[str, bytes, str, str]]
Factory = Callable[[Letters], AbstractAsyncContextManager[Bus]]


@asynccontextmanager
async def in_process(letters: Letters) -> AsyncGenerator[Bus]:
    async def bury(subject: str, payload: bytes, consumer: str, reason: str) -> None:
        letters.append((subject, payload, consumer, reason))

    bus = InProcessBus(bury, retry_delays=(0.001, 0.001, 0.001))
    yield bus
    await bus.close()


BUSES: dict[str, Factory] = {"in_process": in_process}


@pytest.fixture
def letters() -> Letters:
    return []


@pytest.fixture(params=BUSES)
async def bus(request: pytest.FixtureRequest, letters: Letters) -> AsyncIterator[Bus]:
    async with BUSES[request.param](letters) as bus:
        yield bus


class Listener:
    """Keeps what it hears; fails the first `failures` deliveries."""

    def __init__(self, failures: int = 0) -> None:
        self.heard: list[tuple[str, bytes]] = []
        self.attempts = 0
        self._failures = failures

    async def __call__(self, subject: str, payload: bytes) -> None:
        self.attempts += 1
        if self.attempts <= self._failures:
            raise RuntimeError("not now")
        self.heard.append((subject, payload))

    async def has(self, count: int) -> list[tuple[str, bytes]]:
        await eventually(lambda: len(self.heard) >= count)
        return self.heard
