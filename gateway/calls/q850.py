"""Causes of the telephone network (ITU-T Q.850 2.2.7) and what they are in SIP (RFC 3398 7.2.4.1 and 8.2.6.1)."""

from kernel.contracts.calls import EndReason, EndResult

Row = tuple[str, int, EndResult, EndReason]

_CALLEE, _UPSTREAM, _DONE = EndResult.CALLEE, EndResult.UPSTREAM, EndResult.COMPLETED
_UNKNOWN, _UNREACHABLE, _NOT_ALLOWED = EndReason.UNKNOWN_NUMBER, EndReason.UNREACHABLE, EndReason.NOT_ALLOWED
_OVERLOADED, _NO_CODEC, _PROTOCOL = EndReason.OVERLOADED, EndReason.NO_COMMON_CODEC, EndReason.PROTOCOL_ERROR
_HANG_UP = EndReason.HANGUP_BY_CALLER

CAUSES: dict[int, Row] = {
    1: ("Unallocated number", 404, _CALLEE, _UNKNOWN),
    2: ("No route to specified transit network", 404, _UPSTREAM, _UNREACHABLE),
    3: ("No route to destination", 404, _UPSTREAM, _UNREACHABLE),
    4: ("Send special information tone", 480, _CALLEE, _UNREACHABLE),
    5: ("Misdialled trunk prefix", 484, _CALLEE, _UNKNOWN),
    6: ("Channel unacceptable", 503, _UPSTREAM, _UNREACHABLE),
    7: ("Call awarded and delivered in an established channel", 500, _UPSTREAM, _PROTOCOL),
    8: ("Preemption", 503, _UPSTREAM, _OVERLOADED),
    9: ("Preemption, circuit reserved for reuse", 503, _UPSTREAM, _OVERLOADED),
    14: ("Query on release, ported number", 404, _UPSTREAM, _UNREACHABLE),
    16: ("Normal call clearing", 480, _DONE, _HANG_UP),
    17: ("User busy", 486, _CALLEE, EndReason.BUSY),
    18: ("No user responding", 408, _CALLEE, EndReason.NO_ANSWER),
    19: ("No answer from user", 480, _CALLEE, EndReason.NO_ANSWER),
    20: ("Subscriber absent", 480, _CALLEE, _UNREACHABLE),
    21: ("Call rejected", 603, _CALLEE, EndReason.DECLINED),  # 3398 says 403 where the network, 603 where the user did
    22: ("Number changed", 410, _CALLEE, _UNKNOWN),
    23: ("Redirection to new destination", 410, _CALLEE, _UNKNOWN),
    24: ("Call rejected due to feature at the destination", 603, _CALLEE, EndReason.DECLINED),
    25: ("Exchange routing error", 483, _UPSTREAM, _UNREACHABLE),
    26: ("Non-selected user clearing", 404, _CALLEE, EndReason.NO_ANSWER),
    27: ("Destination out of order", 502, _CALLEE, _UNREACHABLE),
    28: ("Invalid number format", 484, _CALLEE, _UNKNOWN),
    29: ("Facility rejected", 501, _UPSTREAM, _NOT_ALLOWED),
    30: ("Response to STATUS ENQUIRY", 500, _UPSTREAM, _PROTOCOL),
    31: ("Normal, unspecified", 480, _DONE, _HANG_UP),
    34: ("No circuit available", 503, _UPSTREAM, _OVERLOADED),
    38: ("Network out of order", 503, _UPSTREAM, _UNREACHABLE),
    39: ("Permanent frame mode connection out of service", 503, _UPSTREAM, _UNREACHABLE),
    40: ("Permanent frame mode connection operational", 500, _UPSTREAM, _PROTOCOL),
    41: ("Temporary failure", 503, _UPSTREAM, _UNREACHABLE),
    42: ("Switching equipment congestion", 503, _UPSTREAM, _OVERLOADED),
    43: ("Access information discarded", 502, _UPSTREAM, _UNREACHABLE),
    44: ("Requested circuit not available", 503, _UPSTREAM, _OVERLOADED),
    46: ("Precedence call blocked", 503, _UPSTREAM, _OVERLOADED),
    47: ("Resource unavailable, unspecified", 503, _UPSTREAM, _OVERLOADED),
    49: ("Quality of service unavailable", 488, _UPSTREAM, _OVERLOADED),
    50: ("Requested facility not subscribed", 403, _UPSTREAM, _NOT_ALLOWED),
    53: ("Outgoing calls barred within closed user group", 403, _UPSTREAM, _NOT_ALLOWED),
    55: ("Incoming calls barred within closed user group", 403, _UPSTREAM, _NOT_ALLOWED),
    57: ("Bearer capability not authorized", 403, _UPSTREAM, _NOT_ALLOWED),
    58: ("Bearer capability not presently available", 503, _UPSTREAM, _NO_CODEC),
    62: ("Inconsistency in access information and subscriber class", 403, _UPSTREAM, _NOT_ALLOWED),
    63: ("Service or option not available, unspecified", 503, _UPSTREAM, _UNREACHABLE),
    65: ("Bearer capability not implemented", 488, _UPSTREAM, _NO_CODEC),
    66: ("Channel type not implemented", 488, _UPSTREAM, _NO_CODEC),
    69: ("Requested facility not implemented", 501, _UPSTREAM, _PROTOCOL),
    70: ("Only restricted digital information is available", 488, _UPSTREAM, _NO_CODEC),
    79: ("Service or option not implemented, unspecified", 501, _UPSTREAM, _NO_CODEC),
    81: ("Invalid call reference value", 500, _UPSTREAM, _PROTOCOL),
    82: ("Identified channel does not exist", 500, _UPSTREAM, _PROTOCOL),
    83: ("Suspended call exists", 500, _UPSTREAM, _PROTOCOL),
    84: ("Call identity in use", 500, _UPSTREAM, _PROTOCOL),
    85: ("No call suspended", 500, _UPSTREAM, _PROTOCOL),
    86: ("Call having the requested call identity has been cleared", 500, _UPSTREAM, _PROTOCOL),
    87: ("User not member of closed user group", 403, _UPSTREAM, _NOT_ALLOWED),
    88: ("Incompatible destination", 488, _UPSTREAM, _NO_CODEC),  # 3398's 503 would have us tried again in vain
    90: ("Non-existent closed user group", 403, _UPSTREAM, _NOT_ALLOWED),
    91: ("Invalid transit network selection", 404, _UPSTREAM, _UNREACHABLE),
    95: ("Invalid message, unspecified", 500, _UPSTREAM, _PROTOCOL),
    96: ("Mandatory information element is missing", 500, _UPSTREAM, _PROTOCOL),
    97: ("Message type non-existent or not implemented", 500, _UPSTREAM, _PROTOCOL),
    98: ("Message not compatible with call state", 500, _UPSTREAM, _PROTOCOL),
    99: ("Information element non-existent or not implemented", 500, _UPSTREAM, _PROTOCOL),
    100: ("Invalid information element contents", 500, _UPSTREAM, _PROTOCOL),
    101: ("Message not compatible with call state", 500, _UPSTREAM, _PROTOCOL),
    102: ("Recovery on timer expiry", 504, _UPSTREAM, EndReason.SIGNALLING_TIMEOUT),
    103: ("Parameter non-existent or not implemented, passed on", 500, _UPSTREAM, _PROTOCOL),
    110: ("Message with unrecognized parameter, discarded", 500, _UPSTREAM, _PROTOCOL),
    111: ("Protocol error, unspecified", 500, _UPSTREAM, _PROTOCOL),
    127: ("Interworking, unspecified", 500, _UPSTREAM, _PROTOCOL),
}

