"""A call that we place: the UAC side of INVITE (RFC 3261 13.2) with CANCEL (9.1) and forks (13.2.2.4)."""

from gateway.sip.acknowledgement import Acknowledgement
from gateway.sip.bodies import keep_description
from gateway.sip.calls import SDP, HeaderLines, OutgoingInvite
from gateway.sip.dialog import confirm, in_dialog_request, refresh_target, uac_dialog
from gateway.sip.dialog_state import DialogState
from gateway.sip.digest_client import Authenticator
from gateway.sip.early_dialog import EarlyDialog, reliable_rack
from gateway.sip.events import InviteAccepted, InviteFailed, ProgressReceived
from gateway.sip.exchange import Exchange
from gateway.sip.extensions import REPLACES
from gateway.sip.flow import Destination
from gateway.sip.headers import Headers
from gateway.sip.late_answers import MAX_BRANCHES, LateAnswers, Nobody
from gateway.sip.message import MAX_FORWARDS, Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.rack import RAck
from gateway.sip.reasons import reason_phrase
from gateway.sip.redirects import Redirection
from gateway.sip.registry import Registry
from gateway.sip.route_set import request_route
from gateway.sip.session import ESTABLISHED_TABLE, Happening, Life, OpenOffer, Session, Table
from gateway.sip.session_timer import MAX_LENGTHENINGS, demanded_interval, interval_headers
from gateway.sip.timers import GIVE_UP
from gateway.sip.transactions.client import ClientTransaction
from gateway.sip.transactions.machine import Input, State
from gateway.sip.update import Updates


