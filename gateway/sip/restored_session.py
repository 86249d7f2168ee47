"""A session that another process established (RFC 3261 12): plain data becomes a live dialog again."""

from gateway.sip.core import Core
from gateway.sip.dialog_state import DialogState
from gateway.sip.digest_client import Authenticator
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.flow import Flow, Target
from gateway.sip.name_addr import NameAddr
from gateway.sip.registry import Registry
from gateway.sip.session import ESTABLISHED_TABLE, Life, Session
from gateway.sip.uri import Uri

CSEQ_GAP = 16  # requests that may have been sent after the last save: a used CSeq would be refused (12.2.2)

MOVED_WITHIN = 2.0  # seconds in which all peers are told of another address: a BYE to the former one is lost meanwhile


def restored_session(registry: Registry, state: DialogState, authenticator: Authenticator | None) -> Session:
    """Make an established session; its first CSeq lies above all that may have been used."""
    session = Session(registry, ESTABLISHED_TABLE, state.session, Life.ESTABLISHED)
    state.local_cseq += CSEQ_GAP
    session.dialog = state
    session.authenticator = authenticator
    return session


def move_dialog(core: Core, state: DialogState) -> bool:
    """Whether the peer believes us at an address that is not ours: the dialog has our own from now on (12.2.1.1)."""
    destination = state.destination
    if isinstance(destination, Flow) and not destination.reliable:
        destination = Target(destination.transport, destination.remote)  # another process's socket sent from there
    try:
        former = Uri.parse(NameAddr.parse(state.contact).uri_text)
        contact = core.contact(destination, former.user or "", outbound=former.has_param("ob"))
    except (SipError, MisuseError):  # nothing of ours leads there, so nothing better can be told
        return False
    if contact == state.contact:
        return False
    state.contact, state.destination = contact, destination
    return True
