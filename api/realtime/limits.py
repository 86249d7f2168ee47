"""Limits of the desk's WebSocket, each with its reason; tests use shorter ones."""

import msgspec

FRAME_BYTES = 65_536  # the largest frame a desk has to send is an SDP offer of some 5 kB


class DeskLimits(msgspec.Struct, frozen=True, kw_only=True):
    tick_seconds: float = 0.25  # how often what others see (queues, team) is told: faster than eyes, bounded under load
    keep_seconds: float = 60.0  # a stream without a desk: a reloaded page or a changed network is back sooner
    outbox_frames: int = 256  # waiting to be sent to one desk: a minute of a busy one; a page that reads never has ten
    hello_seconds: float = 10.0  # a page says hello at once
    check_seconds: float = 30.0  # how often a session is looked at again: at most so long does a revoked one last
    farewell_seconds: float = 5.0  # given to a closing desk, a slow one too, to read why


DEFAULT_LIMITS = DeskLimits()
