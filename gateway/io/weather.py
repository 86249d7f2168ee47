"""How busy this process is, told to the admission."""

import asyncio
import time

from gateway.guard.admission import LOOK_SECONDS, Admission


class Weather:
    """Looks by a timer of the loop: how late it comes is the queue delay that a message has too."""

    def __init__(self, admission: Admission) -> None:
        self._admission = admission
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._due = 0.0
        self._cpu = 0.0
        self._wall = 0.0

    def start(self) -> None:
        """Begin to look."""
        self._cpu, self._wall = time.process_time(), self._loop.time()
        self._arm()

    def stop(self) -> None:
        """Look no more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        self._due = self._loop.time() + LOOK_SECONDS
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        cpu, now = time.process_time(), self._loop.time()
        share = (cpu - self._cpu) / max(now - self._wall, 1e-6)
        self._admission.note(share, max(0.0, now - self._due), now)
        self._cpu, self._wall = cpu, now
        self._arm()
