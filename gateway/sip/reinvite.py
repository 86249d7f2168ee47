"""Changing an established session, either side first (RFC 3261 14): one machine beside the session's life."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from gateway.sip.acknowledgement import Acknowledgement
from gateway.sip.bodies import keep_description
from gateway.sip.calls import SDP, HeaderLines
from gateway.sip.dialog import in_dialog_request, refresh_target
from gateway.sip.events import Acknowledged, ReinviteAccepted, ReinviteCancelled, ReinviteFailed, ReinviteReceived
from gateway.sip.exchange import Exchange
from gateway.sip.glare import MAX_GLARE_RETRIES, back_off, retry_after
from gateway.sip.message import Request, Response
from gateway.sip.reasons import reason_phrase
from gateway.sip.repeated_success import RepeatedSuccess
from gateway.sip.session_timer import MAX_LENGTHENINGS, demanded_interval
from gateway.sip.timers import GIVE_UP, Timer
from gateway.sip.transactions.machine import Input
from gateway.sip.transactions.server import ServerTransaction

if TYPE_CHECKING:
    from gateway.sip.session import Session

ANSWER_SECONDS = 60.0  # for a final response after a provisional one: nobody has to decide, a 2xx is repeated 32 s


class Stand(StrEnum):
    """Where the change stands."""

    IDLE = "idle"
    SENT = "sent"
    OFFERED = "offered"  # the 2xx carried the offer, so its ACK waits for our answer
    BACKING_OFF = "backing off"
    RECEIVED = "received"
    ANSWERED = "answered"


class Turn(StrEnum):
    """What either side does."""

    SEND = "send"
    SUCCESS = "success"
    SUCCESS_WITH_OFFER = "success with offer"
    PENDING = "491"
    TOO_SMALL = "422"
    FAILURE = "failure"
    ACKNOWLEDGE = "acknowledge"
    BACK_OFF_OVER = "back-off over"
    UNANSWERED = "unanswered"
    REINVITE = "re-INVITE"
    CROSSING = "re-INVITE while our UPDATE is open"
    OVERLAPPING = "re-INVITE while their UPDATE is open"
    OVERTAKEN = "offer in an UPDATE"
    ANSWER = "answer"
    REFUSE = "refuse"
    CANCEL = "cancel"
    ACK = "ack"
    ACK_TIMEOUT = "ack timeout"
    CLOSE = "close"


class Offer:
    """A re-INVITE that the application wants."""

    __slots__ = ("body", "headers")

    def __init__(self, body: bytes, headers: HeaderLines) -> None:
        self.body = body
        self.headers = headers


class Reinvite:
    """At most one INVITE transaction at a time, in either direction."""

    def __init__(self, session: "Session") -> None:
        self._session = session
        self.state = Stand.IDLE
        self._offer: Offer | None = None  # ours, sent or backing off
        self._next: Offer | None = None  # ours, to be sent when this change is over
        self._exchange: Exchange | None = None
        self._acknowledgement: Acknowledgement | None = None
        self._acknowledged_cseq = 0
        self._retries = 0
        self._lengthenings = 0
        self._timer: Timer | None = None  # of the back-off
        self._limit: Timer | None = None  # of the answer; runs on after the session, so that the transaction ends
        self._server: ServerTransaction | None = None  # theirs
        self._success: RepeatedSuccess | None = None
        self._body = b""  # argument of the row at hand
        self._status = 0
        self._response: Response | None = None
        self._incoming: ServerTransaction | None = None

    def _step(self, turn: Turn, now: float) -> None:
        row = REINVITE_TABLE.get((self.state, turn))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    def close(self, now: float) -> None:
        """The session ends: stop all timers and leave no request of the peer without an answer (15.1.2)."""
        self._step(Turn.CLOSE, now)
        if self._timer:
            self._timer.cancel()
        if self._success:
            self._success.stop()
        self._next = None

    # --- the application's verbs ---

    def send(self, body: bytes, headers: HeaderLines, now: float) -> None:
        """Offer a change, at once or when the present one is over."""
        self._next = Offer(body, headers)
        self.send_deferred(now)

    def defer(self, body: bytes, headers: HeaderLines) -> None:
        """Offer a change when `send_deferred` is called."""
        self._next = Offer(body, headers)

    def send_deferred(self, now: float) -> None:
        """Send what had to wait."""
        if self._next and not self._session.updates_offer and self._session.may_reinvite:
            self._step(Turn.SEND, now)

    def overtaken(self, now: float) -> None:
        """An offer of the peer in an UPDATE comes first."""
        self._step(Turn.OVERTAKEN, now)

    @property
    def open_offer(self) -> Literal["", "ours", "theirs"]:
        """Whose offer waits for its answer; an INVITE that asks for one counts as well."""
        if self.state is Stand.SENT:
            return "ours"
        if self.state is Stand.ANSWERED and self._server is not None and not self._server.request.body:
            return "ours"
        return "theirs" if self.state in (Stand.OFFERED, Stand.RECEIVED) else ""

    @property
    def awaits_ack(self) -> bool:
        """Whether our 2xx is on its way."""
        return self.state is Stand.ANSWERED

    def acknowledge(self, body: bytes, now: float) -> None:
        """Give the answer to an offer that came in a 2xx."""
        self._body = body
        self._step(Turn.ACKNOWLEDGE, now)

    def answer(self, body: bytes, now: float) -> None:
        """Accept the peer's change."""
        self._body = body
        self._step(Turn.ANSWER, now)

    def refuse(self, status: int, now: float) -> None:
        """Refuse the peer's change."""
        self._status = status
        self._step(Turn.REFUSE, now)

    # --- the peer ---

    def receive(self, server: ServerTransaction, now: float) -> None:
        """Take a re-INVITE."""
        self._incoming = server
        turns = {"": Turn.REINVITE, "ours": Turn.CROSSING, "theirs": Turn.OVERLAPPING}
        alone = self.state not in (Stand.IDLE, Stand.BACKING_OFF)
        self._step(Turn.REINVITE if alone else turns[self._session.updates_offer], now)

    def receive_cancel(self, server: ServerTransaction, now: float) -> None:
        """Take a CANCEL of the re-INVITE."""
        if server is self._server:
            self._step(Turn.CANCEL, now)

    def receive_ack(self, request: Request, now: float) -> None:
        """Take the ACK of our 2xx."""
        if self._success and self._success.cseq == request.cseq.number:
            self._body = request.body
            self._step(Turn.ACK, now)

    def responded(self, exchange: Exchange, response: Response, now: float) -> None:
        """Take a response to our re-INVITE."""
        if response.status < 200:
            return
        keep_description(response)
        if exchange is not self._exchange:
            self._take_late(exchange, response, now)
            return
        self._response = response
        if response.status >= 300:
            self._status = response.status
            self._step(self._refusal(response), now)
        elif self._acknowledged_cseq == response.cseq.number:
            if self._acknowledgement:
                self._acknowledgement.send_again()
        else:
            refresh_target(self._session.confirmed, response)
            self._session.refreshed(self._session.confirmed, response, now)
            self._body = b""
            offered = self._offer is not None and not self._offer.body
            self._step(Turn.SUCCESS_WITH_OFFER if offered else Turn.SUCCESS, now)

    def _refusal(self, response: Response) -> Turn:
        if response.status == 491 and self._retries < MAX_GLARE_RETRIES:
            return Turn.PENDING
        demanded = demanded_interval(response, self._session.confirmed.session_expires)
        return Turn.TOO_SMALL if demanded and self._lengthenings < MAX_LENGTHENINGS else Turn.FAILURE

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """Take the news that nobody answers."""
        if exchange is self._exchange:
            self._response = None
            self._status = status
            self._step(Turn.FAILURE, now)

    def _take_late(self, exchange: Exchange, response: Response, now: float) -> None:
        """Acknowledge what answers a re-INVITE that another one followed."""
        if response.status >= 300:
            return
        if self._acknowledged_cseq == response.cseq.number and self._acknowledgement:
            self._acknowledgement.send_again()
        else:
            self._session.acknowledge(exchange.request, b"", now)

    # --- steps: ours ---

    def take_next(self, _now: float) -> None:
        """Begin with the offer that waits."""
        self._offer, self._next = self._next, None
        self._retries = self._lengthenings = 0

    def lengthen(self, _now: float) -> None:
        """Obey the peer's Min-SE (RFC 4028 7.3)."""
        dialog = self._session.confirmed
        demanded = demanded_interval(self._response, dialog.session_expires) if self._response else None
        self._lengthenings += 1
        if demanded:
            dialog.session_expires = dialog.min_se = demanded

    def send_invite(self, now: float) -> None:
        """Send it, or send it again after a back-off."""
        if self._offer is None:
            return
        session = self._session
        dialog = session.confirmed
        cseq = session.next_cseq()
        headers = (*session.core.abilities, *session.timer.offer(dialog), *self._offer.headers)
        request = in_dialog_request(dialog, "INVITE", cseq, self._offer.body, SDP, headers)
        self._exchange = session.new_exchange(request, self)
        if self._limit:
            self._limit.cancel()
        self._limit = session.core.timers.start(now + ANSWER_SECONDS, lambda then: self._step(Turn.UNANSWERED, then))
        self._exchange.start(dialog.destination, explicit=False, now=now)

    def send_ack(self, now: float) -> None:
        """Acknowledge the 2xx (13.2.2.4)."""
        if self._exchange is None:
            return
        invite = self._exchange.request
        self._session.confirmed.invite_cseq = self._acknowledged_cseq = invite.cseq.number
        self._acknowledgement = self._session.acknowledge(invite, self._body, now)
        self._session.registry.note_change(self._session)
        self._body = b""

    def give_up(self, now: float) -> None:
        """Cancel what got only provisional responses; the session goes on unchanged."""
        if self._exchange and self._exchange.transaction:
            invite = self._exchange.transaction
            self._session.registry.layer.cancel(invite, now)
            self._session.core.timers.start(now + GIVE_UP, lambda then: invite.step(Input.GIVE_UP, then))
        if self._session.is_live:
            self._session.tell(ReinviteFailed(self._session.name, 408, reason_phrase(408)))

    def tell_accepted(self, _now: float) -> None:
        """The change holds."""
        if self._response and self._session.is_live:
            needed = self.state is Stand.OFFERED
            self._session.tell(ReinviteAccepted(self._session.name, self._response.body, self._response, needed))

    def tell_failed(self, now: float) -> None:
        """The change is refused; a peer that lost the dialog ends the session."""
        if not self._session.is_live:
            return
        self._session.tell(ReinviteFailed(self._session.name, self._status, reason_phrase(self._status)))
        if self._response is not None:
            self._session.timer.refused(now)
        if self._status in (408, 481):  # 12.2.1.2
            self._session.peer_gone(now)

    def back_off(self, now: float) -> None:
        """Try again after a random time (14.1)."""
        self._retries += 1
        delay = back_off(self._session.core, self._session.confirmed)
        self._timer = self._session.core.timers.start(now + delay, lambda then: self._step(Turn.BACK_OFF_OVER, then))

    def tell_glare(self, _now: float) -> None:
        """Their offer comes first, so ours is void and the application makes a new one."""
        if self._timer:
            self._timer.cancel()
        self._session.tell(ReinviteFailed(self._session.name, 491, reason_phrase(491)))

    def tell_late(self, _now: float) -> None:
        """The peer's re-INVITE is told already or about to be."""
        self._next = None
        self._session.tell(ReinviteFailed(self._session.name, 491, reason_phrase(491)))

    # --- steps: theirs ---

    def tell_received(self, now: float) -> None:
        """Ask the application, and say 100 so that the peer does not repeat itself."""
        self._server = self._incoming
        if self._server is None:
            return
        request = self._server.request
        self._respond(self._server, 100, now)
        refresh_target(self._session.confirmed, request)
        if self._session.has_updates:
            self._session.updates.client.overtaken(now)
        self._session.tell(ReinviteReceived(self._session.name, request.body, request))

    def refuse_pending(self, now: float) -> None:
        """Ours is under way (14.2)."""
        self._respond(self._incoming, 491, now)

    def refuse_busy(self, now: float) -> None:
        """A second INVITE before our answer to the first (14.2)."""
        self._respond(self._incoming, 500, now, headers=retry_after(self._session.core))

    def send_success(self, now: float) -> None:
        """Send 200 until its ACK."""
        server = self._server
        if server is None:
            return
        session = self._session
        dialog = session.confirmed
        headers = (("Contact", dialog.contact), *session.core.abilities, *session.refresh(dialog, server, now))
        data = self._respond(server, 200, now, self._body, headers)
        self._success = RepeatedSuccess(
            session.core, data, server.destination, server.request.cseq.number, self._ack_timed_out
        )
        self._success.start(now)

    def _ack_timed_out(self, now: float) -> None:
        self._step(Turn.ACK_TIMEOUT, now)

    def send_refusal(self, now: float) -> None:
        """Send what the application decided."""
        self._respond(self._server, self._status, now)

    def send_terminated(self, now: float) -> None:
        """The peer took its offer back (9.2)."""
        self._respond(self._server, 487, now)
        self._session.tell(ReinviteCancelled(self._session.name))

    def answer_closed(self, now: float) -> None:
        """The session ends before the application answered (15.1.2)."""
        self._respond(self._server, 487, now)

    def tell_acknowledged(self, _now: float) -> None:
        """The change holds."""
        if self._success:
            self._success.stop()
            self._success = None
        if self._session.is_established:
            self._session.tell(Acknowledged(self._session.name, self._body))

    def go_on(self, now: float) -> None:
        """Do what had to wait for the ACK."""
        self._session.acknowledged(now)

    def end_session(self, now: float) -> None:
        """Our 2xx was never acknowledged (13.3.1.4)."""
        self._session.ack_timed_out(now)

    def _respond(
        self,
        server: ServerTransaction | None,
        status: int,
        now: float,
        body: bytes = b"",
        headers: HeaderLines = (),
    ) -> bytes:
        if server is None:
            raise AssertionError("The table leads here only with a request")
        return self._session.core.respond(server, status, now, headers, body, self._session.confirmed.local_tag)


