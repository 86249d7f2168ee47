"""Session-Expires and Min-SE header values (RFC 4028 4, 5)."""

import re
from typing import Literal

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.grammar import LWS
from gateway.sip.params import Params

Refresher = Literal["uac", "uas"]  # of the request at hand, not of the dialog

MAX_INTERVAL = 86_400  # seconds; a longer one watches nothing, and is a slip of a configuration
SMALLEST_INTERVAL = 90  # seconds; the floor of RFC 4028 4, also the meaning of no Min-SE
_SECONDS = re.compile(rf"{LWS}([0-9]{{1,10}}+){LWS}")


class SessionExpires(msgspec.Struct, frozen=True):
    """How long the session lives without a refresh, in seconds, and who sends it."""

    seconds: int
    refresher: Refresher | None = None

    @classmethod
    def parse(cls, text: str) -> "SessionExpires":
        """Read a value; SipError 400. Parameters that nobody knows are left out."""
        seconds, params = _parse(text, "Session-Expires")
        refresher = (params.get("refresher") or "").lower()
        if refresher == "uac":
            return cls(seconds, "uac")
        return cls(seconds, "uas" if refresher == "uas" else None)

    def __str__(self) -> str:
        return f"{self.seconds};refresher={self.refresher}" if self.refresher else str(self.seconds)


def parse_min_se(text: str) -> int:
    """Read a Min-SE value in seconds; SipError 400."""
    return _parse(text, "Min-SE")[0]


def _parse(text: str, name: str) -> tuple[int, Params]:
    match = _SECONDS.match(text)
    if match is None:
        raise SipError(400, f"Malformed {name}")
    params, end = Params.parse_at(text, match.end())
    if end != len(text):
        raise SipError(400, f"Malformed {name}")
    return min(int(match[1]), MAX_INTERVAL), params
