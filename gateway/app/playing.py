"""What a player of a call plays: prompts of its tenant, or the tone of a telephone that rings."""

import structlog

from gateway.app.ports import PromptFiles
from gateway.calls.effects import StartPlayer
from gateway.calls.model import Call, Sound, ToneName
from kernel.contracts.engine import CreatePlayer, FilePlay, Play, Tone, TonePlay

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

log = structlog.get_logger(__name__)


def player_of(call: Call, effect: StartPlayer, prompts: PromptFiles) -> CreatePlayer | None:
    """None where none of its prompts is there."""
    play = _play_of(call, effect.sound, prompts)
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
