"""Our registration at one carrier, as a table: when to send REGISTER, and whether we are reachable (RFC 3261 10.2)."""

from enum import StrEnum
from types import MappingProxyType

import msgspec

BASE_SECONDS = 30.0  # RFC 5626 4.5, where no flow to the registrar works
MOST_SECONDS = 1800.0  # the same section: no wait is longer
REFUSED_SECONDS = 600.0  # a wrong password does not become right; carriers ban who tries fast
FIRST_HOP_LACKS_OUTBOUND = 439  # RFC 5626 11.6
REFUSALS = frozenset({401, 403, 404, 407})  # of us, not of the moment
LEAST_EXPIRES = 30  # seconds; a shorter life is refreshed faster than it is worth
MOST_EXPIRES = 86_400  # a day; a carrier that names more cannot mean it
REFRESH_AT = 0.75  # of its life: leaves room for three more attempts of 32 s each in an hour
FLOW_SECONDS = 2.0  # within so long after a lost connection: not all trunks of a carrier that restarts in one moment
FAILURES_COUNTED = 10  # 30 s doubled so often is beyond the longest wait


class RegState(StrEnum):
    IDLE = "idle"
    TRYING = "trying"
    REGISTERED = "registered"
    REFRESHING = "refreshing"  # registered still, and asking for more time
    WAITING = "waiting"  # not registered; tried again later
    STOPPING = "stopping"
    STOPPED = "stopped"


class RegInput(StrEnum):
    START = "start"
    WAKE = "wake"
    GRANTED = "granted"
    ASK_OTHERWISE = "ask otherwise"
    FAILED = "failed"
    EXPIRED = "expired"
    STOP = "stop"


S, I = RegState, RegInput  # noqa: E741 (the table below is read by these)

REGISTRATION_TABLE = MappingProxyType(
    {
        (S.IDLE, I.START): S.TRYING,
        (S.TRYING, I.GRANTED): S.REGISTERED,
        (S.TRYING, I.ASK_OTHERWISE): S.TRYING,
        (S.TRYING, I.FAILED): S.WAITING,
        (S.TRYING, I.STOP): S.STOPPING,
        (S.REGISTERED, I.WAKE): S.REFRESHING,
        (S.REGISTERED, I.EXPIRED): S.TRYING,
        (S.REGISTERED, I.STOP): S.STOPPING,
        (S.REFRESHING, I.GRANTED): S.REGISTERED,
        (S.REFRESHING, I.ASK_OTHERWISE): S.REFRESHING,
        (S.REFRESHING, I.FAILED): S.REGISTERED,  # until it expires; tried again before
        (S.REFRESHING, I.EXPIRED): S.TRYING,
        (S.REFRESHING, I.STOP): S.STOPPING,
        (S.WAITING, I.WAKE): S.TRYING,
        (S.WAITING, I.STOP): S.STOPPED,
        (S.STOPPING, I.GRANTED): S.STOPPED,
        (S.STOPPING, I.ASK_OTHERWISE): S.STOPPED,
        (S.STOPPING, I.FAILED): S.STOPPED,
        (S.IDLE, I.STOP): S.STOPPED,
    }
)
"""Every pair that is not listed changes nothing."""

SENDING = frozenset({S.TRYING, S.REFRESHING, S.STOPPING})
HELD = frozenset({S.REGISTERED, S.REFRESHING})


class Outcome(msgspec.Struct, frozen=True):
    """A final response to REGISTER, or ours where none came; `expires` is our binding's, all times in seconds.

    `outbound`: the carrier calls us by the flow of the REGISTER, which shows that it lives once in each `flow_timer`.
    """

    status: int
    expires: int | None = None
    min_expires: int | None = None
    retry_after: int | None = None
    outbound: bool = False
    flow_timer: int | None = None


class Registering:
    """`send` says that a REGISTER with `expires` is to leave; `timer` when to `wake` next, as told the time."""

    def __init__(self, expires: int) -> None:
        self.state = RegState.IDLE
        self.expires = expires
        self.timer: float | None = None
        self.until: float | None = None
        self.status = 0
        self.outbound = True  # offered, until a proxy on the way cannot keep flows
        self._failures = 0
        self._granted_at = 0.0

    @property
    def held(self) -> bool:
        """Whether the carrier knows where we are."""
        return self.state in HELD

    @property
    def send(self) -> bool:
        return self.state in SENDING

    def start(self) -> bool:
        return self._step(RegInput.START)

    def stop(self) -> bool:
        """Take our binding away, where there is one; `expires` 0 is to be sent then."""
        self.expires, self.timer = 0, None
        return self._step(RegInput.STOP)

    def wake(self, now: float) -> bool:
        """The timer is due; True: send."""
        self.timer = None
        if self.until is not None and now >= self.until:
            self.until = None
            return self._step(RegInput.EXPIRED)
        return self._step(RegInput.WAKE)

    def flow_lost(self, now: float, random: float) -> None:
        """The connection by which the carrier reaches us is gone: register by another one, soon (RFC 5626 4.4.1).

        A carrier that closes each one at once is not asked more often than one that refuses.
        """
        if self.state is RegState.REGISTERED and self.timer is not None:
            soon = max(now + FLOW_SECONDS * random, self._granted_at + BASE_SECONDS)
            self.timer = min(self.timer, soon)

    def take(self, outcome: Outcome, now: float, random: float) -> bool:
        """Follow an outcome; True: send again at once. `random` of [0, 1) spreads what many would do together."""
        self.status = outcome.status
        if 200 <= outcome.status < 300:
            self._granted(outcome, now)
            return False
        if outcome.status == 423 and outcome.min_expires and self.expires < outcome.min_expires <= MOST_EXPIRES:
            self.expires = outcome.min_expires
            return self._step(RegInput.ASK_OTHERWISE) and self.send
        if outcome.status == FIRST_HOP_LACKS_OUTBOUND and self.outbound:
            self.outbound = False
            return self._step(RegInput.ASK_OTHERWISE) and self.send
        self._failed(outcome, now, random)
        return False

    def _granted(self, outcome: Outcome, now: float) -> None:
        self._failures = 0
        if self._step(RegInput.GRANTED) and self.state is RegState.REGISTERED:
            granted = self.expires if outcome.expires is None else outcome.expires
            granted = min(max(granted, LEAST_EXPIRES), MOST_EXPIRES)
            self._granted_at = now
            self.until = now + granted
            self.timer = now + granted * REFRESH_AT

    def _failed(self, outcome: Outcome, now: float, random: float) -> None:
        self._failures = min(self._failures + 1, FAILURES_COUNTED)
        if not self._step(RegInput.FAILED) or self.state is RegState.STOPPED:
            return
        self.timer = now + self._wait(outcome, random)
        if self.until is not None:
            self.timer = min(self.timer, self.until)

    def _wait(self, outcome: Outcome, random: float) -> float:
        """RFC 5626 4.5: doubled with each failure, between a half and the whole of it; a refusal waits longer."""
        if outcome.retry_after is not None:
            return min(float(max(outcome.retry_after, 1)), MOST_SECONDS)
        if outcome.status in REFUSALS:
            return REFUSED_SECONDS * (0.5 + random / 2)
        return min(MOST_SECONDS, BASE_SECONDS * 2 ** (self._failures - 1)) * (0.5 + random / 2)

    def _step(self, taken: RegInput) -> bool:
        after = REGISTRATION_TABLE.get((self.state, taken))
        if after is None:
            return False
        self.state = after
        return True
