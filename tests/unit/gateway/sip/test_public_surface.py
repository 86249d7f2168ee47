"""What the gateway may rely on; a change here is a change for everybody."""

from typing import get_args

from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import SipEvent


def test_the_verbs_of_the_endpoint() -> None:
    assert {name for name in dir(SipEndpoint) if not name.startswith("_")} == {
        "accept",
        "accept_refer",
        "acknowledge",
        "answer_reinvite",
        "answer_update",
        "counters",
        "flow_closed",
        "handle_timer",
        "hang_up",
        "invite",
        "is_drained",
        "is_unheard",
        "make_request",
        "next_event",
        "next_timer",
        "notify_refer",
        "outgoing",
        "receive",
        "refer",
        "reinvite",
        "reject",
        "reject_refer",
        "reject_reinvite",
        "reject_update",
        "resolved",
        "refuse_restored",
        "restore_dialog",
        "ring",
        "send_digits",
        "send_in_dialog",
        "send_request",
        "send_response",
        "stream_state",
        "update",
        "session_of",
        "show_as",
    }


def test_the_events_of_the_endpoint() -> None:
    assert {event.__name__ for event in get_args(SipEvent)} == {
        "Acknowledged",
        "AliasAsked",
        "Cancelled",
        "DialogChanged",
        "DialogTerminated",
        "InfoReceived",
        "InviteAccepted",
        "InviteFailed",
        "InviteReceived",
        "ProgressReceived",
        "ProvisionalAcknowledged",
        "ReferProgress",
        "ReferReceived",
        "RefreshNeeded",
        "ReinviteAccepted",
        "ReinviteCancelled",
        "ReinviteFailed",
        "ReinviteReceived",
        "FlowClosed",
        "RequestFailed",
        "RequestReceived",
        "ResolveNeeded",
        "ResponseReceived",
        "UpdateAccepted",
        "UpdateFailed",
        "UpdateReceived",
    }
