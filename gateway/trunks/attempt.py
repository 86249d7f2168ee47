"""One way to reach a far party: what its INVITE says, where it goes, and when the next way is tried."""

from typing import Literal

import msgspec

from gateway.sip.calls import Credentials, HeaderLines
from gateway.sip.flow import Destination
from gateway.sip.name_addr import NameAddr
from kernel.primitives.ids import TrunkId

SrtpPolicy = Literal["never", "optional", "required"]

FAIL_OVER_ON = frozenset({408, 500, 502, 503, 504})
"""Statuses that speak of the way and not of the callee: no answer at all (our own 408), or a next hop that is unwell."""

ANSWER_WITHIN_SECONDS = 4.0  # RFC 3261 timer A has sent the INVITE three times by then; a caller waits no longer


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """`trunk` None: the party is no number behind a carrier. `codecs`: most wanted first.

    `fails_over_on` are statuses after which the next way is tried; `answer_within_seconds`: so long a next hop may be
    silent, without even a 100, before it counts as dead for this call. `limited` False: no limit of the trunk counts.
    """

    target: str
    from_: NameAddr
    to: NameAddr
    trunk: TrunkId | None = None
    headers: HeaderLines = ()
    credentials: Credentials | None = None
    destination: Destination | None = None
    route: tuple[str, ...] = ()
    codecs: tuple[str, ...] = ()
    srtp: SrtpPolicy = "optional"
    ipv6: bool = False
    contact_user: str = ""
    fails_over_on: frozenset[int] = FAIL_OVER_ON
    answer_within_seconds: float = ANSWER_WITHIN_SECONDS
    limited: bool = True

    def goes_on_after(self, status: int) -> bool:
        """Whether a refusal with `status` is about this way, so that another may do better."""
        return status in self.fails_over_on

    def __repr__(self) -> str:
        return f"Attempt(trunk={self.trunk}, ...)"  # numbers of callers do not belong in logs
