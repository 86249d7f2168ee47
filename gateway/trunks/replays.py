"""Whether a signature that vouches for a caller came before, with another call (RFC 8224 12.1); told the time."""

import hashlib
from collections import OrderedDict
from datetime import datetime

from gateway.trunks.passport import FRESH_SECONDS, Unproved

REMEMBERED_SECONDS = 2 * FRESH_SECONDS  # a signer's clock may be ahead by as much as its signature may be old
MOST_REMEMBERED = 20_000  # two minutes at 160 signed calls a second, 5 MB; beyond, the oldest are forgotten first
_R_CHARACTERS = 42  # of the signature's first half: s may be turned into n - s by anybody, and stays valid


class Replays:
    """Signatures that were found right lately, each with the Call-ID that brought it: an INVITE may come again."""

    def __init__(self) -> None:
        self._seen: OrderedDict[bytes, tuple[datetime, bytes]] = OrderedDict()

    def require_first(self, token: str, call_id: str, now: datetime) -> None:
        """Of a verified token: Unproved where another call had it; else it is this one's from now on."""
        self._forget(now)
        signed, _, signature = token.rpartition(".")
        key, call = _digest(f"{signed}.{signature[:_R_CHARACTERS]}"), _digest(call_id)
        _, first = self._seen.setdefault(key, (now, call))
        if len(self._seen) > MOST_REMEMBERED:
            self._seen.popitem(last=False)
        if first != call:
            raise Unproved("came with another call before")

    def _forget(self, now: datetime) -> None:
        while self._seen:
            at, _ = next(iter(self._seen.values()))
            if (now - at).total_seconds() <= REMEMBERED_SECONDS:
                return
            self._seen.popitem(last=False)


def _digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()
