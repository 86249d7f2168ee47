"""`make bench`: one area or all, as a table or one JSON document per area."""

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import msgspec

from load_tests import bench_api, bench_desk, bench_media, bench_routing, bench_sip
from load_tests.report import Report, Row, machine, show

Measure = Callable[[Path, bool], Awaitable[Sequence[Row]]]
"""Called with an empty folder and whether the short form is wanted, which only shows that the benchmark works."""

AREAS: dict[str, Measure] = {
    "api": bench_api.measure,
    "media": bench_media.measure,
    "routing": bench_routing.measure,
    "sip": bench_sip.measure,
    "desk": bench_desk.measure,
}


async def measure(area: str, short: bool) -> Report:
    with tempfile.TemporaryDirectory(prefix="cb") as folder:
        rows = await AREAS[area](Path(folder), short)
    return Report(area=area, machine=machine(), rows=rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("area", nargs="?", choices=sorted(AREAS), help="without it: all")
    parser.add_argument("--json", action="store_true", help="one JSON document per area")
    parser.add_argument("--short", action="store_true", help="a few seconds, as CI runs it; no figures to quote")
    options = parser.parse_args()
    for area in [options.area] if options.area else sorted(AREAS):
        report = asyncio.run(measure(area, options.short))
        if options.json:
            sys.stdout.write(msgspec.json.encode(report).decode() + "\n")
        else:
            show(report)


if __name__ == "__main__":
    main()