class OutgoingSession(Session):
    """13.2. Until a 2xx makes the dialog, requests are numbered here."""

    def __init__(self, registry: Registry, name: str, call: OutgoingInvite) -> None:
        super().__init__(registry, OUTGOING_TABLE, name, Life.CANCEL_PENDING if call.retrace else Life.INVITING)
        self._call = call
        self._cseq = 1
        self._exchange: Exchange | None = None
        self._early: dict[str, EarlyDialog] = {}  # by To tag
        self._latest = ""  # the tag of the last one
        self._rack: RAck | None = None  # of the provisional response at hand
        self._acknowledgement: Acknowledgement | None = None
        self._late: LateAnswers | None = None  # made when first needed
        self._cancelled = False
        self._interval = self.core.settings.session_expires  # seconds; 0: no session timer
        self._min_se = self.core.settings.min_se
        self._lengthenings = 0
        self._status = 0
        self._body = b""
        self._redirection = Redirection(call.redirects, call.target) if call.redirects else None
        if call.credentials:
            user = call.credentials
            self.authenticator = Authenticator(user.username, user.password, self.core.tokens, user.realm)

    def start(self, now: float) -> None:
        """Send the INVITE."""
        call = self._call
        invite = self._invite()
        self.core.begins(self.name, invite.call_id)
        exchange = self._exchange = self._exchange_of(invite)
        exchange.identity = call.identity
        exchange.start(call.destination, call.destination is not None, now, call.contact_user)

    def _let_go(self) -> None:
        super()._let_go()
        self._exchange = None  # its transaction, while it lasts, knows it, and it knows us
        for early in self._early.values():
            early.take_updates()

    def _exchange_of(self, invite: Request) -> Exchange:
        exchange = Exchange(self.core, self.registry.layer, invite, self, self.next_cseq, self.authenticator)
        exchange.leave = self._leave
        exchange.tls, exchange.outbound, exchange.avoid = self._call.tls, self._call.outbound, self._call.avoid
        return exchange

    @property
    def is_unheard(self) -> bool:
        """Whether the next hop has said nothing yet."""
        return self.state is Life.INVITING and not (self._exchange and self._exchange.heard)

    def _invite(self) -> Request:
        call = self._call
        to = call.to or NameAddr.of(call.target)
        target, routes = request_route(call.target, call.route)
        lines = [("Route", route) for route in routes]
        lines += [
            ("Max-Forwards", MAX_FORWARDS),
            ("From", str(call.from_.with_tag(f"{call.identity}f" if call.identity else self.core.tokens.token()))),
            ("To", str(to)),
            ("Call-ID", call.identity or self.core.tokens.token()),
            ("CSeq", f"{self._cseq} INVITE"),
            *self.core.abilities,
            *self._timer_headers(),
            ("User-Agent", self.core.settings.user_agent),
        ]
        if call.replaces is not None:
            lines += [("Replaces", str(call.replaces)), ("Require", REPLACES)]
        lines += call.headers
        if call.body:
            lines.append(("Content-Type", call.content_type))
        lines.append(("Content-Length", str(len(call.body))))
        request = Request("INVITE", target, Headers.of(lines), call.body)
        request.to_strict_router = target != call.target
        return request

    def _timer_headers(self) -> HeaderLines:
        return interval_headers(self._interval, self._min_se) if self._interval else ()

    def next_cseq(self) -> int:
        """Number a request that follows; before there is a dialog that is the INVITE sent again with credentials."""
        if self.dialog is not None:
            return super().next_cseq()
        self._cseq += 1
        return self._cseq

    def answer(self, body: bytes, now: float) -> None:
        """Give the answer to an offer that came in the 2xx."""
        self._body = body
        self.step(Happening.ACKNOWLEDGE, now)

    # --- responses ---

    def responded(self, exchange: Exchange, response: Response, now: float) -> None:
        """Take a response to our INVITE."""
        keep_description(response)
        self.message = response
        if response.status < 200:
            if self._takes(exchange, response):
                self.step(Happening.PROVISIONAL, now)
        elif response.status >= 300:
            self._status = response.status
            if self._redirection:
                self._redirection.take(response)
            self.step(self._refused(response), now)
        elif self.dialog is None and self.state is not Life.ENDED:
            early = self._early.get(response.to.tag)
            with_offer = (not self._call.body and not (early and early.agreed)) or self._call.hold_ack
            self.step(Happening.SUCCESS_WITH_OFFER if with_offer else Happening.SUCCESS, now)
        else:
            self._take_other_success(exchange, response, now)

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """Take the news that nobody answers."""
        self.message = None
        self._status = status
        self.step(Happening.REDIRECT if self._goes_on else Happening.SILENCE, now)

    @property
    def _goes_on(self) -> bool:
        """Whether another place is tried; a 6xx speaks for all of them (21.6), and who hung up wants none."""
        if self._redirection is None or self._status >= 600 or self.state not in (Life.INVITING, Life.PROCEEDING):
            return False
        return self._redirection.goes_on

    def _refused(self, response: Response) -> Happening:
        if demanded_interval(response, self._interval) and self._lengthenings < MAX_LENGTHENINGS:
            return Happening.INTERVAL_TOO_SMALL
        return Happening.REDIRECT if self._goes_on else Happening.FAILURE

    def _takes(self, exchange: Exchange, response: Response) -> bool:
        """Whether a provisional response is news; a reliable one has to be the next of its branch (RFC 3262 4)."""
        early = self._note_early(exchange, response)
        self._rack = reliable_rack(response)
        if self._rack is None:
            return True
        return early is not None and early.take_in_order(self._rack)

    def _note_early(self, exchange: Exchange, response: Response) -> EarlyDialog | None:
        tag = response.to.tag
        if response.status == 100 or not tag or not self._can_begin_dialogs or exchange.destination is None:
            return None
        self._latest = tag
        early = self._early.get(tag)
        if early is not None:
            refresh_target(early.state, response)
        elif len(self._early) < MAX_BRANCHES:
            early = EarlyDialog(self._dialog_of(exchange.request, response, exchange.destination))
            self._early[tag] = early
            self.registry.add_dialog(self, early.state)
        return early

    def _dialog_of(self, invite: Request, answer: Response, destination: Destination) -> DialogState:
        return uac_dialog(self.name, invite, answer, destination, self._call.tls)

    @property
    def _can_begin_dialogs(self) -> bool:
        return self.is_live and self.dialog is None

    def _take_other_success(self, exchange: Exchange, response: Response, now: float) -> None:
        """Acknowledge a repeated 2xx again; hang up what another branch of a fork answers (13.2.2.4)."""
        tag = response.to.tag
        if self.dialog is not None and self.dialog.remote_tag == tag:
            if self._acknowledgement is not None:
                self._acknowledgement.send_again()
        elif exchange.destination is not None:
            early = self._early.get(tag)
            last_cseq = early.state.local_cseq if early else 0
            self._late_answers().dismiss(exchange.request, exchange.destination, response, now, last_cseq)

    def _late_answers(self) -> LateAnswers:
        if self._late is None:
            self._late = LateAnswers(self.core, self.registry.layer, self.name, self.authenticator, self._call.tls)
        return self._late

    def _leave(self, silent: ClientTransaction, now: float) -> None:
        self._late_answers().leave(silent, now)

    # --- steps of the table ---

    def send_redirected(self, now: float) -> None:
        """Send the INVITE to the next place that a 3xx named: same call, next CSeq (8.1.3.4)."""
        place = self._redirection.next() if self._redirection else None
        if place is None or self._exchange is None:
            return
        for early in self._early.values():
            self.registry.remove_dialog(self, early.state)
            early.close(now)
        self._early.clear()
        request = self._exchange.request.copy()
        request.target, routes = request_route(place, self._call.route)
        request.to_strict_router = request.target != place
        for name in ("via", "route", "contact"):
            request.headers.remove(name)
        for route in reversed(routes):
            request.headers.prepend("Route", route)
        request.headers.set("CSeq", f"{self.next_cseq()} INVITE")
        proxy = self._call.destination if self._call.route else None
        self._exchange = self._exchange_of(request)
        self._exchange.start(proxy, proxy is not None, now, self._call.contact_user)

    def tell_progress(self, _now: float) -> None:
        """100 only says that the next hop has the INVITE."""
        response = self.message
        if not isinstance(response, Response) or response.status == 100:
            return
        branch = response.to.tag
        early = self._early.get(branch)
        body = b"" if early and early.agreed else response.body
        needed = False
        if early and body and self._rack is not None:
            early.agreed = bool(self._call.body)
            needed = not early.agreed
        self.tell(ProgressReceived(self.name, response.status, body, response, branch, self._rack is not None, needed))
        if needed and early:
            early.asked = self._rack

    def send_prack(self, now: float) -> None:
        """Acknowledge a reliable provisional response, unless that takes an answer of the application (RFC 3262 4)."""
        rack, self._rack = self._rack, None
        early = self._early.get(self._latest)
        if rack is not None and early is not None and early.asked != rack:
            self._prack(early, rack, b"", now)

    def _prack(self, early: EarlyDialog, rack: RAck, body: bytes, now: float) -> None:
        dialog = early.state
        request = in_dialog_request(dialog, "PRACK", self.number(dialog), body, SDP, (("RAck", str(rack)),))
        self.exchange_in(dialog, request, Nobody()).start(dialog.destination, explicit=False, now=now)

    def answer_provisional(self, body: bytes, branch: str, now: float) -> None:
        """Give the answer to an offer that came in a reliable provisional response."""
        early = self._early.get(branch or self._latest)
        if early is None or early.asked is None or self.dialog is not None:
            return
        rack, early.asked, early.agreed = early.asked, None, True
        self._prack(early, rack, body, now)

    def send_again(self, now: float) -> None:
        """Obey the Min-SE of a 422 (RFC 4028 7.3)."""
        exchange = self._exchange
        if exchange is None or not isinstance(self.message, Response):
            return
        self._interval = self._min_se = demanded_interval(self.message, self._interval) or self._interval
        self._lengthenings += 1
        request = exchange.request.copy()
        request.headers.remove("via")
        request.headers.set("CSeq", f"{self.next_cseq()} INVITE")
        for name, value in self._timer_headers():
            request.headers.set(name, value)
        call = self._call
        self._exchange = self._exchange_of(request)
        self._exchange.start(call.destination, call.destination is not None, now, call.contact_user)

    def establish(self, now: float) -> None:
        """Make the dialog of the first 2xx, and forget those of the other branches."""
        exchange = self._exchange
        if exchange is None or exchange.destination is None or not isinstance(self.message, Response):
            return
        winner = self._early.get(self.message.to.tag)
        for early in self._early.values():
            if early is not winner:
                self.registry.remove_dialog(self, early.state)
                early.close(now)
        if winner is not None:
            confirm(winner.state, self.message)
            self.dialog, self._updates = winner.state, winner.take_updates()
        else:
            self.dialog = self._dialog_of(exchange.request, self.message, exchange.destination)
            self.registry.add_dialog(self, self.dialog)
        self.dialog.invite_cseq = exchange.request.cseq.number
        self.dialog.min_se = self._min_se
        self.timer.take_answer(self.dialog, self.message, now)
        self.registry.note_change(self)

    def send_ack(self, now: float) -> None:
        """Acknowledge the 2xx, with the answer where it carried the offer."""
        if self._exchange:
            self._acknowledgement = self.acknowledge(self._exchange.request, self._body, now)

    def tell_accepted(self, _now: float) -> None:
        """The call stands."""
        if isinstance(self.message, Response):
            needed = self.state is Life.ANSWERING
            branch = self.confirmed.remote_tag
            early = self._early.get(branch)
            body = b"" if early and early.agreed else self.message.body
            self.tell(InviteAccepted(self.name, body, self.message, needed, branch))

    def tell_failed(self, _now: float) -> None:
        """There is no call."""
        response = self.message if isinstance(self.message, Response) and self.message.status >= 300 else None
        reason = response.reason if response else reason_phrase(self._status)
        self.tell(InviteFailed(self.name, self._status, reason, response))

    def tell_cancelled(self, _now: float) -> None:
        """Our CANCEL is the end, even where an answer crossed it or the peer does not react to it."""
        self.tell(InviteFailed(self.name, 487, reason_phrase(487)))

    # --- early dialogs ---

    def dialog_of(self, request: Request) -> DialogState | None:
        """The dialog of a request of the peer, early or established."""
        return self.dialog_named(request.from_.tag)

    def dialog_named(self, branch: str) -> DialogState | None:
        """The dialog with this remote tag; without one the established or the last early one."""
        if self.dialog is not None:
            return self.dialog
        early = self._early.get(branch or self._latest)
        return early.state if early else None

    def updates_in(self, dialog: DialogState) -> Updates:
        """The UPDATEs of `dialog`."""
        early = self._early.get(dialog.remote_tag) if self.dialog is None else None
        return early.updates(self) if early else self.updates

    def open_invite_offer(self, dialog: DialogState) -> OpenOffer:
        """Whose offer waits: ours until a reliable answer, theirs until ours (RFC 3311 5)."""
        if self.dialog is not None:
            return "theirs" if self.state is Life.ANSWERING else super().open_invite_offer(dialog)
        early = self._early.get(dialog.remote_tag)
        if early is None or early.agreed:
            return ""
        return "theirs" if early.asked else "ours"

    def abandon(self, _now: float) -> None:
        """Answer no challenge any more, and send nothing where nothing was sent yet."""
        if self._exchange:
            self._exchange.abandon()

    def send_cancel(self, now: float) -> None:
        """Cancel the INVITE, and forget it after 64*T1 where that has no effect (9.1).

        An INVITE that was just sent again with credentials has to get a provisional response of its own first.
        """
        invite = self._exchange.transaction if self._exchange else None
        if invite is None or invite.state is not State.PROCEEDING or self._cancelled:
            return
        self._cancelled = True
        self.registry.layer.cancel(invite, now, self.farewell)
        self.core.timers.start(now + GIVE_UP, lambda then: self.step(Happening.CANCEL_IGNORED, then))

    def give_up(self, now: float) -> None:
        """Drop the INVITE's transaction."""
        if self._exchange and self._exchange.transaction:
            self._exchange.transaction.step(Input.GIVE_UP, now)


