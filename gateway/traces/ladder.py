"""A call's signalling drawn as a ladder of text."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from gateway.traces.model import Trace, TraceEntry

WIDTH = 30  # columns between two ladders' rails: the longest label and an arrow
OURS = "cordboard"
_MARGIN = 10


def ladder(trace: Trace) -> str:
    """Draw it: the first leg on the left of us, all others on the right; times run from the first message."""
    if not trace.entries:
        return "no signalling is kept of this call\n"
    places = _places(len(trace.legs))
    lines = [*_legend(trace), "", _heading(trace, places)]
    seen: set[tuple[object, ...]] = set()
    for entry in trace.entries:
        key = (entry.leg, entry.sent, entry.method, entry.status, entry.cseq)
        lines.append(_row(trace.entries[0].at, entry, places, again=key in seen))
        seen.add(key)
    if trace.left_out:
        lines.append(f"{trace.left_out} messages in the middle were too many to keep")
    return "\n".join(lines) + "\n"


def name_of(leg: int) -> str:
    """A, B, C …"""
    return chr(ord("A") + leg) if leg < 26 else f"leg {leg + 1}"


def _places(legs: int) -> list[int]:
    """The rail of each leg; ours is 1."""
    return [0, *range(2, legs + 1)][:legs]


def _legend(trace: Trace) -> Iterator[str]:
    start = datetime.fromtimestamp(trace.entries[0].at, UTC)
    yield f"begins {start:%Y-%m-%d %H:%M:%S.%f} UTC"
    for number, leg in enumerate(trace.legs):
        remote = next((f"{one.remote} {one.transport}" for one in trace.entries if one.leg == number), "nobody")
        yield f"{name_of(number)}  {leg.direction}, {remote}, Call-ID {printable(leg.call_id)}"


def printable(text: str) -> str:
    """What a peer wrote, without what a terminal would take as an order."""
    return "".join(char if char.isprintable() else "?" for char in text)


def _heading(trace: Trace, places: Sequence[int]) -> str:
    names = {1: OURS} | {place: name_of(leg) for leg, place in enumerate(places)}
    return " " * _MARGIN + "".join(names.get(place, "").ljust(WIDTH) for place in range(max(names) + 1)).rstrip()


def _row(begin: float, entry: TraceEntry, places: Sequence[int], again: bool) -> str:
    theirs = places[entry.leg]
    source, target = (1, theirs) if entry.sent else (theirs, 1)
    left, right = min(source, target), max(source, target)
    label = printable(entry.label) + (f" Q.850 {entry.cause}" if entry.cause else "") + (" again" if again else "")
    body = f" {label} ".center((right - left) * WIDTH - 1, "-")
    arrow = body[:-1] + ">" if source < target else "<" + body[1:]
    rails = ["|".ljust(WIDTH) for _ in range(max(1, *places) + 1)]
    row = "".join(rails[:left]) + "|" + arrow + "".join(rails[right:])
    return f"{entry.at - begin:8.3f}  {row}".rstrip()