_CLASS_DEFAULTS = (31, 31, 47, 63, 79, 95, 111, 127)
"""The "unspecified" cause of each class: what a cause that nobody defined counts as (Q.850 2.2.5, RFC 3398 7.2.4)."""

LOWEST, HIGHEST = 1, 127


def row_of(cause: int) -> Row:
    """What a cause means; every number has a row: unknown ones of 1 to 127 their class's, others that of 127."""
    if cause in CAUSES:
        return CAUSES[cause]
    return CAUSES[_CLASS_DEFAULTS[cause >> 4] if LOWEST <= cause <= HIGHEST else HIGHEST]


def status_of(cause: int) -> int:
    """The SIP response for a cause (RFC 3398 7.2.4.1)."""
    return row_of(cause)[1]


CAUSES_BY_STATUS: dict[int, int] = {
    400: 41,
    401: 21,
    402: 21,
    403: 21,
    404: 1,
    405: 63,
    406: 79,
    407: 21,
    408: 102,
    409: 41,
    410: 22,
    411: 127,
    413: 127,
    414: 127,
    415: 79,
    416: 127,
    420: 127,
    421: 127,
    423: 127,
    433: 21,
    480: 18,
    481: 41,
    482: 25,
    483: 25,
    484: 28,
    485: 1,
    486: 17,
    487: 16,
    488: 88,
    491: 41,
    493: 111,
    500: 41,
    501: 79,
    502: 38,
    503: 41,
    504: 102,
    505: 127,
    513: 127,
    580: 47,
    600: 17,
    603: 21,
    604: 1,
    606: 88,
    607: 21,
    608: 21,
}
"""RFC 3398 8.2.6.1; 487 as 16 by RFC 4497 8.4.4, 488 and 606 as 88 where no Warning says more, 580 by RFC 3312."""


def cause_of(status: int) -> int:
    """The cause for a SIP response; every status of 300 and more has one (RFC 3398 8.2.6.1)."""
    if status in CAUSES_BY_STATUS:
        return CAUSES_BY_STATUS[status]
    if status < 400:
        return 23
    if status < 500:
        return 127
    return 41 if status < 600 else 21
