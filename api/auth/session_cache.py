"""Who a session's cookie stands for, remembered for a moment: a desk and its reports ask many times a second."""

from api.auth.principal import Principal
from kernel.primitives.clock import Clock

SECONDS = 1.0
REMEMBERED = 10_000  # sessions; beyond it all are forgotten, which costs each one look-up


class SessionCache:
    """Why it is safe: what a session may do changes by requests, by commands and by time.

    A request that is not a mere look forgets all sessions before its answer is sent, so that who ended a session or
    took a role away through this process never sees it work again; a look-up that began before that is not remembered.
    What another process changed (a command, a second server) holds here after `seconds` at most. When a session ends
    by itself is in the Principal, and is looked at with each request.
    """

    def __init__(self, seconds: float, clock: Clock) -> None:
        self._seconds = seconds
        self._clock = clock
        self._known: dict[str, tuple[float, Principal]] = {}
        self.generation = 0

    def get(self, cookie: str) -> Principal | None:
        found = self._known.get(cookie)
        if found is None or found[0] <= self._clock.monotonic() or found[1].expires_at <= self._clock.now():
            return None
        return found[1]

    def put(self, cookie: str, principal: Principal, generation: int) -> None:
        """`generation`: as it was before the look-up."""
        if generation != self.generation or self._seconds <= 0:
            return
        if len(self._known) >= REMEMBERED:
            self._known.clear()
        self._known[cookie] = (self._clock.monotonic() + self._seconds, principal)

    def forget(self) -> None:
        self.generation += 1
        self._known.clear()
