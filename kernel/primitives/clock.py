"""The time, as something that is handed in."""

from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    def now(self) -> datetime:
        """Aware UTC time, for what is written down."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back, for time limits."""
        ...
