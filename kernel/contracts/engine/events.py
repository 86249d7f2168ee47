"""What the engine tells by itself."""

from typing import Literal

from kernel.contracts.engine.answers import LegStatistics
from kernel.contracts.engine.values import Address, ForkEnd, Parameter, RecordingFormat, RecordingGap, Statistics, Wire


class IceConnected(Wire, frozen=True, tag="ice_connected"):
    leg: str
    remote: Address


class IceLost(Wire, frozen=True, tag="ice_lost"):
    """No valid STUN check for 15 s (consent freshness seen from the lite side, RFC 7675)."""

    leg: str


class DtlsReceived(Wire, frozen=True, tag="dtls_received"):
    leg: str
    datagram: bytes


class DigitReceived(Wire, frozen=True, tag="digit_received"):
    leg: str
    digit: str
    milliseconds: int
    inband: bool = False  # heard as a tone, not told as an event
    confidence: float = 1.0


class PlayerFinished(Wire, frozen=True, tag="player_finished"):
    """`seconds` were played, counted over the whole list; `digit` stopped it before its end."""

    player: str
    seconds: float = 0.0
    digit: str = ""


class PlayerFailed(Wire, frozen=True, tag="player_failed"):
    player: str
    reason: str


class ForkStarted(Wire, frozen=True, tag="fork_started"):
    """The robot has taken the call; `player` is the one that plays what it says."""

    player: str
    leg: str


class ForkEnded(Wire, frozen=True, tag="fork_ended"):
    """The robot is gone by itself; a player that is deleted, or whose leg ends, tells nothing.

    `outcome` and `results` are what the robot told before it closed; with them `reason` is always `closed`.
    """

    player: str
    leg: str
    reason: ForkEnd
    message: str = ""
    outcome: str = ""
    results: tuple[Parameter, ...] = ()
    lost_milliseconds: int = 0  # said while the robot was too slow to take it


class RtpStarted(Wire, frozen=True, tag="rtp_started"):
    """First valid packet of a leg, or the first after RtpStopped."""

    leg: str
    remote: Address


class RtpStopped(Wire, frozen=True, tag="rtp_stopped"):
    """Nothing received for `seconds` (5 at least) while the negotiated direction says that there should be.

    A webrtc leg that nobody hears has its sender switched off, so none is told of it.
    """

    leg: str
    seconds: float


class SpeechStarted(Wire, frozen=True, tag="speech_started"):
    detector: str
    leg: str
    confidence: float


class SpeechStopped(Wire, frozen=True, tag="speech_stopped"):
    """`seconds` of speech have ended; told `silence_milliseconds` later."""

    detector: str
    leg: str
    seconds: float


class TalkMeasured(Wire, frozen=True, tag="talk_measured"):
    """Of `seconds`, how many only the leg spoke, only the others, both, and nobody."""

    detector: str
    leg: str
    seconds: float
    leg_seconds: float
    others_seconds: float
    both_seconds: float
    silent_seconds: float


class AnswererDecided(Wire, frozen=True, tag="answerer_decided"):
    """`seconds` after the greeting's start; `because` says what decided: length, pause, cadence, beep, silence."""

    detector: str
    leg: str
    answerer: Literal["person", "machine", "silence", "unknown"]
    confidence: float
    seconds: float
    because: str


class BeepHeard(Wire, frozen=True, tag="beep_heard"):
    """A message may be left from now on."""

    detector: str
    leg: str
    hertz: float
    confidence: float


class SpoolLow(Wire, frozen=True, tag="spool_low"):
    """The disk of the recordings has little space left; new recorders are refused at none (`disk_full`)."""

    free_bytes: int


class Drained(Wire, frozen=True, tag="drained"):
    """The last leg of a draining engine has gone; the process ends."""


class RecordingFinished(Wire, frozen=True, tag="recording_finished"):
    """`bytes` are those of the plain file; `sha256` is of what was recorded: the samples of a WAV without its header
    (which tells the length and is true only at the end), or the Ogg stream; of a sealed file, before it was sealed.
    """

    recorder: str
    path: str
    seconds: float
    channels: int
    bytes: int
    sha256: str
    gaps: tuple[RecordingGap, ...] = ()  # pauses and times without disk space
    voice_seconds: tuple[float, ...] = ()  # of sound that arrived, per channel
    format: RecordingFormat = "wav"
    sealed: bool = False


class RecordingFailed(Wire, frozen=True, tag="recording_failed"):
    """The recorder stopped writing (disk full, I/O error); the call goes on and what was written stays valid."""

    recorder: str
    path: str
    reason: Literal["disk_full", "io_error"]
    message: str


class LegEnded(Wire, frozen=True, tag="leg_ended"):
    leg: str
    statistics: Statistics


class ControllerReplaced(Wire, frozen=True, tag="controller_replaced"):
    """Last words to a controller whose place another one took."""


EngineEvent = (
    IceConnected
    | IceLost
    | DtlsReceived
    | DigitReceived
    | PlayerFinished
    | PlayerFailed
    | ForkStarted
    | ForkEnded
    | RtpStarted
    | RtpStopped
    | SpeechStarted
    | SpeechStopped
    | TalkMeasured
    | AnswererDecided
    | BeepHeard
    | SpoolLow
    | Drained
    | LegStatistics
    | RecordingFinished
    | RecordingFailed
    | LegEnded
    | ControllerReplaced
)
