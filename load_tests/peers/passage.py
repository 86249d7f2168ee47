"""Whether sound got through: when a frame left one far end, when it came to the other, and what kept the observer."""

import asyncio
import contextlib
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

TICK_SECONDS = 0.005  # an observer that was kept for less than this was not kept
FRAME_SECONDS = 0.02
CLOCK_MODULUS = 1 << 32  # RFC 3550 5.1: the time stamp is 32 bits wide


class Frame(NamedTuple):
    """An RTP packet as one far end saw it: its time stamp, and the event loop's time."""

    timestamp: int
    at: float


def frame(packet: bytes, at: float) -> Frame:
    return Frame(int.from_bytes(packet[4:8], "big"), at)


class Stalls:
    """While entered, notes when this process's own event loop was kept from running.

    Telephones have a processor to themselves: where it is allowed, this process goes before others meanwhile.
    """

    def __init__(self) -> None:
        self._ticks: list[float] = []

    async def __aenter__(self) -> Self:
        with contextlib.suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_RR | os.SCHED_RESET_ON_FORK, os.sched_param(1))
        self._task = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            self._ticks.append(loop.time())
            await asyncio.sleep(TICK_SECONDS)

    def between(self, start: float, end: float) -> float:
        """Seconds of start..end in which the observer could see nothing."""
        kept = ((a + TICK_SECONDS, b) for a, b in itertools.pairwise(self._ticks) if b > start and a < end)
        return sum(max(0.0, min(b, end) - max(a, start)) for a, b in kept)


class Passage:
    """One direction of a call: `sent` at one far end, `arrived` at the other.

    The engine gives the stream time stamps of its own, at one fixed distance from the source's as long as the far end
    is to hear one continuous stream; it is taken from the frames themselves.
    """

    def __init__(self, sent: Sequence[Frame], arrived: Sequence[Frame], stalls: Stalls) -> None:
        self._stalls = stalls
        self._sent = {one.timestamp: one.at for one in sent}
        distance = _distance(sent, arrived)
        self._arrived = {(one.timestamp - distance) % CLOCK_MODULUS: one.at for one in reversed(arrived)}

    def spoken_seconds(self, since: float, until: float) -> float:
        return FRAME_SECONDS * sum(since <= at <= until for at in self._sent.values())

    def lost(self, since: float, until: float) -> list[float]:
        """When the frames left that never came, of those sent in since..until."""
        return [at for stamp, at in self._sent.items() if since <= at <= until and stamp not in self._arrived]

    def longest_gap(self, since: float, until: float) -> float:
        """Seconds between two frames at the receiver, as they would be had the sender kept its pace of 20 ms."""
        delays = [self._delay(stamp, at) for stamp, at in self._sent.items() if since <= at <= until]
        return FRAME_SECONDS + max(later - earlier for earlier, later in itertools.pairwise(delays))

    def _delay(self, stamp: int, sent: float) -> float:
        arrived = self._arrived[stamp]
        return arrived - sent - self._stalls.between(sent, arrived)


def _distance(sent: Sequence[Frame], arrived: Iterable[Frame]) -> int:
    """The commonest difference between an arriving frame and the last one that had left by then."""
    found: Counter[int] = Counter()
    place = 0
    for one in arrived:
        while place + 1 < len(sent) and sent[place + 1].at <= one.at:
            place += 1
        found[(one.timestamp - sent[place].timestamp) % CLOCK_MODULUS] += 1
    return found.most_common(1)[0][0]
