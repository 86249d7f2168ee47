"""One INVITE dialog usage (RFC 3261 13, RFC 5057): its states, and what placed and received calls share."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import Any, Literal

from gateway.sip.acknowledgement import Acknowledgement
from gateway.sip.calls import HeaderLines
from gateway.sip.dialog import DialogKey, check_order, in_dialog_request, refresh_flow
from gateway.sip.dialog_state import DialogState
from gateway.sip.digest_client import Authenticator
from gateway.sip.events import (
    DialogTerminated,
    RequestFailed,
    ResponseReceived,
    SipEvent,
    TerminationCause,
    UpdateFailed,
)
from gateway.sip.exchange import Exchange, ExchangeUser
from gateway.sip.farewell import Farewell
from gateway.sip.flow import Flow
from gateway.sip.info_receiver import receive_info
from gateway.sip.info_sender import InfoSender
from gateway.sip.message import Request, Response
from gateway.sip.reasons import reason_phrase
from gateway.sip.referrals import METHODS as REFERRAL_METHODS
from gateway.sip.referrals import Referrals
from gateway.sip.registry import Registry
from gateway.sip.reinvite import Reinvite
from gateway.sip.repeated_success import RepeatedSuccess
from gateway.sip.session_timer import SessionTimer
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.server import ServerTransaction
from gateway.sip.update import Updates

OpenOffer = Literal["", "ours", "theirs"]  # of a dialog: at most one waits for its answer (RFC 3264 4)


class Life(StrEnum):
    """Where a session stands. Ours begin inviting, received ones received, restored ones established."""

    INVITING = "inviting"
    PROCEEDING = "proceeding"
    CANCEL_PENDING = "cancel pending"  # hung up before any provisional, so CANCEL has to wait (9.1)
    CANCELLING = "cancelling"
    ANSWERING = "answering"  # the 2xx carried the offer, so its ACK waits for our answer
    RECEIVED = "received"
    ACCEPTING = "accepting"  # the 2xx waits for the PRACK of a description (RFC 3262 3)
    AWAITING_ACK = "awaiting ACK"
    BYE_PENDING = "BYE pending"  # hung up before the ACK of a 2xx of ours, so BYE has to wait (15)
    ESTABLISHED = "established"
    ENDING = "ending"
    ENDED = "ended"


class Happening(StrEnum):
    """What the peer, the application or a timer does to a session."""

    PROVISIONAL = "provisional"
    SUCCESS = "success"
    SUCCESS_WITH_OFFER = "success with offer"
    FAILURE = "failure"
    SILENCE = "silence"
    INTERVAL_TOO_SMALL = "422"
    HANG_UP = "hang up"
    HANG_UP_LATER = "hang up before ACK"
    ACKNOWLEDGE = "acknowledge"
    CANCEL_IGNORED = "cancel ignored"
    RING = "ring"
    ACCEPT = "accept"
    ACCEPT_LATER = "accept before PRACK"
    PRACK = "PRACK"
    PRACK_TIMEOUT = "PRACK timeout"
    REJECT = "reject"
    CANCEL = "cancel"
    ACK = "ack"
    ACK_TIMEOUT = "ack timeout"
    BYE = "bye"
    BYE_DONE = "bye done"
    PEER_GONE = "peer gone"
    REDIRECT = "redirect"


# The dialog is not for sure any more, or it ends.
NO_UPDATES = frozenset({Life.CANCEL_PENDING, Life.CANCELLING, Life.BYE_PENDING, Life.ENDING, Life.ENDED})

Table = Mapping[tuple[Life, Happening], tuple[Life, tuple[Callable[[Any, float], None], ...]]]


class Session:
    """A call as one dialog. `message` is what the peer sent, while a row of the table is taken for it."""

    def __init__(self, registry: Registry, table: Table, name: str, initial: Life) -> None:
        self.registry = registry
        self.core = registry.core
        self.name = name
        self.state = initial
        self.dialog: DialogState | None = None
        self.authenticator: Authenticator | None = None
        self.keys: set[DialogKey] = set()
        self.invite: TransactionId | None = None
        self.message: Request | Response | None = None
        self.success: RepeatedSuccess | None = None
        self._reinvite: Reinvite | None = None  # like the parts below made when first needed, and let go at the end
        self.farewell: HeaderLines = ()  # of our BYE or CANCEL
        self._referrals: Referrals | None = None
        self._timer: SessionTimer | None = None
        self._updates: Updates | None = None
        self._keys: InfoSender | None = None
        self._table = table

    def step(self, happened: Happening, now: float) -> None:
        """Take one row of the table; a pair that it lacks comes too late and changes nothing."""
        row = self._table.get((self.state, happened))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)
        if self.state is Life.ENDED:
            self._finish(now)

    def _finish(self, now: float) -> None:
        if self.success:
            self.success.stop()
        for part in (self._reinvite, self._referrals, self._timer, self._updates):
            if part:
                part.close(now)
        self.registry.remove(self)
        self._let_go()

    def _let_go(self) -> None:
        """Leave no circle of references behind: what nothing else holds is gone at once, without the collector."""
        self.success = self._reinvite = self._referrals = self._timer = self._updates = self._keys = None

    @property
    def reinvite(self) -> Reinvite:
        """Changes by re-INVITE."""
        if self._reinvite is None:
            self._reinvite = Reinvite(self)
        return self._reinvite

    @property
    def timer(self) -> SessionTimer:
        """Who refreshes, and when."""
        if self._timer is None:
            self._timer = SessionTimer(self)
        return self._timer

    def press(self, digits: str, now: float) -> None:
        """Send keys by INFO."""
        if self._keys is None:
            self._keys = InfoSender(self)
        self._keys.send(digits, now)

    @property
    def referrals(self) -> Referrals:
        """Transfers in this session."""
        if self._referrals is None:
            self._referrals = Referrals(self)
        return self._referrals

    # --- what the parts of a session need ---

    @property
    def is_live(self) -> bool:
        """Whether the application has not been told of an end."""
        return self.state is not Life.ENDED

    @property
    def may_reinvite(self) -> bool:
        """Whether the first INVITE is through (RFC 3261 14.1)."""
        return self.state is Life.ESTABLISHED

    @property
    def is_established(self) -> bool:
        """Whether it is answered and nobody hangs up."""
        return self.state in (Life.ESTABLISHED, Life.AWAITING_ACK)

    def tell(self, event: SipEvent) -> None:
        """Queue an event."""
        self.core.events.append(event)

    def next_cseq(self) -> int:
        """Number the next request in the dialog."""
        return self.number(self.confirmed)

    def number(self, dialog: DialogState) -> int:
        """Number the next request in `dialog`, which may be an early one."""
        dialog.local_cseq += 1
        self.registry.note_change(self)
        return dialog.local_cseq

    @property
    def confirmed(self) -> DialogState:
        """The dialog of a session that has one."""
        if self.dialog is None:
            raise AssertionError("The tables lead here only with a dialog")
        return self.dialog

    def new_exchange(self, request: Request, user: ExchangeUser) -> Exchange:
        """Prepare a request inside the dialog."""
        return self._prepared(self.confirmed, request, user, self.next_cseq)

    def exchange_in(self, dialog: DialogState, request: Request, user: ExchangeUser) -> Exchange:
        """Prepare a request inside `dialog`, which may be an early one."""

        def numbers() -> int:
            return self.number(dialog)

        return self._prepared(dialog, request, user, numbers)

    def _prepared(
        self, dialog: DialogState, request: Request, user: ExchangeUser, numbers: Callable[[], int]
    ) -> Exchange:
        exchange = Exchange(self.core, self.registry.layer, request, user, numbers, self.authenticator)
        exchange.tls = dialog.tls
        return exchange

    def show_as(self, identity: str) -> None:
        """Reach the peer under this TLS identity on connections that are opened from now on."""
        if self.dialog is not None and self.dialog.tls != identity:
            self.dialog.tls = identity
            self.registry.note_change(self)

    def dialog_of(self, _request: Request) -> DialogState | None:
        """The dialog that a request of the peer belongs to; None: it is no longer, or not yet."""
        return self.dialog

    def dialog_named(self, _branch: str) -> DialogState | None:
        """The dialog with this remote tag; an established session has one only."""
        return self.dialog

    def send_deferred(self, now: float) -> None:
        """Send a re-INVITE that had to wait."""
        if self._reinvite:
            self._reinvite.send_deferred(now)

    @property
    def updates(self) -> Updates:
        """The UPDATEs of the session's dialog."""
        if self._updates is None:
            self._updates = Updates(self, self.confirmed)
        return self._updates

    def updates_in(self, _dialog: DialogState) -> Updates:
        """The UPDATEs of `dialog`, which may be an early one."""
        return self.updates

    def open_offer(self, dialog: DialogState) -> OpenOffer:
        """Whose offer waits for its answer, whichever method brought it (RFC 3311 5)."""
        updates = self.updates_in(dialog)
        if updates.client.has_offer_out:
            return "ours"
        return "theirs" if updates.server.is_asked else self.open_invite_offer(dialog)

    def open_invite_offer(self, _dialog: DialogState) -> OpenOffer:
        """The same for INVITE and re-INVITE."""
        return self._reinvite.open_offer if self._reinvite else ""

    @property
    def has_updates(self) -> bool:
        """Whether an UPDATE was ever sent or received."""
        return self._updates is not None

    @property
    def updates_offer(self) -> OpenOffer:
        """The same for UPDATE in the established dialog."""
        if self._updates is None:
            return ""
        return "ours" if self._updates.client.has_offer_out else "theirs" if self._updates.server.is_asked else ""

    def refreshed(self, dialog: DialogState, response: Response, now: float) -> None:
        """Follow the 2xx to a refresh request of ours (RFC 4028 7.2)."""
        if dialog is self.dialog and self.is_established:
            self.timer.take_answer(dialog, response, now)
            self.registry.note_change(self)

    def refresh(self, dialog: DialogState, server: ServerTransaction, now: float) -> HeaderLines:
        """Agree to a refresh request of the peer; returns the headers of the 2xx (RFC 4028 9)."""
        if dialog is not self.dialog or not self.is_established:
            return ()
        lines = self.timer.answer(dialog, server.request)
        self.timer.start(now)
        self.registry.note_change(self)
        return lines

    def acknowledge(self, invite: Request, body: bytes, now: float) -> Acknowledgement:
        """Send the ACK of a 2xx to `invite` (13.2.2.4)."""
        acknowledgement = Acknowledgement(self.core, self.confirmed, invite, body)
        acknowledgement.start(now)
        return acknowledgement

    def peer_gone(self, now: float) -> None:
        """Note that the peer does not know the dialog any more, or is silent (12.2.1.2)."""
        self.step(Happening.PEER_GONE, now)

    def acknowledged(self, now: float) -> None:
        """Note that a 2xx of ours to a re-INVITE was acknowledged."""
        self.step(Happening.ACK, now)

    def ack_timed_out(self, now: float) -> None:
        """Note that a 2xx of ours was never acknowledged (13.3.1.4)."""
        self.step(Happening.ACK_TIMEOUT, now)

    # --- the application's verbs ---

    def hang_up(self, headers: HeaderLines, now: float) -> None:
        """CANCEL or BYE; a BYE waits for the ACK of our answer to a re-INVITE, as to the first INVITE (15)."""
        self.farewell = self.farewell or headers
        waits = self._reinvite is not None and self._reinvite.awaits_ack
        self.step(Happening.HANG_UP_LATER if waits else Happening.HANG_UP, now)

    def change(self, body: bytes, headers: HeaderLines, now: float) -> None:
        """Send a re-INVITE now, or when the first INVITE is acknowledged (14.1)."""
        if self.state is Life.ESTABLISHED:
            self.reinvite.send(body, headers, now)
        else:
            self.reinvite.defer(body, headers)

    def update(self, body: bytes, now: float, branch: str) -> None:
        """Send an UPDATE where the peer knows it and no other offer is open (RFC 3311 5.1)."""
        dialog = self.dialog_named(branch)
        if dialog is None or self.state in NO_UPDATES:
            return
        status = 0
        if not dialog.allows_update:
            status = 405
        elif body and self.open_offer(dialog) and not self.updates_in(dialog).client.has_offer_out:
            status = 491
        if status:
            self.tell(UpdateFailed(self.name, status, reason_phrase(status)))
        else:
            self.updates_in(dialog).client.send(body, now)

    def request(
        self, method: str, body: bytes, content_type: str, now: float, headers: HeaderLines = ()
    ) -> TransactionId:
        """Send a request such as INFO or OPTIONS; its outcome is told under the returned id."""
        request = in_dialog_request(self.confirmed, method, self.next_cseq(), body, content_type, headers)
        user = _InDialogUser(self, TransactionId(self.core.tokens.token(), self.name, method))
        self.new_exchange(request, user).start(self.confirmed.destination, explicit=False, now=now)
        return user.identity

    # --- requests of the peer in the dialog ---

    def note_request(self, request: Request, flow: Flow) -> None:
        """Check the order of a new request in the dialog, and by which connection it came; SipError 500 (12.2.2)."""
        dialog = self.dialog_of(request) or self.confirmed
        check_order(dialog, request)
        refresh_flow(dialog, flow, self.core.is_open(dialog.destination))
        self.registry.note_change(self)

    def receive(self, server: ServerTransaction, now: float) -> None:
        """Take any request but ACK and CANCEL inside the dialog."""
        match server.request.method:
            case "INVITE":
                self.receive_reinvite(server, now)
            case "UPDATE":
                self.receive_update(server, now)
            case "PRACK":
                self.receive_prack(server, now)
            case "INFO":
                receive_info(self.core, server, now, self.name)
            case method if method in REFERRAL_METHODS:
                self._receive_referral(server, now)
            case _:
                self._receive_other(server, now)

    def _receive_other(self, server: ServerTransaction, now: float) -> None:
        request = server.request
        headers = self.core.capabilities() if request.method == "OPTIONS" else ()
        self.core.respond(server, 200, now, headers)
        self.message = request
        if request.method == "BYE":
            self.step(Happening.BYE, now)

    def receive_update(self, server: ServerTransaction, now: float) -> None:
        """Take an UPDATE."""
        dialog = self.dialog_of(server.request)
        if dialog is None or self.state is Life.ENDING:
            self.core.respond(server, 481, now)
        else:
            self.updates_in(dialog).server.receive(server, now)

    def receive_prack(self, server: ServerTransaction, now: float) -> None:
        """Take a PRACK; only a call that we receive waits for one (RFC 3262 3)."""
        self.core.respond(server, 481, now)

    def receive_reinvite(self, server: ServerTransaction, now: float) -> None:
        """Take a re-INVITE."""
        if self.state is Life.ESTABLISHED:
            self.reinvite.receive(server, now)
        elif self.state in (Life.RECEIVED, Life.ACCEPTING):  # no answer to the first INVITE yet (14.2)
            self.core.respond(server, 500, now, (("Retry-After", "5"),))
        elif self.state is Life.ENDING:
            self.core.respond(server, 481, now)
        else:
            self.core.respond(server, 491, now)

    def _receive_referral(self, server: ServerTransaction, now: float) -> None:
        if self.state is Life.ESTABLISHED:
            self.referrals.receive(server, now)
        else:  # not answered or acknowledged yet, or ending
            status = 481 if self.state in (Life.ENDING, Life.BYE_PENDING) else 491
            self.core.respond(server, status, now)

    def receive_ack(self, request: Request, now: float) -> None:
        """Take the ACK of a 2xx of ours; repeated ones are of no interest."""
        if self.success and request.cseq.number == self.success.cseq:
            self.success.stop()
            self.success = None
            self.message = request
            self.step(Happening.ACK, now)
        else:
            self.reinvite.receive_ack(request, now)

    def acknowledge_again(self, response: Response, now: float) -> None:
        """Acknowledge a repeated 2xx whose transaction another process had."""
        dialog = self.confirmed
        if response.cseq.number == dialog.invite_cseq:
            invite = in_dialog_request(dialog, "INVITE", dialog.invite_cseq)
            self.acknowledge(invite, b"", now)

    # --- steps of the tables ---

    def send_bye(self, now: float) -> None:
        """End the dialog at the peer (15.1.1)."""
        Farewell(self).start(now)

    def said_goodbye(self, now: float) -> None:
        """Note that our BYE was answered, or that nobody will answer it."""
        self.step(Happening.BYE_DONE, now)

    def tell_bye_received(self, _now: float) -> None:
        """The peer hung up."""
        request = self.message if isinstance(self.message, Request) else None
        self.tell_terminated("bye_received", request)

    def tell_bye_sent(self, _now: float) -> None:
        """We hung up, and the peer knows or is gone."""
        self.tell_terminated("bye_sent")

    def tell_ack_timeout(self, _now: float) -> None:
        """The peer never acknowledged."""
        self.tell_terminated("ack_timeout")

    def tell_peer_gone(self, _now: float) -> None:
        """The peer does not know the dialog any more, or is silent."""
        self.tell_terminated("peer_gone")

    def tell_terminated(self, cause: TerminationCause, request: Request | None = None) -> None:
        """Tell the end."""
        self.tell(DialogTerminated(self.name, cause, request))


