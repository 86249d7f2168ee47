"""Figures of all modules as Prometheus samples."""

from collections.abc import Iterable, Mapping
from typing import Protocol

from api.services import Sample

GAUGES = frozenset(
    {
        "calls_live",
        "softphones_live",
        "sip_transactions",
        "sip_sessions",
        "sip_connections",
        "recordings_space_low",
        "messages_waiting",
    }
)


class Figures(Protocol):
    def figures(self) -> Mapping[str, float]: ...


class RecordingAlarm(Protocol):
    @property
    def space_low(self) -> bool: ...


class Delivery(Protocol):
    @property
    def waiting(self) -> int:
        """Committed messages that somebody has not handled yet."""
        ...


class Gauges:
    """api.services.Counters over the figures of the gateway, the recordings and the relay."""

    def __init__(self, gateway: Figures, recordings: RecordingAlarm, delivery: Delivery) -> None:
        self._gateway = gateway
        self._delivery = delivery
        self._recordings = recordings

    def samples(self) -> Iterable[Sample]:
        figures = dict(self._gateway.figures())
        figures["recordings_space_low"] = float(self._recordings.space_low)
        figures["messages_waiting"] = float(self._delivery.waiting)
        for name, value in figures.items():
            yield Sample(name=f"cordboard_{name}", value=value, kind="gauge" if name in GAUGES else "counter")
