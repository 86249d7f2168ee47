"""The Replaces header (RFC 3891 6.1)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import LWS
from gateway.sip.params import Params

# callid = word [ "@" word ]; taken as wide as Call-ID itself is, for it has to match that byte for byte.
_CALL_ID = re.compile(rf"{LWS}([^\s;,\"<>]++)(?=[ \t;]|\Z)")


class Replaces(msgspec.Struct, frozen=True):
    """The dialog to take over, as its end sees it that receives this: `to_tag` is the local tag there."""

    call_id: str
    to_tag: str
    from_tag: str
    early_only: bool = False

    @classmethod
    def parse(cls, text: str) -> "Replaces":
        """Read a value; SipError 400, also where a tag is missing or given twice."""
        match = _CALL_ID.match(text)
        if not match:
            raise SipError(400, "Malformed Replaces")
        params, end = Params.parse_at(text, match.end())
        if end != len(text.rstrip(" \t")) and end != len(text):
            raise SipError(400, "Malformed Replaces")
        tags: dict[str, str] = {}
        for name, value in params.items:
            key = name.lower()
            if key in ("to-tag", "from-tag"):
                if key in tags or not value:
                    raise SipError(400, "Malformed Replaces")
                tags[key] = value
        if len(tags) != 2:
            raise SipError(400, "Malformed Replaces")
        return cls(match[1], tags["to-tag"], tags["from-tag"], "early-only" in params)

    def __str__(self) -> str:
        suffix = ";early-only" if self.early_only else ""
        return f"{self.call_id};to-tag={self.to_tag};from-tag={self.from_tag}{suffix}"
