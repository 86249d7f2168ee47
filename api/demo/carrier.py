"""The demonstration carrier: `python -m api.demo.carrier` reads a CarrierPlan from its input and tells events by line.

Ends at SIGTERM or SIGINT, or when its input is closed by the end of its parent; calls under way are hung up then.
"""

import asyncio
import contextlib
import random
import signal
import sys

import msgspec
import structlog

from api.demo.phone import Phone
from api.demo.plans import CallFinished, CallPlaced, CallPlan, CarrierEvent, CarrierPlan, Listening, Traffic
from api.demo.sound import VOICES

_MOST_AT_ONCE = 20  # a demonstration stays audible and the machine quiet
_TALK_SECONDS = (12.0, 45.0)
_IMPATIENT_SECONDS = (6.0, 12.0)  # the greeting takes five of them
_PREFIX, _DIGITS = "+442079460", 3  # a range that Ofcom sets aside for drama


def _tell(event: CarrierEvent) -> None:
    sys.stdout.write(msgspec.json.encode(event).decode() + "\n")
    sys.stdout.flush()


class Carrier:
    """Runs a plan over one telephone."""

    def __init__(self, plan: CarrierPlan) -> None:
        self._plan = plan
        self._phone = Phone(plan, self._finished)
        self._stopping = asyncio.Event()

    def stop(self) -> None:
        self._stopping.set()

    def _finished(self, report: CallFinished) -> None:
        _tell(report)

    async def run(self) -> None:
        _tell(Listening(await self._phone.open()))
        work = asyncio.create_task(self._work())
        stopped = asyncio.create_task(self._stopping.wait())
        await asyncio.wait({work, stopped}, return_when=asyncio.FIRST_COMPLETED)
        for task in (work, stopped):
            task.cancel()
        with contextlib.suppress(TimeoutError):
            await self._phone.close()
        with contextlib.suppress(asyncio.CancelledError):
            await work

    async def _work(self) -> None:
        async with asyncio.TaskGroup() as group:
            for call in self._plan.calls:
                group.create_task(self._place(call))
            if self._plan.traffic is not None:
                group.create_task(self._traffic(self._plan.traffic))
        await self._stopping.wait()  # calls from the centre are taken until the end

    async def _place(self, call: CallPlan) -> None:
        await asyncio.sleep(call.starts_after)
        _tell(CallPlaced(call.name, call.caller, call.called))
        await self._phone.place(call)

    async def _traffic(self, traffic: Traffic) -> None:
        chance = random.Random(traffic.seed)  # noqa: S311 (a reproducible demonstration, no secret)
        at_once = asyncio.Semaphore(_MOST_AT_ONCE)
        async with asyncio.TaskGroup() as group:
            number = 0
            while True:
                await asyncio.sleep(chance.expovariate(traffic.calls_per_minute / 60))
                number += 1
                plan = random_call(number, traffic, chance)
                if not at_once.locked():
                    group.create_task(self._limited(plan, at_once))

    async def _limited(self, plan: CallPlan, at_once: asyncio.Semaphore) -> None:
        async with at_once:
            await self._place(plan)


def random_call(number: int, traffic: Traffic, chance: random.Random) -> CallPlan:
    """The next caller of a random day."""
    voices = sorted(path.name for path in VOICES.glob("caller-*.wav"))
    if chance.random() < traffic.impatient:
        leaves_after: float | None = chance.uniform(*_IMPATIENT_SECONDS)
    else:
        leaves_after = chance.uniform(*_TALK_SECONDS) if chance.random() < 0.5 else None
    return CallPlan(
        name=f"call-{number}",
        caller=_PREFIX + str(chance.randrange(10**_DIGITS)).zfill(_DIGITS),
        called=chance.choice(traffic.called),
        voice=chance.choice(voices),
        codec="PCMU" if chance.random() < 0.5 else "PCMA",
        leaves_after=leaves_after,
    )


async def main() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))  # the output is for events alone
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    plan = msgspec.json.decode(await reader.readline(), type=CarrierPlan)
    carrier = Carrier(plan)
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, carrier.stop)
    orphaned = asyncio.create_task(_until_closed(reader, carrier))
    await carrier.run()
    orphaned.cancel()


async def _until_closed(reader: asyncio.StreamReader, carrier: Carrier) -> None:
    await reader.read()
    carrier.stop()


if __name__ == "__main__":
    asyncio.run(main())
