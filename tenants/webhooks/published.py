"""Which events of the log leave the house, and what is told of each: a contract that the log itself is not.

Notes of agents and numbers of third parties stay here, and so do lines that are kept up to agents' telephones: they are
nobody's conversation, and the records of calls have none of them. What the log lost by an erasure, no later attempt
tells.
"""

from collections.abc import Collection, Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, Self

import msgspec

from kernel.contracts.calls import Direction
from kernel.contracts.codec import to_json
from kernel.contracts.log import CallAnswered, CallEnded, CallOffered, LogEvent, Logged
from kernel.primitives.ids import CallId
from kernel.primitives.phone import PhoneNumber


class EventType(StrEnum):
    """The log's names of what may be sent; `fields` of the event are told, `meaning` is what a person is told."""

    fields: tuple[str, ...]
    meaning: str

    def __new__(cls, value: str, fields: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.fields = tuple(fields.split())
        member.meaning = meaning
        return member

    CALL_OFFERED = "call.offered", "call agent queue flow attestation", "A call came in, or an agent dials"
    CALL_ANSWERED = "call.answered", "call", "The other party's line is up: by a greeting, a flow or an agent"
    CALL_QUEUED = "call.queued", "call queue priority since", "A caller waits in a queue since `since`"
    CALL_OVERFLOWED = "call.overflowed", "call queue cause", "A queue could not keep a caller"
    CALL_CONNECTED = "call.connected", "call agent queue", "Caller and agent hear each other"
    CALL_HELD = "call.held", "call agent", "The agent put the caller on hold"
    CALL_RETRIEVED = "call.retrieved", "call agent", "The hold is over"
    CALL_DISCONNECTED = "call.disconnected", "call agent", "An agent left a call, which may go on"
    TRANSFER_ENDED = (
        "transfer.ended",
        "call outcome agent attended reason queue",
        "A call was passed on, or could not be",
    )
    CALL_ENDED = "call.ended", "call cause agent queue", "A call is over"
    CALL_DISPOSED = "call.disposed", "call agent disposition", "An agent said how a call went"
    CALL_ERASED = "call.erased", "call number note reason", "A call's number or note was erased: erase yours"
    RECORDING_STORED = "recording.stored", "recording call seconds channels", "A recording can be fetched"
    RECORDING_FAILED = "recording.failed", "call reason", "A call was not recorded"
    RECORDING_DELETED = "recording.deleted", "recording call reason", "A recording is gone: delete yours"
    CALLBACK_REQUESTED = "callback.requested", "callback queue agent due expires origin", "A callback was promised"
    CALLBACK_ENDED = "callback.ended", "callback outcome call", "What became of a callback"
    VOICEMAIL_LEFT = "voicemail.left", "voicemail call queue agent seconds due", "A caller left a message"
    VOICEMAIL_ENDED = "voicemail.ended", "voicemail end agent disposition", "A message was taken care of"
    AGENT_STATE_CHANGED = "agent.state_changed", "agent state previous reason call queue", "An agent's state"
    ALERT_RAISED = "alert.raised", "rule name measure queue side limit value begun", "A figure is beyond its limit"
    ALERT_CLEARED = "alert.cleared", "rule name measure queue value worst", "An alert is over"
    LIMIT_REACHED = "limit.reached", "limit detail call agent", "Something was refused because of a limit"
    TRUNK_STATE_CHANGED = "trunk.state_changed", "trunk name state status reason", "A carrier is lost, or back"
    CERTIFICATE_ENDING = "certificate.ending", "name ends_at", "A certificate that you gave us ends soon"


OF_A_CALL = frozenset(kind for kind in EventType if kind.startswith(("call.", "recording.", "transfer.")))
"""They mean nothing without their call; others may name one that is another tenant's, or was refused."""

IDS = frozenset({"call", "agent", "queue", "recording", "callback", "voicemail", "rule", "trunk", "origin"})
"""Fields that name something; told as `<field>_id`."""


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """What is told of a call beside each of its events, as it is known now; an erased number is None."""

    direction: Direction
    caller: PhoneNumber | None
    called: PhoneNumber | None
    offered_at: datetime


def type_of(event: LogEvent) -> str:
    return str(type(event).__struct_config__.tag)


def may_be_told(event: LogEvent, kinds: Collection[EventType]) -> bool:
    """Whether an endpoint that wants these may get it, as far as the event itself says: see `is_told`."""
    of_a_line = isinstance(event, CallOffered | CallAnswered | CallEnded) and event.line_of is not None
    return not of_a_line and type_of(event) in kinds


def is_told(event: LogEvent, calls: Collection[CallId]) -> bool:
    """Whether it leaves the house, where `calls` are those of it that have a record: a line has none, whatever the
    event says of it."""
    return type_of(event) not in OF_A_CALL or call_of(event) in calls


def call_of(event: LogEvent) -> CallId | None:
    return getattr(event, "call", None)


def body_of(logged: Logged, calls: Mapping[CallId, CallFacts]) -> bytes:
    """The JSON that is signed and sent; ValueError for what is not published."""
    event = logged.event
    kind = EventType(type_of(event))
    told: dict[str, Any] = {name: getattr(event, name) for name in kind.fields}
    data = {f"{name}_id" if name in IDS else name: value for name, value in told.items()}
    call = call_of(event)
    if call is not None:
        data["call"] = calls.get(call)
    return to_json(
        {
            "type": kind.value,
            "timestamp": event.at,
            "tenant_id": event.tenant,
            "sequence": logged.sequence,
            "data": data,
        }
    )
