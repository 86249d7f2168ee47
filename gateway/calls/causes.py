"""End causes and their codes in SIP and Q.850: RFC 3398 7.2 and 8.2.6.1, RFC 4497, RFC 6432, and what carriers send."""

from typing import assert_never

from kernel.contracts.calls import EndCause, EndReason, EndResult

RETRY_AFTER = "10"  # seconds; without it a 503 counts as a 500 (RFC 3261 21.5.4), and legs end all the time
HUNG_UP_Q850 = frozenset({16, 31})  # normal call clearing; normal, unspecified

FAILURES_BY_STATUS: dict[int, tuple[EndResult, EndReason, int]] = {
    400: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR, 127),
    401: (EndResult.OURS, EndReason.AUTHENTICATION_FAILED, 21),
    402: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED, 21),
    403: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED, 57),
    404: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER, 1),
    405: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR, 63),
    406: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 79),
    407: (EndResult.OURS, EndReason.AUTHENTICATION_FAILED, 21),
    408: (EndResult.CALLEE, EndReason.NO_ANSWER, 18),
    410: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER, 22),
    415: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 79),
    480: (EndResult.CALLEE, EndReason.UNREACHABLE, 20),
    481: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR, 41),
    484: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER, 28),
    485: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER, 1),
    486: (EndResult.CALLEE, EndReason.BUSY, 17),
    487: (EndResult.CALLER, EndReason.CANCELLED, 16),
    488: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 88),
    500: (EndResult.UPSTREAM, EndReason.UNREACHABLE, 41),
    502: (EndResult.UPSTREAM, EndReason.UNREACHABLE, 38),
    503: (EndResult.UPSTREAM, EndReason.OVERLOADED, 34),
    504: (EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT, 102),
    600: (EndResult.CALLEE, EndReason.BUSY, 17),
    603: (EndResult.CALLEE, EndReason.DECLINED, 21),
    604: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER, 1),
    606: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 88),
    607: (EndResult.CALLEE, EndReason.DECLINED, 21),  # RFC 8197, unwanted
    608: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED, 21),  # RFC 8688, rejected by an intermediary
}

REASONS_BY_Q850: dict[int, tuple[EndResult, EndReason]] = {
    1: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    2: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    3: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    17: (EndResult.CALLEE, EndReason.BUSY),
    18: (EndResult.CALLEE, EndReason.NO_ANSWER),
    19: (EndResult.CALLEE, EndReason.NO_ANSWER),
    20: (EndResult.CALLEE, EndReason.UNREACHABLE),
    21: (EndResult.CALLEE, EndReason.DECLINED),
    22: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    27: (EndResult.CALLEE, EndReason.UNREACHABLE),
    28: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    34: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    38: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    41: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    42: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    44: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    47: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    55: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    57: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    65: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    79: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    88: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    102: (EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT),
    111: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    127: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
}

SPECIFIC_STATUS = frozenset({401, 403, 404, 407, 410, 484, 486, 487, 488, 600, 603, 604, 606, 607, 608})
"""Statuses that say more than a Q.850 cause beside them; the others are refined by it (RFC 6432 3)."""


def _by_class(status: int) -> tuple[EndResult, EndReason, int]:
    if status < 400:
        return EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR, 23  # a redirection, which a trunk may not ask of us
    if status < 500:
        return EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR, 127
    if status < 600:
        return EndResult.UPSTREAM, EndReason.UNREACHABLE, 41
    return EndResult.CALLEE, EndReason.DECLINED, 21


def from_failure(status: int, q850: int | None = None, *, answered_by_peer: bool = True) -> EndCause:
    """Why a call that we placed failed: its final response and the Q.850 cause of a Reason header in it.

    `answered_by_peer` False: no response came, and `status` is our own stack's word for that.
    """
    if not answered_by_peer:
        reason = EndReason.SIGNALLING_TIMEOUT if status == 408 else EndReason.UNREACHABLE
        return EndCause(EndResult.UPSTREAM, reason, status, 102 if status == 408 else 41)
    result, reason, common = FAILURES_BY_STATUS.get(status) or _by_class(status)
    if q850 in REASONS_BY_Q850 and status not in SPECIFIC_STATUS:
        result, reason = REASONS_BY_Q850[q850]
    return EndCause(result, reason, status, common if q850 is None else q850)


