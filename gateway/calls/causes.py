"""End causes to and from SIP and Q.850: RFC 3398, RFC 3326, RFC 6432; the network's own codes are in `q850`."""

from collections.abc import Iterable
from typing import assert_never

from gateway.calls.q850 import HIGHEST, LOWEST, cause_of, row_of
from gateway.sip.reason import Reason, reasons_in
from gateway.sip.reasons import reason_phrase
from kernel.contracts.calls import EndCause, EndReason, EndResult

RETRY_AFTER = "10"  # seconds; without it a 503 counts as a 500 (RFC 3261 21.5.4), and legs end all the time
HUNG_UP_Q850 = frozenset({16, 31})  # normal call clearing; normal, unspecified

FAILURES_BY_STATUS: dict[int, tuple[EndResult, EndReason]] = {
    400: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    401: (EndResult.OURS, EndReason.AUTHENTICATION_FAILED),
    402: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    403: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    404: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    405: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    406: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    407: (EndResult.OURS, EndReason.AUTHENTICATION_FAILED),
    408: (EndResult.CALLEE, EndReason.NO_ANSWER),
    410: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    415: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    424: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    428: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),  # it wants a signed caller identity (RFC 8224)
    429: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),  # it wants Referred-By (RFC 3892)
    430: (EndResult.CALLEE, EndReason.UNREACHABLE),  # the phone's connection is gone (RFC 5626)
    433: (EndResult.CALLEE, EndReason.DECLINED),  # callers who hide are refused (RFC 5079)
    436: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    437: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    438: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    470: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    480: (EndResult.CALLEE, EndReason.UNREACHABLE),
    481: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    482: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    483: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    484: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    485: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    486: (EndResult.CALLEE, EndReason.BUSY),
    487: (EndResult.CALLER, EndReason.CANCELLED),
    488: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    494: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),
    500: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    501: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    502: (EndResult.UPSTREAM, EndReason.UNREACHABLE),
    503: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    504: (EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT),
    505: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    513: (EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR),
    580: (EndResult.UPSTREAM, EndReason.OVERLOADED),
    600: (EndResult.CALLEE, EndReason.BUSY),
    603: (EndResult.CALLEE, EndReason.DECLINED),
    604: (EndResult.CALLEE, EndReason.UNKNOWN_NUMBER),
    606: (EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC),
    607: (EndResult.CALLEE, EndReason.DECLINED),  # RFC 8197, unwanted
    608: (EndResult.UPSTREAM, EndReason.NOT_ALLOWED),  # RFC 8688, rejected by an intermediary
}
"""The others of the IANA registry speak of our request itself (411 to 425, 439, 440, 469, 489, 491, 493, 555)."""

SPECIFIC_STATUS = frozenset({401, 403, 404, 407, 410, 484, 486, 487, 488, 600, 603, 604, 606, 607, 608})
"""Statuses that say more than a Q.850 cause beside them; the others are refined by it (RFC 6432 3)."""

ANSWERED_ELSEWHERE = 26  # Q.850: another of the called telephones took the call


def _by_class(status: int) -> tuple[EndResult, EndReason]:
    if status < 500:
        return EndResult.UPSTREAM, EndReason.PROTOCOL_ERROR  # also a redirection that leads nowhere allowed
    if status < 600:
        return EndResult.UPSTREAM, EndReason.UNREACHABLE
    return EndResult.CALLEE, EndReason.DECLINED


def from_failure(status: int, q850: int | None = None, *, answered_by_peer: bool = True) -> EndCause:
    """Why a call that we placed failed: its final response and the Q.850 cause of a Reason header in it.

    `answered_by_peer` False: no response came, and `status` is our own stack's word for that.
    """
    if not answered_by_peer:
        reason = EndReason.SIGNALLING_TIMEOUT if status == 408 else EndReason.UNREACHABLE
        return EndCause(EndResult.UPSTREAM, reason, status, 102 if status == 408 else 41)
    result, reason = FAILURES_BY_STATUS.get(status) or _by_class(status)
    if q850 is not None and q850 not in HUNG_UP_Q850 and status not in SPECIFIC_STATUS:
        _, _, result, reason = row_of(q850)
    return EndCause(result, reason, status, cause_of(status) if q850 is None else q850)


def from_bye(q850: int | None = None) -> EndCause:
    """Why the far party's BYE came: it hung up, unless a Reason header names a failure of the network."""
    if q850 is not None:
        _, _, result, reason = row_of(q850)
        if result is EndResult.UPSTREAM:
            return EndCause(result, reason, None, q850)
    return EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, None, 16 if q850 is None else q850)


