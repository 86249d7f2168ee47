"""When an idle page is asked to send, and what to conclude of what came: pure, told the time."""

import msgspec

PROBE_SECONDS = 30.0  # between probes: a dead path is found before most callers; 2,014 agents make 67 a second
ANSWER_SECONDS = 1.0  # the page sends for half a second; the rest is its way there and a busy laptop
AGAIN_SECONDS = 1.0  # after one that brought nothing
MISSES = 2  # one may be lost with the connection's own hiccups


class Probe(msgspec.Struct, kw_only=True):
    """`at`: when to go on, on the clock that the caller reads; `before`: packets when it was asked."""

    able: bool = False
    at: float | None = None
    before: int | None = None
    missed: int = 0

    @property
    def asked(self) -> bool:
        """Whether the page was asked, and its packets are waited for."""
        return self.before is not None

    def is_due(self, now: float) -> bool:
        return self.at is not None and self.at <= now

    def begin(self, now: float) -> None:
        """Soon: something about the sound has changed."""
        self.before, self.missed = None, 0
        self.at = now if self.able else None

    def put_off(self, now: float) -> None:
        """It cannot be asked now."""
        self.before, self.at = None, now + PROBE_SECONDS

    def ask(self, packets: int, now: float) -> None:
        self.before, self.at = packets, now + ANSWER_SECONDS

    def heard(self, packets: int, now: float) -> bool | None:
        """Whether sound arrives; None: one more probe decides."""
        came = self.before is not None and packets > self.before
        self.before = None
        self.missed = 0 if came else self.missed + 1
        self.at = now + (PROBE_SECONDS if came else AGAIN_SECONDS)
        if came:
            return True
        return False if self.missed >= MISSES else None
