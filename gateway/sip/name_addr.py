"""Addresses of From, To, Contact, Route and Record-Route (RFC 3261 20.10, 25.1 name-addr and addr-spec)."""

import re
from functools import lru_cache

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import (
    COMMA,
    LWS,
    MAX_RECALLED,
    MAX_RECALLED_LENGTH,
    QUOTED_STRING,
    RWS,
    TOKEN,
    quote,
    unquote,
)
from gateway.sip.params import EMPTY, Params
from gateway.sip.uri import Uri

_NAME_ADDR = re.compile(
    rf"{LWS}(?:({QUOTED_STRING}){LWS}|((?:{TOKEN}{RWS})*(?:{TOKEN})?){LWS})<([^<>]*+)>{LWS}", re.DOTALL
)
# Without angle brackets, what follows a semicolon belongs to the header, and comma and question mark end it (20.10).
_ADDR_SPEC = re.compile(rf"{LWS}([A-Za-z][A-Za-z0-9+.\-]*+:[^\s<>\",;?]++){LWS}(?=[;,]|\Z)")


class NameAddr(msgspec.Struct, frozen=True, gc=False):
    """A display name as received (quotes included), the text of a URI and header parameters."""

    raw_name: str
    uri_text: str
    params: Params = EMPTY

    @classmethod
    def of(cls, uri: str, display_name: str = "") -> "NameAddr":
        """Make an address from plain text."""
        return cls(quote(display_name) if display_name else "", uri)

    @classmethod
    def parse(cls, text: str) -> "NameAddr":
        """Read one address; SipError 400."""
        return _recall(text) if len(text) <= MAX_RECALLED_LENGTH else _read(text)

    @classmethod
    def parse_at(cls, text: str, position: int) -> tuple["NameAddr", int]:
        """Read the address at `position`; returns it and where it ends."""
        match = _NAME_ADDR.match(text, position)
        if match:
            name = match[1] or match[2].rstrip(" \t")
            params, end = Params.parse_at(text, match.end())
            return cls(name, match[3], params), end
        match = _ADDR_SPEC.match(text, position)
        if not match:
            raise SipError(400, "Malformed address")
        params, end = Params.parse_at(text, match.end())
        return cls("", match[1], params), end

    @classmethod
    def parse_list(cls, text: str) -> tuple["NameAddr", ...]:
        """Read addresses separated by commas; SipError 400."""
        found: list[NameAddr] = []
        position = 0
        while True:
            address, position = cls.parse_at(text, position)
            found.append(address)
            if position == len(text):
                return tuple(found)
            comma = COMMA.match(text, position)
            if not comma:
                raise SipError(400, "Malformed address list")
            position = comma.end()

    @property
    def display_name(self) -> str:
        """The display name as a person reads it."""
        return unquote(self.raw_name)

    @property
    def uri(self) -> Uri:
        """The URI; SipError 400 where it is malformed."""
        return Uri.parse(self.uri_text)

    @property
    def tag(self) -> str:
        """The tag; empty where there is none (RFC 3261 19.3)."""
        return self.params.get("tag") or ""

    def with_tag(self, tag: str) -> "NameAddr":
        """The same address with this tag."""
        return NameAddr(self.raw_name, self.uri_text, self.params.with_value("tag", tag))

    def without_tag(self) -> "NameAddr":
        """The same address without a tag."""
        return NameAddr(self.raw_name, self.uri_text, self.params.without("tag"))

    def __repr__(self) -> str:
        return "NameAddr(...)"  # numbers do not belong in logs

    def __str__(self) -> str:
        separator = " " if self.raw_name else ""
        return f"{self.raw_name}{separator}<{self.uri_text}>{self.params}"


def _read(text: str) -> NameAddr:
    address, position = NameAddr.parse_at(text, 0)
    if position != len(text):
        raise SipError(400, "Malformed address")
    return address


_recall = lru_cache(MAX_RECALLED)(_read)
WILDCARD = NameAddr("", "*")  # `Contact: *` of a REGISTER that removes all bindings (RFC 3261 10.2.2)
