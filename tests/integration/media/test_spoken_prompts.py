"""Sounds of any usual format become prompts, and words are spoken once."""

import asyncio
import io
import wave
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
import pytest

from media.prompts import PromptStore, SpokenPrompts, WrongPrompt, convert, seconds_of
from media.prompts.convert import RATE, as_wav
from media.prompts.store import check_playable
from media.prompts.voices import CannotSpeak, EspeakVoice
from tests.fakes import FakeClock, TwoTenants

HERTZ = 440.0


def encoded(form: str, codec: str, rate: int = 48_000) -> bytes:
    """Half a second of a tone."""
    written = io.BytesIO()
    samples = (0.3 * np.sin(2 * np.pi * HERTZ * np.arange(rate // 2) / rate) * 32767).astype(np.int16)
    with cast("Any", av.open(written, mode="w", format=form)) as container:
        stream = container.add_stream(codec, rate=rate, layout="mono")
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = rate
        fifo = av.AudioResampler(format=stream.format.name, layout="mono", rate=rate, frame_size=stream.frame_size or 0)
        for made in (*fifo.resample(frame), *fifo.resample(None)):
            container.mux(stream.encode(made))
        container.mux(stream.encode(None))
    return written.getvalue()


@pytest.mark.parametrize(
    ("form", "codec"),
    [
        ("wav", "pcm_s16le"),
        ("wav", "pcm_mulaw"),
        ("ogg", "libopus"),
        ("flac", "flac"),
        ("mp3", "libmp3lame"),
        ("ipod", "aac"),
        ("adts", "aac"),
        ("webm", "libopus"),
        ("aiff", "pcm_s16be"),
        ("au", "pcm_s16be"),
    ],
)
def test_usual_formats_become_prompts(form: str, codec: str, tmp_path: Path) -> None:
    wav = convert(encoded(form, codec))
    file = tmp_path / "prompt.wav"
    file.write_bytes(wav)
    check_playable(file)
    assert seconds_of(wav) == pytest.approx(0.5, abs=0.06)
    with wave.open(io.BytesIO(wav)) as sound:
        samples = np.frombuffer(sound.readframes(sound.getnframes()), "<i2").astype(float)
    power = np.abs(np.fft.rfft(samples)) ** 2
    assert np.argmax(power) * RATE / len(samples) == pytest.approx(HERTZ, abs=5)


@pytest.mark.parametrize(
    "sound",
    [
        b"",
        b"words",
        b"#EXTM3U\n#EXT-X-TARGETDURATION:9\nfile:///etc/passwd\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
        b"RIFF\x00\x00\x00\x00WAVE",
        b"ID3" + bytes(500),
        encoded("flac", "flac")[:50],
    ],
)
def test_what_is_no_sound_is_refused_with_what_to_do(sound: bytes) -> None:
    with pytest.raises(WrongPrompt, match=r"format|save it anew|no sound"):
        convert(sound)


class Voice:
    def __init__(self) -> None:
        self.spoken: list[str] = []
        self.lost = False

    async def speak(self, text: str, language: str) -> bytes:
        if self.lost:
            raise CannotSpeak("No voice.")
        self.spoken.append(text)
        return as_wav(bytes(RATE))


async def test_words_are_spoken_once_and_kept_for_a_day(tenants: TwoTenants, tmp_path: Path) -> None:
    store, voice, clock = PromptStore(tmp_path), Voice(), FakeClock()
    spoken = SpokenPrompts(store, voice, clock)
    name = await spoken.prepare(tenants.ours, "Hello Ann", "en")
    assert name == await spoken.prepare(tenants.ours, "Hello Ann", "en")
    assert name is not None
    assert name != await spoken.prepare(tenants.ours, "Hello Ann", "de")
    assert voice.spoken == ["Hello Ann", "Hello Ann"]
    check_playable(store.path(tenants.ours, name))
    assert name not in store.names(tenants.ours)
    with pytest.raises(KeyError):
        store.path(tenants.theirs, name)

    clock.advance(timedelta(days=1, hours=2).total_seconds())
    await spoken.prepare(tenants.ours, "Good morning", "en")
    assert len(list(store.spoken_files())) == 1


async def test_without_a_voice_or_words_nothing_is_played(tenants: TwoTenants, tmp_path: Path) -> None:
    voice = Voice()
    spoken = SpokenPrompts(PromptStore(tmp_path), voice, FakeClock())
    assert await spoken.prepare(tenants.ours, "  ", "en") is None
    voice.lost = True
    assert await spoken.prepare(tenants.ours, "Hello", "en") is None


async def test_a_program_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CannotSpeak, match="Install"):
        await EspeakVoice(str(tmp_path / "nothing")).speak("Hello", "en")


@pytest.mark.peers("espeak-ng")
async def test_espeak_speaks_languages_and_takes_the_nearest_voice() -> None:
    voice = EspeakVoice()
    spoken = await asyncio.gather(*(voice.speak("One two three four", tag) for tag in ("en-GB", "de-AT", "xx-YY")))
    assert all(0.5 < seconds_of(wav) < 5 for wav in spoken)
