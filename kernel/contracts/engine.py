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

Codec = Literal["PCMU", "PCMA", "telephone-event"]
SrtpProfile = Literal["AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM"]
Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]


class Wire(msgspec.Struct, frozen=True, kw_only=True, tag_field="type", rename=None):
    pass


# --- values -----------------------------------------------------------------------------------------------------------


class Address(msgspec.Struct, frozen=True, kw_only=True):
    host: str  # an IP literal, never a name
    port: int


class Payload(msgspec.Struct, frozen=True, kw_only=True):
    """One negotiated payload type (RFC 3551); `clock_rate` in Hz."""

    number: int
    codec: Codec
    clock_rate: int = 8000


class SrtpKeys(msgspec.Struct, frozen=True, kw_only=True):
    """Master keys and salts of one leg as exported by DTLS-SRTP (RFC 5764); our side encrypts with `local_*`."""

    profile: SrtpProfile
    local_key: bytes
    local_salt: bytes
    remote_key: bytes
    remote_salt: bytes


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
    """16-bit PCM, mono, 8 kHz WAV files played one after the other; `repeat` starts over at the end."""

    paths: tuple[str, ...]
    repeat: bool = False


class Tone(msgspec.Struct, frozen=True, kw_only=True):
    frequencies_hz: tuple[float, ...]  # summed at equal level; empty is silence
    milliseconds: int


class TonePlay(Wire, frozen=True, tag="tones"):
    """Tones and silences in order at `level_dbm0`; `repeat` starts over (a ring-back or busy cadence)."""

    tones: tuple[Tone, ...]
    level_dbm0: float = -13.0
    repeat: bool = False


Play = FilePlay | TonePlay


class Statistics(msgspec.Struct, frozen=True, kw_only=True):
    """RTP figures of one leg since its creation; jitter and round trip in ms, `lost` by RFC 3550 A.3."""

    packets_received: int = 0
    packets_sent: int = 0
    bytes_received: int = 0
    bytes_sent: int = 0
    lost: int = 0
    out_of_order: int = 0
    discarded: int = 0  # wrong source address, failed authentication, replayed, malformed
    jitter_ms: float = 0.0
    round_trip_ms: float | None = None
    remote_lost_fraction: float | None = None  # as the far end reports it, 0..1
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


class SendDtls(Wire, frozen=True, tag="send_dtls"):
    leg: str
    datagram: bytes


class Hear(Wire, frozen=True, tag="hear"):
    """Set who hears what for several legs at one moment; legs not named keep what they hear."""

    hearings: tuple[Hearing, ...]


class CreatePlayer(Wire, frozen=True, tag="create_player"):
    """A player starts at its first hearer, stands still while nobody hears it, and ends with `player_finished`."""

    player: str
    group: str
    play: Play


class DeletePlayer(Wire, frozen=True, tag="delete_player"):
    player: str


class SendDigits(Wire, frozen=True, tag="send_digits"):
    """Telephone events (RFC 4733) towards the far end of `leg`; refused when it negotiated none."""

    leg: str
    digits: str
    milliseconds: int = 100
    pause_milliseconds: int = 60


class StartRecorder(Wire, frozen=True, tag="start_recorder"):
    """Record to a 2-channel 16-bit 8 kHz WAV: channel 0 what `leg` says, channel 1 what it hears.

    The file is valid up to the last second at any moment, whatever is killed.
    """

    recorder: str
    leg: str
    path: str


class PauseRecorder(Wire, frozen=True, tag="pause_recorder"):
    recorder: str
    paused: bool


class StopRecorder(Wire, frozen=True, tag="stop_recorder"):
    recorder: str


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
    | SendDtls
    | Hear
    | CreatePlayer
    | DeletePlayer
    | SendDigits
    | StartRecorder
    | PauseRecorder
    | StopRecorder
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


Answer = Done | Welcome | Snapshot | RtpLegCreated | WebrtcLegCreated | LegStatistics | Health


class Refusal(msgspec.Struct, frozen=True, kw_only=True):
    """Why a command was not carried out. Codes: unknown_command, malformed, not_found, conflict, no_port_free,
    limit_reached, not_negotiated, io_error, wrong_token, wrong_protocol."""

    code: str
    message: str


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


class PlayerFinished(Wire, frozen=True, tag="player_finished"):
    player: str


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


class RecordingGap(msgspec.Struct, frozen=True, kw_only=True):
    start_seconds: float
    seconds: float


class RecordingFinished(Wire, frozen=True, tag="recording_finished"):
    recorder: str
    path: str
    seconds: float
    channels: int
    bytes: int
    sha256: str
    gaps: tuple[RecordingGap, ...] = ()  # pauses and times without disk space


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

    Events that must not be lost (player_finished, recording_*, leg_ended, digit_received) are kept, up to 10,000, while
    no controller is connected, and sent after the next Hello's answer. Those written in the last 10 s before a
    connection ended are sent again then, except digits: whoever was killed may not have read them. So the end of a
    player, recording or leg may be told twice.
    """

    request: int | None = None
    answer: Answer | None = None
    refusal: Refusal | None = None
    event: EngineEvent | None = None
