"""Being asked to call somebody: REFER, and the subscription that it makes (RFC 3515, RFC 4488, RFC 6665)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.sip.calls import HeaderLines
from gateway.sip.dialog import in_dialog_request, refresh_target
from gateway.sip.errors import SipError
from gateway.sip.events import ReferReceived
from gateway.sip.exchange import Exchange
from gateway.sip.message import Request, Response
from gateway.sip.refer_to import ReferTo
from gateway.sip.sipfrag import SIPFRAG_LINE, write_sipfrag
from gateway.sip.subscription_state import EventPackage, SubscriptionState
from gateway.sip.timers import Timer
from gateway.sip.transactions.server import ServerTransaction

if TYPE_CHECKING:
    from gateway.sip.session import Session

SUBSCRIPTION_SECONDS = 180  # longer than carriers let a telephone ring
DECISION_SECONDS = 10.0  # for the application; the REFER's transaction dies after 32 s


class Asked(StrEnum):
    """Where the peer's REFER stands."""

    IDLE = "idle"
    ASKED = "asked"
    ACTIVE = "active"


class Word(StrEnum):
    """What either side says."""

    REFER = "refer"
    ACCEPT = "accept"
    ACCEPT_ALONE = "accept without subscription"
    REJECT = "reject"
    UNDECIDED = "undecided"
    PROGRESS = "progress"
    FINAL = "final"
    REFRESH = "refresh"
    UNSUBSCRIBE = "unsubscribe"
    EXPIRED = "expired"
    LOST = "lost"
    CLOSE = "close"


