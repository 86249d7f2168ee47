"""The fragments of RFC 3261 25.1 that every header parser is composed of.

Quantifiers of characters are possessive, those of groups leave one way to match, and all matching is anchored, so that
each parser does work linear in its input whatever arrives. (Python 3.11.0 to 3.11.4, which Debian 12 has, match groups
with possessive quantifiers wrongly: CPython gh-106052.) Text is UTF-8 with `surrogateescape`, which keeps every byte.
"""

import re
from functools import lru_cache

TOKEN = r"[A-Za-z0-9\-.!%*_+`'~]++"  # noqa: S105 - the RFC names it so
QUOTED_STRING = r'"(?:[^"\\]++|\\[\x00-\x09\x0b\x0c\x0e-\x7f])*"'
IPV6_REFERENCE = r"\[[0-9A-Fa-f:.]++\]"
# Underscores and bare names are no RFC 1123 host names, but container and SBC names have them.
HOST = rf"(?:{IPV6_REFERENCE}|[A-Za-z0-9_][A-Za-z0-9\-_.]*+)"
PORT = r"[0-9]{1,5}+"
LWS = r"[ \t]*+"
RWS = r"[ \t]++"
COMMA = re.compile(rf"{LWS},{LWS}")
METHOD = re.compile(rf"{TOKEN}\Z")
IPV6_ADDRESS = r"[0-9A-Fa-f]*+:[0-9A-Fa-f:.]++"
# gen-value (token, host, quoted-string); a host that is not a token is an IPv6 reference. `received` has it bare.
GENERIC_VALUE = rf"{QUOTED_STRING}|{IPV6_ADDRESS}|{TOKEN}|{IPV6_REFERENCE}"

MAX_PORT = 65535

# Addresses come again in each message of a call; what was read of short ones is kept, the latest used.
MAX_RECALLED = 4096  # of each kind: those of some hundred calls; about 2 MB
MAX_RECALLED_LENGTH = 256  # longer ones are rare, and could fill the memory

_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)
_QUOTABLE = re.compile(r'(["\\])')


def quote(text: str) -> str:
    """Write `text` as a quoted-string (RFC 3261 25.1)."""
    return '"' + _QUOTABLE.sub(r"\\\1", text) + '"'


def unquote(text: str) -> str:
    """Read a quoted-string; anything else is returned as it is."""
    if not text.startswith('"'):
        return text
    inner = text[1:-1]
    return _QUOTED_PAIR.sub(r"\1", inner) if "\\" in inner else inner


def parse_port(text: str | None) -> int | None:
    """Read the digits that `PORT` matched; None where there is no port or no such port exists."""
    if text is None:
        return None
    port = int(text)
    return port if port <= MAX_PORT else None


def split_list(text: str) -> tuple[str, ...]:
    """Split a comma-separated list of tokens; empty elements are dropped."""
    return _recall_list(text) if len(text) <= MAX_RECALLED_LENGTH else _split(text)


def _split(text: str) -> tuple[str, ...]:
    return tuple([part for element in text.split(",") if (part := element.strip(" \t"))])


_recall_list = lru_cache(MAX_RECALLED)(_split)  # all messages of a peer name the same methods and extensions


def is_decimal(text: str) -> bool:
    """Whether `text` is one or more ASCII digits; `str.isdigit` alone lets other scripts in."""
    return text.isascii() and text.isdigit()
