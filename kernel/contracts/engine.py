"""The words spoken between Python and the media engine.

One frame is a 4-byte big-endian length and that many bytes of MessagePack: `ToEngine` one way, `FromEngine` the other.
Structs are maps tagged by `type`; unknown fields are ignored, an unknown command is refused by name
(`unknown_command`) and the connection lives on. `tests/contract/golden/*.bin` holds golden bytes that both the Python
and the Rust side decode and encode.

All identifiers are strings chosen by the controller. All commands are idempotent: creating what exists with the same
arguments answers as the first time, deleting what does not exist succeeds. So a controller that crashed may repeat.
"""

from typing import Literal

import msgspec

PROTOCOL_VERSION = 1
MAX_FRAME_BYTES = 1 << 20  # a snapshot of 2,000 legs takes 600 kB; larger means a broken peer

Codec = Literal["PCMU", "PCMA", "G722", "opus", "CN", "telephone-event"]
SrtpProfile = Literal["AES_CM_128_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM"]
RecordingFormat = Literal["wav", "opus"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]


class Wire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", rename=None):
    pass


# --- values -----------------------------------------------------------------------------------------------------------


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


Play = FilePlay | TonePlay


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


# --- commands ---------------------------------------------------------------------------------------------------------


class Hello(Wire, frozen=True, tag="hello"):
    """First command of a connection; a second controller takes over from the first, which is told and closed."""

    protocol: int = PROTOCOL_VERSION
    token: str = ""


class TakeSnapshot(Wire, frozen=True, tag="take_snapshot"):
    pass


class CreateRtpLeg(Wire, frozen=True, tag="create_rtp_leg"):
    """Bind a pair of UDP ports (RTP even, RTCP next). All legs of a `group` (a call) live on one worker."""

    leg: str
    group: str
    ipv6: bool = False


class CreateWebrtcLeg(Wire, frozen=True, tag="create_webrtc_leg"):
    """A leg on the shared UDP port, found by its ICE user fragment; ICE-lite (RFC 8445 2.5)."""

    leg: str
    group: str


class ConfigureLeg(Wire, frozen=True, tag="configure_leg"):
    """What was negotiated. `payloads[0]` with an audio codec is what we send.

    `remote` is where the SDP says to send (RTP legs); the true address is learned from the first valid packet
    (symmetric RTP), and learned anew only after another ConfigureLeg. `remote_ufrag`: checked on incoming STUN for
    WebRTC legs. `direction` is the one in our own SDP: `recvonly` means that we hear the far end and send it nothing.
    """

    leg: str
    payloads: tuple[Payload, ...]
    direction: Direction = "sendrecv"
    remote: Address | None = None
    remote_rtcp: Address | None = None
    rtcp_mux: bool = False
    remote_ufrag: str = ""


class SecureLeg(Wire, frozen=True, tag="secure_leg"):
    leg: str
    keys: SrtpKeys


class RestartIce(Wire, frozen=True, tag="restart_ice"):
    """New credentials for a webrtc leg (`webrtc_leg_created`); the old ones hold until a check with the new."""

    leg: str


class SendDtls(Wire, frozen=True, tag="send_dtls"):
    leg: str
    datagram: bytes


class Hear(Wire, frozen=True, tag="hear"):
    """Set who hears what for several legs at one moment; legs not named keep what they hear."""

    hearings: tuple[Hearing, ...]


class CreatePlayer(Wire, frozen=True, tag="create_player"):
    """A player starts at its first hearer, stands still while nobody hears it, and ends with `player_finished`.

    `stop_digits`: any of these from a leg that hears it ends it.
    """

    player: str
    group: str
    play: Play
    stop_digits: str = ""


class GetPlayer(Wire, frozen=True, tag="get_player"):
    player: str


class DeletePlayer(Wire, frozen=True, tag="delete_player"):
    player: str


class SendDigits(Wire, frozen=True, tag="send_digits"):
    """Telephone events (RFC 4733) towards the far end of `leg`; refused when it negotiated none."""

    leg: str
    digits: str
    milliseconds: int = 100
    pause_milliseconds: int = 60


class StartRecorder(Wire, frozen=True, tag="start_recorder"):
    """Record two channels: channel 0 what `leg` says, channel 1 what it hears.

    `wav` is 16-bit PCM of 8 kHz, `opus` an Ogg file (RFC 7845) of two uncoupled streams. The file holds everything up
    to the last second at any moment, whatever is killed.
    """

    recorder: str
    leg: str
    path: str
    format: RecordingFormat = "wav"
    seal: Seal | None = None


