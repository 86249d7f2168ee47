"""Asking the peer to call somebody: REFER and the subscription to its outcome (RFC 3515, RFC 4488, RFC 5589)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.sip.dialog import in_dialog_request
from gateway.sip.errors import SipError
from gateway.sip.events import ReferProgress
from gateway.sip.exchange import Exchange
from gateway.sip.grammar import is_decimal
from gateway.sip.message import Request, Response
from gateway.sip.refer_to import ReferTo
from gateway.sip.sipfrag import read_sipfrag
from gateway.sip.subscription_state import EventPackage, SubscriptionState
from gateway.sip.timers import GIVE_UP, Timer

if TYPE_CHECKING:
    from gateway.sip.session import Session

MAX_REFERRED_SECONDS = 300  # no telephone rings longer; a peer's word for more would keep us waiting for ever
GRACE = 4.0  # seconds that a NOTIFY may be under way when its subscription runs out


class Asking(StrEnum):
    """Where our REFER stands."""

    IDLE = "idle"
    SENT = "sent"
    WAITING = "waiting"  # the peer calls, and tells by NOTIFY how it goes


class Answer(StrEnum):
    """What comes of it."""

    SEND = "send"
    ACCEPTED = "accepted"
    ACCEPTED_ALONE = "accepted without subscription"
    REFUSED = "refused"
    PROGRESS = "progress"
    FINAL = "final"
    SILENCE = "silence"
    CLOSE = "close"


class Referral:
    """At most one at a time in a session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.state = Asking.IDLE
        self._refer_to = ReferTo("")
        self._referred_by = ""
        self._exchange: Exchange | None = None
        self._timer: Timer | None = None
        self._status = 100
        self._seconds = GIVE_UP  # until the first NOTIFY: timer N (RFC 6665 4.1.2.4)

    def _step(self, answer: Answer, now: float) -> None:
        row = REFERRAL_TABLE.get((self.state, answer))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    @property
    def is_idle(self) -> bool:
        return self.state is Asking.IDLE

    def send(self, refer_to: ReferTo, referred_by: str, now: float) -> None:
        """Ask; only while idle."""
        self._refer_to = refer_to
        self._referred_by = referred_by
        self._step(Answer.SEND, now)

    def close(self, now: float) -> None:
        """The session ends, and with it what the peer can tell."""
        self._step(Answer.CLOSE, now)

    def notified(self, request: Request, now: float) -> None:
        """Take a NOTIFY; SipError 481, 489 or 400."""
        event = EventPackage.parse(request.headers.get("event") or "")
        if event.package != "refer":
            raise SipError(489, "Bad Event")
        if self.is_idle or not self._is_ours(event.id):
            raise SipError(481, "Subscription Does Not Exist")
        subscription = SubscriptionState.parse(request.headers.get("subscription-state") or "")
        status = read_sipfrag(request.body)
        if status is not None:
            self._status = status
        elif subscription.is_over:
            self._status = 408  # it gives up without a word on how it went
        if subscription.expires is not None:
            self._seconds = min(subscription.expires, MAX_REFERRED_SECONDS) + GRACE
        self._step(Answer.FINAL if subscription.is_over or self._status >= 200 else Answer.PROGRESS, now)

    def _is_ours(self, identity: str) -> bool:
        """Whether a subscription's id is the REFER's CSeq; the only one may come without (RFC 3515 2.4.6)."""
        if not identity or self._exchange is None:
            return not identity
        number = str(self._exchange.request.cseq.number)
        return is_decimal(identity) and identity.lstrip("0") == number

    # --- the exchange's user ---

    def responded(self, exchange: Exchange, response: Response, now: float) -> None:
        """Take the answer to the REFER."""
        if exchange is not self._exchange or response.status < 200:
            return
        if response.status >= 300:
            self._refused(response.status, now)
            return
        alone = (response.headers.get("refer-sub") or "").partition(";")[0].strip().lower() == "false"
        self._step(Answer.ACCEPTED_ALONE if alone else Answer.ACCEPTED, now)

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """Take the news that nobody answers."""
        if exchange is self._exchange:
            self._refused(status, now)

    def _refused(self, status: int, now: float) -> None:
        self._status = status
        self._step(Answer.REFUSED, now)
        if status in (408, 481):  # RFC 5057 5.1
            self._session.peer_gone(now)

    # --- steps ---

    def send_refer(self, now: float) -> None:
        """Send the REFER inside the dialog (RFC 5589 6.1)."""
        session = self._session
        dialog = session.confirmed
        lines = [("Contact", dialog.contact), ("Refer-To", str(self._refer_to))]
        lines.append(("Referred-By", self._referred_by or dialog.local))  # RFC 3892
        request = in_dialog_request(dialog, "REFER", session.next_cseq(), headers=tuple(lines))
        self._status = 100
        self._seconds = GIVE_UP
        self._exchange = session.new_exchange(request, self)
        self._exchange.start(dialog.destination, explicit=False, now=now)

    def wait(self, now: float) -> None:
        """Wait for the next NOTIFY."""
        self.stop(now)
        self._timer = self._session.core.timers.start(
            now + self._seconds, lambda then: self._step(Answer.SILENCE, then)
        )

    def stop(self, _now: float) -> None:
        """Wait for nothing any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def tell_progress(self, _now: float) -> None:
        """The peer calls."""
        self._tell(self._status, done=False)

    def tell_accepted_alone(self, _now: float) -> None:
        """The peer calls, and tells no more of it (RFC 4488)."""
        self._tell(202, done=True)

    def tell_outcome(self, _now: float) -> None:
        """The referred call got its final response, or the peer refused to place it."""
        self._tell(self._status, done=True)

    def tell_silence(self, _now: float) -> None:
        """The peer accepted, and then told nothing."""
        self._tell(408, done=True)

    def _tell(self, status: int, *, done: bool) -> None:
        if self._session.is_live:
            self._session.tell(ReferProgress(self._session.name, status, done))


_KEEP_WAITING = (Referral.tell_progress, Referral.wait)
_END = (Referral.stop, Referral.tell_outcome)

REFERRAL_TABLE: Mapping[tuple[Asking, Answer], tuple[Asking, tuple[Callable[[Referral, float], None], ...]]] = {
    (Asking.IDLE, Answer.SEND): (Asking.SENT, (Referral.send_refer,)),
    (Asking.SENT, Answer.ACCEPTED): (Asking.WAITING, (Referral.wait,)),
    (Asking.SENT, Answer.ACCEPTED_ALONE): (Asking.IDLE, (Referral.tell_accepted_alone,)),
    (Asking.SENT, Answer.REFUSED): (Asking.IDLE, (Referral.tell_outcome,)),
    (Asking.SENT, Answer.PROGRESS): (Asking.WAITING, _KEEP_WAITING),  # NOTIFY overtook the 202 (RFC 3515 2.4.4)
    (Asking.SENT, Answer.FINAL): (Asking.IDLE, _END),
    (Asking.SENT, Answer.CLOSE): (Asking.IDLE, (Referral.stop,)),
    (Asking.WAITING, Answer.PROGRESS): (Asking.WAITING, _KEEP_WAITING),
    (Asking.WAITING, Answer.FINAL): (Asking.IDLE, _END),
    (Asking.WAITING, Answer.ACCEPTED_ALONE): (Asking.IDLE, (Referral.stop, Referral.tell_accepted_alone)),
    (Asking.WAITING, Answer.REFUSED): (Asking.IDLE, _END),
    (Asking.WAITING, Answer.SILENCE): (Asking.IDLE, (Referral.stop, Referral.tell_silence)),
    (Asking.WAITING, Answer.CLOSE): (Asking.IDLE, (Referral.stop,)),
}
