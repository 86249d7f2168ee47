"""Transfers that the far ends of one call ask for: who is meant, and what they hear of it (RFC 3515, RFC 5589)."""

from collections.abc import Callable, Iterable

from gateway.app.sessions import SipLink
from gateway.calls import causes
from gateway.calls.effects import AnswerTransfer
from gateway.calls.inputs import TransferWanted
from gateway.sip.errors import SipError
from gateway.sip.events import ReferReceived
from gateway.sip.replaces import Replaces
from gateway.sip.uri import Uri
from kernel.contracts.telephony import PartyEstablished, PartyReleased, PartyRinging, TelephonyReport
from kernel.primitives.phone import PhoneNumber

DECLINED = 603  # RFC 3515 2.4.2
SUCCEEDED = 200


class Transfers:
    """Called in the order of the call's queue; a process that takes the call over tells no more of them."""

    def __init__(self, sip: SipLink) -> None:
        self._sip = sip
        self._asked: dict[str, ReferReceived] = {}  # by leg
        self._under_way: ReferReceived | None = None
        self._known: frozenset[str] = frozenset()  # parties that were there before
        self._replaces: Replaces | None = None

    def asked(self, leg: str, event: ReferReceived, read: Callable[[str], PhoneNumber | str | None]) -> TransferWanted:
        """`read`: the number, or the telephone of ours, that the user part of an address is."""
        self._asked[leg] = event
        try:
            user = Uri.parse(event.refer_to.target).user or ""
        except SipError:
            user = ""
        meant = read(user)
        if isinstance(meant, PhoneNumber):
            return TransferWanted(called=meant, leg=leg)
        return TransferWanted(called=None, party=meant or None, leg=leg)

    def answer(self, answer: AnswerTransfer, parties: Iterable[str]) -> None:
        """Say what routing decided; `parties` are in the call already, so that the next one is who is meant."""
        event = self._asked.pop(answer.leg, None)
        if event is None:
            return
        session = event.session
        if not answer.accepted:
            status = DECLINED if answer.cause is None else causes.refusal_status(answer.cause)
            self._sip.driver.do(lambda endpoint, now: endpoint.reject_refer(session, status, now))
            return
        if answer.done:
            self._sip.driver.do(lambda endpoint, now: endpoint.accept_refer(session, now))
            self._sip.driver.do(lambda endpoint, now: endpoint.notify_refer(session, SUCCEEDED, now))
            return
        self._under_way, self._known = event, frozenset(parties)
        self._replaces = event.refer_to.replaces
        self._sip.driver.do(lambda endpoint, now: endpoint.accept_refer(session, now))

    def asker_of(self, party: str) -> str:
        """The session of who asked for this party; empty: nobody, or it takes over a dialog elsewhere."""
        event = self._under_way
        return "" if event is None or self._replaces is not None or party in self._known else event.session

    def succeeded(self) -> None:
        """Who was asked for talks with who is left, without us."""
        event, self._under_way = self._under_way, None
        if event is not None:
            session = event.session
            self._sip.driver.do(lambda endpoint, now: endpoint.notify_refer(session, SUCCEEDED, now))

    def take_replaces(self) -> Replaces | None:
        """The dialog elsewhere whose place the party that is dialled next takes; once."""
        replaces, self._replaces = self._replaces, None
        return replaces

    def follow(self, report: TelephonyReport) -> None:
        """Pass on how it goes."""
        event = self._under_way
        if event is None or not isinstance(report, PartyRinging | PartyEstablished | PartyReleased):
            return
        if report.party in self._known:
            return
        status = _status(report)
        if status >= 200:
            self._under_way = self._replaces = None
        session = event.session
        self._sip.driver.do(lambda endpoint, now: endpoint.notify_refer(session, status, now))


def _status(report: PartyRinging | PartyEstablished | PartyReleased) -> int:
    match report:
        case PartyRinging():
            return 180
        case PartyEstablished():
            return 200
        case PartyReleased():
            return causes.refusal_status(report.cause)