class PauseRecorder(Wire, frozen=True, tag="pause_recorder"):
    recorder: str
    paused: bool


class StopRecorder(Wire, frozen=True, tag="stop_recorder"):
    recorder: str


class StartDetector(Wire, frozen=True, tag="start_detector"):
    """Listen to what `leg` says; ends with the leg at the latest."""

    detector: str
    leg: str
    detect: Detect


class StopDetector(Wire, frozen=True, tag="stop_detector"):
    detector: str


class Drain(Wire, frozen=True, tag="drain"):
    """Refuse new legs (`draining`), go on with those there are, and end with the last one (`drained`)."""


class DeleteLeg(Wire, frozen=True, tag="delete_leg"):
    """Ends a leg, and with it its recorders; its last statistics come as `leg_ended`."""

    leg: str


class GetStatistics(Wire, frozen=True, tag="get_statistics"):
    leg: str


class GetHealth(Wire, frozen=True, tag="get_health"):
    pass


Command = (
    Hello
    | TakeSnapshot
    | CreateRtpLeg
    | CreateWebrtcLeg
    | ConfigureLeg
    | SecureLeg
    | RestartIce
    | SendDtls
    | Hear
    | CreatePlayer
    | GetPlayer
    | DeletePlayer
    | SendDigits
    | StartRecorder
    | PauseRecorder
    | StopRecorder
    | StartDetector
    | StopDetector
    | Drain
    | DeleteLeg
    | GetStatistics
    | GetHealth
)

# --- answers ----------------------------------------------------------------------------------------------------------


class Done(Wire, frozen=True, tag="done"):
    pass


class Welcome(Wire, frozen=True, tag="welcome"):
    engine: str  # changes with every start of the engine process
    version: str
    protocol: int
    webrtc: tuple[Address, ...]  # the shared UDP port, one entry per local address to put into candidates


class Snapshot(Wire, frozen=True, tag="snapshot"):
    legs: tuple[LegState, ...]
    players: tuple[str, ...]
    recorders: tuple[RecorderState, ...]


class RtpLegCreated(Wire, frozen=True, tag="rtp_leg_created"):
    leg: str
    rtp: Address
    rtcp: Address


class WebrtcLegCreated(Wire, frozen=True, tag="webrtc_leg_created"):
    leg: str
    ufrag: str
    password: str


class LegStatistics(Wire, frozen=True, tag="leg_statistics"):
    """Answer to GetStatistics, and an event every 5 s per leg with traffic."""

    leg: str
    statistics: Statistics


class Health(Wire, frozen=True, tag="health"):
    legs: int
    players: int
    recorders: int
    rtp_ports_free: int
    packets_forwarded: int
    packets_from_strangers: int
    malformed_packets: int
    cpu_seconds: float
    resident_bytes: int
    detectors: int = 0
    workers: int = 1
    draining: bool = False


class PlayerState(Wire, frozen=True, tag="player_state"):
    player: str
    seconds: float  # played, counted over the whole list
    finished: bool


Answer = Done | Welcome | Snapshot | RtpLegCreated | WebrtcLegCreated | LegStatistics | Health | PlayerState


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was not carried out. Codes: unknown_command, malformed, not_found, conflict, no_port_free,
    limit_reached, not_negotiated, io_error, disk_full, draining, wrong_token, wrong_protocol.

    `limit` names the limit that was reached: legs, ports, players, recorders, detectors, sources.
    """

    code: str
    message: str
    limit: str = ""


class EngineRefused(Exception):
    """The engine did not carry out a command, and says why."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"{refusal.code}: {refusal.message}")
        self.refusal = refusal


class EngineLost(ConnectionError):
    """No connection, or it broke before the answer came: the command may have been carried out."""


# --- events -----------------------------------------------------------------------------------------------------------


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


class RecordingGap(msgspec.Struct, frozen=True, kw_only=True):
    start_seconds: float
    seconds: float


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

# --- envelopes --------------------------------------------------------------------------------------------------------


class ToEngine(msgspec.Struct, frozen=True, kw_only=True):
    request: int
    command: Command


class FromEngine(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Either an answer to `request` (answer or refusal), or an event.

    Events that must not be lost (player_finished, player_failed, recording_*, talk_measured, answerer_decided, beep_heard, leg_ended,
    digit_received, drained) are kept, up to 10,000, while no controller is connected, and sent after the next Hello's
    answer. Those written in the last 10 s before a connection ended are sent again then, except digits: whoever was
    killed may not have read them. So the end of a player, recording or leg may be told twice.
    """

    request: int | None = None
    answer: Answer | None = None
    refusal: Refusal | None = None
    event: EngineEvent | None = None