def from_bye(q850: int | None = None) -> EndCause:
    """Why the far party's BYE came: it hung up, unless a Reason header names a failure of the network."""
    if q850 is None or q850 in HUNG_UP_Q850 or q850 not in REASONS_BY_Q850:
        return EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, None, 16 if q850 is None else q850)
    result, reason = REASONS_BY_Q850[q850]
    if result is not EndResult.UPSTREAM:
        return EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, None, q850)
    return EndCause(result, reason, None, q850)


CANCELLED_BY_CALLER = EndCause(EndResult.CALLER, EndReason.CANCELLED, 487, 16)
NEVER_ACKNOWLEDGED = EndCause(EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT, 408, 102)
PEER_GONE = EndCause(EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT, 481, 41)
NO_COMMON_CODEC = EndCause(EndResult.CALLER, EndReason.NO_COMMON_CODEC, 488, 88)
UNUSABLE_ANSWER = EndCause(EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 488, 88)
NO_MEDIA_LEFT = EndCause(EndResult.OURS, EndReason.OVERLOADED, 503, 42)
MEDIA_FAILED = EndCause(EndResult.OURS, EndReason.MEDIA_FAILED, 500, 41)
LOST_IN_RESTART = EndCause(EndResult.OURS, EndReason.LOST_IN_RESTART, 500, 41)
UNKNOWN_TRUNK = EndCause(EndResult.OURS, EndReason.UNREACHABLE, 500, 3)


def codes_of(reason: EndReason) -> tuple[int, int]:  # noqa: C901 (one row per reason, exhaustive)
    """The SIP response that refuses a call for `reason`, and the Q.850 cause that tells the far side."""
    match reason:
        case EndReason.HANGUP_BY_CALLER | EndReason.HANGUP_BY_AGENT | EndReason.HANGUP_BY_SYSTEM:
            return 480, 16
        case EndReason.CANCELLED | EndReason.ABANDONED:
            return 487, 16
        case EndReason.BUSY:
            return 486, 17
        case EndReason.NO_ANSWER:
            return 480, 19
        case EndReason.UNREACHABLE:
            return 480, 20
        case EndReason.DECLINED:
            return 603, 21
        case EndReason.UNKNOWN_NUMBER:
            return 404, 1
        case EndReason.NOT_ALLOWED | EndReason.AUTHENTICATION_FAILED:
            return 403, 57
        case EndReason.NO_COMMON_CODEC:
            return 488, 88
        case EndReason.OVERLOADED:
            return 503, 42
        case EndReason.MEDIA_FAILED | EndReason.LOST_IN_RESTART:
            return 500, 41
        case EndReason.PROTOCOL_ERROR:
            return 400, 111
        case EndReason.SIGNALLING_TIMEOUT:
            return 504, 102
        case _:
            assert_never(reason)


def refusal_status(cause: EndCause) -> int:
    """The final response for an unanswered call: the cause's own code where it is one, else its reason's."""
    if cause.sip_code is not None and 400 <= cause.sip_code <= 699:
        return cause.sip_code
    return codes_of(cause.reason)[0]


def refusal_headers(cause: EndCause) -> tuple[tuple[str, str], ...]:
    """Of that response: Reason, and where it is a 503 when to come again (RFC 3261 21.5.4)."""
    reason = ("Reason", reason_header(cause))
    return (reason, ("Retry-After", RETRY_AFTER)) if refusal_status(cause) == 503 else (reason,)


def reason_header(cause: EndCause) -> str:
    """RFC 3326 with the Q.850 protocol, as RFC 6432 allows in responses too."""
    return f"Q.850;cause={cause.q850 if cause.q850 is not None else codes_of(cause.reason)[1]}"


def q850_in(reason_headers: tuple[str, ...]) -> int | None:
    """The Q.850 cause of Reason header values such as `Q.850 ;cause=16 ;text="Terminated"`; None without one."""
    for header in reason_headers:
        protocol, *parameters = header.split(";")
        if protocol.strip().upper() != "Q.850":
            continue
        for parameter in parameters:
            name, _, value = parameter.partition("=")
            if name.strip().lower() == "cause" and value.strip().isascii() and value.strip().isdigit():
                cause = int(value.strip()[:4])
                return cause if 1 <= cause <= 127 else None
    return None
