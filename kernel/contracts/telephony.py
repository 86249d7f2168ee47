"""Between routing and the gateway: protocol-neutral, no SIP, no media types.

Commands go out on `telephony.command.<tenant>`, reports come in on `telephony.report.<tenant>`; both at least once,
handled idempotently by `id`, and in order per call. A report of a call may be decided where it is saved instead.
"""

import msgspec

from kernel.contracts.base import Message
from kernel.contracts.calls import Attestation, EndCause, Fault
from kernel.contracts.parties import PartyAddress as PartyAddress
from kernel.contracts.parties import PhoneParty as PhoneParty
from kernel.contracts.parties import TrunkParty as TrunkParty
from kernel.contracts.robots import RobotCommand, RobotEnded
from kernel.contracts.supervision import SupervisionCommand
from kernel.primitives.ids import CallId, RecordingId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

# --- commands: routing -> gateway -------------------------------------------------------------------------------------


class AnswerCall(Message, frozen=True, tag="answer_call"):
    """Answer an inbound call and, if asked to, record it from that moment to its last hang-up."""

    call: CallId
    record: bool = True


class RejectCall(Message, frozen=True, tag="reject_call"):
    call: CallId
    cause: EndCause


class PlayToCaller(Message, frozen=True, tag="play_to_caller"):
    """The caller hears `prompts` in order, then `music` for ever; names as known to the prompt store.

    `CallPlayed(token)` reports the end of the prompts.
    """

    call: CallId
    prompts: tuple[str, ...]
    music: str | None
    token: str = ""


class ConnectAgent(Message, frozen=True, tag="connect_agent"):
    """Caller hears agent, agent hears caller, over the agent's nailed-up leg, or over the telephone at `seat`.

    `home` is the tenant at whose desk the agent sits; None in messages from before agents served several: the call's.
    The telephone at `seat` is dialled for this call only; while it rings the caller hears what it heard. Its answer is
    told by PartyEstablished of `party`, that it ends by PartyReleased.
    """

    call: CallId
    agent: UserId
    home: TenantId | None = None
    seat: PartyAddress | None = None
    party: str = "seat"


class DisconnectAgent(Message, frozen=True, tag="disconnect_agent"):
    """The agent hears nothing and is not heard; the call goes on (the caller hears what PlayToCaller says next)."""

    call: CallId
    agent: UserId


class HoldCall(Message, frozen=True, tag="hold_call"):
    """The caller hears `music`, the agent nothing."""

    call: CallId
    music: str


class RetrieveCall(Message, frozen=True, tag="retrieve_call"):
    call: CallId


class PauseRecording(Message, frozen=True, tag="pause_recording"):
    """Nothing is recorded of what is said and pressed until it is told otherwise."""

    call: CallId
    paused: bool


class SendCallDigits(Message, frozen=True, tag="send_call_digits"):
    call: CallId
    digits: str


class PlaceCall(Message, frozen=True, tag="place_call"):
    """Dial `called` through `trunk` for an agent who hears ringing, then the callee; recorded from the answer on.

    `agent` None: for nobody yet, so that PlayToCaller and ConnectAgent follow the answer as in a call that came in.
    `line_of`: of the agent of this tenant, to whose calls the line is joined in place of a browser's leg.
    `detect_machine`: MachineAnswered tells of an answering machine. NO_TRUNK: through whichever of the tenant's trunks
    leads there. `home`, `seat` and `party` as in ConnectAgent: the agent's telephone is called first, and `called` when
    it has answered.
    """

    call: CallId
    agent: UserId | None
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None
    record: bool = True
    home: TenantId | None = None
    seat: PartyAddress | None = None
    party: str = "seat"
    line_of: UserId | None = None
    detect_machine: bool = False


