"""One sample of every message between Python and the media engine, and the golden bytes made of them.

`uv run python tests/contract/engine_samples.py` writes the files anew. That is a change of the protocol: the Rust side
must be changed with it, and running engines of the former version must still be understood.
"""

from collections.abc import Mapping
from pathlib import Path

from kernel.contracts import engine as wire
from kernel.contracts.codec import pack

GOLDEN = Path(__file__).parent / "golden"

ADDRESS = wire.Address(host="192.0.2.7", port=20_004)
ADDRESS_V6 = wire.Address(host="2001:db8::7", port=65_535)
PAYLOADS = (
    wire.Payload(number=8, codec="PCMA"),
    wire.Payload(number=0, codec="PCMU"),
    wire.Payload(number=101, codec="telephone-event", clock_rate=8000),
)
SOURCES = (wire.LegSource(leg="leg-1"), wire.PlayerSource(player="player-1"))
GCM_KEYS = wire.SrtpKeys(
    profile="AEAD_AES_128_GCM",
    local_key=bytes(range(16)),
    local_salt=bytes(range(12)),
    remote_key=bytes(range(240, 256)),
    remote_salt=bytes(range(200, 212)),
)
CM_KEYS = wire.SrtpKeys(
    profile="AES_CM_128_HMAC_SHA1_80",
    local_key=bytes(16),
    local_salt=bytes(14),
    remote_key=b"\xff" * 16,
    remote_salt=b"\x80" * 14,
)
TONES = (
    wire.Tone(frequencies_hz=(440.0, 480.5), milliseconds=2000),
    wire.Tone(frequencies_hz=(), milliseconds=4000),
)
STATISTICS = wire.Statistics(
    packets_received=4_294_967_296,
    packets_sent=127,
    bytes_received=128,
    bytes_sent=65_536,
    lost=255,
    lost_bursts=40,
    longest_burst=17,
    out_of_order=256,
    discarded=32,
    jitter_ms=1.25,
    round_trip_ms=40.5,
    concealed_ms=640,
    buffer_ms=60.5,
    remote_lost_fraction=0.015625,
    remote_jitter_ms=2.5,
    remote_mos=4.125,
    mos=4.25,
    first_received_at=1_790_000_000.5,
    last_received_at=1_790_000_060.25,
)
RTP_LEG = wire.LegState(leg="leg-1", kind="rtp", group="call-1", local=ADDRESS, hearing=SOURCES)
WEBRTC_LEG = wire.LegState(
    leg="leg-2",
    kind="webrtc",
    group="agent-1",
    local=ADDRESS_V6,
    hearing=(),
    ice_connected=True,
    secured=True,
    ufrag="abcdefgh",
    password="twenty-four-characters-x",
)
SEAL = wire.Seal(key=bytes(range(32)), header=b"CBSPOOL\x01" + bytes(60))
WIDE_PAYLOADS = (
    wire.Payload(number=111, codec="opus", clock_rate=48_000, fec=True, dtx=True),
    wire.Payload(number=9, codec="G722"),
    wire.Payload(number=13, codec="CN"),
    wire.Payload(number=110, codec="telephone-event", clock_rate=48_000),
)
RECORDER = wire.RecorderState(recorder="rec-1", leg="leg-1", path="/spool/rec-1.wav", seconds=12.5, paused=True)

