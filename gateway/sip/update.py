"""UPDATE (RFC 3311): a change or a refresh of a session without an INVITE, our side and theirs, for each dialog."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING

from gateway.sip.bodies import keep_description
from gateway.sip.calls import SDP, HeaderLines
from gateway.sip.dialog import in_dialog_request, refresh_target
from gateway.sip.dialog_state import DialogState
from gateway.sip.events import UpdateAccepted, UpdateFailed, UpdateReceived
from gateway.sip.exchange import Exchange
from gateway.sip.glare import MAX_GLARE_RETRIES, back_off, retry_after
from gateway.sip.message import Response
from gateway.sip.reasons import reason_phrase
from gateway.sip.session_timer import MAX_LENGTHENINGS, demanded_interval
from gateway.sip.timers import Timer
from gateway.sip.transactions.server import ServerTransaction

if TYPE_CHECKING:
    from gateway.sip.session import Session

ANSWER_SECONDS = 20.0  # the peer's transaction lasts 32 s; whoever has to ask a person answers 504 (5.2)
UNKNOWN_THERE = (405, 501)  # the peer has no UPDATE after all


class Sending(StrEnum):
    """Where our UPDATE stands."""

    IDLE = "idle"
    SENT = "sent"
    BACKING_OFF = "backing off"
    CLOSED = "closed"


class SendTurn(StrEnum):
    """What happens to our UPDATE."""

    SEND = "send"
    SUCCESS = "success"
    PENDING = "491"
    TOO_SMALL = "422"
    FAILURE = "failure"
    BACK_OFF_OVER = "back-off over"
    OVERTAKEN = "overtaken"
    CLOSE = "close"


class _Wish:
    """An UPDATE to send; `told` is False for a refresh of our own, whose outcome nobody waits for."""

    __slots__ = ("body", "told")

    def __init__(self, body: bytes, told: bool) -> None:
        self.body = body
        self.told = told


class UpdateClient:
    """Sends one UPDATE at a time; a further one waits, the last wish wins."""

    def __init__(self, session: "Session", dialog: DialogState) -> None:
        self._session = session
        self._dialog = dialog
        self.state = Sending.IDLE
        self._wish: _Wish | None = None
        self._next: _Wish | None = None
        self._exchange: Exchange | None = None
        self._retries = 0
        self._lengthenings = 0
        self._status = 0
        self._response: Response | None = None
        self._timer: Timer | None = None

    @property
    def has_offer_out(self) -> bool:
        """Whether an offer of ours waits for its answer."""
        return self.state is Sending.SENT and self._wish is not None and bool(self._wish.body)

    def send(self, body: bytes, now: float) -> None:
        """Send an offer, or an empty UPDATE, for the application."""
        self._next = _Wish(body, told=True)
        self._step(SendTurn.SEND, now)

    def refresh(self, now: float) -> None:
        """Send an empty UPDATE for the session timer, unless something else is under way that does as well."""
        if self.state is Sending.IDLE and self._next is None:
            self._next = _Wish(b"", told=False)
            self._step(SendTurn.SEND, now)

    def overtaken(self, now: float) -> None:
        """The peer's offer comes first."""
        self._step(SendTurn.OVERTAKEN, now)

    def close(self, now: float) -> None:
        """The dialog ends."""
        self._step(SendTurn.CLOSE, now)

    def _step(self, turn: SendTurn, now: float) -> None:
        row = UPDATE_CLIENT_TABLE.get((self.state, turn))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    # --- what comes back ---

    def responded(self, exchange: Exchange, response: Response, now: float) -> None:
        """Take a response."""
        if response.status < 200 or exchange is not self._exchange:
            return
        keep_description(response)
        self._response = response
        self._status = response.status
        if response.status < 300:
            refresh_target(self._dialog, response)
            self._session.refreshed(self._dialog, response, now)
            self._step(SendTurn.SUCCESS, now)
        elif response.status == 491 and self._retries < MAX_GLARE_RETRIES:
            self._step(SendTurn.PENDING, now)
        elif demanded_interval(response, self._dialog.session_expires) and self._lengthenings < MAX_LENGTHENINGS:
            self._step(SendTurn.TOO_SMALL, now)
        else:
            self._session.timer.refused(now)
            self._step(SendTurn.FAILURE, now)

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """Take the news that nobody answers."""
        if exchange is self._exchange:
            self._status = status
            self._step(SendTurn.FAILURE, now)

    # --- steps ---

    def take_next(self, _now: float) -> None:
        """Begin with the wish that waits."""
        self._wish, self._next = self._next, None
        self._retries = self._lengthenings = 0

    def send_update(self, now: float) -> None:
        """Send it, or send it again."""
        if self._wish is None:
            return
        session, dialog = self._session, self._dialog
        headers = (*session.core.abilities, *session.timer.offer(dialog))
        request = in_dialog_request(dialog, "UPDATE", session.number(dialog), self._wish.body, SDP, headers)
        self._exchange = session.exchange_in(dialog, request, self)
        self._exchange.start(dialog.destination, explicit=False, now=now)

    def lengthen(self, _now: float) -> None:
        """Obey the peer's Min-SE (RFC 4028 7.3)."""
        demanded = demanded_interval(self._response, self._dialog.session_expires) if self._response else None
        self._lengthenings += 1
        if demanded:
            self._dialog.session_expires = self._dialog.min_se = demanded

    def back_off(self, now: float) -> None:
        """Try again after a random time (5.1)."""
        self._retries += 1
        delay = back_off(self._session.core, self._dialog)
        self._timer = self._session.core.timers.start(
            now + delay, lambda then: self._step(SendTurn.BACK_OFF_OVER, then)
        )

    def cancel_back_off(self, _now: float) -> None:
        """Do not try again."""
        if self._timer:
            self._timer.cancel()

    def tell_accepted(self, _now: float) -> None:
        """The change holds."""
        if self._wish and self._wish.told and self._response and self._session.is_live:
            self._session.tell(UpdateAccepted(self._session.name, self._response.body, self._response))

    def tell_failed(self, now: float) -> None:
        """The session is as it was; a peer that lost the dialog ends it (5.1)."""
        session = self._session
        if self._status in UNKNOWN_THERE:
            self._dialog.allows_update = False
        if not session.is_live:
            return
        if self._wish and self._wish.told:
            session.tell(UpdateFailed(session.name, self._status, reason_phrase(self._status)))
        if self._status in (408, 481):
            session.peer_gone(now)

    def tell_overtaken(self, _now: float) -> None:
        """Our offer is void, the application makes a new one."""
        if self._wish and self._wish.told:
            self._session.tell(UpdateFailed(self._session.name, 491, reason_phrase(491)))

    def go_on(self, now: float) -> None:
        """Send what had to wait, here or as a re-INVITE."""
        if self._next:
            self._step(SendTurn.SEND, now)
        else:
            self._session.reinvite.send_deferred(now)


