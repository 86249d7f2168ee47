"""Event and Subscription-State of the subscription that a REFER makes (RFC 6665 8.2, RFC 3515 2.4)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import LWS, TOKEN, is_decimal
from gateway.sip.params import Params

MAX_EXPIRES_DIGITS = 10  # 2**32 - 1 (RFC 3261 20.19)
_FIRST = re.compile(rf"{LWS}({TOKEN}){LWS}")


class EventPackage(msgspec.Struct, frozen=True):
    """An event package and the subscription's id in it; empty: the only one."""

    package: str
    id: str = ""

    @classmethod
    def parse(cls, text: str) -> "EventPackage":
        """Read an Event value; SipError 489."""
        match = _FIRST.match(text)
        if not match:
            raise SipError(489, "Bad Event")
        params, end = Params.parse_at(text, match.end())
        if end != len(text):
            raise SipError(489, "Bad Event")
        return cls(match[1].lower(), params.get("id") or "")

    def __str__(self) -> str:
        return f"{self.package};id={self.id}" if self.id else self.package


class SubscriptionState(msgspec.Struct, frozen=True):
    """What a NOTIFY says of the subscription; `expires` in seconds."""

    state: str
    expires: int | None = None
    reason: str = ""

    @classmethod
    def parse(cls, text: str) -> "SubscriptionState":
        """Read a Subscription-State value; SipError 400."""
        match = _FIRST.match(text)
        if not match:
            raise SipError(400, "Malformed Subscription-State")
        params, end = Params.parse_at(text, match.end())
        if end != len(text):
            raise SipError(400, "Malformed Subscription-State")
        expires = params.get("expires") or ""
        readable = is_decimal(expires) and len(expires) <= MAX_EXPIRES_DIGITS
        return cls(match[1].lower(), int(expires) if readable else None, (params.get("reason") or "").lower())

    @property
    def is_over(self) -> bool:
        return self.state == "terminated"

    def __str__(self) -> str:
        if self.is_over:
            return f"terminated;reason={self.reason}" if self.reason else "terminated"
        return self.state if self.expires is None else f"{self.state};expires={self.expires}"
