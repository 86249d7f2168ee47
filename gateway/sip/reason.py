"""The Reason header (RFC 3326, RFC 6432): why a message was sent, in the words of SIP or of the telephone network."""

import re
from collections.abc import Iterable

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import COMMA, LWS, TOKEN, is_decimal, quote, unquote
from gateway.sip.params import Params

MAX_CAUSE_DIGITS = 4  # SIP has three, Q.850 too
_PROTOCOL = re.compile(rf"{LWS}({TOKEN}){LWS}")


class Reason(msgspec.Struct, frozen=True):
    """One reason; `cause` None where it names none that can be read."""

    protocol: str
    cause: int | None = None
    text: str = ""

    @classmethod
    def parse_list(cls, value: str) -> "tuple[Reason, ...]":
        """Read the reasons of one header line; SipError 400."""
        found: list[Reason] = []
        position = 0
        while True:
            match = _PROTOCOL.match(value, position)
            if not match:
                raise SipError(400, "Malformed Reason")
            params, position = Params.parse_at(value, match.end())
            found.append(cls(match[1], _number(params.get("cause")), unquote(params.get("text") or "")))
            if position == len(value):
                return tuple(found)
            comma = COMMA.match(value, position)
            if not comma:
                raise SipError(400, "Malformed Reason")
            position = comma.end()

    def __str__(self) -> str:
        cause = "" if self.cause is None else f";cause={self.cause}"
        text = f";text={quote(self.text)}" if self.text else ""
        return f"{self.protocol}{cause}{text}"


def _number(text: str | None) -> int | None:
    if text is None or not is_decimal(text) or len(text) > MAX_CAUSE_DIGITS:
        return None
    return int(text)


def reasons_in(values: Iterable[str]) -> tuple[Reason, ...]:
    """Read all lines; what cannot be read says nothing."""
    found: list[Reason] = []
    for value in values:
        try:
            found += Reason.parse_list(value)
        except SipError:
            continue
    return tuple(found)
