"""Calls through a program on one core: ours, Kamailio as a stateful proxy, sippy's B2BUA, and SIPp straight to SIPp."""

import asyncio
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import NamedTuple, Protocol

import structlog

from load_tests.peers.sip_programs import CORE_UNDER_TEST, callee, kamailio, pinned, sippy
from load_tests.peers.sipp import Dialler, Outcome, dial
from load_tests.peers.system import Centre, System, free_port, make_centre, new_system
from load_tests.processes import cpu_seconds
from load_tests.report import Row, row
from load_tests.sip_delays import delays_ms, first_messages, percentile

# Calls per second, until one is not carried.
RATES = (25, 50, 75, 100, 125, 150, 175, 200, 250, 300, 350, 400, 500, 600, 700, 850, 1000, 1200, 1400)
TRIES = 2  # of each rate: one hiccup of the machine is not the end
SECONDS = 8
CALLED = "+442071838759"  # where the number leads, by the one trunk
SETTLE_SECONDS = 1.5  # records written
DRAIN_SECONDS = 35.0  # transactions of the rate that was not carried are over (64*T1), and its records written
FAILED_SHARE = 0.001
KEPT_UP_SHARE = 0.85  # of the rate; the last calls end after all were begun, but not by seconds
SHORT_RATE = 10
RTP_PORTS = "20000-29999"  # two pairs for each call of a second, and those whose end is still to come

log = structlog.get_logger(__name__)


class Passage(Protocol):
    """What calls go through."""

    @property
    def name(self) -> str: ...

    @property
    def port(self) -> int: ...

    @property
    def by_contact(self) -> bool:
        """Whether requests inside a call go to the Contact, as they should."""
        ...

    async def start(self, folder: Path) -> None: ...

    def cpu_seconds(self) -> float: ...

    async def stop(self) -> None: ...


class Ours:
    """`cordboard serve`, whose number leads to another one behind a trunk; records are written, sound is not kept."""

    name = "ours"
    by_contact = True

    def __init__(self, callee_port: int) -> None:
        self._callee_port = callee_port
        self.system: System | None = None

    @property
    def port(self) -> int:
        return self._running.sip_port

    @property
    def _running(self) -> System:
        assert self.system is not None
        return self.system

    async def start(self, folder: Path) -> None:
        quiet = {"CORDBOARD_LOG__LEVEL": "warning", "CORDBOARD_MEDIA__RTP_PORTS": RTP_PORTS}
        self.system = await new_system(folder, pinned(CORE_UNDER_TEST), **quiet)
        centre = await make_centre(self.system, carrier_port=self._callee_port, greeting=[], record=False)
        shown = await self.system.owner.patch(f"/v1/trunks/{centre.trunk['id']}", json={"caller": {"own_only": False}})
        assert shown.is_success, shown.text
        (number,) = (await self.system.get("/v1/numbers"))["items"]
        forwarded = await self.system.owner.patch(f"/v1/numbers/{number['id']}", json={"forward_number": CALLED})
        assert forwarded.is_success, forwarded.text
        await self.system.settled()

    def cpu_seconds(self) -> float:
        """The server's; sound is the engine's, which has benchmarks of its own."""
        return cpu_seconds(self._running.server_pid)

    async def stop(self) -> None:
        await self._running.stop()


class Carried(NamedTuple):
    per_second: int
    calls: int
    outcome: Outcome
    cpu_ms: float

    @property
    def well(self) -> bool:
        """As fast as they came; no retransmission either: on loopback the network causes none."""
        done = self.outcome.successful + self.outcome.failed >= self.calls
        kept_up = self.outcome.per_second >= self.per_second * KEPT_UP_SHARE
        return (
            done and kept_up and self.outcome.failed <= self.calls * FAILED_SHARE and self.outcome.retransmissions == 0
        )


class Figures(NamedTuple):
    """Of one program: the best rate, CPU per call there, and delays at half of it (None where nothing goes out)."""

    rate: int
    cpu_ms: float
    delays: list[float]
    answers: list[float]


