"""The agent state machine as one literal table; what is not in it is refused with one error per input.

Choices of this table:
- A refused offer and one that nobody answered make the agent not ready (`rejected`, `no_answer`): who does not take a
  call now would not take the next one either, and no caller shall ring at an empty chair twice.
- Logging out while a call rings refuses it: the caller goes to the next agent at once.
- An agent whose softphone was lost becomes not ready (`softphone_lost`) and, if it is back within AGENT_RETURN_SECONDS,
  available again without a click; after that they are asked to say so themselves, since the chair may be empty. So it
  is with a microphone or a path of sound that was lost, but in a call these end nothing: the agent hears the caller.
- A call that was never answered by its far end leaves nothing to write up: no wrap-up.
- After an abusive call the agent recovers first: not ready (`recovery`) for a while, then what they asked for.
- A pause that lasts longer than its reason allows becomes not ready (`overdue`), and not available: the chair may be
  empty. Supervisors see it, and the agent ends it.
- Who works on a message is connected, with no call until they ring its caller back, and back at it after that call.
  Whose time for it is over becomes not ready (`overdue`): the chair may be empty.
- A supervisor's word counts at once, but never cuts off a conversation: there it is kept for afterwards.
"""

from enum import Enum, StrEnum
from typing import NamedTuple

from kernel.contracts.calls import AgentState, Fault
from kernel.primitives.errors import Conflict, CordboardError
from routing.errors import AlreadyOnCall, CallGone, NotLoggedIn, NoWrapUp, OfferGone

LOGGED_OUT = AgentState.LOGGED_OUT
NOT_READY = AgentState.NOT_READY
AVAILABLE = AgentState.AVAILABLE
OFFERED = AgentState.OFFERED
CONNECTED = AgentState.CONNECTED
WRAP_UP = AgentState.WRAP_UP


class AgentInput(StrEnum):
    LOG_IN = "log_in"
    LOG_OUT = "log_out"
    REQUEST = "request"  # available or not ready, by the agent's own wish
    ACCEPT = "accept"
    REJECT = "reject"
    DIAL = "dial"
    USE_CALL = "use_call"  # hold, retrieve, digits, hang up: the call's own table says which of them
    FINISH_WRAP_UP = "finish_wrap_up"
    OFFER = "offer"
    RING_TIME_OUT = "ring_time_out"
    CALLER_GONE = "caller_gone"
    CALL_OVER = "call_over"
    CALL_VOID = "call_void"  # over with nothing to write up: it never connected, or its queue gives no time for it
    WRAP_UP_TIME_OUT = "wrap_up_time_out"
    SOFTPHONE_LOST = "softphone_lost"
    MICROPHONE_LOST = "microphone_lost"
    AUDIO_PATH_BROKEN = "audio_path_broken"
    TELEPHONE_LOST = "telephone_lost"
    SOFTPHONE_BACK = "softphone_back"
    BACK_IN_TIME = "back_in_time"  # within AGENT_RETURN_SECONDS of a loss that made the agent not ready
    RETURN_TIME_OUT = "return_time_out"  # the softphone was not back in time
    SEAT_WITHDRAWN = "seat_withdrawn"
    TAKE_OVER = "take_over"  # the agent goes on at another desk
    EXTEND_WRAP_UP = "extend_wrap_up"
    CALL_ABUSIVE = "call_abusive"  # ended by the agent for what the caller said
    RECOVERY_TIME_OUT = "recovery_time_out"
    PAUSE_TIME_OUT = "pause_time_out"  # longer than the reason allows
    FORCE = "force"  # by a supervisor
    WORK = "work"  # on a message that they pick from the list
    RING_BACK = "ring_back"  # from the message that they work on
    WORK_TIME_OUT = "work_time_out"
    PICK = "pick"  # by a supervisor who takes a call themselves
    RING = "ring"  # for a call that they pick, a supervisor's own telephone


class Next(Enum):
    """Where to when the table cannot name the state."""

    STAY = "stay"
    WISH = "wish"  # what the input asks for
    KEEP_WISH = "keep_wish"  # the same, honoured after the call and its wrap-up
    REQUESTED = "requested"  # the kept wish, else available
    REMAIN = "remain"  # in the same state for the same reason, with nothing to wait for any more


class Reason(StrEnum):
    """Reasons of `not_ready` and `logged_out` that the system gives, beside the tenant's own list."""

    NONE = ""
    LOGGED_IN = "logged_in"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    SOFTPHONE_LOST = "softphone_lost"
    MICROPHONE_LOST = "microphone_lost"
    NO_AUDIO_PATH = "no_audio_path"
    TELEPHONE_LOST = "telephone_lost"
    NO_SEAT = "no_seat"
    RECOVERY = "recovery"
    OVERDUE = "overdue"
    FORCED = "forced"


class Move(NamedTuple):
    to: AgentState | Next
    reason: Reason = Reason.NONE


