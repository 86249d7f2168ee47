"""What the demonstration carrier is asked to do, and what it tells about it (JSON, one document a line)."""

from typing import Literal

import msgspec


class CallPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One caller: `voice` is a file of the voices; times in seconds.

    `starts_after` counts from the start of the carrier; `leaves_after` from the answer (None: the far end hangs up);
    `patience` from the INVITE: who has not even a greeting by then cancels.
    """

    name: str
    caller: str
    called: str
    voice: str
    codec: Literal["PCMU", "PCMA"] = "PCMU"
    starts_after: float = 0.0
    leaves_after: float | None = None
    patience: float = 30.0


class Traffic(msgspec.Struct, frozen=True, kw_only=True):
    """Random callers for ever: arrivals by a Poisson process, the same for the same `seed`."""

    seed: int
    calls_per_minute: float
    called: tuple[str, ...]
    impatient: float = 0.15  # part of the callers who give up in the queue


class AnswerPlan(msgspec.Struct, frozen=True, kw_only=True):
    """How calls to the outside are taken, by `voice`: after a digest challenge where there is a `username`."""

    voice: str
    username: str = ""
    password: str = ""
    rings_for: float = 1.0
    leaves_after: float | None = None


class CarrierPlan(msgspec.Struct, frozen=True, kw_only=True):
    """`folder` gets what each caller heard, one WAV file per call; None: nothing is kept."""

    host: str
    port: int
    gateway_host: str
    gateway_port: int
    answer: AnswerPlan
    calls: tuple[CallPlan, ...] = ()
    traffic: Traffic | None = None
    folder: str | None = None


class Listening(msgspec.Struct, frozen=True, tag_field="event", tag="listening"):
    port: int


class CallPlaced(msgspec.Struct, frozen=True, tag_field="event", tag="placed"):
    name: str
    caller: str
    called: str


class CallFinished(msgspec.Struct, frozen=True, kw_only=True, tag_field="event", tag="finished"):
    """Times in seconds of Unix time; `status` is the final SIP status, `heard` a file in the plan's folder."""

    name: str
    placed_by: Literal["carrier", "centre"]
    caller: str
    called: str
    voice: str
    codec: str
    status: int
    hung_up_by: Literal["carrier", "centre"]
    began_at: float
    answered_at: float | None
    ended_at: float
    packets_sent: int
    packets_heard: int
    heard: str | None


CarrierEvent = Listening | CallPlaced | CallFinished