class ConnectParty(Message, frozen=True, tag="connect_party"):
    """Dial `to` into the call; `party` is its name there, new in this call.

    With `aside` it talks with the agent only, until JoinParty: the caller hears what it heard. Otherwise it and all
    others hear each other, and who waits for it hears its ringing or what its network sends before the answer.

    An inbound call that is not answered yet rings with the party, is answered with it and, if `record`, recorded from
    there. With `ends_call` the party's end is the call's, for the same cause; without, the others go on.
    """

    call: CallId
    party: str
    to: PartyAddress
    aside: bool = False
    ends_call: bool = True
    record: bool = True


class JoinParty(Message, frozen=True, tag="join_party"):
    """Who was aside, everybody else and the caller, taken off hold, hear each other; the end of the party becomes the
    call's by `ends_call`: so one hands the caller over (DisconnectAgent after it) or talks in threes."""

    call: CallId
    party: str
    ends_call: bool = False


class DropParty(Message, frozen=True, tag="drop_party"):
    """End the party's leg only, whatever ConnectParty said; the others go on."""

    call: CallId
    party: str
    cause: EndCause


class AnswerTransfer(Message, frozen=True, tag="answer_transfer"):
    """What becomes of a TransferAsked: the far end is told, and a consultation that it names is taken over.

    Accepted, it is told of the party that is dialled next, or with `done` of its success at once. `cause` is why it is
    refused; None: declined.
    """

    call: CallId
    leg: str
    accepted: bool
    done: bool = False
    cause: EndCause | None = None


class TakePlace(Message, frozen=True, tag="take_place"):
    """A party that was answered takes the place of `of` (`far` or another party), whose leg ends: its end is the call's
    where that one's was. The call goes on; what takes the place of `far` is `far` from then on, and PartyReleased under
    the party's name tells of the former far end."""

    call: CallId
    party: str
    of: str


class TakeOver(Message, frozen=True, tag="take_over"):
    """The leg of `taken`, which is the far leg or a party of the call `other`, becomes `party` of this call as it is.

    Both calls are the tenant's; who stays behind in the other one hears nobody, until EndCall there. Everybody in this
    call hears the party: PartyEstablished tells of it, or PartyReleased where the leg cannot be had (any more).
    """

    call: CallId
    party: str
    to: PartyAddress
    other: CallId
    taken: str


class RecordMessage(Message, frozen=True, tag="record_message"):
    """The caller hears `prompts`, then what they say is recorded as `recording`, beside any recording of the call.

    MessageBegun reports the end of the prompts, or MessageFailed; StopMessage ends it, or the call's end.
    """

    call: CallId
    recording: RecordingId
    prompts: tuple[str, ...]


class StopMessage(Message, frozen=True, tag="stop_message"):
    call: CallId


class EndCall(Message, frozen=True, tag="end_call"):
    call: CallId
    cause: EndCause


class ShutSoftphone(Message, frozen=True, tag="shut_softphone"):
    """The agent of this tenant logged out: end the nailed-up leg."""

    agent: UserId


TelephonyCommand = (
    AnswerCall
    | RejectCall
    | PlayToCaller
    | ConnectAgent
    | DisconnectAgent
    | HoldCall
    | RetrieveCall
    | PauseRecording
    | SendCallDigits
    | ConnectParty
    | JoinParty
    | DropParty
    | AnswerTransfer
    | TakePlace
    | TakeOver
    | RecordMessage
    | StopMessage
    | PlaceCall
    | EndCall
    | ShutSoftphone
    | RobotCommand
    | SupervisionCommand
)

# --- reports: gateway -> routing --------------------------------------------------------------------------------------


class CallArrived(Message, frozen=True, tag="call_arrived"):
    """`diverted_by` forwarded it to us; `attestation` None: nobody signed for the caller, or we cannot check it."""

    call: CallId
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None
    diverted_by: PhoneNumber | None = None
    attestation: Attestation | None = None


class PhoneDialled(Message, frozen=True, tag="phone_dialled"):
    """An agent's telephone calls `called`, and is the call's far end: ConnectParty answers it, RejectCall refuses.

    Where it calls another telephone of the tenant, that one's user name is `party`, and `called` is NO_NUMBER.
    """

    call: CallId
    agent: UserId
    phone: str
    called: PhoneNumber
    party: str | None = None