def from_cancel(reasons: Iterable[str] = ()) -> EndCause:
    """Why the caller's CANCEL came: it gave up, or another telephone took the call (RFC 3326 2: `SIP;cause=200`)."""
    found = reasons_in(reasons)
    if any(reason.protocol.upper() == "SIP" and reason.cause == 200 for reason in found):
        return EndCause(EndResult.CALLER, EndReason.CANCELLED, 487, ANSWERED_ELSEWHERE)
    return EndCause(EndResult.CALLER, EndReason.CANCELLED, 487, _q850_of(found) or 16)


TRANSFERRED = EndCause(EndResult.COMPLETED, EndReason.TRANSFERRED, None, 16)
REPLACED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)
NOT_YOURS_TO_REPLACE = EndCause(EndResult.CALLER, EndReason.NOT_ALLOWED, 403, 57)
NEVER_ACKNOWLEDGED = EndCause(EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT, 408, 102)
PEER_GONE = EndCause(EndResult.UPSTREAM, EndReason.SIGNALLING_TIMEOUT, 481, 41)
NO_COMMON_CODEC = EndCause(EndResult.CALLER, EndReason.NO_COMMON_CODEC, 488, 88)
UNUSABLE_ANSWER = EndCause(EndResult.UPSTREAM, EndReason.NO_COMMON_CODEC, 488, 88)
NO_MEDIA_LEFT = EndCause(EndResult.OURS, EndReason.OVERLOADED, 503, 42)
MEDIA_FAILED = EndCause(EndResult.OURS, EndReason.MEDIA_FAILED, 500, 41)
LOST_IN_RESTART = EndCause(EndResult.OURS, EndReason.LOST_IN_RESTART, 500, 41)
BROWSER_GONE = EndCause(EndResult.UPSTREAM, EndReason.UNREACHABLE, 480, 27)
NOT_REGISTERED = EndCause(EndResult.CALLEE, EndReason.UNREACHABLE, 480, 20)
UNKNOWN_TRUNK = EndCause(EndResult.OURS, EndReason.UNREACHABLE, 500, 3)


def codes_of(reason: EndReason) -> tuple[int, int]:  # noqa: C901 (one row per reason, exhaustive)
    """The SIP response that refuses a call for `reason`, and the Q.850 cause that tells the far side."""
    match reason:
        case EndReason.HANGUP_BY_CALLER | EndReason.HANGUP_BY_AGENT | EndReason.HANGUP_BY_SYSTEM:
            return 480, 16
        case EndReason.TRANSFERRED:
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


def refusal_headers(cause: EndCause, text: str = "") -> tuple[tuple[str, str], ...]:
    """Of that response: Reason with `text` for people, and where it is a 503 when to come again (RFC 3261 21.5.4)."""
    reason = ("Reason", reason_header(cause, text))
    return (reason, ("Retry-After", RETRY_AFTER)) if refusal_status(cause) == 503 else (reason,)


def reason_header(cause: EndCause, text: str = "") -> str:
    """RFC 3326 with the Q.850 protocol, as RFC 6432 allows in responses too."""
    return str(Reason("Q.850", cause.q850 if cause.q850 is not None else codes_of(cause.reason)[1], text))


def farewell(cause: EndCause) -> tuple[tuple[str, str], ...]:
    """The headers of our BYE or CANCEL: why, in the network's words and, where a response is known, in SIP's."""
    lines = [("Reason", reason_header(cause))]
    if cause.sip_code is not None:
        lines.append(("Reason", str(Reason("SIP", cause.sip_code, reason_phrase(cause.sip_code)))))
    return tuple(lines)


def q850_in(reason_headers: Iterable[str]) -> int | None:
    """The Q.850 cause of Reason header values such as `Q.850 ;cause=16 ;text="Terminated"`; None without one.

    One of SIP's own statuses counts as the cause that stands for it.
    """
    return _q850_of(reasons_in(reason_headers))


def _q850_of(reasons: Iterable[Reason]) -> int | None:
    in_sip: int | None = None
    for reason in reasons:
        number = reason.cause
        if number is None:
            continue
        if reason.protocol.upper() == "Q.850" and LOWEST <= number <= HIGHEST:
            return number
        if reason.protocol.upper() == "SIP" and 200 <= number <= 699 and in_sip is None:
            in_sip = 16 if number < 300 else cause_of(number)
    return in_sip