ESTABLISHED_TABLE: Table = {
    (Life.ESTABLISHED, Happening.HANG_UP): (Life.ENDING, (Session.send_bye,)),
    (Life.ESTABLISHED, Happening.HANG_UP_LATER): (Life.BYE_PENDING, ()),
    (Life.ESTABLISHED, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    (Life.ESTABLISHED, Happening.ACK_TIMEOUT): (Life.ENDED, (Session.send_bye, Session.tell_ack_timeout)),
    (Life.ESTABLISHED, Happening.PEER_GONE): (Life.ENDED, (Session.send_bye, Session.tell_peer_gone)),
    (Life.BYE_PENDING, Happening.ACK): (Life.ENDING, (Session.send_bye,)),
    (Life.BYE_PENDING, Happening.ACK_TIMEOUT): (Life.ENDED, (Session.send_bye, Session.tell_bye_sent)),
    (Life.BYE_PENDING, Happening.PEER_GONE): (Life.ENDED, (Session.send_bye, Session.tell_bye_sent)),
    (Life.BYE_PENDING, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    (Life.ENDING, Happening.BYE): (Life.ENDING, ()),  # both hang up at once: each BYE is answered
    (Life.ENDING, Happening.BYE_DONE): (Life.ENDED, (Session.tell_bye_sent,)),
}


class _InDialogUser:
    """Tells the application what comes of its request, and ends a dialog that the peer has lost (12.2.1.2)."""

    def __init__(self, session: Session, identity: TransactionId) -> None:
        self._session = session
        self.identity = identity

    def responded(self, _exchange: Exchange, response: Response, now: float) -> None:
        self._session.tell(ResponseReceived(self.identity, response))
        if response.status in (408, 481):
            self._session.peer_gone(now)

    def failed(self, _exchange: Exchange, status: int, now: float) -> None:
        self._session.tell(RequestFailed(self.identity, status, reason_phrase(status)))
        if status == 408:  # a 503, such as a lost connection, does not end the dialog
            self._session.peer_gone(now)