class CallRinging(Message, frozen=True, tag="call_ringing"):
    """The callee's phone rings (outbound)."""

    call: CallId


class CallEstablished(Message, frozen=True, tag="call_established"):
    """The far party's leg carries sound: our 200 left (inbound) or theirs came (outbound)."""

    call: CallId


class MachineAnswered(Message, frozen=True, tag="machine_answered"):
    """The callee's greeting, or a beep after it, is an answering machine's; it may be told twice."""

    call: CallId


class CallPlayed(Message, frozen=True, tag="call_played"):
    call: CallId
    token: str


class MessageBegun(Message, frozen=True, tag="message_begun"):
    """The caller is being recorded."""

    call: CallId
    recording: RecordingId


class MessageFailed(Message, frozen=True, tag="message_failed"):
    """The caller cannot be recorded."""

    call: CallId
    recording: RecordingId


class FarEndHeld(Message, frozen=True, tag="far_end_held"):
    """The far party put us on hold by re-INVITE, or took us back."""

    call: CallId
    held: bool


class CallDigit(Message, frozen=True, tag="call_digit"):
    call: CallId
    digit: str


class CallReleased(Message, frozen=True, tag="call_released"):
    """The far party's leg is gone; exactly one per call, whoever ended it."""

    call: CallId
    cause: EndCause


class PartyRinging(Message, frozen=True, tag="party_ringing"):
    call: CallId
    party: str


class PartyEstablished(Message, frozen=True, tag="party_established"):
    call: CallId
    party: str


class PartyReleased(Message, frozen=True, tag="party_released"):
    """The party's leg is gone; exactly one per ConnectParty, before CallReleased where that ends the call."""

    call: CallId
    party: str
    cause: EndCause


class Consulted(msgspec.Struct, frozen=True):
    """Whom a far end talks with in another call of ours, where its leg is `leg`: nobody but `other`, over a leg of SIP.

    `to` is how we reach them, or where they `came_in`: the number of ours that they called, their own as its caller.
    """

    leg: str
    other: str
    to: PartyAddress
    came_in: bool = False


class TransferAsked(Message, frozen=True, tag="transfer_asked"):
    """The far end of `leg` (`far`: the caller, else a party's name) asks us to connect the other side with `called`.

    `called` is None where it names no telephone number; `party` is its user name where it names a telephone of ours.
    `attended_with` is the call that it has with the other party already, where that is one of ours; `consulted` is that
    party, None where its leg cannot be taken over. AnswerTransfer answers; without it nothing happens to the call.
    `allowed`: by the settings of the trunks that the far end is behind.
    """

    call: CallId
    leg: str
    called: PhoneNumber | None
    party: str | None = None
    attended_with: CallId | None = None
    allowed: bool = True
    consulted: Consulted | None = None


class SoftphoneChanged(Message, frozen=True, tag="softphone_changed"):
    """Whether the agent's nailed-up leg can carry sound, and if not, why not.

    A lost connection is told only after the grace for a reloaded page.
    """

    agent: UserId
    reachable: bool
    fault: Fault = Fault.CONNECTION


class PhoneChanged(Message, frozen=True, tag="phone_changed"):
    """Whether an agent's telephone, named by its user name, is registered, so that it can be called."""

    agent: UserId
    phone: str
    registered: bool


class CallsAnnounced(Message, frozen=True, tag="calls_announced"):
    """All calls of this tenant that the gateway holds and its reachable agents, published after the gateway's start.

    Routing ends every call it holds that is not listed.
    """

    calls: tuple[CallId, ...]
    agents: tuple[UserId, ...]


TelephonyReport = (
    CallArrived
    | PhoneDialled
    | CallRinging
    | CallEstablished
    | MachineAnswered
    | CallPlayed
    | MessageBegun
    | MessageFailed
    | RobotEnded
    | FarEndHeld
    | CallDigit
    | CallReleased
    | PartyRinging
    | PartyEstablished
    | PartyReleased
    | TransferAsked
    | SoftphoneChanged
    | PhoneChanged
    | CallsAnnounced
)
