"""Whether an agent can be reached: pure, told the time.

An agent is reachable while the leg is up (ICE and DTLS) and the desk is open. A reloaded page, a changed network and a
restarted process break both for a moment, so *unreachable* is only said after a grace. While the agent talks and the
leg still brings sound, a desk that is away does not count: nobody loses a caller because a WebSocket broke.
"""

from enum import StrEnum

import msgspec

GRACE_SECONDS = 10.0  # reload, log-in cookie, getUserMedia and ICE of a slow laptop take up to six


class Verdict(StrEnum):
    NOTHING = "nothing"
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


class Presence(msgspec.Struct, kw_only=True):
    """`told` is what routing was told last; `deadline` is when the grace ends, on the clock that the caller reads."""

    up: bool = False
    silent: bool = False
    desk: bool = False
    talking: bool = False
    told: bool = False
    deadline: float | None = None

    def update(
        self,
        now: float,
        *,
        up: bool | None = None,
        silent: bool | None = None,
        desk: bool | None = None,
        talking: bool | None = None,
    ) -> Verdict:
        """Note what changed."""
        self.up = self.up if up is None else up
        self.silent = self.silent if silent is None else silent
        self.desk = self.desk if desk is None else desk
        self.talking = self.talking if talking is None else talking
        if self.up and self.desk:
            self.deadline = None
            return self._tell(reachable=True)
        if self.told and self.deadline is None:
            self.deadline = now + GRACE_SECONDS
        return Verdict.NOTHING

    def expire(self, now: float) -> Verdict:
        """Call it at `deadline`."""
        if self.deadline is None or now < self.deadline:
            return Verdict.NOTHING
        if self.up and self.talking and not self.silent:
            self.deadline = now + GRACE_SECONDS
            return Verdict.NOTHING
        self.deadline = None
        return self._tell(reachable=False)

    def close(self) -> Verdict:
        """The agent logged out: no grace."""
        self.up = False
        self.deadline = None
        return self._tell(reachable=False)

    def _tell(self, *, reachable: bool) -> Verdict:
        if self.told == reachable:
            return Verdict.NOTHING
        self.told = reachable
        return Verdict.REACHABLE if reachable else Verdict.UNREACHABLE
