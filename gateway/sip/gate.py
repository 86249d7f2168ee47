"""Who decides which requests outside dialogs are answered at all."""

from typing import Protocol

import msgspec

from gateway.sip.calls import HeaderLines
from gateway.sip.flow import Flow
from gateway.sip.message import Request


class Refusal(msgspec.Struct, frozen=True):
    """An answer that keeps no state, such as a challenge (RFC 3261 8.2.7)."""

    status: int
    headers: HeaderLines = ()


class Gate(Protocol):
    """Asked before a request makes anything; it is told the time."""

    def trusts(self, flow: Flow, /) -> bool:
        """Whether the peer is known, so that it gets errors too: what is malformed, or for a dialog that is gone."""
        ...

    def screen(self, request: Request, flow: Flow, now: float, /) -> Refusal | bool:
        """Let a valid request outside dialogs in, refuse it with an answer, or drop it (False)."""
        ...

    def way_to(self, contact: str, /) -> Flow | None:
        """The connection by which the owner of a Contact is registered now; None: there is none."""
        ...


class OpenGate:
    """Lets everything in, for endpoints whose flows are all known."""

    def trusts(self, _flow: Flow, /) -> bool:
        """Always."""
        return True

    def screen(self, _request: Request, _flow: Flow, _now: float, /) -> bool:
        """Always."""
        return True

    def way_to(self, _contact: str, /) -> Flow | None:
        """Nobody registers."""
        return None