COMMANDS: Mapping[str, wire.Command] = {
    "hello": wire.Hello(),
    "hello_with_token": wire.Hello(protocol=2, token="x" * 40),
    "take_snapshot": wire.TakeSnapshot(),
    "create_rtp_leg": wire.CreateRtpLeg(leg="leg-1", group="call-1", ipv6=True),
    "create_webrtc_leg": wire.CreateWebrtcLeg(leg="leg-2", group="agent-1"),
    "configure_leg": wire.ConfigureLeg(
        leg="leg-1", payloads=PAYLOADS, direction="recvonly", remote=ADDRESS, remote_rtcp=ADDRESS_V6, rtcp_mux=True
    ),
    "configure_webrtc_leg": wire.ConfigureLeg(leg="leg-2", payloads=(), direction="inactive", remote_ufrag="wxyz"),
    "configure_wide_leg": wire.ConfigureLeg(leg="leg-2", payloads=WIDE_PAYLOADS),
    "secure_leg_gcm": wire.SecureLeg(leg="leg-2", keys=GCM_KEYS),
    "secure_leg_cm": wire.SecureLeg(leg="leg-2", keys=CM_KEYS),
    "restart_ice": wire.RestartIce(leg="leg-2"),
    "send_dtls": wire.SendDtls(leg="leg-2", datagram=bytes(range(256)) * 5),
    "hear": wire.Hear(
        hearings=(wire.Hearing(leg="leg-1", sources=SOURCES), wire.Hearing(leg="leg-2", sources=())),
    ),
    "create_player_of_files": wire.CreatePlayer(
        player="player-1", group="call-1", play=wire.FilePlay(paths=("/prompts/welcome.wav", "/prompts/größe.wav"))
    ),
    "create_player_of_tones": wire.CreatePlayer(
        player="player-2", group="call-1", play=wire.TonePlay(tones=TONES, level_dbm0=-19.5, repeat=True)
    ),
    "create_player_that_stops": wire.CreatePlayer(
        player="player-3",
        group="call-1",
        play=wire.FilePlay(paths=("/prompts/menu.wav",), start_seconds=2.5),
        stop_digits="0123456789*#",
    ),
    "get_player": wire.GetPlayer(player="player-1"),
    "delete_player": wire.DeletePlayer(player="player-1"),
    "send_digits": wire.SendDigits(leg="leg-1", digits="0123456789*#ABCD", milliseconds=200, pause_milliseconds=80),
    "start_recorder": wire.StartRecorder(recorder="rec-1", leg="leg-1", path="/spool/rec-1.wav"),
    "start_sealed_recorder": wire.StartRecorder(
        recorder="rec-2", leg="leg-1", path="/spool/rec-2.sealed", format="opus", seal=SEAL
    ),
    "pause_recorder": wire.PauseRecorder(recorder="rec-1", paused=True),
    "stop_recorder": wire.StopRecorder(recorder="rec-1"),
    "start_inband_detector": wire.StartDetector(detector="det-1", leg="leg-1", detect=wire.InbandDigits()),
    "start_speech_detector": wire.StartDetector(detector="det-2", leg="leg-1", detect=wire.Speech()),
    "start_talk_detector": wire.StartDetector(detector="det-3", leg="leg-1", detect=wire.Talk()),
    "start_answerer_detector": wire.StartDetector(detector="det-4", leg="leg-1", detect=wire.AnsweringMachine()),
    "stop_detector": wire.StopDetector(detector="det-1"),
    "drain": wire.Drain(),
    "delete_leg": wire.DeleteLeg(leg="leg-1"),
    "get_statistics": wire.GetStatistics(leg="leg-1"),
    "get_health": wire.GetHealth(),
    "start_armed_recorder": wire.StartRecorder(recorder="rec-1", leg="leg-1", path="/spool/rec-1.wav", armed=True),
    "create_player_of_a_robot": wire.CreatePlayer(
        player="player-4",
        group="call-1",
        play=wire.ForkPlay(
            leg="leg-1",
            url="wss://robot.example.com/talk?of=sales",
            addresses=(ADDRESS_V6, ADDRESS),
            account="AC00000000000000000000000000000001",
            call="CA00000000000000000000000000000002",
            stream="MZ00000000000000000000000000000003",
            authorization="Bearer a-secret",
            parameters=(wire.Parameter(name="language", value="de"), wire.Parameter(name="name", value="Jörg")),
        ),
    ),
    "press_digits": wire.PressDigits(leg="leg-1", digits="*1", milliseconds=160, pause_milliseconds=60),
}

ANSWERS: Mapping[str, wire.Answer] = {
    "done": wire.Done(),
    "welcome": wire.Welcome(engine="0f" * 16, version="0.1.0", protocol=1, webrtc=(ADDRESS, ADDRESS_V6)),
    "snapshot": wire.Snapshot(legs=(RTP_LEG, WEBRTC_LEG), players=("player-1",), recorders=(RECORDER,)),
    "rtp_leg_created": wire.RtpLegCreated(leg="leg-1", rtp=ADDRESS, rtcp=ADDRESS_V6),
    "webrtc_leg_created": wire.WebrtcLegCreated(leg="leg-2", ufrag="abcdefgh", password="twenty-four-characters-x"),
    "statistics": wire.LegStatistics(leg="leg-1", statistics=STATISTICS),
    "statistics_of_silence": wire.LegStatistics(leg="leg-1", statistics=wire.Statistics()),
    "health": wire.Health(
        legs=2,
        players=1,
        recorders=1,
        rtp_ports_free=4999,
        packets_forwarded=1_000_000,
        packets_from_strangers=70_000,
        malformed_packets=3,
        cpu_seconds=12.75,
        resident_bytes=5_000_000_000,
        detectors=4,
        workers=2,
        draining=True,
    ),
    "player_state": wire.PlayerState(player="player-1", seconds=12.5, finished=False),
}

