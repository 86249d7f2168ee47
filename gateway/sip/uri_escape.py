"""Percent escapes of URIs (RFC 3261 19.1.2): what a Refer-To carries along, and names in the place of numbers."""

import re
from urllib.parse import unquote_to_bytes

from gateway.sip.errors import SipError

_BROKEN = re.compile(r"%(?![0-9A-Fa-f]{2})")
# `hnv-unreserved / unreserved` of RFC 3261 25.1; all else is escaped.
_ESCAPED = re.compile(r"[^A-Za-z0-9\-_.!~*'()\[\]/?:+$]")
# `unreserved / user-unreserved`
_ESCAPED_IN_USER = re.compile(r"[^A-Za-z0-9\-_.!~*'()&=+$,;?/]")


def unescape(text: str) -> str:
    """Read escaped text; SipError 400 where an escape is broken or a line break would come out of it."""
    if _BROKEN.search(text):
        raise SipError(400, "Malformed escape")
    plain = unquote_to_bytes(text.encode("utf-8", "surrogateescape")).decode("utf-8", "surrogateescape")
    if "\r" in plain or "\n" in plain or "\0" in plain:
        raise SipError(400, "Line break in URI header")
    return plain


def escape(text: str) -> str:
    """Write text as the name or value of a URI header."""
    return _ESCAPED.sub(lambda match: _percent(match[0]), text)


def escape_user(text: str) -> str:
    """Write text as the user part of a URI."""
    return _ESCAPED_IN_USER.sub(lambda match: _percent(match[0]), text)


def _percent(character: str) -> str:
    return "".join(f"%{byte:02X}" for byte in character.encode("utf-8", "surrogateescape"))