REINVITE_TABLE: Mapping[tuple[Stand, Turn], tuple[Stand, tuple[Callable[[Reinvite, float], None], ...]]] = {
    (Stand.IDLE, Turn.SEND): (Stand.SENT, (Reinvite.take_next, Reinvite.send_invite)),
    (Stand.IDLE, Turn.SUCCESS): (Stand.IDLE, (Reinvite.send_ack,)),  # after it was given up
    (Stand.IDLE, Turn.REINVITE): (Stand.RECEIVED, (Reinvite.tell_received,)),
    (Stand.IDLE, Turn.CROSSING): (Stand.IDLE, (Reinvite.refuse_pending,)),
    (Stand.IDLE, Turn.OVERLAPPING): (Stand.IDLE, (Reinvite.refuse_busy,)),
    (Stand.SENT, Turn.SUCCESS): (Stand.IDLE, (Reinvite.send_ack, Reinvite.tell_accepted, Reinvite.send_deferred)),
    (Stand.SENT, Turn.SUCCESS_WITH_OFFER): (Stand.OFFERED, (Reinvite.tell_accepted,)),
    (Stand.SENT, Turn.PENDING): (Stand.BACKING_OFF, (Reinvite.back_off,)),
    (Stand.SENT, Turn.TOO_SMALL): (Stand.SENT, (Reinvite.lengthen, Reinvite.send_invite)),
    (Stand.SENT, Turn.FAILURE): (Stand.IDLE, (Reinvite.tell_failed, Reinvite.send_deferred)),
    (Stand.SENT, Turn.UNANSWERED): (Stand.IDLE, (Reinvite.give_up, Reinvite.send_deferred)),
    (Stand.SENT, Turn.REINVITE): (Stand.SENT, (Reinvite.refuse_pending,)),
    (Stand.OFFERED, Turn.ACKNOWLEDGE): (Stand.IDLE, (Reinvite.send_ack, Reinvite.send_deferred)),
    (Stand.OFFERED, Turn.REINVITE): (Stand.OFFERED, (Reinvite.refuse_pending,)),
    (Stand.BACKING_OFF, Turn.BACK_OFF_OVER): (Stand.SENT, (Reinvite.send_invite,)),
    (Stand.BACKING_OFF, Turn.REINVITE): (Stand.RECEIVED, (Reinvite.tell_glare, Reinvite.tell_received)),
    (Stand.BACKING_OFF, Turn.OVERTAKEN): (Stand.IDLE, (Reinvite.tell_glare,)),
    (Stand.BACKING_OFF, Turn.CROSSING): (Stand.BACKING_OFF, (Reinvite.refuse_pending,)),
    (Stand.BACKING_OFF, Turn.OVERLAPPING): (Stand.BACKING_OFF, (Reinvite.refuse_busy,)),
    (Stand.RECEIVED, Turn.SEND): (Stand.RECEIVED, (Reinvite.tell_late,)),
    (Stand.RECEIVED, Turn.ANSWER): (Stand.ANSWERED, (Reinvite.send_success,)),
    (Stand.RECEIVED, Turn.REFUSE): (Stand.IDLE, (Reinvite.send_refusal, Reinvite.send_deferred)),
    (Stand.RECEIVED, Turn.CANCEL): (Stand.IDLE, (Reinvite.send_terminated, Reinvite.send_deferred)),
    (Stand.RECEIVED, Turn.CLOSE): (Stand.IDLE, (Reinvite.answer_closed,)),
    (Stand.RECEIVED, Turn.REINVITE): (Stand.RECEIVED, (Reinvite.refuse_busy,)),
    (Stand.ANSWERED, Turn.ACK): (Stand.IDLE, (Reinvite.tell_acknowledged, Reinvite.send_deferred, Reinvite.go_on)),
    (Stand.ANSWERED, Turn.ACK_TIMEOUT): (Stand.IDLE, (Reinvite.end_session,)),
    (Stand.ANSWERED, Turn.REINVITE): (Stand.ANSWERED, (Reinvite.refuse_pending,)),
}
