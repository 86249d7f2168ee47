"""What a player of a call plays: prompts of its tenant, a robot, or the tone of a telephone that rings."""

from urllib.parse import urlsplit
from uuid import uuid5

import structlog

from gateway.app.ports import PromptFiles, RobotSecrets
from gateway.calls.effects import StartPlayer
from gateway.calls.inputs import PlayerOver, RobotOver
from gateway.calls.model import Call, Robot, Sound, ToneName
from kernel.contracts.engine import (
    Address,
    CreatePlayer,
    FilePlay,
    ForkEnded,
    ForkPlay,
    Parameter,
    Play,
    PlayerFailed,
    PlayerFinished,
    Tone,
    TonePlay,
)

# ETSI TS 101 221-2 and most of the world: 425 Hz, one second on, four off.
RING_BACK = TonePlay(
    tones=(Tone(frequencies_hz=(425.0,), milliseconds=1000), Tone(frequencies_hz=(), milliseconds=4000)), repeat=True
)

# Two short high ones, which nobody takes for a word or a key.
ZIP = TonePlay(
    tones=(
        Tone(frequencies_hz=(1400.0,), milliseconds=120),
        Tone(frequencies_hz=(), milliseconds=80),
        Tone(frequencies_hz=(1400.0,), milliseconds=120),
    )
)
TONES = {ToneName.RING_BACK: RING_BACK, ToneName.ZIP: ZIP}
PlayerEnd = PlayerFinished | PlayerFailed | ForkEnded
PORTS = {"wss": 443, "ws": 80}  # RFC 6455 3

log = structlog.get_logger(__name__)


async def player_of(call: Call, effect: StartPlayer, prompts: PromptFiles, robots: RobotSecrets) -> CreatePlayer | None:
    """None where none of its prompts is there, or what a robot is to be shown cannot be had."""
    robot = effect.sound.robot
    play = _play_of(call, effect.sound, prompts) if robot is None else await _fork_of(call, effect, robot, robots)
    return None if play is None else CreatePlayer(player=effect.player, group=str(call.id), play=play)


def _play_of(call: Call, sound: Sound, prompts: PromptFiles) -> Play | None:
    if not sound.names:
        return TONES[sound.tone]
    paths: list[str] = []
    for name in sound.names:
        try:
            paths.append(str(prompts.path(call.tenant, name)))
        except KeyError:
            log.warning("call.prompt_missing", call=str(call.id), prompt=name)
    return FilePlay(paths=tuple(paths), repeat=sound.repeat) if paths else None


async def _fork_of(call: Call, effect: StartPlayer, robot: Robot, robots: RobotSecrets) -> ForkPlay | None:
    """The names are those of Twilio's: two letters and 32 digits, the same for the same player."""
    place = robot.place
    try:
        secret = await robots.authorization(call.tenant, place.name)
    except Exception:  # the database, or a key that does not open: the flow goes on without the robot
        log.exception("call.robot_without_secret", call=str(call.id), robot=place.name)
        return None
    parts = urlsplit(place.url)
    port = parts.port or PORTS[parts.scheme]
    return ForkPlay(
        leg=call.far.name,
        url=place.url,
        addresses=tuple(Address(host=host, port=port) for host in place.addresses),
        account=f"AC{call.tenant.hex}",
        call=f"CA{call.id.hex}",
        stream=f"MZ{uuid5(call.id, effect.player).hex}",
        authorization="" if secret is None else secret.reveal(),
        parameters=tuple(Parameter(name=name, value=value) for name, value in robot.parameters),
    )


def over_of(event: PlayerEnd) -> PlayerOver | RobotOver:
    """What it means for the player's call."""
    if isinstance(event, ForkEnded):
        log.info("call.robot_ended", player=event.player, reason=event.reason, detail=event.message)
        failure = "" if event.reason == "closed" else event.reason
        results = tuple((result.name, result.value) for result in event.results)
        return RobotOver(event.player, failure, event.outcome, results)
    if isinstance(event, PlayerFailed):
        log.warning("call.player_failed", player=event.player, reason=event.reason)
    return PlayerOver(event.player)
