"""The embedded lease: one process is all there is."""

from collections.abc import Mapping

from kernel.primitives.clock import Clock


class LocalLease:
    """kernel.ports.lease.Lease among the holders of one process; ends are told by the clock's monotonic time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._held: dict[str, tuple[str, float]] = {}

    def _holder(self, name: str) -> str | None:
        holder, until = self._held.get(name, ("", float("-inf")))
        return holder if self._clock.monotonic() < until else None

    def _hold(self, name: str, holder: str, seconds: float) -> None:
        if seconds <= 0:
            raise ValueError("a lease lasts longer than nothing")
        self._held[name] = (holder, self._clock.monotonic() + seconds)

    async def acquire(self, name: str, holder: str, seconds: float) -> bool:
        """True also for its present holder, whose time starts anew."""
        if self._holder(name) not in (None, holder):
            return False
        self._hold(name, holder, seconds)
        return True

    async def renew(self, held: Mapping[str, str], seconds: float) -> set[str]:
        """`held`: holders by names. Any other is lost, be it to nobody: acquire it again and rebuild what it guards."""
        kept = {name for name, holder in held.items() if self._holder(name) == holder}
        for name in kept:
            self._hold(name, held[name], seconds)
        return kept

    async def release(self, name: str, holder: str) -> None:
        if self._holder(name) == holder:
            del self._held[name]
