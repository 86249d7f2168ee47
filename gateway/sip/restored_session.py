"""A session that another process established (RFC 3261 12): plain data becomes a live dialog again."""

from gateway.sip.dialog_state import DialogState
from gateway.sip.digest_client import Authenticator
from gateway.sip.registry import Registry
from gateway.sip.session import ESTABLISHED_TABLE, Life, Session

CSEQ_GAP = 16  # requests that may have been sent after the last save: a used CSeq would be refused (12.2.2)


def restored_session(registry: Registry, state: DialogState, authenticator: Authenticator | None) -> Session:
    """Make an established session; its first CSeq lies above all that may have been used."""
    session = Session(registry, ESTABLISHED_TABLE, state.session, Life.ESTABLISHED)
    state.local_cseq += CSEQ_GAP
    session.dialog = state
    session.authenticator = authenticator
    return session
