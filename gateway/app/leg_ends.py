"""Why a leg ended, or cannot be had, in the words of causes."""

from gateway.calls import causes
from gateway.sip.events import Cancelled, DialogTerminated, InviteFailed
from kernel.contracts.calls import EndCause


class Setback(Exception):
    """The leg cannot be had, and `cause` says why."""

    def __init__(self, cause: EndCause) -> None:
        super().__init__(cause.reason)
        self.cause = cause


def ended_by(event: Cancelled | InviteFailed | DialogTerminated) -> EndCause:
    """Why the far side's signalling ended."""
    match event:
        case Cancelled():
            return causes.from_cancel(event.request.headers.get_all("reason"))
        case InviteFailed():
            response = event.response
            q850 = causes.q850_in(response.headers.get_all("reason")) if response is not None else None
            return causes.from_failure(event.status, q850, answered_by_peer=response is not None)
        case DialogTerminated(cause="ack_timeout" | "prack_timeout"):
            return causes.NEVER_ACKNOWLEDGED
        case DialogTerminated(cause="peer_gone"):
            return causes.PEER_GONE
        case DialogTerminated():
            reasons = event.request.headers.get_all("reason") if event.request is not None else ()
            return causes.from_bye(causes.q850_in(reasons))
