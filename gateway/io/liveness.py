"""When a connection is asked whether it lives, and when it is given up (RFC 5626 4.4, RFC 7118 6)."""

from enum import StrEnum

import msgspec

from gateway.sip.flow import Transport

HANDSHAKE_SECONDS = 5.0  # TLS and WebSocket together; ten round trips of a bad mobile line
FIRST_MESSAGE_SECONDS = 32.0  # a peer that connects has something to say; timer B
PART_SECONDS = 32.0  # for the rest of a message: what takes longer is no SIP any more, or holds memory on purpose
PONG_SECONDS = 10.0  # RFC 5626 4.4.1
IDLE_SECONDS = 4_000.0  # nothing heard, not even a pong: longer than the usual hour between two registrations
STREAM_PING_SECONDS = 110.0  # RFC 5626 4.4.1: 95 to 120
WEB_PING_SECONDS = 30.0  # HTTP proxies close what is silent for a minute


class Verdict(StrEnum):
    """What to do with a connection now."""

    NOTHING = "nothing"
    PING = "ping"
    HALF_OPEN = "half open"
    MUTE = "mute"
    STALLED = "stalled"
    DEAD = "dead"
    IDLE = "idle"


class Liveness(msgspec.Struct):
    """What is known of one connection; times in seconds of the caller's clock."""

    opened_at: float
    heard_at: float
    ours: bool = False  # we opened it: the peer may wait for us to speak
    ready: bool = False
    pinged_at: float | None = None  # since then unanswered
    answers_pings: bool = False  # it did once, so that its silence means something
    messages: int = 0  # whole ones, when looked at last
    kept_pause: float | None = None  # between two pings, where the peer answers them by agreement (RFC 5626)
    part_since: float | None = None  # the rest of a message is missing since

    def heard(self, now: float) -> None:
        """Note that bytes came."""
        self.heard_at = now

    def ponged(self) -> None:
        """Note an answer to our ping."""
        if self.pinged_at is not None:
            self.answers_pings = True

    def keep(self, pause: float, now: float) -> None:
        """Let both sides show in time that they live: pings leave whatever is heard, and have to be answered."""
        if self.kept_pause is None:
            self.pinged_at = self.heard_at = now
        self.kept_pause = pause

    def look(self, messages: int, has_part: bool, now: float) -> None:
        """Note how far the stream is."""
        if not has_part:
            self.part_since = None
        elif self.part_since is None or messages != self.messages:
            self.part_since = now
        self.messages = messages


def judge(life: Liveness, transport: Transport, now: float) -> Verdict:
    """Decide; a ping that is due is asked for once."""
    if not life.ready:
        return Verdict.HALF_OPEN if now - life.opened_at > HANDSHAKE_SECONDS else Verdict.NOTHING
    if life.messages == 0 and not life.ours and now - life.opened_at > FIRST_MESSAGE_SECONDS:
        return Verdict.MUTE
    if life.part_since is not None and now - life.part_since > PART_SECONDS:
        return Verdict.STALLED
    if now - life.heard_at > IDLE_SECONDS:
        return Verdict.IDLE
    return _judge_pings(life, transport, now)


def _judge_pings(life: Liveness, transport: Transport, now: float) -> Verdict:
    """A WebSocket has to answer pings (RFC 6455 5.5.3); a stream's peer only where it is known to (RFC 5626 3.5.1)."""
    is_web = transport in ("WS", "WSS")
    kept, pinged = life.kept_pause, life.pinged_at
    has_to_answer = is_web or life.answers_pings or kept is not None
    if has_to_answer and pinged is not None and life.heard_at < pinged and now - pinged > PONG_SECONDS:
        return Verdict.DEAD
    if kept is not None and pinged is not None:
        return Verdict.PING if now - pinged > kept else Verdict.NOTHING
    pause = WEB_PING_SECONDS if is_web else STREAM_PING_SECONDS
    last = max(life.heard_at, pinged or 0.0)
    return Verdict.PING if now - last > pause else Verdict.NOTHING