In = AgentInput
TABLE: dict[tuple[AgentState, AgentInput], Move] = {
    (LOGGED_OUT, In.LOG_IN): Move(NOT_READY, Reason.LOGGED_IN),
    (LOGGED_OUT, In.LOG_OUT): Move(Next.STAY),
    (LOGGED_OUT, In.SOFTPHONE_LOST): Move(Next.STAY),
    (LOGGED_OUT, In.MICROPHONE_LOST): Move(Next.STAY),
    (LOGGED_OUT, In.AUDIO_PATH_BROKEN): Move(Next.STAY),
    (LOGGED_OUT, In.TELEPHONE_LOST): Move(Next.STAY),
    (LOGGED_OUT, In.SOFTPHONE_BACK): Move(Next.STAY),
    (NOT_READY, In.LOG_IN): Move(Next.STAY),
    (NOT_READY, In.LOG_OUT): Move(LOGGED_OUT),
    (NOT_READY, In.REQUEST): Move(Next.WISH),
    (NOT_READY, In.DIAL): Move(CONNECTED),
    (NOT_READY, In.SOFTPHONE_LOST): Move(Next.STAY),
    (NOT_READY, In.MICROPHONE_LOST): Move(Next.STAY),
    (NOT_READY, In.AUDIO_PATH_BROKEN): Move(Next.STAY),
    (NOT_READY, In.TELEPHONE_LOST): Move(Next.STAY),
    (NOT_READY, In.SOFTPHONE_BACK): Move(Next.STAY),
    (NOT_READY, In.BACK_IN_TIME): Move(Next.REQUESTED),
    (NOT_READY, In.RETURN_TIME_OUT): Move(Next.REMAIN),
    (NOT_READY, In.SEAT_WITHDRAWN): Move(LOGGED_OUT, Reason.NO_SEAT),
    (NOT_READY, In.TAKE_OVER): Move(Next.STAY),
    (NOT_READY, In.RECOVERY_TIME_OUT): Move(Next.REQUESTED),
    (NOT_READY, In.PAUSE_TIME_OUT): Move(NOT_READY, Reason.OVERDUE),
    (NOT_READY, In.FORCE): Move(Next.WISH),
    (NOT_READY, In.PICK): Move(CONNECTED),
    (NOT_READY, In.RING): Move(OFFERED),
    (NOT_READY, In.WORK): Move(CONNECTED),
    (AVAILABLE, In.LOG_IN): Move(Next.STAY),
    (AVAILABLE, In.LOG_OUT): Move(LOGGED_OUT),
    (AVAILABLE, In.REQUEST): Move(Next.WISH),
    (AVAILABLE, In.DIAL): Move(CONNECTED),
    (AVAILABLE, In.OFFER): Move(OFFERED),
    (AVAILABLE, In.SOFTPHONE_LOST): Move(NOT_READY, Reason.SOFTPHONE_LOST),
    (AVAILABLE, In.MICROPHONE_LOST): Move(NOT_READY, Reason.MICROPHONE_LOST),
    (AVAILABLE, In.AUDIO_PATH_BROKEN): Move(NOT_READY, Reason.NO_AUDIO_PATH),
    (AVAILABLE, In.TELEPHONE_LOST): Move(NOT_READY, Reason.TELEPHONE_LOST),
    (AVAILABLE, In.SEAT_WITHDRAWN): Move(LOGGED_OUT, Reason.NO_SEAT),
    (AVAILABLE, In.TAKE_OVER): Move(Next.STAY),
    (AVAILABLE, In.FORCE): Move(Next.WISH),
    (AVAILABLE, In.PICK): Move(CONNECTED),
    (AVAILABLE, In.RING): Move(OFFERED),
    (AVAILABLE, In.WORK): Move(CONNECTED),
    (OFFERED, In.LOG_IN): Move(Next.STAY),
    (OFFERED, In.LOG_OUT): Move(LOGGED_OUT),
    (OFFERED, In.REQUEST): Move(Next.KEEP_WISH),
    (OFFERED, In.ACCEPT): Move(CONNECTED),
    (OFFERED, In.REJECT): Move(NOT_READY, Reason.REJECTED),
    (OFFERED, In.RING_TIME_OUT): Move(NOT_READY, Reason.NO_ANSWER),
    (OFFERED, In.CALLER_GONE): Move(Next.REQUESTED),
    (OFFERED, In.SOFTPHONE_LOST): Move(NOT_READY, Reason.SOFTPHONE_LOST),
    (OFFERED, In.MICROPHONE_LOST): Move(NOT_READY, Reason.MICROPHONE_LOST),
    (OFFERED, In.AUDIO_PATH_BROKEN): Move(NOT_READY, Reason.NO_AUDIO_PATH),
    (OFFERED, In.TELEPHONE_LOST): Move(NOT_READY, Reason.TELEPHONE_LOST),
    (OFFERED, In.SEAT_WITHDRAWN): Move(LOGGED_OUT, Reason.NO_SEAT),
    (OFFERED, In.TAKE_OVER): Move(Next.STAY),
    (OFFERED, In.FORCE): Move(Next.WISH),
    (CONNECTED, In.LOG_IN): Move(Next.STAY),
    (CONNECTED, In.LOG_OUT): Move(Next.KEEP_WISH),
    (CONNECTED, In.REQUEST): Move(Next.KEEP_WISH),
    (CONNECTED, In.USE_CALL): Move(Next.STAY),
    (CONNECTED, In.CALL_OVER): Move(WRAP_UP),
    (CONNECTED, In.CALL_VOID): Move(Next.REQUESTED),
    (CONNECTED, In.SOFTPHONE_LOST): Move(Next.STAY),
    (CONNECTED, In.MICROPHONE_LOST): Move(Next.STAY),
    (CONNECTED, In.AUDIO_PATH_BROKEN): Move(Next.STAY),
    (CONNECTED, In.TELEPHONE_LOST): Move(Next.STAY),
    (CONNECTED, In.SOFTPHONE_BACK): Move(Next.STAY),
    (CONNECTED, In.RETURN_TIME_OUT): Move(Next.REQUESTED),
    (CONNECTED, In.SEAT_WITHDRAWN): Move(Next.KEEP_WISH),
    (CONNECTED, In.TAKE_OVER): Move(Next.STAY),
    (CONNECTED, In.CALL_ABUSIVE): Move(NOT_READY, Reason.RECOVERY),
    (CONNECTED, In.FORCE): Move(Next.KEEP_WISH),
    (CONNECTED, In.RING_BACK): Move(CONNECTED),
    (CONNECTED, In.WORK_TIME_OUT): Move(NOT_READY, Reason.OVERDUE),
    (WRAP_UP, In.LOG_IN): Move(Next.STAY),
    (WRAP_UP, In.LOG_OUT): Move(Next.KEEP_WISH),
    (WRAP_UP, In.REQUEST): Move(Next.KEEP_WISH),
    (WRAP_UP, In.FINISH_WRAP_UP): Move(Next.REQUESTED),
    (WRAP_UP, In.WRAP_UP_TIME_OUT): Move(Next.REQUESTED),
    (WRAP_UP, In.SOFTPHONE_LOST): Move(Next.STAY),
    (WRAP_UP, In.MICROPHONE_LOST): Move(Next.STAY),
    (WRAP_UP, In.AUDIO_PATH_BROKEN): Move(Next.STAY),
    (WRAP_UP, In.TELEPHONE_LOST): Move(Next.STAY),
    (WRAP_UP, In.SOFTPHONE_BACK): Move(Next.STAY),
    (WRAP_UP, In.SEAT_WITHDRAWN): Move(Next.KEEP_WISH),
    (WRAP_UP, In.TAKE_OVER): Move(Next.STAY),
    (WRAP_UP, In.EXTEND_WRAP_UP): Move(Next.STAY),
    (WRAP_UP, In.FORCE): Move(Next.WISH),
}