_PROGRESS = (OutgoingSession.tell_progress, OutgoingSession.send_prack)
_CONNECT = (OutgoingSession.establish, OutgoingSession.send_ack, OutgoingSession.tell_accepted)
_TAKE_OFFER = (OutgoingSession.establish, OutgoingSession.tell_accepted)
_CONNECT_AND_HANG_UP = (
    OutgoingSession.establish,
    OutgoingSession.send_ack,
    Session.send_bye,
    OutgoingSession.tell_cancelled,
)

_CANCEL = (OutgoingSession.send_cancel, OutgoingSession.send_prack)

OUTGOING_TABLE: Table = {
    (Life.INVITING, Happening.PROVISIONAL): (Life.PROCEEDING, _PROGRESS),
    (Life.INVITING, Happening.INTERVAL_TOO_SMALL): (Life.INVITING, (OutgoingSession.send_again,)),
    (Life.INVITING, Happening.SUCCESS): (Life.ESTABLISHED, _CONNECT),
    (Life.INVITING, Happening.SUCCESS_WITH_OFFER): (Life.ANSWERING, _TAKE_OFFER),
    (Life.INVITING, Happening.REDIRECT): (Life.INVITING, (OutgoingSession.send_redirected,)),
    (Life.INVITING, Happening.FAILURE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.INVITING, Happening.SILENCE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.INVITING, Happening.HANG_UP): (Life.CANCEL_PENDING, (OutgoingSession.abandon,)),
    (Life.PROCEEDING, Happening.PROVISIONAL): (Life.PROCEEDING, _PROGRESS),
    (Life.PROCEEDING, Happening.INTERVAL_TOO_SMALL): (Life.INVITING, (OutgoingSession.send_again,)),
    (Life.PROCEEDING, Happening.SUCCESS): (Life.ESTABLISHED, _CONNECT),
    (Life.PROCEEDING, Happening.SUCCESS_WITH_OFFER): (Life.ANSWERING, _TAKE_OFFER),
    (Life.PROCEEDING, Happening.REDIRECT): (Life.INVITING, (OutgoingSession.send_redirected,)),
    (Life.PROCEEDING, Happening.FAILURE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.PROCEEDING, Happening.SILENCE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.PROCEEDING, Happening.HANG_UP): (Life.CANCELLING, (OutgoingSession.abandon, OutgoingSession.send_cancel)),
    (Life.CANCEL_PENDING, Happening.PROVISIONAL): (Life.CANCELLING, _CANCEL),
    (Life.CANCEL_PENDING, Happening.INTERVAL_TOO_SMALL): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.CANCEL_PENDING, Happening.SUCCESS): (Life.ENDED, _CONNECT_AND_HANG_UP),
    (Life.CANCEL_PENDING, Happening.SUCCESS_WITH_OFFER): (Life.ENDED, _CONNECT_AND_HANG_UP),
    (Life.CANCEL_PENDING, Happening.FAILURE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.CANCEL_PENDING, Happening.SILENCE): (Life.ENDED, (OutgoingSession.tell_cancelled,)),
    (Life.CANCELLING, Happening.PROVISIONAL): (Life.CANCELLING, _CANCEL),
    (Life.CANCELLING, Happening.INTERVAL_TOO_SMALL): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.CANCELLING, Happening.SUCCESS): (Life.ENDED, _CONNECT_AND_HANG_UP),
    (Life.CANCELLING, Happening.SUCCESS_WITH_OFFER): (Life.ENDED, _CONNECT_AND_HANG_UP),
    (Life.CANCELLING, Happening.FAILURE): (Life.ENDED, (OutgoingSession.tell_failed,)),
    (Life.CANCELLING, Happening.SILENCE): (Life.ENDED, (OutgoingSession.tell_cancelled,)),
    (Life.CANCELLING, Happening.CANCEL_IGNORED): (
        Life.ENDED,
        (OutgoingSession.give_up, OutgoingSession.tell_cancelled),
    ),
    (Life.ANSWERING, Happening.ACKNOWLEDGE): (Life.ESTABLISHED, (OutgoingSession.send_ack,)),
    (Life.ANSWERING, Happening.HANG_UP): (Life.ENDING, (OutgoingSession.send_ack, Session.send_bye)),
    (Life.ANSWERING, Happening.BYE): (Life.ENDED, (Session.tell_bye_received,)),
    **ESTABLISHED_TABLE,
}