_Client = Callable[[UpdateClient, float], None]
UPDATE_CLIENT_TABLE: Mapping[tuple[Sending, SendTurn], tuple[Sending, tuple[_Client, ...]]] = {
    (Sending.IDLE, SendTurn.SEND): (Sending.SENT, (UpdateClient.take_next, UpdateClient.send_update)),
    (Sending.IDLE, SendTurn.CLOSE): (Sending.CLOSED, ()),
    (Sending.SENT, SendTurn.SUCCESS): (Sending.IDLE, (UpdateClient.tell_accepted, UpdateClient.go_on)),
    (Sending.SENT, SendTurn.PENDING): (Sending.BACKING_OFF, (UpdateClient.back_off,)),
    (Sending.SENT, SendTurn.TOO_SMALL): (Sending.SENT, (UpdateClient.lengthen, UpdateClient.send_update)),
    (Sending.SENT, SendTurn.FAILURE): (Sending.IDLE, (UpdateClient.tell_failed, UpdateClient.go_on)),
    (Sending.SENT, SendTurn.CLOSE): (Sending.CLOSED, ()),
    (Sending.BACKING_OFF, SendTurn.BACK_OFF_OVER): (Sending.SENT, (UpdateClient.send_update,)),
    (Sending.BACKING_OFF, SendTurn.OVERTAKEN): (
        Sending.IDLE,
        (UpdateClient.cancel_back_off, UpdateClient.tell_overtaken),
    ),
    (Sending.BACKING_OFF, SendTurn.CLOSE): (Sending.CLOSED, (UpdateClient.cancel_back_off,)),
}


class Answering(StrEnum):
    """Where the peer's offer stands."""

    FREE = "free"
    ASKED = "asked"
    CLOSED = "closed"


class AskTurn(StrEnum):
    """What happens to the peer's UPDATE, or to an offer in its PRACK."""

    REFRESH = "refresh"
    OFFER = "offer"
    CROSSING = "crossing offer"
    OVERLAPPING = "overlapping offer"
    ANSWER = "answer"
    REFUSE = "refuse"
    CLOSE = "close"


