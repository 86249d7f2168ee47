"""What survives a process: plain data, written at each change; what is as it was made is left out of the bytes."""

from datetime import datetime

import msgspec

from gateway.calls.model import Call
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswerState
from gateway.sip.calls import OutgoingInvite
from gateway.sip.dialog_state import DialogState
from gateway.sip.flow import Flow
from gateway.traces.model import Trace
from gateway.trunks.carried import NOTHING, Carried
from kernel.contracts.engine import Statistics
from kernel.contracts.log import LogEvent
from kernel.contracts.telephony import TelephonyReport
from kernel.primitives.ids import CallId, TenantId, UserId


class FarState(msgspec.Struct, kw_only=True, omit_defaults=True):
    """One leg's side outside the bridge: its SIP session, what was negotiated, its recorder, and that of a
    message which is being left.

    `media` is None until the engine gave it ports; `accepted` is set before our 200 leaves. Until a leg is answered,
    `invite` is what came, on `flow`, or `sent` what we sent: nobody's telephone may ring on for a process that died.
    `carried` is what a party is told of the call's way to us; `phone` is the user name of the telephone of ours at the
    other end, empty: it is none.
    """

    session: str = ""
    dialog: DialogState | None = None
    negotiation: OfferAnswerState
    media: LocalMedia | None = None
    recorder: str = ""
    message: str = ""
    accepted: bool = False
    invite: bytes = b""
    flow: Flow | None = None
    sent: OutgoingInvite | None = None
    carried: Carried = NOTHING
    phone: str = ""


class SavedCall(msgspec.Struct, kw_only=True, omit_defaults=True):
    """`parties` are by their legs; `figures` are those of the agent's nailed-up leg when it entered the call."""

    call: Call
    far: FarState
    parties: dict[str, FarState] = {}
    figures: Statistics | None = None
    trace: Trace = Trace()


class SavedTrace(msgspec.Struct, frozen=True, kw_only=True):
    """An ended call's signalling: a packed Trace, and packed packets where they were to be captured."""

    ended_at: datetime
    body: bytes
    packets: bytes | None


class SavedPhone(msgspec.Struct, frozen=True):
    leg: str | None
    told: bool


class CallChange(msgspec.Struct, frozen=True, kw_only=True):
    """A call's state with what it has to tell, in one transaction; `state` None leaves the row alone.

    `beside` is the state of another call of the tenant that a leg comes from: it has the leg in neither or in one.
    `at_once`: a message that somebody waits for leaves after it.
    """

    call: CallId
    tenant: TenantId
    state: bytes | None
    ended_at: datetime | None = None
    reports: tuple[TelephonyReport, ...] = ()
    events: tuple[LogEvent, ...] = ()
    trace: SavedTrace | None = None
    beside: tuple[CallId, bytes] | None = None
    at_once: bool = False


class PhoneChange(msgspec.Struct, frozen=True, kw_only=True):
    """`state` None: nothing is left to remember."""

    agent: UserId
    tenant: TenantId
    state: bytes | None
    reports: tuple[TelephonyReport, ...] = ()


class Announcement(msgspec.Struct, frozen=True):
    """Reports that come with no change of ours."""

    reports: tuple[TelephonyReport, ...]


Change = CallChange | PhoneChange | Announcement
