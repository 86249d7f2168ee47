"""Header parameters: `;name=value` (RFC 3261 25.1 generic-param)."""

import re
from collections.abc import Mapping

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import GENERIC_VALUE, LWS, TOKEN

_PARAM = re.compile(rf"{LWS};{LWS}({TOKEN})(?:{LWS}={LWS}({GENERIC_VALUE}))?{LWS}")

MAX_PARAMS = 128  # of one value; the longest lists, of media features in a Contact (RFC 3840), have some thirty

Param = tuple[str, str | None]


class Params(msgspec.Struct, frozen=True, gc=False):
    """Parameters in order with names and values as received; names compare without case (7.3.1)."""

    items: tuple[Param, ...] = ()

    @classmethod
    def parse_at(cls, text: str, position: int) -> tuple["Params", int]:
        """Read as many parameters as stand at `position`; returns them and where they end. SipError 400: too many."""
        end = len(text)
        items: list[Param] = []
        while position < end and (match := _PARAM.match(text, position)):
            if len(items) == MAX_PARAMS:
                raise SipError(400, "Too many parameters")
            items.append((match[1], match[2]))
            position = match.end()
        return (cls(tuple(items)) if items else EMPTY), position

    def __contains__(self, name: str) -> bool:
        for key, _ in self.items:  # noqa: SIM110 - half of what a generator costs, a dozen times a call
            if key.lower() == name:
                return True
        return False

    def get(self, name: str) -> str | None:
        """Return the raw value of `name` (lower case), quotes included; None where it is absent or has no value."""
        for key, value in self.items:
            if key.lower() == name:
                return value
        return None

    def with_value(self, name: str, value: str | None) -> "Params":
        """Replace `name` where it stands, or append it."""
        return self.with_values({name: value})

    def with_values(self, values: Mapping[str, str | None]) -> "Params":
        """Replace these where they stand, and append the others."""
        items = [(key, values.get(key.lower(), old)) for key, old in self.items]
        items += [(name, value) for name, value in values.items() if name not in self]
        return Params(tuple(items))

    def without(self, name: str) -> "Params":
        """Leave `name` out."""
        return Params(tuple([item for item in self.items if item[0].lower() != name]))

    def __str__(self) -> str:
        return "".join([f";{name}" if value is None else f";{name}={value}" for name, value in self.items])


EMPTY = Params()
