"""Keys pressed, as bodies of INFO: application/dtmf-relay and application/dtmf (no RFC; Cisco's and Nortel's forms)."""

import re

DTMF_RELAY = "application/dtmf-relay"
DTMF = "application/dtmf"
DIGIT_TYPES = frozenset({DTMF_RELAY, DTMF})
DIGIT_MILLISECONDS = 160  # what most gateways send, and twice what receivers need

_SIGNAL = re.compile(rb"[ \t\r\n]*+signal[ \t]*+=[ \t]*+([^\s]{1,2})[ \t]*+(?=[\r\n]|\Z)", re.IGNORECASE)
_PLAIN = re.compile(rb"[ \t\r\n]*+([^\s]{1,2})[ \t\r\n]*+\Z")
_KEYS = b"0123456789*#ABCD"
_NUMBERS = {b"10": "*", b"11": "#", b"12": "A", b"13": "B", b"14": "C", b"15": "D"}  # event codes of RFC 4733 3.2
MAX_BODY = 256  # bytes; a signal and its duration take 30


def read_digit(content_type: str, body: bytes) -> str | None:
    """Read the key; None where the body holds none that a keypad has, such as a hook flash."""
    if content_type not in DIGIT_TYPES or len(body) > MAX_BODY:
        return None
    match = _SIGNAL.match(body) or (_PLAIN.match(body) if content_type == DTMF else None)
    if not match:
        return None
    key = match[1].upper()
    if len(key) == 1:
        return key.decode("ascii") if key in _KEYS else None
    return _NUMBERS.get(key)


def write_digit(digit: str, milliseconds: int = DIGIT_MILLISECONDS) -> bytes:
    """Write an application/dtmf-relay body for one of 0-9, *, #, A-D."""
    return f"Signal={digit}\r\nDuration={milliseconds}\r\n".encode("ascii")
