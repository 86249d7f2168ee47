"""Which session of ours an INVITE with Replaces takes over (RFC 3891 3)."""

from gateway.sip.dialog_state import DialogState
from gateway.sip.errors import SipError
from gateway.sip.message import Request
from gateway.sip.registry import Registry
from gateway.sip.replaces import Replaces
from gateway.sip.session import Life

_CONFIRMED = frozenset({Life.ESTABLISHED, Life.AWAITING_ACK, Life.ANSWERING})
_EARLY = frozenset(
    {Life.PROCEEDING}
)  # early dialogs of calls that we place; of those that we receive nobody takes over


def replaces_of(dialog: DialogState) -> Replaces:
    """Name a dialog of ours as its other end sees it, so that somebody else may take our place there."""
    return Replaces(dialog.call_id, to_tag=dialog.remote_tag, from_tag=dialog.local_tag)


def replaced_session(registry: Registry, request: Request) -> str:
    """Return the name of the session to replace; empty: the request asks for none.

    SipError 400 malformed, 481 no such dialog, or an early one that the peer began, 486 `early-only` for an answered
    call, 603 it is over.
    """
    values = request.headers.get_all("replaces")
    if not values:
        return ""
    if len(values) > 1:
        raise SipError(400, "Repeated Replaces")
    replaces = Replaces.parse(values[0])
    key = (replaces.call_id, replaces.to_tag, replaces.from_tag)
    session = registry.find_dialog(key)
    if session is None:
        raise SipError(603, "Decline") if registry.has_ended(key) else SipError(481, "Call/Transaction Does Not Exist")
    if session.state in _CONFIRMED:
        if replaces.early_only:
            raise SipError(486, "Busy Here")
        return session.name
    if session.state in _EARLY:
        return session.name
    if session.state is Life.RECEIVED:
        raise SipError(481, "Call/Transaction Does Not Exist")
    raise SipError(603, "Decline")
