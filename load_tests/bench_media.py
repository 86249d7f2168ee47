"""The engine beside a bare forwarder of the same packets (epoll, one receive and one send call per packet).

The program under load has one core, the generator the other; `rtp-load` runs both and measures at the far ends.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec

from load_tests.report import Row, row

LOAD = Path(__file__).resolve().parent.parent / "media/engine/target/release/rtp-load"
SIZES = (50, 200)
SECONDS = 20
SHORT_SECONDS = 2
CORE = 0
CASES = {"plain/plain": "plain", "plain/SRTP AEAD_AES_128_GCM": "srtp", "plain/SRTP AES_CM_128_HMAC_SHA1_80": "srtp-cm"}


class Figures(msgspec.Struct):
    cpu_ms_per_call_second: float
    loss: float
    delay_p50_ms: float
    delay_p99_ms: float
    resident_bytes: int


async def load(case: str, calls: int, seconds: int) -> Figures:
    process = await asyncio.create_subprocess_exec(
        *(str(LOAD), "--case", case, "--calls", str(calls), "--seconds", str(seconds), "--pin", str(CORE)),
        stdout=asyncio.subprocess.PIPE,
    )
    output, _ = await process.communicate()
    if process.returncode:
        raise RuntimeError(f"rtp-load --case {case} --calls {calls} failed; is the engine built? `make engine`")
    return msgspec.json.decode(output, type=Figures)


def compare(case: str, calls: int, ours: Figures, bare: Figures) -> list[Row]:
    return [
        row(
            f"{case}: CPU",
            calls,
            "ms per call-second",
            ours.cpu_ms_per_call_second,
            forwarder=bare.cpu_ms_per_call_second,
        ),
        row(f"{case}: delay p50", calls, "ms", ours.delay_p50_ms, forwarder=bare.delay_p50_ms),
        row(f"{case}: delay p99", calls, "ms", ours.delay_p99_ms, forwarder=bare.delay_p99_ms),
        row(f"{case}: loss", calls, "share", ours.loss, forwarder=bare.loss),
        row(f"{case}: memory", calls, "bytes per call", ours.resident_bytes / calls),
    ]


async def measure(_folder: Path, short: bool) -> Sequence[Row]:
    seconds = SHORT_SECONDS if short else SECONDS
    rows: list[Row] = []
    for calls in SIZES[:1] if short else SIZES:
        bare = await load("bare", calls, seconds)
        for name, case in CASES.items():
            rows += compare(name, calls, await load(case, calls, seconds), bare)
    return rows
