"""What a controller asks for."""

from kernel.contracts.engine.values import (
    PROTOCOL_VERSION,
    Address,
    Detect,
    Direction,
    Hearing,
    Payload,
    Play,
    RecordingFormat,
    Seal,
    SrtpKeys,
    Wire,
)


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
    One that speaks with a robot (`ForkPlay`) is answered at once and tells more of itself.

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


class PressDigits(Wire, frozen=True, tag="press_digits"):
    """Keys that the far end of `leg` pressed and told by signalling: its robot, the players that it hears and the legs
    that hear it and negotiated telephone events take them as if they had come as such. No `digit_received` follows."""

    leg: str
    digits: str
    milliseconds: int = 100
    pause_milliseconds: int = 60


class StartRecorder(Wire, frozen=True, tag="start_recorder"):
    """Record two channels: channel 0 what `leg` says, channel 1 what it hears.

    `wav` is 16-bit PCM of 8 kHz, `opus` an Ogg file (RFC 7845) of two uncoupled streams. The file holds everything up
    to the last second at any moment, whatever is killed. An armed one has its file open and hears nothing before
    `PauseRecorder(paused=False)`: a slow disk costs no sound then. Stopped before that, it leaves no file and no event.
    """

    recorder: str
    leg: str
    path: str
    format: RecordingFormat = "wav"
    seal: Seal | None = None
    armed: bool = False


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
    | PressDigits
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
