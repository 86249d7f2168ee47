"""What an agent's desk asks of routing; every intent is carried out or refused with a reason that can be shown."""

import msgspec

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, OfferId, TenantId
from kernel.primitives.phone import PhoneNumber


class Intent(msgspec.Struct, frozen=True, kw_only=True, tag_field="type"):
    pass


class LogIn(Intent, frozen=True, tag="log_in"):
    """From logged out to not ready (reason `logged_in`)."""


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
)
