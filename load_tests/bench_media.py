"""The engine beside a bare forwarder (epoll, one receive and one send call per packet) and beside rtpengine.

rtpengine is Debian's, without its kernel module and with one thread for packets. The program under load has one core,
the generator the other; `rtp-load` runs both and measures at the far ends. At each size all programs take their turns,
several times; a figure is the median of its turns. On a machine that others use too, `REALTIME=1` runs program and
generator before everything else (`chrt`, for root): ratios then hold, but what others miss is theirs.
"""

import asyncio
import os
import shutil
from collections.abc import Sequence
from pathlib import Path
from statistics import median

import msgspec

from load_tests.report import Row, row

LOAD = Path(__file__).resolve().parent.parent / "media/engine/target/release/rtp-load"
SIZES = (50, 100, 200, 400)
MANY = 1000  # only forwarded
TURNS = 3
SECONDS = 8
CORE = 0
SHORT_CALLS = 10
SHORT_SECONDS = 1
SHORT_AT_ONCE = 4
PORTS = range(40_000, 49_000)
REALTIME = ("chrt", "--fifo", "20") if os.environ.get("REALTIME") else ()
CASES = {
    "plain/plain": "plain",
    "plain/SRTP AEAD_AES_128_GCM": "srtp-gcm",
    "plain/SRTP AES_CM_128_HMAC_SHA1_80": "srtp-cm",
    "recorded": "recorded",
    "conference of 3": "conference",
}
FORWARDED = "plain/plain"
PEERS = {"forwarder": (FORWARDED,), "rtpengine": tuple(case for case in CASES if case != "conference of 3")}
"""Which cases each peer knows."""


class Figures(msgspec.Struct, frozen=True):
    """Of one turn; delays are None where what comes is not what was sent (mixed sound)."""

    cpu_ms_per_call_second: float
    loss: float
    delay_p50_ms: float | None
    delay_p99_ms: float | None
    resident_bytes: int


Measured = dict[tuple[str, str], Figures]
"""By program and case."""


class Turns(msgspec.Struct, frozen=True):
    """How the turns of one size are taken: one after the other, or some at once where no figure counts."""

    calls: int
    seconds: int
    count: int
    at_once: int = 1

    async def take(self, runs: Sequence[tuple[str, str]]) -> Measured:
        room = asyncio.Semaphore(self.at_once)
        ports = len(PORTS) // len(runs)

        async def one(number: int, program: str, case: str) -> Figures:
            async with room:
                first = PORTS[number * ports] if self.at_once > 1 else PORTS[0]
                last = first + ports - 1 if self.at_once > 1 else PORTS[-1]
                return await load(program, case, self, f"{first}-{last}")

        async def turn() -> list[Figures]:
            return await asyncio.gather(*(one(number, *run) for number, run in enumerate(runs)))

        taken = [await turn() for _ in range(self.count)]
        return {run: middle([figures[number] for figures in taken]) for number, run in enumerate(runs)}


def middle(turns: Sequence[Figures]) -> Figures:
    def of(name: str) -> float | None:
        figures = [figure for turn in turns if (figure := getattr(turn, name)) is not None]
        return median(figures) if figures else None

    return msgspec.convert({name: of(name) for name in Figures.__struct_fields__}, Figures, strict=False)


async def load(program: str, case: str, turns: Turns, ports: str) -> Figures:
    arguments = ["--program", program, "--case", CASES[case], "--calls", turns.calls, "--seconds", turns.seconds]
    arguments += ["--rtp-ports", ports, *([] if turns.at_once > 1 else ["--pin", CORE])]
    process = await asyncio.create_subprocess_exec(
        *REALTIME, LOAD, *map(str, arguments), stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"rtp-load {' '.join(map(str, arguments))} failed; is the engine built? `make engine`")
    return msgspec.json.decode(output, type=Figures)


def rows_of(case: str, calls: int, measured: Measured) -> list[Row]:
    ours = measured["engine", case]
    # A bare forwarder does the same whatever the engine does beyond forwarding.
    peers = {"forwarder": measured["forwarder", FORWARDED]}
    peers |= {name: measured[name, case] for name in PEERS if (name, case) in measured}

    def line(what: str, unit: str, name: str, share: float = 1) -> list[Row]:
        figures = {peer: getattr(figures, name) for peer, figures in peers.items()}
        known = {peer: round(figure / share, 6) for peer, figure in figures.items() if figure is not None}
        value = getattr(ours, name)
        return [] if value is None else [row(f"{case}: {what}", calls, unit, value / share, **known)]

    added = ours.cpu_ms_per_call_second / (measured["engine", FORWARDED].cpu_ms_per_call_second or 1)
    return [
        *line("CPU", "ms per call-second", "cpu_ms_per_call_second"),
        *([] if case == FORWARDED else [row(f"{case}: CPU over {FORWARDED}", calls, "ratio", added)]),
        *line("delay p50", "ms", "delay_p50_ms"),
        *line("delay p99", "ms", "delay_p99_ms"),
        *line("loss", "share", "loss"),
        *line("memory", "bytes per call", "resident_bytes", calls),
    ]


def runs_of(cases: Sequence[str]) -> list[tuple[str, str]]:
    """The engine's and the peers' turns, those of one case one after the other."""
    peers = [name for name in PEERS if name != "rtpengine" or shutil.which("rtpengine")]
    programs = {"engine": tuple(CASES)} | {name: PEERS[name] for name in peers}
    return [(program, case) for case in cases for program, known in programs.items() if case in known]


async def measure(_folder: Path, short: bool) -> Sequence[Row]:
    if short:
        turns = [(Turns(SHORT_CALLS, SHORT_SECONDS, 1, SHORT_AT_ONCE), tuple(CASES))]
    else:
        turns = [(Turns(calls, SECONDS, TURNS), tuple(CASES)) for calls in SIZES]
        turns.append((Turns(MANY, SECONDS, TURNS), (FORWARDED,)))
    rows: list[Row] = []
    for turn, cases in turns:
        measured = await turn.take(runs_of(cases))
        rows += [line for case in cases for line in rows_of(case, turn.calls, measured)]
    return rows
