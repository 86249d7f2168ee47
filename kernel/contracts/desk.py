"""What an agent's desk asks of routing; every intent is carried out or refused with a reason that can be shown."""

from typing import Annotated

import msgspec
from msgspec import Meta

from kernel.contracts.calls import AgentState
from kernel.contracts.colleagues import NOTE_LENGTH
from kernel.contracts.queues import SkillLevel
from kernel.primitives.ids import CallbackId, CallId, OfferId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber

SKILLS_ASKED = 10  # of one transfer; nobody chooses more by hand
Note = Annotated[str, Meta(max_length=NOTE_LENGTH)]


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class LogIn(Intent, frozen=True, tag="log_in"):
    """From logged out to not ready (reason `logged_in`).

    `desk` names the page, also after it is reloaded. While the agent works at another one, `take_over` moves them here.
    `telephone`: calls are taken by the agent's telephone and not in the browser; None: as before, else as the directory
    says.
    """

    desk: str = ""
    take_over: bool = False
    telephone: bool | None = None


class LogOut(Intent, frozen=True, tag="log_out"):
    """At once when idle, after the call and its wrap-up otherwise."""


class RequestState(Intent, frozen=True, tag="request_state"):
    """`available`, or `not_ready` with a reason of the tenant's list; kept for later while a call or wrap-up lasts."""

    state: AgentState
    reason: str = ""


class AcceptOffer(Intent, frozen=True, tag="accept_offer"):
    offer: OfferId


class RejectOffer(Intent, frozen=True, tag="reject_offer"):
    offer: OfferId


class HangUp(Intent, frozen=True, tag="hang_up"):
    call: CallId


class Hold(Intent, frozen=True, tag="hold"):
    call: CallId


class Retrieve(Intent, frozen=True, tag="retrieve"):
    call: CallId


class PressDigits(Intent, frozen=True, tag="press_digits"):
    call: CallId
    digits: str


class Dial(Intent, frozen=True, tag="dial"):
    """`client` is the tenant for whom, with its trunk and number; None: the agent's own."""

    called: PhoneNumber
    client: TenantId | None = None


class FinishWrapUp(Intent, frozen=True, tag="finish_wrap_up"):
    call: CallId
    disposition: str
    note: str = ""


class ExtendWrapUp(Intent, frozen=True, tag="extend_wrap_up"):
    """More time, up to the queue's limit."""

    call: CallId


class EndAbusiveCall(Intent, frozen=True, tag="end_abusive_call"):
    """Hang up on a caller who insults or threatens, for a reason of the tenant's list; a pause to recover follows."""

    call: CallId
    reason: str
    note: str = ""


# --- passing the present call on, and talking in threes ---


class Consult(Intent, frozen=True, tag="consult"):
    """Dial `called` and talk with them alone; the caller hears music meanwhile."""

    call: CallId
    called: PhoneNumber


class Transfer(Intent, frozen=True, tag="transfer"):
    """Without asking first: the caller hears `called` ring, and is back at the front of the queue if nobody answers."""

    call: CallId
    called: PhoneNumber


class TransferToQueue(Intent, frozen=True, tag="transfer_to_queue"):
    """The caller waits for another agent who has the `skills`, as one who has just come; the agent reads the `note`."""

    call: CallId
    queue: QueueId
    note: Note = ""
    skills: Annotated[tuple[SkillLevel, ...], Meta(max_length=SKILLS_ASKED)] = ()


class TransferToColleague(Intent, frozen=True, tag="transfer_to_colleague"):
    """Without asking first: the desk of `agent` rings; whom they do not take is in front of the queue again."""

    call: CallId
    agent: UserId
    note: Note = ""


class ConsultColleague(Intent, frozen=True, tag="consult_colleague"):
    """Ring the desk of `agent` and talk with them alone; the caller hears music meanwhile."""

    call: CallId
    agent: UserId
    note: Note = ""


class HandOver(Intent, frozen=True, tag="hand_over"):
    """Leave the call to the caller and whoever was called in: after a consultation, or out of a conference."""

    call: CallId


class Confer(Intent, frozen=True, tag="confer"):
    """Who is consulted, the caller and the agent hear each other."""

    call: CallId


class DropParty(Intent, frozen=True, tag="drop_party"):
    """Whoever was called in leaves; who is left talks on."""

    call: CallId
    party: str


PassingIntent = (
    Consult
    | Transfer
    | TransferToQueue
    | TransferToColleague
    | ConsultColleague
    | HandOver
    | Confer
    | DropParty
    | Retrieve
)
"""What passes an agent's present call on, or calls somebody into it; `Retrieve` gives a consultation up."""


class TakeCallback(Intent, frozen=True, tag="take_callback"):
    """Ring the customer now."""

    callback: CallbackId


class RejectCallback(Intent, frozen=True, tag="reject_callback"):
    callback: CallbackId


class AcceptConsultation(Intent, frozen=True, tag="accept_consultation"):
    """Talk with the colleague who asks about this call."""

    call: CallId


class RejectConsultation(Intent, frozen=True, tag="reject_consultation"):
    call: CallId


DeskIntent = (
    LogIn
    | LogOut
    | RequestState
    | AcceptOffer
    | RejectOffer
    | HangUp
    | Hold
    | Retrieve
    | PressDigits
    | Dial
    | FinishWrapUp
    | ExtendWrapUp
    | EndAbusiveCall
    | Consult
    | Transfer
    | TransferToQueue
    | TransferToColleague
    | ConsultColleague
    | HandOver
    | Confer
    | DropParty
    | TakeCallback
    | RejectCallback
    | AcceptConsultation
    | RejectConsultation
)
