"""Words about calls shared by signalling, routing and insight."""

from enum import StrEnum
from typing import Literal

import msgspec

Attestation = Literal["A", "B", "C", "failed"]
"""How far a carrier vouches for a caller's number (RFC 8588 4): the customer and the number, the customer, neither;
`failed`: what came signed proves nothing."""


class Direction(StrEnum):
    INBOUND = "inbound"
    OUTBOUND = "outbound"


class Fault(StrEnum):
    """Why an agent's telephone cannot carry a call now."""

    CONNECTION = "connection"  # the browser's leg is down, or its page is away
    MICROPHONE = "microphone"  # none, taken away, or muted by the system
    AUDIO_PATH = "audio_path"  # connected, and yet no sound arrives
    TELEPHONE = "telephone"  # a telephone in place of the browser is not registered, or may not be called


class EndResult(StrEnum):
    COMPLETED = "completed"
    CALLER = "caller"  # the caller gave up or sent something unusable
    CALLEE = "callee"  # the called side refused, was busy or did not answer
    UPSTREAM = "upstream"  # a carrier or the network
    OURS = "ours"
    INDETERMINATE = "indeterminate"


class EndReason(StrEnum):
    """Closed list; classified where the failure happens."""

    HANGUP_BY_CALLER = "hangup_by_caller"
    HANGUP_BY_AGENT = "hangup_by_agent"
    HANGUP_BY_SYSTEM = "hangup_by_system"
    TRANSFERRED = "transferred"
    CANCELLED = "cancelled"
    ABANDONED = "abandoned"
    BUSY = "busy"
    DECLINED = "declined"
    NO_ANSWER = "no_answer"
    UNREACHABLE = "unreachable"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_ALLOWED = "not_allowed"
    NO_COMMON_CODEC = "no_common_codec"
    AUTHENTICATION_FAILED = "authentication_failed"
    OVERLOADED = "overloaded"
    MEDIA_FAILED = "media_failed"
    PROTOCOL_ERROR = "protocol_error"
    SIGNALLING_TIMEOUT = "signalling_timeout"
    LOST_IN_RESTART = "lost_in_restart"


class EndCause(msgspec.Struct, frozen=True):
    """Why a leg or a call ended; one value each, always. `q850` by RFC 6432."""

    result: EndResult
    reason: EndReason
    sip_code: int | None = None
    q850: int | None = None


class TransferOutcome(StrEnum):
    COMPLETED = "completed"
    FAILED = "failed"  # accepted, and who was dialled did not answer; or the call ended before
    REFUSED = "refused"
    HANDED_OVER = "handed_over"  # the carrier of who was left connects them itself, and the call is over


class AgentState(StrEnum):
    LOGGED_OUT = "logged_out"
    NOT_READY = "not_ready"
    AVAILABLE = "available"
    OFFERED = "offered"
    CONNECTED = "connected"
    WRAP_UP = "wrap_up"


class OfferOutcome(StrEnum):
    ACCEPTED = "accepted"
    NO_ANSWER = "no_answer"
    REJECTED = "rejected"
    CALLER_GONE = "caller_gone"
    AGENT_GONE = "agent_gone"


class Actor(StrEnum):
    AGENT = "agent"
    SUPERVISOR = "supervisor"
    SYSTEM = "system"
