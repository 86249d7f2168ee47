"""Whether an agent can be reached, and if not, why not: pure, told the time.

An agent is reachable while the leg is up (ICE and DTLS), the desk is open, the page has a microphone and its packets
arrive. A reloaded page, a changed network and a restarted process break leg and desk for a moment, so that a lost
*connection* is only said after a grace; what the page itself says of its microphone, and what a probe has found, is
said at once. While the agent talks and the leg still brings sound, a desk that is away does not count: nobody loses a
caller because a WebSocket broke.
"""

from enum import StrEnum
from typing import TypedDict, Unpack

import msgspec

from kernel.contracts.calls import Fault

GRACE_SECONDS = 10.0  # reload, log-in cookie, getUserMedia and ICE of a slow laptop take up to six


class Verdict(StrEnum):
    NOTHING = "nothing"
    REACHABLE = "reachable"
    UNREACHABLE = "unreachable"


class Seen(TypedDict, total=False):
    """What is known anew, by the fields of Presence."""

    up: bool
    silent: bool
    desk: bool
    talking: bool
    microphone: bool
    heard: bool


class Presence(msgspec.Struct, kw_only=True):
    """`told` is what routing was told last, and `fault` why not; `deadline` is when the grace ends, on the clock that
    the caller reads.

    `silent`: the agent talks, and no packet comes. `heard`: the last probe of the idle leg brought packets.
    """

    up: bool = False
    silent: bool = False
    desk: bool = False
    talking: bool = False
    microphone: bool = True
    heard: bool = True
    told: bool = False
    fault: Fault = Fault.CONNECTION
    deadline: float | None = None

    @property
    def connected(self) -> bool:
        """Leg and desk are up."""
        return self.up and self.desk

    def update(self, now: float, **seen: Unpack[Seen]) -> Verdict:
        """Note what changed. Whether sound comes is found out anew when the agent's part in a call begins or ends."""
        if seen.get("talking", self.talking) is not self.talking:
            self.heard = not self.talking or not self.silent
            self.silent = False
        for name, value in seen.items():
            setattr(self, name, value)
        return self._weigh(now)

    def expire(self, now: float) -> Verdict:
        """Call it at `deadline`."""
        if self.deadline is None or now < self.deadline:
            return Verdict.NOTHING
        if self.up and self.talking and not self.silent:
            self.deadline = now + GRACE_SECONDS
            return Verdict.NOTHING
        self.deadline = None
        return self._tell(Fault.CONNECTION)

    def close(self) -> Verdict:
        """The agent logged out: no grace."""
        self.up = False
        self.deadline = None
        return self._tell(Fault.CONNECTION)

    def _weigh(self, now: float) -> Verdict:
        if self.connected:
            self.deadline = None
            return self._tell(self._found())
        if self.deadline is None and (self.told or self.fault is not Fault.CONNECTION):
            self.deadline = now + GRACE_SECONDS
        return Verdict.NOTHING

    def _found(self) -> Fault | None:
        if not self.microphone:
            return Fault.MICROPHONE
        return Fault.AUDIO_PATH if (self.talking and self.silent) or not self.heard else None

    def _tell(self, fault: Fault | None) -> Verdict:
        if self.told is (fault is None) and (fault is None or fault is self.fault):
            return Verdict.NOTHING
        self.told = fault is None
        self.fault = fault or Fault.CONNECTION
        return Verdict.REACHABLE if self.told else Verdict.UNREACHABLE
