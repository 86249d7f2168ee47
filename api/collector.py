"""When Python's collector looks for circles: by the clock, and never through what calls keep for minutes.

Python counts what is made less what is gone. A centre under load makes and ends as much in any second, so that count
hardly grows, while what is young does: at 150 calls per second it looked through a tenth of a second's worth at once,
and now and then through all, for more than a second, and every call waited.
"""

import asyncio
import gc
from collections.abc import Callable

LOOK_SECONDS = 0.02  # of calls at 300 per second: a millisecond's work, which no call feels
# What calls leave behind has no circles (`tests/unit/gateway/sip/test_circles.py`) and is gone by itself, if only after
# minutes. What else grows old in circles waits for a quiet moment, since to look through all stops the process for a
# tenth of a second per million objects and more; a centre that never sleeps has that moment once a day.
THROUGH_SECONDS = 3_600.0
AT_LATEST_SECONDS = 86_400.0


def settle() -> None:
    """Leave out for good what is here, such as modules and routes; nothing is looked through but by `Collector`.

    Each look through it would take 0.4 s. Not even once: the garbage of a start, some 3 MB, stays.
    """
    gc.disable()
    gc.freeze()


class Collector:
    """`is_quiet`: nobody is on the telephone."""

    def __init__(self, now: float, is_quiet: Callable[[], bool]) -> None:
        self._is_quiet = is_quiet
        self._looked_through = now

    def look(self, now: float) -> None:
        """Look through what is younger than the last look, and through the rest where it is time."""
        since = now - self._looked_through
        if since >= THROUGH_SECONDS and (since >= AT_LATEST_SECONDS or self._is_quiet()):
            self._looked_through = now
            gc.collect()
        else:
            gc.collect(0)


def keep_collecting(loop: asyncio.AbstractEventLoop, is_quiet: Callable[[], bool]) -> None:
    """Settle, and look as long as the loop runs."""
    settle()
    collector = Collector(loop.time(), is_quiet)

    def look() -> None:
        collector.look(loop.time())
        loop.call_later(LOOK_SECONDS, look)

    look()
