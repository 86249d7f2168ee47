"""Who uses which trunk now: channels, and how many calls began in the last second. Told the time."""

from collections import deque
from collections.abc import Iterable
from uuid import UUID

from kernel.contracts.trunks import TrunkLimits

SECOND = 1.0
POLL_SECONDS = 0.25  # a full trunk is asked again so often: a channel comes free within seconds, or not in this wait


class Lines:
    """A line is named by the session that uses it; it counts for a trunk, and for a tenant where it leaves one."""

    def __init__(self) -> None:
        self._users: dict[UUID, set[str]] = {}
        self._counted: dict[str, tuple[UUID, ...]] = {}
        self._begun: dict[UUID, deque[float]] = {}

    def wait(self, of: UUID, limits: TrunkLimits, now: float) -> float:
        """Seconds until a call may begin, or until asking again makes sense; 0: now. Nothing is taken."""
        if limits.channels is not None and self.in_use(of) >= limits.channels:
            return POLL_SECONDS
        begun = self._begun.get(of)
        if limits.calls_per_second is None or not begun:
            return 0.0
        while begun and begun[0] <= now - SECOND:
            begun.popleft()
        if len(begun) < limits.calls_per_second:
            return 0.0
        return begun[len(begun) - limits.calls_per_second] + SECOND - now

    def take(self, session: str, counted: Iterable[tuple[UUID, TrunkLimits]], now: float) -> None:
        """A call begins; taking again for the same session changes nothing."""
        if session in self._counted:
            return
        keys: list[UUID] = []
        for key, limits in counted:
            keys.append(key)
            self._users.setdefault(key, set()).add(session)
            if limits.calls_per_second is not None:
                self._begun.setdefault(key, deque(maxlen=limits.calls_per_second)).append(now)
        self._counted[session] = tuple(keys)

    def release(self, session: str) -> None:
        """The session is over; unknown ones are no error."""
        for key in self._counted.pop(session, ()):
            users = self._users[key]
            users.discard(session)
            if not users:
                del self._users[key]

    def in_use(self, of: UUID) -> int:
        """Calls that go on."""
        return len(self._users.get(of, ()))