class ReferSubscription:
    """At most one at a time in a session."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.state = Asked.IDLE
        self._server: ServerTransaction | None = None
        self._incoming: ServerTransaction | None = None  # argument of the row at hand
        self._refer_to = ReferTo("")
        self._event = EventPackage("refer")
        self._wants_progress = True
        self._status = 100
        self._refusal = 603
        self._timer: Timer | None = None
        self._ends = 0.0
        self._seconds = SUBSCRIPTION_SECONDS

    def _step(self, word: Word, now: float) -> None:
        row = SUBSCRIPTION_TABLE.get((self.state, word))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    # --- the peer ---

    def receive(self, server: ServerTransaction, now: float) -> None:
        """Take a REFER; SipError 400, 405 or 416 for one that asks for nothing that we do."""
        if self.state is Asked.IDLE:
            self._read(server.request)
        self._incoming = server
        self._step(Word.REFER, now)

    def _read(self, request: Request) -> None:
        values = request.headers.get_all("refer-to")
        if len(values) != 1:
            raise SipError(400, "Exactly one Refer-To is needed")
        self._refer_to = ReferTo.parse(values[0])
        self._event = EventPackage("refer", str(request.cseq.number))
        wanted = (request.headers.get("refer-sub") or "true").partition(";")[0].strip().lower()
        self._wants_progress = wanted != "false"  # RFC 4488 4

    def subscribe(self, server: ServerTransaction, now: float) -> None:
        """Take a SUBSCRIBE that prolongs or ends the subscription; SipError 481 or 489 (RFC 3515 2.4.4)."""
        event = EventPackage.parse(server.request.headers.get("event") or "")
        if event.package != "refer":
            raise SipError(489, "Bad Event")
        if self.state is not Asked.ACTIVE or event.id not in ("", self._event.id):
            raise SipError(481, "Subscription Does Not Exist")
        expires = server.request.expires
        self._incoming = server
        self._seconds = SUBSCRIPTION_SECONDS if expires is None else min(expires, SUBSCRIPTION_SECONDS)
        self._step(Word.REFRESH if self._seconds else Word.UNSUBSCRIBE, now)

    # --- the application ---

    def accept(self, now: float) -> None:
        """Say 202 and 100 Trying."""
        self._step(Word.ACCEPT if self._wants_progress else Word.ACCEPT_ALONE, now)

    def reject(self, status: int, now: float) -> None:
        """Refuse to call."""
        self._refusal = status
        self._step(Word.REJECT, now)

    def notify(self, status: int, now: float) -> None:
        """Tell what became of the call; a status of 200 or more is the last word."""
        self._status = status
        self._step(Word.FINAL if status >= 200 else Word.PROGRESS, now)

    def close(self, now: float) -> None:
        """The session ends, and the subscription with it: who referred us and hung up wants no more news."""
        self._step(Word.CLOSE, now)

    # --- what comes of a NOTIFY ---

    def responded(self, _exchange: Exchange, response: Response, now: float) -> None:
        """Stop where the peer does not know the subscription (any more)."""
        if response.status in (408, 481, 489):
            self._step(Word.LOST, now)

    def failed(self, _exchange: Exchange, _status: int, now: float) -> None:
        """Nobody is there."""
        self._step(Word.LOST, now)

    # --- steps ---

    def tell_received(self, now: float) -> None:
        """Ask the application."""
        server = self._server = self._incoming
        if server is None:
            return
        session = self._session
        refresh_target(session.confirmed, server.request)
        referred_by = server.request.headers.get("referred-by") or ""
        self._timer = session.core.timers.start(now + DECISION_SECONDS, lambda then: self._step(Word.UNDECIDED, then))
        session.tell(ReferReceived(session.name, self._refer_to, referred_by, server.request, self._wants_progress))

    def refuse_pending(self, now: float) -> None:
        """One transfer at a time."""
        self._respond(self._incoming, 491, now)

    def send_accepted(self, now: float) -> None:
        """Say that we are about to call."""
        self._status = 100
        self._seconds = SUBSCRIPTION_SECONDS
        self._respond(self._server, 202, now, (("Contact", self._session.confirmed.contact),))

    def send_accepted_alone(self, now: float) -> None:
        """The same, and that nothing more will be told (RFC 4488 4)."""
        lines = (("Contact", self._session.confirmed.contact), ("Refer-Sub", "false"))
        self._respond(self._server, 202, now, lines)

    def send_refusal(self, now: float) -> None:
        """Say what the application decided."""
        self._respond(self._server, self._refusal, now)

    def send_declined(self, now: float) -> None:
        """Nobody decided in time."""
        self._respond(self._server, 603, now)

    def answer_closed(self, now: float) -> None:
        """The session ended before a decision (15.1.2)."""
        self._respond(self._server, 487, now)

    def answer_subscribe(self, now: float) -> None:
        """Confirm how long the subscription lives on (RFC 6665 4.2.1.1)."""
        lines = (("Contact", self._session.confirmed.contact), ("Expires", str(self._seconds)))
        self._respond(self._incoming, 200, now, lines)

    def start_expiry(self, now: float) -> None:
        """Let the subscription end by itself."""
        self.stop(now)
        self._ends = now + self._seconds
        self._timer = self._session.core.timers.start(self._ends, lambda then: self._step(Word.EXPIRED, then))

    def stop(self, _now: float) -> None:
        """Wait for nothing any more."""
        if self._timer:
            self._timer.cancel()
            self._timer = None

    def notify_progress(self, now: float) -> None:
        """Tell the present status."""
        self._send_notify(SubscriptionState("active", max(0, round(self._ends - now))), now)

    def notify_last(self, now: float) -> None:
        """Tell the outcome, after which there is nothing to hear (RFC 3515 2.4.7)."""
        self._send_notify(SubscriptionState("terminated", reason="noresource"), now)

    def notify_timeout(self, now: float) -> None:
        """Tell that the subscription is over, whatever becomes of the call."""
        self._send_notify(SubscriptionState("terminated", reason="timeout"), now)

    def _send_notify(self, state: SubscriptionState, now: float) -> None:
        session = self._session
        dialog = session.confirmed
        lines = (("Contact", dialog.contact), ("Event", str(self._event)), ("Subscription-State", str(state)))
        body = write_sipfrag(self._status)
        request = in_dialog_request(dialog, "NOTIFY", session.next_cseq(), body, SIPFRAG_LINE, lines)
        session.new_exchange(request, self).start(dialog.destination, explicit=False, now=now)

    def _respond(self, server: ServerTransaction | None, status: int, now: float, headers: HeaderLines = ()) -> None:
        if server is not None:
            self._session.core.respond(server, status, now, headers)


_Step = Callable[[ReferSubscription, float], None]
_BEGIN: tuple[_Step, ...] = (
    ReferSubscription.send_accepted,
    ReferSubscription.start_expiry,
    ReferSubscription.notify_progress,
)

SUBSCRIPTION_TABLE: Mapping[tuple[Asked, Word], tuple[Asked, tuple[_Step, ...]]] = {
    (Asked.IDLE, Word.REFER): (Asked.ASKED, (ReferSubscription.tell_received,)),
    (Asked.ASKED, Word.REFER): (Asked.ASKED, (ReferSubscription.refuse_pending,)),
    (Asked.ASKED, Word.ACCEPT): (Asked.ACTIVE, _BEGIN),
    (Asked.ASKED, Word.ACCEPT_ALONE): (Asked.IDLE, (ReferSubscription.stop, ReferSubscription.send_accepted_alone)),
    (Asked.ASKED, Word.REJECT): (Asked.IDLE, (ReferSubscription.stop, ReferSubscription.send_refusal)),
    (Asked.ASKED, Word.UNDECIDED): (Asked.IDLE, (ReferSubscription.send_declined,)),
    (Asked.ASKED, Word.CLOSE): (Asked.IDLE, (ReferSubscription.stop, ReferSubscription.answer_closed)),
    (Asked.ACTIVE, Word.REFER): (Asked.ACTIVE, (ReferSubscription.refuse_pending,)),
    (Asked.ACTIVE, Word.PROGRESS): (Asked.ACTIVE, (ReferSubscription.notify_progress,)),
    (Asked.ACTIVE, Word.FINAL): (Asked.IDLE, (ReferSubscription.stop, ReferSubscription.notify_last)),
    (Asked.ACTIVE, Word.REFRESH): (
        Asked.ACTIVE,
        (ReferSubscription.answer_subscribe, ReferSubscription.start_expiry, ReferSubscription.notify_progress),
    ),
    (Asked.ACTIVE, Word.UNSUBSCRIBE): (
        Asked.IDLE,
        (ReferSubscription.stop, ReferSubscription.answer_subscribe, ReferSubscription.notify_timeout),
    ),
    (Asked.ACTIVE, Word.EXPIRED): (Asked.IDLE, (ReferSubscription.notify_timeout,)),
    (Asked.ACTIVE, Word.LOST): (Asked.IDLE, (ReferSubscription.stop,)),
    (Asked.ACTIVE, Word.CLOSE): (Asked.IDLE, (ReferSubscription.stop,)),
}
