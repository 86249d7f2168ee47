"""What callers hear from us: tenants' own sound files over those that the product brings along."""

import os
import re
import tempfile
import wave
from collections.abc import Iterator
from pathlib import Path

from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId

BUILT_IN = Path(__file__).parent / "assets"
DEFAULTS = {
    "greeting": "greeting.wav",
    "music": "music.wav",
    "hold": "music.wav",
    "unavailable": "unavailable.wav",
    "voicemail": "voicemail.wav",
    "beep": "beep.wav",
}
SPOKEN = "spoken-"  # begins the names of what flows say; such files lie apart and are not kept for long
NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
SAMPLE_RATES = range(8000, 48001)  # Hz; speech synthesis makes 16 or 22.05 kHz, studios 44.1 or 48
LONGEST_SECONDS = 600  # the engine keeps a prompt in memory: up to 39 MB; longer music belongs in pieces


class WrongPrompt(InvalidInput):
    """A sound file that the engine cannot play."""

    code = "wrong_prompt"
    title = "This is not a sound file that can be played to callers"


class PromptStore:
    """Names to WAV files (16-bit PCM, mono, 8 to 48 kHz); a tenant's own file wins over the built-in one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()

    def path(self, tenant: TenantId, name: str) -> Path:
        """A file the engine can play; KeyError when there is no such prompt."""
        own = self.own(tenant, name)
        if own.is_file():
            return own
        return BUILT_IN / DEFAULTS[name]

    def names(self, tenant: TenantId) -> list[str]:
        own = {file.stem for file in (self._folder / str(tenant)).glob("*.wav")}
        return sorted(own | DEFAULTS.keys())

    def put(self, tenant: TenantId, name: str, source: Path) -> None:
        """Keep a copy under `name`, whole or not at all; WrongPrompt when it cannot be played.

        Blocks for the copy: call it in a thread. What plays already goes on with the former file.
        """
        check_playable(source)
        self.write(tenant, name, source.read_bytes())

    def write(self, tenant: TenantId, name: str, wav: bytes) -> None:
        """As `put`, of what is known to be playable."""
        target = self.own(tenant, name)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, copy = tempfile.mkstemp(dir=target.parent, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(wav)
            Path(copy).replace(target)
        except BaseException:
            Path(copy).unlink(missing_ok=True)
            raise

    def delete(self, tenant: TenantId, name: str) -> None:
        """Back to the built-in one, where there is one."""
        self.own(tenant, name).unlink(missing_ok=True)

    def own(self, tenant: TenantId, name: str) -> Path:
        """Where a tenant's own file of this name lies, if there is one; KeyError for what is no name."""
        if NAME.fullmatch(name) is None:
            raise KeyError(name)
        folder = self._folder / str(tenant)
        return (folder / "spoken" if name.startswith(SPOKEN) else folder) / f"{name}.wav"

    def spoken_files(self) -> Iterator[Path]:
        """Of all tenants."""
        return self._folder.glob(f"*/spoken/{SPOKEN}*.wav")


def check_playable(file: Path) -> None:
    """WrongPrompt tells what is wrong with it and how it has to be."""
    try:
        with wave.open(str(file), "rb") as sound:
            found = (sound.getsampwidth() * 8, sound.getnchannels(), sound.getframerate())
            seconds = sound.getnframes() / max(sound.getframerate(), 1)
    except (wave.Error, EOFError) as error:
        raise WrongPrompt(
            f"Send a WAV file with 16-bit PCM, mono, 8 to 48 kHz; this one cannot be read: {error}."
        ) from error
    bits, channels, rate = found
    if (bits, channels) != (16, 1) or rate not in SAMPLE_RATES:
        raise WrongPrompt(
            "Send a WAV file with 16-bit PCM, mono, 8 to 48 kHz; "
            f"this one has {bits} bits, {channels} channels, {rate} Hz."
        )
    if not 0 < seconds <= LONGEST_SECONDS:
        raise WrongPrompt(f"Send a sound of up to {LONGEST_SECONDS} s; this one lasts {seconds:.0f} s.")
