"""What is kept of a call's signalling: who sent what when, and no number of a person."""

from typing import Literal

import msgspec

from gateway.sip.flow import Transport


class TraceEntry(msgspec.Struct, frozen=True, array_like=True):
    """One message. `at`: seconds since 1970; `status`: 0 for a request; `cause`: Q.850 of its Reason, 0 without one.

    `leg` is a place in `Trace.legs`; `remote` is host:port of the peer; `method` and `cseq` are those of the CSeq.
    """

    at: float
    leg: int
    sent: bool
    method: str
    status: int
    cseq: int
    transport: Transport
    remote: str
    cause: int = 0

    @property
    def label(self) -> str:
        """How a ladder names it: `INVITE`, `180 INVITE`."""
        return f"{self.status} {self.method}" if self.status else self.method


class TraceLeg(msgspec.Struct, frozen=True, array_like=True):
    """One SIP session of the call; `direction` tells who sent its INVITE."""

    call_id: str
    direction: Literal["inbound", "outbound"]


class Trace(msgspec.Struct, frozen=True, kw_only=True):
    """The signalling of one call in the order of time; `left_out` messages in the middle were too many to keep."""

    legs: tuple[TraceLeg, ...] = ()
    entries: tuple[TraceEntry, ...] = ()
    left_out: int = 0


class Packet(msgspec.Struct, frozen=True, array_like=True):
    """One message as it was on the wire, secrets masked; `local` and `remote` are (IP address, port)."""

    at: float
    sent: bool
    local: tuple[str, int]
    remote: tuple[str, int]
    data: bytes