class Bench:
    """`folder` is this program's own; `callee_port` is where calls come out."""

    def __init__(self, passage: Passage, folder: Path, callee_port: int) -> None:
        self._passage = passage
        self._folder = folder
        self._callee = callee_port
        self._direct = passage.port == callee_port

    async def figures(self, rates: Sequence[int], seconds: float) -> Figures:
        best: Carried | None = None
        for rate in rates:
            carried = await self._tried(rate, seconds)
            if carried is None:
                break
            best = carried
        if best is None:
            return Figures(0, 0.0, [], [])
        await asyncio.sleep(DRAIN_SECONDS)
        delays, answers = await self._delays(max(best.per_second // 2, 1), seconds)
        return Figures(best.per_second, best.cpu_ms, delays, answers)

    async def _tried(self, rate: int, seconds: float) -> Carried | None:
        """None where no try is carried well."""
        for _ in range(TRIES):
            carried = await self._carry(rate, int(rate * seconds))
            log.info(
                "carried",
                program=self._passage.name,
                rate=rate,
                kept_up=round(carried.outcome.per_second),
                cpu_ms=round(carried.cpu_ms, 2),
                failed=carried.outcome.failed,
                retransmissions=carried.outcome.retransmissions,
            )
            if carried.well:
                return carried
        return None

    async def once(self) -> Figures:
        """One run of a second, which shows that all of it works."""
        messages = self._folder / "messages"
        carried = await self._carry(SHORT_RATE, SHORT_RATE, messages)
        return Figures(SHORT_RATE, carried.cpu_ms, *self._read(messages))

    async def _carry(self, rate: int, calls: int, messages: Path | None = None) -> Carried:
        called, passage = Centre.NUMBER, self._passage
        async with AsyncExitStack() as stack:
            if not self._direct:
                uas = callee(self._callee, messages=messages and messages.with_suffix(".callee"))
                await uas.start(self._folder)
                stack.push_async_callback(uas.stop)
            elif messages is not None:  # it stands at the other end itself, and has to note its messages now
                await self._passage.stop()
                noting = callee(self._callee, CORE_UNDER_TEST, messages.with_suffix(".callee"))
                await noting.start(self._folder)
                stack.push_async_callback(noting.stop)
                passage = noting
            before = passage.cpu_seconds()
            outcome = await dial(
                self._folder, self._passage.port, Dialler(called, calls, rate, messages, self._passage.by_contact)
            )
            await asyncio.sleep(SETTLE_SECONDS)
            return Carried(rate, calls, outcome, (passage.cpu_seconds() - before) * 1000 / calls)

    async def _delays(self, rate: int, seconds: float) -> tuple[list[float], list[float]]:
        messages = self._folder / "messages"
        await self._carry(rate, int(rate * seconds), messages)
        return self._read(messages)

    def _read(self, messages: Path) -> tuple[list[float], list[float]]:
        """INVITE to INVITE where it goes out again, and INVITE to 200."""
        invited = first_messages(messages, "sent", "INVITE")
        answered = first_messages(messages, "received", "SIP/2.0 200")
        answers = sorted((answered[number] - at) * 1000 for number, at in invited.items() if number in answered)
        out = messages.with_suffix(".callee")
        return delays_ms(messages, out) if out.exists() else [], answers


async def measured(passage: Passage, folder: Path, callee_port: int, short: bool) -> Figures:
    folder.mkdir()  # noqa: ASYNC240 (one call before anything is measured)
    await passage.start(folder)
    try:
        bench = Bench(passage, folder, callee_port)
        if short:
            return await bench.once()
        return await bench.figures(RATES, SECONDS)
    finally:
        await passage.stop()


async def measure_through(folder: Path, short: bool) -> list[Row]:
    """The short form has ours alone: the peers need a download or some seconds each."""
    port = free_port()
    straight = callee(port, core=CORE_UNDER_TEST)
    peers: list[Passage] = [] if short else [straight, kamailio(folder, port), sippy(folder, port)]
    ours = await measured(Ours(port), folder / "ours", port, short)
    found = {peer.name: await measured(peer, folder / peer.name, port, short) for peer in peers}
    size = ours.rate
    rows = [
        row("CPU per call", size, "ms", ours.cpu_ms, **{name: each.cpu_ms for name, each in found.items()}),
        row("calls per second", size, "calls/s", ours.rate, **{name: each.rate for name, each in found.items()}),
    ]
    for share, name in ((0.5, "p50"), (0.99, "p99")):
        if ours.answers:
            others = {peer: percentile(each.answers, share) for peer, each in found.items() if each.answers}
            rows.append(row(f"answer delay {name}", size // 2, "ms", percentile(ours.answers, share), **others))
        others = {peer: percentile(each.delays, share) for peer, each in found.items() if each.delays}
        if ours.delays:
            rows.append(row(f"INVITE delay {name}", size // 2, "ms", percentile(ours.delays, share), **others))
    return rows
