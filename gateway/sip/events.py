"""What `SipEndpoint.next_event` tells. A session is one INVITE dialog usage (RFC 5057), named by an opaque string.

The life of a session that we place: some `ProgressReceived`, then `InviteFailed` (the end) or `InviteAccepted`.
Of one that we receive: `InviteReceived`, then `Cancelled` (the end), or our `reject` (the end), or our `accept` and
`Acknowledged`. An established session ends with exactly one `DialogTerminated`. Nothing follows an end.
"""

from typing import Literal

import msgspec

from gateway.sip.dialog_state import DialogState
from gateway.sip.flow import Destination, DnsQuery, Flow
from gateway.sip.message import Request, Response
from gateway.sip.refer_to import ReferTo
from gateway.sip.transactions.key import TransactionId

TerminationCause = Literal[
    "bye_received",  # `request` is the BYE: its Reason header tells more
    "bye_sent",  # our hang_up, now answered or given up
    "ack_timeout",  # our 2xx was never acknowledged; a BYE was sent (RFC 3261 13.3.1.4)
    "prack_timeout",  # a reliable provisional response was never acknowledged; the call is refused (RFC 3262 3)
    "peer_gone",  # a request inside the dialog was answered 481 or 408 or timed out (RFC 5057 5.1), or nobody refreshed
    # the session in time (RFC 4028 10)
]


class InviteReceived(msgspec.Struct, frozen=True):
    """A new call; 100 is sent. `ring`, `accept`, `reject` follow. No body: `accept` carries the offer.

    `replaces_session`: the caller takes the place of that session's peer (RFC 3891). Whoever allows that accepts this
    call and then hangs that one up; whoever does not, rejects this one with 403.
    """

    session: str
    request: Request
    flow: Flow
    replaces_session: str = ""


class Cancelled(msgspec.Struct, frozen=True):
    """The caller gave up before the answer (487 is sent); `request` is the CANCEL."""

    session: str
    request: Request


class Acknowledged(msgspec.Struct, frozen=True):
    """The ACK of our 2xx to an INVITE or re-INVITE; `body` is the answer where the 2xx carried the offer."""

    session: str
    body: bytes


class ProgressReceived(msgspec.Struct, frozen=True):
    """A 101-199 response to our INVITE; with a body it is early media.

    `branch` is the To tag: a call that forks has several early dialogs, each with media of its own. `reliable`: the
    body is the final answer of its branch, or the offer where `answer_needed` (then call `acknowledge` with the
    branch); else it may still change.
    """

    session: str
    status: int
    body: bytes
    response: Response
    branch: str = ""
    reliable: bool = False
    answer_needed: bool = False


class ProvisionalAcknowledged(msgspec.Struct, frozen=True):
    """The PRACK of a reliable provisional response; `body` is the answer where that carried the offer."""

    session: str
    body: bytes


class InviteAccepted(msgspec.Struct, frozen=True):
    """A 2xx to our INVITE, acknowledged already unless `answer_needed` (then call `acknowledge`).

    The body is empty where `branch`, the early dialog that won, has its answer from a reliable provisional response.
    """

    session: str
    body: bytes
    response: Response
    answer_needed: bool = False
    branch: str = ""


class InviteFailed(msgspec.Struct, frozen=True):
    """No call: the final response, or ours where none came (408 time-out, 503 transport; `response` is then None)."""

    session: str
    status: int
    reason: str
    response: Response | None = None


class ReinviteReceived(msgspec.Struct, frozen=True):
    """The peer changes the session: `answer_reinvite` or `reject_reinvite`. No body: the answer carries the offer."""

    session: str
    body: bytes
    request: Request


class ReinviteCancelled(msgspec.Struct, frozen=True):
    """The peer took its `ReinviteReceived` back (487 is sent): do not answer it any more."""

    session: str


class ReinviteAccepted(msgspec.Struct, frozen=True):
    """A 2xx to our re-INVITE, acknowledged already unless `answer_needed`."""

    session: str
    body: bytes
    response: Response
    answer_needed: bool = False


class ReinviteFailed(msgspec.Struct, frozen=True):
    """Our re-INVITE was refused: the session stays as it was (RFC 3261 14.1).

    491 means that the peer changes the session at the same time and its offer comes first; other 491s are retried.
    """

    session: str
    status: int
    reason: str


