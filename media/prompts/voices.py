"""Words made sounds: the port, and its variant by espeak-ng."""

import asyncio
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from kernel.primitives.errors import CordboardError
from media.prompts.convert import convert

SECONDS = 10.0  # of speaking 2,000 characters; callers wait meanwhile
AT_ONCE = 2  # processes: each takes a core for some tens of milliseconds
WORDS_PER_MINUTE = 160  # a little slower than espeak-ng by itself: telephones take the high tones away
FALLBACK = "en"


class CannotSpeak(CordboardError):
    code = "cannot_speak"
    status = 503
    title = "No voice can speak this now"


class Voice(Protocol):
    async def speak(self, text: str, language: str) -> bytes:
        """WAV as the prompt store takes it; `language` is BCP 47. CannotSpeak."""
        ...


class NoVoice:
    """Where no program speaks."""

    async def speak(self, text: str, language: str) -> bytes:
        raise CannotSpeak("Upload a sound, or install espeak-ng on the server.")


class EspeakVoice:
    """The program espeak-ng; a language that it does not have is spoken by its nearest voice."""

    def __init__(self, program: str = "espeak-ng") -> None:
        self._program = program
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def speak(self, text: str, language: str) -> bytes:
        async with self._turns:
            for voice in _voices(language):
                spoken = await self._spoken(text, voice)
                if spoken is not None:
                    return await asyncio.to_thread(convert, spoken)
        raise CannotSpeak("The voice did not answer: try again, or upload a sound.")

    async def _spoken(self, text: str, voice: str) -> bytes | None:
        """None: it has no such voice, or it failed."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "spoken.wav"
            words = ("-v", voice, "-s", str(WORDS_PER_MINUTE), "-w", str(file), "--stdin")
            try:
                process = await asyncio.create_subprocess_exec(
                    self._program,
                    *words,
                    stdin=asyncio.subprocess.PIPE,
                    stdout=asyncio.subprocess.DEVNULL,
                    stderr=asyncio.subprocess.DEVNULL,
                )
            except OSError as error:
                raise CannotSpeak("Install espeak-ng on the server, or upload a sound.") from error
            try:
                async with asyncio.timeout(SECONDS):
                    await process.communicate(text.encode())
            except TimeoutError:
                return None
            finally:
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            found = process.returncode == 0 and file.exists()
            return await asyncio.to_thread(file.read_bytes) if found else None


def _voices(language: str) -> Iterator[str]:
    """From the exact one to the nearest."""
    exact = language.lower()
    yield from dict.fromkeys((exact, exact.partition("-")[0], FALLBACK))


def installed_voice() -> Voice:
    return EspeakVoice() if shutil.which("espeak-ng") else NoVoice()
