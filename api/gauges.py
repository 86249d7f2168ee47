"""Figures of all modules as Prometheus samples."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol

from api.services import Sample

GAUGES = frozenset(
    {
        "calls_live",
        "softphones_live",
        "certificates_ending_live",
        "sip_transactions",
        "sip_sessions",
        "sip_connections",
        "sip_connections_half_open",
        "recordings_space_low",
        "spool_free_bytes",
        "messages_waiting",
        "memory_blocks",
    }
)


class Figures(Protocol):
    def figures(self) -> Mapping[str, float]: ...


class RecordingSpace(Protocol):
    @property
    def space_low(self) -> bool: ...

    @property
    def free_bytes(self) -> int | None:
        """Of the disk of the recordings; None before it was looked at."""
        ...


class Delivery(Protocol):
    @property
    def waiting(self) -> int:
        """Committed messages that somebody has not handled yet."""
        ...


class Gauges:
    """api.services.Counters over the figures of the gateway, routing, the recordings and the relay."""

    def __init__(self, counting: Sequence[Figures], recordings: RecordingSpace, delivery: Delivery) -> None:
        self._counting = counting
        self._delivery = delivery
        self._recordings = recordings

    def samples(self) -> Iterable[Sample]:
        figures = {name: value for one in self._counting for name, value in one.figures().items()}
        figures["recordings_space_low"] = float(self._recordings.space_low)
        if self._recordings.free_bytes is not None:
            figures["spool_free_bytes"] = float(self._recordings.free_bytes)
        figures["messages_waiting"] = float(self._delivery.waiting)
        figures["memory_blocks"] = float(sys.getallocatedblocks())  # what is in use: unlike bytes, no peak stays in it
        for name, value in figures.items():
            yield Sample(name=f"cordboard_{name}", value=value, kind="gauge" if name in GAUGES else "counter")