class UpdateReceived(msgspec.Struct, frozen=True):
    """The peer offers a change by UPDATE, or in a PRACK: `answer_update` or `reject_update` within seconds.

    It may come before the call is answered; `branch` then tells the early dialog (RFC 3311 5.2).
    """

    session: str
    body: bytes
    request: Request
    branch: str


class UpdateAccepted(msgspec.Struct, frozen=True):
    """A 2xx to our UPDATE; `body` is the answer to its offer."""

    session: str
    body: bytes
    response: Response


class UpdateFailed(msgspec.Struct, frozen=True):
    """Our UPDATE was refused: the session stays as it was. 491: another offer comes first (RFC 3311 5.1)."""

    session: str
    status: int
    reason: str


class RefreshNeeded(msgspec.Struct, frozen=True):
    """The session timer asks for a re-INVITE with the present description, as the peer has no UPDATE (RFC 4028 7.4)."""

    session: str


class InfoReceived(msgspec.Struct, frozen=True):
    """A key pressed, told by INFO inside the dialog (answered 200); see `info_digits.read_digit`."""

    session: str
    content_type: str
    body: bytes


class ReferReceived(msgspec.Struct, frozen=True):
    """The peer asks us to call somebody (RFC 3515): `accept_refer` or `reject_refer` within 10 s, else 603 is sent.

    `refer_to.replaces` names the dialog to take over there. `wants_progress` False: it does not want to hear of it.
    """

    session: str
    refer_to: ReferTo
    referred_by: str
    request: Request
    wants_progress: bool = True


class ReferProgress(msgspec.Struct, frozen=True):
    """What becomes of our `refer`: the status of the call that the peer places, 202 with `done` where it tells no more.

    `done`: nothing follows. A refusal, and 408 where the peer falls silent, are `done` too.
    """

    session: str
    status: int
    done: bool


class DialogTerminated(msgspec.Struct, frozen=True):
    """The end of an established session."""

    session: str
    cause: TerminationCause
    request: Request | None = None


class DialogChanged(msgspec.Struct, frozen=True):
    """Save `state` (a copy) in place of what was saved for `session`; comes once per drain, after other events.

    That of a received call comes with its `InviteReceived`, so that it can be saved before the 200 leaves.
    """

    session: str
    state: DialogState


class RequestReceived(msgspec.Struct, frozen=True):
    """A request of `EndpointSettings.methods`: answer it by `send_response`.

    `session` is empty outside dialogs; a MESSAGE may come inside one (RFC 3428 4).
    """

    transaction: TransactionId
    request: Request
    flow: Flow
    session: str = ""


class ResponseReceived(msgspec.Struct, frozen=True):
    """A response to `send_request` or `send_in_dialog`; the last one has a status of 200 or more.

    `destination` is where the request of `send_request` went.
    """

    transaction: TransactionId
    response: Response
    destination: Destination | None = None


class RequestFailed(msgspec.Struct, frozen=True):
    """No final response to `send_request` or `send_in_dialog`: 408 time-out, 503 transport.

    `destination` is the last place that the request of `send_request` was to go to; None: there was none.
    """

    transaction: TransactionId
    status: int
    reason: str
    destination: Destination | None = None


class FlowClosed(msgspec.Struct, frozen=True):
    """A connection is gone; what was to be sent on it goes another way, where there is one."""

    flow: Flow


class AliasAsked(msgspec.Struct, frozen=True):
    """The peer wants its connection used for requests to `port` of its host (RFC 5923).

    The driver decides: only where the peer's certificate bears `host`.
    """

    flow: Flow
    host: str
    port: int


class ResolveNeeded(msgspec.Struct, frozen=True):
    """A next hop is a name: answer by `SipEndpoint.resolved` (the driver does)."""

    query: DnsQuery


SipEvent = (
    InviteReceived
    | Cancelled
    | Acknowledged
    | ProgressReceived
    | ProvisionalAcknowledged
    | InviteAccepted
    | InviteFailed
    | ReinviteReceived
    | ReinviteCancelled
    | ReinviteAccepted
    | ReinviteFailed
    | UpdateReceived
    | UpdateAccepted
    | UpdateFailed
    | RefreshNeeded
    | InfoReceived
    | ReferReceived
    | ReferProgress
    | DialogTerminated
    | DialogChanged
    | RequestReceived
    | ResponseReceived
    | RequestFailed
    | FlowClosed
    | AliasAsked
    | ResolveNeeded
)
