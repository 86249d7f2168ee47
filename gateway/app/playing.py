"""What a call's player is told to play."""

import structlog

from gateway.app.ports import PromptFiles
from gateway.calls.model import Sound
from kernel.contracts.engine import FilePlay, Play, Tone, TonePlay
from kernel.primitives.ids import TenantId

# ETSI TS 101 221-2 and most of the world: 425 Hz, one second on, four off.
RING_BACK = TonePlay(
    tones=(Tone(frequencies_hz=(425.0,), milliseconds=1000), Tone(frequencies_hz=(), milliseconds=4000)), repeat=True
)

log = structlog.get_logger(__name__)


def play_of(sound: Sound, prompts: PromptFiles, tenant: TenantId) -> Play | None:
    """None where none of its files is there: a prompt that is missing is left out."""
    if not sound.names:
        return RING_BACK
    paths: list[str] = []
    for name in sound.names:
        try:
            paths.append(str(prompts.path(tenant, name)))
        except KeyError:
            log.warning("call.prompt_missing", tenant=str(tenant), prompt=name)
    return FilePlay(paths=tuple(paths), repeat=sound.repeat) if paths else None
