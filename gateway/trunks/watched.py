"""One trunk under watch: when it is probed, whether it answers, and our registration there. Told the time."""

from typing import Literal

from gateway.sip.transactions.key import TransactionId
from gateway.trunks.health import Health, HealthState
from gateway.trunks.registering import Outcome, Registering, RegState
from kernel.contracts.directory import TrunkConfig

ANSWER_SECONDS = 4.0  # of an OPTIONS: far above any way to a carrier and back, far below timer F

Sign = Literal["up", "down", "registered", "unregistered"]


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

    def judge_silence(self, now: float) -> Sign | None:
        """The answer to the last OPTIONS is overdue: that is a failure, whatever comes later."""
        if self._judge_at is None or now < self._judge_at:
            return None
        return self.probed(408)

    def probed(self, status: int) -> Sign | None:
        """Take the outcome of the OPTIONS; what changed."""
        self.probe = self._judge_at = None
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

    def registered(self, outcome: Outcome, now: float, random: float) -> bool:
        """Take the outcome of a REGISTER; True: send again at once."""
        return self.registering is not None and self.registering.take(outcome, now, random)
