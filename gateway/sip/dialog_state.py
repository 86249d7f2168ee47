"""The part of a dialog that outlives a process (RFC 3261 12)."""

from typing import Literal

import msgspec

from gateway.sip.flow import Destination

DialogRole = Literal["uac", "uas"]
SessionRefresher = Literal["", "local", "remote"]


class DialogState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """A confirmed dialog as plain data; encode it with msgspec and give it to `SipEndpoint.restore_dialog` elsewhere.

    `local` and `remote` are name-addr texts without tags; `remote_target` is the URI of the peer's last Contact;
    `route_set` holds Route values in sending order (12.1). `invite_cseq` is the CSeq of our last INVITE (0: none).
    `session_expires` is the interval of the session timer in seconds (0: none), `min_se` the smallest one that the peer
    takes, `refresher` who refreshes (RFC 4028); `allows_update` whether the peer does so by UPDATE (RFC 3311).
    `tls` names the TlsIdentity under which new connections to the peer are opened; empty: that of `destination`.
    """

    session: str
    role: DialogRole
    call_id: str
    local_tag: str
    remote_tag: str
    local: str
    remote: str
    local_cseq: int
    remote_cseq: int
    invite_cseq: int
    remote_target: str
    route_set: tuple[str, ...]
    contact: str
    destination: Destination
    session_expires: int = 0
    min_se: int = 0
    refresher: SessionRefresher = ""
    allows_update: bool = False
    tls: str = ""

    def __repr__(self) -> str:
        return f"DialogState(session={self.session!r}, role={self.role!r}, ...)"  # numbers do not belong in logs
