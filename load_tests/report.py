"""What a benchmark says: rows of a case at a size, ours beside its peers in the same run."""

import platform
from collections.abc import Sequence
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table


class Row(msgspec.Struct, frozen=True, kw_only=True):
    """`peers` holds each peer's figure in the same unit; `ratio` is ours / peer."""

    case: str
    size: int
    unit: str
    ours: float
    peers: dict[str, float] = {}
    ratio: dict[str, float] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    area: str
    machine: str
    rows: Sequence[Row]


def row(case: str, size: int, unit: str, ours: float, **peers: float) -> Row:
    ratio = {name: round(ours / figure, 3) for name, figure in peers.items() if figure}
    return Row(case=case, size=size, unit=unit, ours=float(f"{ours:.6g}"), peers=peers, ratio=ratio)


def machine() -> str:
    """Processor and core count, as the kernel names them."""
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(names)} x {names[0] if names else platform.machine()}, Linux {platform.release()}"


def show(report: Report) -> None:
    table = Table(title=f"{report.area} — {report.machine}")
    for heading in ("case", "size", "unit", "ours", "peers", "ours / peer"):
        table.add_column(heading, justify="left" if heading in {"case", "unit", "peers"} else "right")
    for entry in report.rows:
        table.add_row(
            entry.case,
            str(entry.size),
            entry.unit,
            f"{entry.ours:g}",
            ", ".join(f"{name} {figure:g}" for name, figure in entry.peers.items()),
            ", ".join(f"{name} {figure:g}" for name, figure in entry.ratio.items()),
        )
    Console().print(table)
