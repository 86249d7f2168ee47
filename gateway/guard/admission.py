"""Whether there is time for another call: from the CPU share of this process and the queue delay of its loop.

A full core alone is no overload: as long as nothing waits, all that comes is carried. New calls are refused by a
share that grows while we are overloaded and shrinks when we are not, so that the load settles at what can be carried
(RFC 7339 1 says why a gateway that refuses nothing carries nothing).
"""

CPU_HIGH = 0.92  # of one core, over one look; Python has no second one
CPU_LOW = 0.85  # below this the share shrinks; between the two it stays
DELAY_HIGH = 0.1  # seconds a ready callback waited: two of those and the first retransmission is near (T1)
DELAY_LOW = 0.03  # below this nothing waits
GROWTH = 0.1  # of the share, per look
SHRINKAGE = 0.05  # slower than it grows, so that it does not swing
LOOK_SECONDS = 0.25  # how often `note` is called
PATIENCE = 8  # busy looks in a row: two seconds' hiccup of disk or machine is no overload, and no caller hears it
MAX_SHARE = 0.95  # some calls are always tried, or nothing would show that the load is gone
STALE_SECONDS = 5.0  # looks that are older say nothing
RETRY_AFTER = (5, 8, 11, 14)  # seconds, in turn, so that those refused together do not come back together


class Admission:
    """Told by `note` how busy we are; asked by `refuses` for each new call."""

    def __init__(self) -> None:
        self.share = 0.0  # of new calls, refused now
        self._owed = 0.0
        self._refused = 0
        self._noted_at = float("-inf")
        self._busy_looks = 0

    def note(self, cpu_share: float, queue_delay: float, now: float) -> None:
        """Take a look: CPU seconds per second of this process, and seconds that a ready callback waited."""
        self._noted_at = now
        busy = queue_delay > DELAY_HIGH or (cpu_share > CPU_HIGH and queue_delay > DELAY_LOW)
        self._busy_looks = self._busy_looks + 1 if busy else 0
        if self._busy_looks >= PATIENCE:
            worst = max(cpu_share / CPU_HIGH, min(queue_delay / DELAY_HIGH, 3.0))
            self.share = min(MAX_SHARE, self.share + GROWTH * worst)
        elif cpu_share < CPU_LOW and queue_delay < DELAY_LOW:
            self.share = max(0.0, self.share - SHRINKAGE)

    def is_shedding(self, now: float) -> bool:
        """Whether some calls are refused now."""
        return self.share > 0.0 and now - self._noted_at <= STALE_SECONDS

    def refuses(self, now: float) -> int | None:
        """Decide on one new call: the seconds after which to ask again, or None to admit it."""
        if not self.is_shedding(now):
            return None
        self._owed += self.share
        if self._owed < 1.0:
            return None
        self._owed -= 1.0
        self._refused += 1
        return RETRY_AFTER[self._refused % len(RETRY_AFTER)]