EVENTS: Mapping[str, wire.EngineEvent] = {
    "ice_connected": wire.IceConnected(leg="leg-2", remote=ADDRESS_V6),
    "ice_lost": wire.IceLost(leg="leg-2"),
    "dtls_received": wire.DtlsReceived(leg="leg-2", datagram=b"\x16\xfe\xff" + bytes(200)),
    "digit_received": wire.DigitReceived(leg="leg-1", digit="#", milliseconds=100),
    "player_finished": wire.PlayerFinished(player="player-1"),
    "player_failed": wire.PlayerFailed(player="player-1", reason="not sampled at 8 kHz"),
    "fork_started": wire.ForkStarted(player="player-4", leg="leg-1"),
    "fork_ended": wire.ForkEnded(
        player="player-4",
        leg="leg-1",
        reason="closed",
        outcome="sales",
        results=(wire.Parameter(name="customer", value="4711"),),
        lost_milliseconds=40,
    ),
    "fork_broken": wire.ForkEnded(player="player-4", leg="leg-1", reason="broken", message="connection reset"),
    "player_stopped": wire.PlayerFinished(player="player-3", seconds=3.75, digit="1"),
    "inband_digit_received": wire.DigitReceived(leg="leg-1", digit="5", milliseconds=80, inband=True, confidence=0.875),
    "speech_started": wire.SpeechStarted(detector="det-2", leg="leg-1", confidence=0.75),
    "speech_stopped": wire.SpeechStopped(detector="det-2", leg="leg-1", seconds=2.25),
    "talk_measured": wire.TalkMeasured(
        detector="det-3",
        leg="leg-1",
        seconds=60.5,
        leg_seconds=20.5,
        others_seconds=25.0,
        both_seconds=5.0,
        silent_seconds=10.0,
    ),
    "answerer_decided": wire.AnswererDecided(
        detector="det-4", leg="leg-1", answerer="machine", confidence=0.875, seconds=1.5, because="length"
    ),
    "beep_heard": wire.BeepHeard(detector="det-4", leg="leg-1", hertz=1000.5, confidence=0.9375),
    "spool_low": wire.SpoolLow(free_bytes=5_000_000_000),
    "drained": wire.Drained(),
    "rtp_started": wire.RtpStarted(leg="leg-1", remote=ADDRESS),
    "rtp_stopped": wire.RtpStopped(leg="leg-1", seconds=5.5),
    "leg_statistics": wire.LegStatistics(leg="leg-1", statistics=STATISTICS),
    "recording_finished": wire.RecordingFinished(
        recorder="rec-1",
        path="/spool/rec-1.wav",
        seconds=61.25,
        channels=2,
        bytes=1_960_044,
        sha256="ab" * 32,
        gaps=(wire.RecordingGap(start_seconds=10.5, seconds=3.25),),
        voice_seconds=(40.5, 38.25),
        format="opus",
        sealed=True,
    ),
    "recording_failed": wire.RecordingFailed(
        recorder="rec-1", path="/spool/rec-1.wav", reason="disk_full", message="No space left on device"
    ),
    "leg_ended": wire.LegEnded(leg="leg-1", statistics=STATISTICS),
    "controller_replaced": wire.ControllerReplaced(),
}


def samples() -> dict[str, wire.ToEngine | wire.FromEngine]:
    """File name without its ending, and the message."""
    refusal = wire.Refusal(code="not_found", message="no leg leg-9")
    found: dict[str, wire.ToEngine | wire.FromEngine] = {
        "refusal": wire.FromEngine(request=8, refusal=refusal),
        "refusal_without_request": wire.FromEngine(refusal=refusal),
    }
    for number, (name, command) in enumerate(COMMANDS.items()):
        found[f"command_{name}"] = wire.ToEngine(request=number * 99, command=command)
    for number, (name, answer) in enumerate(ANSWERS.items()):
        found[f"answer_{name}"] = wire.FromEngine(request=number * 99_999, answer=answer)
    for name, event in EVENTS.items():
        found[f"event_{name}"] = wire.FromEngine(event=event)
    return found


def main() -> None:
    GOLDEN.mkdir(exist_ok=True)
    for name, message in samples().items():
        (GOLDEN / f"{name}.bin").write_bytes(pack(message))


if __name__ == "__main__":
    main()
