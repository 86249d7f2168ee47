"""What SIP tells of a leg of a call that goes on, or of its end."""

from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InfoReceived,
    InviteAccepted,
    InviteFailed,
    ProgressReceived,
    ReferProgress,
    ReferReceived,
    RefreshNeeded,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    UpdateReceived,
)

FarSipEvent = (
    Acknowledged
    | ProgressReceived
    | InviteAccepted
    | ReinviteReceived
    | ReinviteAccepted
    | ReinviteFailed
    | UpdateReceived
    | RefreshNeeded
    | InfoReceived
    | ReferReceived
    | ReferProgress
    | Cancelled
    | InviteFailed
    | DialogTerminated
)
Ending = (Cancelled, InviteFailed, DialogTerminated)
