"""The ways to a far party, tried one after the other."""

from collections.abc import Iterable

from gateway.trunks.attempt import Attempt


class Dialing:
    """What is left to try; `current` is what rings now."""

    def __init__(self, attempts: Iterable[Attempt]) -> None:
        self._left = list(attempts)
        self.current = self._left.pop(0)

    def next_after(self, status: int) -> Attempt | None:
        """The next way after a refusal; None where the refusal stands. Media ports keep their address family."""
        if not self.current.goes_on_after(status):
            return None
        ipv6 = self.current.ipv6
        self._left = [attempt for attempt in self._left if attempt.ipv6 == ipv6]
        if not self._left:
            return None
        self.current = self._left.pop(0)
        return self.current