LOSSES: dict[Fault, tuple[AgentInput, Reason]] = {
    Fault.CONNECTION: (In.SOFTPHONE_LOST, Reason.SOFTPHONE_LOST),
    Fault.MICROPHONE: (In.MICROPHONE_LOST, Reason.MICROPHONE_LOST),
    Fault.AUDIO_PATH: (In.AUDIO_PATH_BROKEN, Reason.NO_AUDIO_PATH),
    Fault.TELEPHONE: (In.TELEPHONE_LOST, Reason.TELEPHONE_LOST),
}
"""What becomes of an agent whose telephone cannot carry a call, by why it cannot."""
LOST_REASONS = frozenset(reason.value for _, reason in LOSSES.values())


_REFUSALS: dict[AgentInput, tuple[type[CordboardError], str]] = {
    In.REQUEST: (NotLoggedIn, "Log in, then choose your state."),
    In.ACCEPT: (OfferGone, "The caller hung up or went to another agent."),
    In.REJECT: (OfferGone, "The caller hung up or went to another agent."),
    In.DIAL: (AlreadyOnCall, "Dial when you are available or not ready."),
    In.USE_CALL: (CallGone, "The call has ended or left your desk."),
    In.FINISH_WRAP_UP: (NoWrapUp, "The wrap-up has ended already, or the call goes on."),
    In.EXTEND_WRAP_UP: (NoWrapUp, "The wrap-up has ended already, or the call goes on."),
    In.CALL_ABUSIVE: (CallGone, "The call has ended or left your desk."),
    In.FORCE: (NotLoggedIn, "The agent is logged out."),
    In.WORK: (AlreadyOnCall, "Finish the present call and its wrap-up first."),
    In.RING_BACK: (AlreadyOnCall, "Dial when you are available or not ready."),
    In.PICK: (AlreadyOnCall, "Finish the present call and its wrap-up first."),
}
_LOGGED_OUT_REFUSAL = (NotLoggedIn, "You are logged out: log in first.")
_SYSTEM_REFUSAL = (Conflict, "This cannot happen to an agent in this state.")


def step(state: AgentState, word: AgentInput) -> Move:
    """The row of the table; without one, the error that tells the agent why not."""
    move = TABLE.get((state, word))
    if move is not None:
        return move
    kind, detail = _REFUSALS.get(word, _SYSTEM_REFUSAL)
    if state is LOGGED_OUT and word in _REFUSALS and kind is not NotLoggedIn:
        kind, detail = _LOGGED_OUT_REFUSAL
    raise kind(detail, state=state.value, input=word.value)
