"""One trunk under watch: when it is probed, whether it answers, and our registration there. Told the time."""

from typing import Literal

import msgspec

from gateway.sip.transactions.key import TransactionId
from gateway.trunks.health import DEAD_STATUSES, Health, HealthState
from gateway.trunks.registering import REFUSALS, Outcome, Registering, RegState
from kernel.contracts.carriers import TrunkReason
from kernel.contracts.directory import TrunkConfig

ANSWER_SECONDS = 4.0  # of an OPTIONS: far above any way to a carrier and back, far below timer F

NO_REGISTRATION = "none"

Sign = Literal["up", "down", "registered", "unregistered"]


class Trouble(msgspec.Struct, frozen=True):
    """Why it does not work, and the SIP status that says so: the carrier's, or ours where none came (408, 503)."""

    reason: TrunkReason
    status: int


class Found(msgspec.Struct, frozen=True):
    """Health and registration in words for people, and what is wrong now; None: nothing is."""

    health: str
    registration: str
    trouble: Trouble | None = None


SILENCE = Trouble(TrunkReason.NO_ANSWER, 408)


class Watched:
    """`probe` is the OPTIONS that waits for its answer."""

    def __init__(self, trunk: TrunkConfig, now: float, random: float) -> None:
        """Probes of many trunks are spread by `random` of [0, 1)."""
        self.trunk = trunk
        self.health = Health()
        wanted = trunk.options.registration
        self.registering = Registering(wanted.expires_seconds) if wanted is not None else None
        self.probe: TransactionId | None = None
        interval = trunk.options.health.interval_seconds
        self.probe_at: float | None = now + interval * random if interval else None
        self._judge_at: float | None = None
        self._told: Sign | None = None  # of the registration
        self._unanswered: Trouble | None = None  # what the last OPTIONS in vain met
        self._unregistered: Trouble | None = None  # what the last REGISTER met

    @property
    def usable(self) -> bool:
        return self.health.usable

    def next_timer(self) -> float | None:
        registering = self.registering.timer if self.registering is not None else None
        return min((at for at in (self.probe_at, self._judge_at, registering) if at is not None), default=None)

    def probe_due(self, now: float) -> bool:
        """Whether an OPTIONS is to be sent now; the next one is set."""
        if self.probe_at is None or now < self.probe_at:
            return False
        interval = self.trunk.options.health.interval_seconds
        self.probe_at = now + interval
        self._judge_at = now + min(ANSWER_SECONDS, interval / 2)
        return True

    def is_silent(self, now: float) -> bool:
        """Whether the answer to the last OPTIONS is overdue: that is a failure, whatever comes later."""
        return self._judge_at is not None and now >= self._judge_at

    def probed(self, status: int, reason: TrunkReason | None = None) -> Sign | None:
        """Take the outcome of the OPTIONS, and why where none came; what changed."""
        self.probe = self._judge_at = None
        if status in DEAD_STATUSES:
            self._unanswered = Trouble(reason or TrunkReason.REFUSED, status)
        if not self.health.answered(status, self.trunk.options.health):
            return None
        return "down" if self.health.state is HealthState.DOWN else "up"

    def registration_sign(self) -> Sign | None:
        """What changed of the registration since it was asked last; a first failure counts, an attempt not."""
        machine = self.registering
        if machine is None:
            return None
        sign: Sign | None = "registered" if machine.held else self._told and "unregistered"
        if machine.state is RegState.WAITING:
            sign = "unregistered"
        changed, self._told = sign != self._told, sign
        return sign if changed else None

    def register_due(self, now: float) -> bool:
        """Whether a REGISTER is to be sent now."""
        machine = self.registering
        if machine is None or machine.timer is None or now < machine.timer:
            return False
        return machine.wake(now) and machine.send

    def registered(self, outcome: Outcome, now: float, random: float, reason: TrunkReason | None = None) -> bool:
        """Take the outcome of a REGISTER, and why where none came; True: send again at once."""
        if self.registering is None:
            return False
        again = self.registering.take(outcome, now, random)
        if not again:
            self._unregistered = None if outcome.status < 300 else _refusal(outcome.status, reason)
        return again

    def trouble_of(self, sign: Sign) -> Trouble | None:
        """What is behind bad news."""
        if sign == "down":
            return self._unanswered
        return self._unregistered or SILENCE if sign == "unregistered" else None

    @property
    def found(self) -> Found:
        """What people are told: of a trunk that neither answers nor is registered, why it does not answer.

        Only the first registration is "trying": what failed is "waiting" until it works.
        """
        health = self.health.state if self.trunk.options.health.interval_seconds else HealthState.UNKNOWN
        trouble = self._unanswered if health is HealthState.DOWN else None
        machine = self.registering
        if machine is None:
            return Found(health, NO_REGISTRATION, trouble)
        if machine.held:
            return Found(health, RegState.REGISTERED, trouble)
        first = machine.send and self._told is None
        return Found(health, RegState.TRYING if first else RegState.WAITING, trouble or self._unregistered)


def _refusal(status: int, reason: TrunkReason | None) -> Trouble:
    said = TrunkReason.CREDENTIALS_REFUSED if status in REFUSALS else TrunkReason.REFUSED
    return Trouble(reason or said, status)
