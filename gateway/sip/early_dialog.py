"""One branch of a call that we place, until an answer chooses among them (RFC 3261 12.1.2, 13.2.2.4; RFC 3262 4)."""

from contextlib import suppress
from typing import TYPE_CHECKING

from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import SipError
from gateway.sip.extensions import RELIABLE, requires
from gateway.sip.message import Response
from gateway.sip.rack import RAck
from gateway.sip.update import Updates

if TYPE_CHECKING:
    from gateway.sip.session import Session


class EarlyDialog:
    """A dialog by its provisional responses. `agreed`: offer and answer of the INVITE are through."""

    __slots__ = ("_invite_cseq", "_rseq", "_updates", "agreed", "asked", "state")

    def __init__(self, state: DialogState) -> None:
        self.state = state
        self._updates: Updates | None = None  # made when first needed
        self.agreed = False
        self.asked: RAck | None = None  # what the PRACK with our answer will acknowledge
        self._invite_cseq = state.invite_cseq
        self._rseq = 0

    def updates(self, session: "Session") -> Updates:
        """The UPDATEs of this dialog."""
        if self._updates is None:
            self._updates = Updates(session, self.state)
        return self._updates

    def take_updates(self) -> Updates | None:
        """Hand them over to who goes on with the dialog; None where there were none."""
        taken, self._updates = self._updates, None
        return taken

    def close(self, now: float) -> None:
        """The dialog ends."""
        updates = self.take_updates()
        if updates:
            updates.close(now)

    def take_in_order(self, rack: RAck) -> bool:
        """Whether this reliable response is the next one; a repeated or early one is dropped (RFC 3262 4)."""
        if rack.cseq != self._invite_cseq:  # the INVITE was sent again, with credentials
            self._invite_cseq, self._rseq = rack.cseq, 0
        if self._rseq and rack.rseq != self._rseq + 1:
            return False
        self._rseq = rack.rseq
        return True


def reliable_rack(response: Response) -> RAck | None:
    """What the PRACK of `response` says; None where it needs none (RFC 3262 4, 7.2)."""
    if response.status == 100 or not requires(response, RELIABLE):
        return None
    with suppress(SipError):
        if response.rseq:
            return RAck(response.rseq, response.cseq.number, response.cseq.method)
    return None
