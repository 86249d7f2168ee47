"""Answers to an INVITE that nobody waits for any more: ACK, then BYE (RFC 3261 13.2.2.4), and CANCEL before (9.1)."""

from gateway.sip.acknowledgement import Acknowledgement
from gateway.sip.core import Core
from gateway.sip.dialog import in_dialog_request, uac_dialog
from gateway.sip.digest_client import Authenticator
from gateway.sip.exchange import Exchange
from gateway.sip.flow import Destination
from gateway.sip.message import Request, Response
from gateway.sip.timers import GIVE_UP
from gateway.sip.transactions.client import ClientTransaction
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.layer import TransactionLayer
from gateway.sip.transactions.machine import Input, Transaction

MAX_BRANCHES = 16  # forks that one call keeps track of; more is no forking but a flood


class Nobody:
    """Waits for nothing: what comes of the BYE to another branch of a fork changes nothing here."""

    def responded(self, exchange: Exchange, response: Response, now: float) -> None:
        """The other branch knows."""

    def failed(self, exchange: Exchange, status: int, now: float) -> None:
        """The other branch is gone anyway."""


class LateAnswers:
    """What becomes of a call's answers that come too late: of other branches, and of places left for their silence."""

    __slots__ = ("_acknowledgements", "_authenticator", "_cancelled", "_core", "_layer", "_name", "_tls")

    def __init__(
        self, core: Core, layer: TransactionLayer, name: str, authenticator: Authenticator | None, tls: str
    ) -> None:
        self._core = core
        self._layer = layer
        self._name = name
        self._authenticator = authenticator
        self._tls = tls
        self._acknowledgements: dict[str, Acknowledgement] = {}  # by To tag
        self._cancelled: set[TransactionId] = set()

    def dismiss(
        self, invite: Request, destination: Destination, answer: Response, now: float, last_cseq: int = 0
    ) -> None:
        """Acknowledge a 2xx and hang up, once per branch; its repetitions get the ACK again.

        `last_cseq`: the number of our last request in that branch's early dialog, where there was one.
        """
        tag = answer.to.tag
        known = self._acknowledgements.get(tag)
        if known is not None:
            known.send_again()
        elif len(self._acknowledgements) < MAX_BRANCHES:
            dialog = uac_dialog(self._name, invite, answer, destination, self._tls)
            dialog.local_cseq = max(dialog.local_cseq, last_cseq)
            acknowledgement = Acknowledgement(self._core, dialog, invite)
            self._acknowledgements[tag] = acknowledgement
            acknowledgement.start(now)
            number = dialog.local_cseq + 1
            bye = in_dialog_request(dialog, "BYE", number)
            exchange = Exchange(self._core, self._layer, bye, Nobody(), lambda: number + 1, self._authenticator)
            exchange.tls = self._tls
            exchange.start(dialog.destination, explicit=False, now=now)

    def leave(self, transaction: ClientTransaction, now: float) -> None:
        """Take over the INVITE of a place that another one is tried instead of."""
        transaction.user = self
        transaction.step(Input.LEAVE, now)

    # --- transactions.machine.ClientUser, for a place that was left ---

    def responded(self, transaction: Transaction, response: Response, now: float) -> None:
        """Cancel what rings, hang up what answers; a refusal is what we wanted."""
        if response.status >= 300:
            return
        if response.status >= 200:
            self.dismiss(transaction.request, transaction.destination, response, now)
        elif isinstance(transaction, ClientTransaction) and transaction.id not in self._cancelled:
            self._cancelled.add(transaction.id)
            self._layer.cancel(transaction, now)
            self._core.timers.start(now + GIVE_UP, lambda then: transaction.step(Input.GIVE_UP, then))

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        """It was silent to the end."""