class UpdateServer:
    """Asks the application about one offer at a time; an empty UPDATE is answered at once."""

    def __init__(self, session: "Session", dialog: DialogState) -> None:
        self._session = session
        self._dialog = dialog
        self.state = Answering.FREE
        self._incoming: ServerTransaction | None = None  # of the row at hand
        self._open: ServerTransaction | None = None  # of the offer that the application was told
        self._body = b""
        self._status = 0
        self._limit: Timer | None = None

    @property
    def is_asked(self) -> bool:
        """Whether an offer of theirs waits for its answer."""
        return self.state is Answering.ASKED

    def receive(self, server: ServerTransaction, now: float) -> None:
        """Take an UPDATE, or a PRACK with an offer."""
        self._incoming = server
        if not server.request.body:
            self._step(AskTurn.REFRESH, now)
            return
        open_offer = self._session.open_offer(self._dialog)
        turns = {"": AskTurn.OFFER, "ours": AskTurn.CROSSING, "theirs": AskTurn.OVERLAPPING}
        self._step(turns[open_offer], now)

    def answer(self, body: bytes, now: float) -> None:
        """Accept the offer."""
        self._body = body
        self._step(AskTurn.ANSWER, now)

    def refuse(self, status: int, now: float) -> None:
        """Refuse the offer."""
        self._status = status
        self._step(AskTurn.REFUSE, now)

    def close(self, now: float) -> None:
        """The dialog ends."""
        self._step(AskTurn.CLOSE, now)

    def _step(self, turn: AskTurn, now: float) -> None:
        row = UPDATE_SERVER_TABLE.get((self.state, turn))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)

    # --- steps ---

    def confirm(self, now: float) -> None:
        """Answer what changes nothing but the target and the timer."""
        server = self._incoming
        if server is None:
            return
        refresh_target(self._dialog, server.request)
        self._respond(server, 200, now, headers=self._success_headers(server, now))

    def tell_received(self, now: float) -> None:
        """Ask the application."""
        self._open = server = self._incoming
        if server is None:
            return
        session = self._session
        session.reinvite.overtaken(now)
        session.updates_in(self._dialog).client.overtaken(now)
        if server.request.method == "UPDATE":
            refresh_target(self._dialog, server.request)
        self._limit = session.core.timers.start(now + ANSWER_SECONDS, lambda then: self.refuse(504, then))
        session.tell(UpdateReceived(session.name, server.request.body, server.request, self._dialog.remote_tag))

    def refuse_crossing(self, now: float) -> None:
        """Ours is under way (5.2)."""
        self._respond(self._incoming, 491, now)

    def refuse_overlapping(self, now: float) -> None:
        """Their former one is not answered yet (5.2)."""
        self._respond(self._incoming, 500, now, headers=retry_after(self._session.core))

    def send_success(self, now: float) -> None:
        """Send 200 with the answer."""
        server = self._open
        if server is not None:
            self._respond(server, 200, now, self._body, self._success_headers(server, now))

    def send_refusal(self, now: float) -> None:
        """Send what the application decided."""
        self._respond(self._open, self._status, now)

    def send_terminated(self, now: float) -> None:
        """The session ends before the application answered (RFC 3261 15.1.2)."""
        self._respond(self._open, 487, now)

    def stop_limit(self, _now: float) -> None:
        """An answer came."""
        if self._limit:
            self._limit.cancel()

    def go_on(self, now: float) -> None:
        """Send a re-INVITE that had to wait."""
        self._session.reinvite.send_deferred(now)

    def _success_headers(self, server: ServerTransaction, now: float) -> HeaderLines:
        if server.request.method != "UPDATE":
            return ()
        return (
            ("Contact", self._dialog.contact),
            *self._session.core.abilities,
            *self._session.refresh(self._dialog, server, now),
        )

    def _respond(
        self, server: ServerTransaction | None, status: int, now: float, body: bytes = b"", headers: HeaderLines = ()
    ) -> None:
        if server is not None:
            self._session.core.respond(server, status, now, headers, body)


_Server = Callable[[UpdateServer, float], None]
UPDATE_SERVER_TABLE: Mapping[tuple[Answering, AskTurn], tuple[Answering, tuple[_Server, ...]]] = {
    (Answering.FREE, AskTurn.REFRESH): (Answering.FREE, (UpdateServer.confirm,)),
    (Answering.FREE, AskTurn.OFFER): (Answering.ASKED, (UpdateServer.tell_received,)),
    (Answering.FREE, AskTurn.CROSSING): (Answering.FREE, (UpdateServer.refuse_crossing,)),
    (Answering.FREE, AskTurn.OVERLAPPING): (Answering.FREE, (UpdateServer.refuse_overlapping,)),
    (Answering.FREE, AskTurn.CLOSE): (Answering.CLOSED, ()),
    (Answering.ASKED, AskTurn.REFRESH): (Answering.ASKED, (UpdateServer.refuse_overlapping,)),
    (Answering.ASKED, AskTurn.OFFER): (Answering.ASKED, (UpdateServer.refuse_overlapping,)),
    (Answering.ASKED, AskTurn.CROSSING): (Answering.ASKED, (UpdateServer.refuse_crossing,)),
    (Answering.ASKED, AskTurn.OVERLAPPING): (Answering.ASKED, (UpdateServer.refuse_overlapping,)),
    (Answering.ASKED, AskTurn.ANSWER): (
        Answering.FREE,
        (UpdateServer.stop_limit, UpdateServer.send_success, UpdateServer.go_on),
    ),
    (Answering.ASKED, AskTurn.REFUSE): (
        Answering.FREE,
        (UpdateServer.stop_limit, UpdateServer.send_refusal, UpdateServer.go_on),
    ),
    (Answering.ASKED, AskTurn.CLOSE): (Answering.CLOSED, (UpdateServer.stop_limit, UpdateServer.send_terminated)),
}


class Updates:
    """Both halves of one dialog."""

    __slots__ = ("client", "server")

    def __init__(self, session: "Session", dialog: DialogState) -> None:
        self.client = UpdateClient(session, dialog)
        self.server = UpdateServer(session, dialog)

    def close(self, now: float) -> None:
        """The dialog ends."""
        self.client.close(now)
        self.server.close(now)
