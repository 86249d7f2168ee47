"""How a queue gives its calls out and how long it lets wait, as the API shows it; and what there is to expect."""

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta

from api.schemas.common import Body, Input
from kernel.contracts.codec import unpack
from kernel.contracts.queues import (
    HANDLE_SECONDS,
    KEEP_PLACE_SECONDS,
    OVERFLOWS,
    CallbackSettings,
    Comfort,
    MessageRules,
    OverflowCause,
    Seconds,
    SkillLevel,
    ToCallback,
    ToFlow,
    ToQueue,
    ToVoicemail,
    WaitingRules,
)
from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber
from tenants.directory.callers import Mark


class ToNumber(msgspec.Struct, frozen=True, tag_field="kind", tag="number", forbid_unknown_fields=True):
    """Outside; the tenant's limits of what may be dialled hold for it too."""

    number: str


class QueueOverflow(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`after_seconds` in this queue is the limit of `waited`; the other causes apply at once."""

    when: OverflowCause
    to: ToQueue | ToFlow | ToVoicemail | ToCallback | ToNumber
    after_seconds: Seconds = 0.0


class QueueWaiting(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`capacity` None: no limit; 0: only who is served at once. Of `overflows` the first that leads anywhere is taken.

    Who was cut off and rings again within `keep_place_seconds` has the former place. `handle_seconds` is expected of a
    call until enough were measured.
    """

    capacity: Annotated[int, Meta(ge=0)] | None = None
    overflows: Annotated[tuple[QueueOverflow, ...], Meta(max_length=OVERFLOWS)] = ()
    comfort: Comfort | None = None
    keep_place_seconds: Seconds = KEEP_PLACE_SECONDS
    handle_seconds: Annotated[float, Meta(gt=0, le=86_400)] = HANDLE_SECONDS
    callbacks: CallbackSettings = CallbackSettings()
    voicemail: MessageRules = MessageRules()


def waiting_shown(rules: WaitingRules) -> QueueWaiting:
    return msgspec.convert(msgspec.to_builtins(rules, enc_hook=_number), QueueWaiting)


def waiting_rules(waiting: QueueWaiting) -> WaitingRules:
    """InvalidInput for what is no telephone number."""
    for place, overflow in enumerate(waiting.overflows):
        if isinstance(overflow.to, ToNumber):
            try:
                PhoneNumber.parse(overflow.to.number)
            except ValueError as error:
                field = f"waiting.overflows.{place}.to.number"
                problem = {"field": field, "code": "not_a_number", "detail": str(error)}
                raise InvalidInput(f"{field}: {error}", errors=[problem]) from None
    return unpack(msgspec.msgpack.encode(waiting), WaitingRules)


def _number(value: Any) -> str:
    if isinstance(value, PhoneNumber):
        return value.e164
    raise NotImplementedError(type(value).__name__)


class AgentSkillsBody(Body, frozen=True):
    """`weight` is the agent's part where a queue gives calls out in proportion."""

    user_id: UUID
    skills: tuple[SkillLevel, ...]
    weight: int


class AgentSkillsInput(Input, frozen=True):
    skills: tuple[SkillLevel, ...] = ()
    weight: int = 1


class AgentSkillsList(Body, frozen=True):
    """Of those who have any, or another weight than 1; of guests what this tenant gave them."""

    agents: tuple[AgentSkillsBody, ...]


class MarkedCallerBody(Body, frozen=True):
    id: UUID
    number: str
    mark: Mark
    note: str


class MarkedCallerInput(Input, frozen=True):
    """`vip`: queues serve the caller first; `blocked`: the caller is turned away."""

    number: str
    mark: Mark
    note: str = ""


class WaitingCallerBody(Body, frozen=True):
    """`position` is 1 for who is next; `expected_seconds` from now on, None: nobody is at work for the queue."""

    call_id: UUID
    queue_id: UUID
    since: datetime
    priority: int
    position: int
    expected_seconds: float | None


class QueueOutlookBody(Body, frozen=True):
    """`expected_seconds` of a caller who came now; `agents` are at work: available, ringing, talking or in wrap-up."""

    queue_id: UUID
    waiting: int
    agents: int
    expected_seconds: float | None


class OutlookBody(Body, frozen=True):
    queues: tuple[QueueOutlookBody, ...]
    callers: tuple[WaitingCallerBody, ...]
