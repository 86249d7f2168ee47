"""Values shared by commands, answers and events."""

from typing import Literal

import msgspec

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 1 << 20  # of a command, as the engine takes them; larger means a broken peer
MAX_ANSWER_BYTES = 16 << 20  # a snapshot of 20,000 legs, the engine's own limit, takes 6 MB

Codec = Literal["PCMU", "PCMA", "G722", "opus", "CN", "telephone-event"]
SrtpProfile = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]
RecordingFormat = Literal["wav", "opus"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]


class Wire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", rename=None):
    pass


class Address(msgspec.Struct, frozen=True, kw_only=True):
    host: str  # an IP literal, never a name
    port: int


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One negotiated payload type (RFC 3551); `clock_rate` in Hz, 8000 for G722 (RFC 3551 4.5.2), 48000 for opus.

    `fec` and `dtx` (RFC 7587 6.1) say what the far end likes to be sent.
    """

    number: int
    codec: Codec
    clock_rate: int = 8000
    fec: bool = False
    dtx: bool = False


class SrtpKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Master keys and salts of one leg, of DTLS-SRTP (RFC 5764) or SDES (RFC 4568); we encrypt with `local_*`."""

    profile: SrtpProfile
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes

    def __repr__(self) -> str:
        return f"SrtpKeys({self.profile}, secret)"


class LegSource(Wire, frozen=True, tag="leg"):
    leg: str


class PlayerSource(Wire, frozen=True, tag="player"):
    player: str


Source = LegSource | PlayerSource


class Hearing(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that `leg` hears from now on. Empty: nothing is sent to it."""

    leg: str
    sources: tuple[Source, ...]


class FilePlay(Wire, frozen=True, tag="file"):
    """16-bit PCM, mono WAV files of 8 to 48 kHz played one after the other; `repeat` starts over at the end.

    `start_seconds` goes so far into the list first: where a player that was stopped had been.
    """

    paths: tuple[str, ...]
    repeat: bool = False
    start_seconds: float = 0.0


class Tone(msgspec.Struct, frozen=True, kw_only=True):
    frequencies_hz: tuple[float, ...]  # summed at equal level; empty is silence
    milliseconds: int


class TonePlay(Wire, frozen=True, tag="tones"):
    """Tones and silences in order at `level_dbm0`; `repeat` starts over (a ring-back or busy cadence)."""

    tones: tuple[Tone, ...]
    level_dbm0: float = -13.0
    repeat: bool = False


class Parameter(msgspec.Struct, frozen=True, kw_only=True):
    """A text by its name: what a robot is told, and what it tells."""

    name: str
    value: str


class ForkPlay(Wire, frozen=True, tag="fork"):
    """What a robot says, which hears what `leg` (of the player's group) says, as Twilio Media Streams messages.

    The engine opens a WebSocket to `url` (ws, wss) at the first of `addresses` that answers, and nowhere else; such a
    player begins with its creation, is told as `fork_started` and ends with `fork_ended`. `authorization` is the
    header's value, empty for none. `account`, `call` and `stream` are what the robot is told as `accountSid`, `callSid`
    and `streamSid`, `parameters` as `customParameters`.
    """

    leg: str
    url: str
    addresses: tuple[Address, ...]
    account: str
    call: str
    stream: str
    authorization: str = ""
    parameters: tuple[Parameter, ...] = ()

    def __repr__(self) -> str:
        return f"ForkPlay({self.leg}, {self.stream})"


ForkEnd = Literal["closed", "unreachable", "refused", "broken", "nonsense", "overflow", "slow", "silent"]
"""How a robot ended by itself: it closed in order; could not be reached; answered the handshake with something else;
was cut off; sent what is no message, or more sound or marks ahead than are kept; took less than was said; said nothing
at all, not even to pings."""

Play = FilePlay | TonePlay | ForkPlay


class InbandDigits(Wire, frozen=True, tag="inband_digits"):
    """DTMF tones in the sound itself (ITU-T Q.23, Q.24), told as `digit_received` with `inband`."""


class Speech(Wire, frozen=True, tag="speech"):
    """When the far end begins and ends to speak; ends are told after `silence_milliseconds` of silence."""

    silence_milliseconds: int = 700


class Talk(Wire, frozen=True, tag="talk"):
    """Who spoke how long, of what the leg says and what it hears: `talk_measured` when the detector ends."""


class AnsweringMachine(Wire, frozen=True, tag="answering_machine"):
    """A person or a machine (`answerer_decided`), within `limit_milliseconds` of the greeting; then a beep."""

    limit_milliseconds: int = 2000
    silence_milliseconds: int = 4000  # who says nothing for so long is told as "silence"


Detect = InbandDigits | Speech | Talk | AnsweringMachine


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """How a file is encrypted while it is written: `key` (32 bytes, AES-256-GCM) stays in memory, `header` begins it.

    After the header: chunks of a 4-byte big-endian length and the sealed bytes. Nonce: 11 bytes big-endian index and 1
    for the last chunk, else 0; the header is authenticated with every chunk. In plain the chunks are the samples of a
    WAV without its header, or the Ogg stream.
    """

    key: bytes
    header: bytes

    def __repr__(self) -> str:
        return "Seal(secret)"


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """RTP figures of one leg since its creation; jitter and round trip in ms, `lost` by RFC 3550 A.3."""

    packets_received: int = 0
    packets_sent: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    lost: int = 0
    lost_bursts: int = 0  # runs of packets lost one after the other
    longest_burst: int = 0  # packets
    out_of_order: int = 0
    discarded: int = 0  # wrong source address, failed authentication, replayed, malformed
    jitter_ms: float = 0.0
    round_trip_ms: float | None = None
    concealed_ms: int = 0  # sound that was made up on decode paths
    buffer_ms: float | None = None  # what the jitter buffer holds back now; None without one
    remote_lost_fraction: float | None = None  # as the far end reports it, 0..1
    remote_jitter_ms: float | None = None
    remote_mos: float | None = None  # of what we send, from the far end's reports
    mos: float | None = None  # E-model, ITU-T G.107, of the last 5 to 10 s (of all in `leg_ended`); None in the first
    first_received_at: float | None = None  # seconds of Unix time
    last_received_at: float | None = None


class LegState(msgspec.Struct, frozen=True, kw_only=True):
    leg: str
    kind: Literal["rtp", "webrtc"]
    group: str
    local: Address
    hearing: tuple[Source, ...]
    ice_connected: bool = False
    secured: bool = False
    ufrag: str = ""
    password: str = ""


class RecorderState(msgspec.Struct, frozen=True, kw_only=True):
    recorder: str
    leg: str
    path: str
    seconds: float
    paused: bool
    format: RecordingFormat = "wav"
    sealed: bool = False


class RecordingGap(msgspec.Struct, frozen=True, kw_only=True):
    start_seconds: float
    seconds: float
