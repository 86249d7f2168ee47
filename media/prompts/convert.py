"""Sound files of any usual format as the engine plays them: WAV, 16-bit PCM, mono, 16 kHz; by FFmpeg's libraries."""

import io
import wave
from collections.abc import Iterator

import av
from av.error import FFmpegError

from media.prompts.store import LONGEST_SECONDS, WrongPrompt

RATE = 16_000  # Hz: what G.722 and Opus let be heard; G.711 has half of it
LARGEST_BYTES = 20_000_000  # ten minutes of MP3 at 256 kbit/s
FORMATS = "WAV, MP3, Ogg (Vorbis, Opus), FLAC, M4A, WebM, AIFF, AU, AMR or AAC"
_SAMPLE = 2  # bytes

# By their first bytes: FFmpeg is never left to guess, for some of its formats name other files and servers to be read.
_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (8, b"WAVE", "wav"),
    (0, b"OggS", "ogg"),
    (0, b"fLaC", "flac"),
    (4, b"ftyp", "mov"),
    (0, b"\x1a\x45\xdf\xa3", "matroska"),
    (0, b"FORM", "aiff"),
    (0, b".snd", "au"),
    (0, b"#!AMR", "amr"),
    (0, b"ID3", "mp3"),
)


def convert(sound: bytes) -> bytes:
    """WrongPrompt tells what is wrong with it. Takes as long as decoding does: call it in a thread."""
    if len(sound) > LARGEST_BYTES:
        raise WrongPrompt(f"Send a file of up to {LARGEST_BYTES // 1_000_000} MB; this one has {len(sound)} bytes.")
    form = _format_of(sound)
    if form is None:
        raise WrongPrompt(f"Send a sound file in one of these formats: {FORMATS}.")
    try:
        samples = b"".join(_samples(sound, form))
    except (FFmpegError, IndexError, ValueError) as error:
        raise WrongPrompt(f"The file cannot be read as {form}: save it anew, as {FORMATS}.") from error
    if not samples:
        raise WrongPrompt("There is no sound in this file.")
    return as_wav(samples)


def seconds_of(wav: bytes) -> float:
    with wave.open(io.BytesIO(wav), "rb") as file:
        return file.getnframes() / file.getframerate()


def as_wav(samples: bytes) -> bytes:
    """Of 16-bit samples at RATE."""
    written = io.BytesIO()
    with wave.open(written, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(_SAMPLE)
        file.setframerate(RATE)
        file.writeframes(samples)
    return written.getvalue()


def _format_of(sound: bytes) -> str | None:
    for start, magic, form in _MAGIC:
        if sound[start : start + len(magic)] == magic:
            return form
    if len(sound) > 1 and sound[0] == 0xFF and sound[1] & 0xE0 == 0xE0:  # the sync word of both
        return "aac" if sound[1] & 0xF6 == 0xF0 else "mp3"
    return None


def _samples(sound: bytes, form: str) -> Iterator[bytes]:
    left = LONGEST_SECONDS * RATE * _SAMPLE
    resampler = av.AudioResampler(format="s16", layout="mono", rate=RATE)
    with av.open(io.BytesIO(sound), mode="r", format=form) as container:
        for frame in container.decode(container.streams.audio[0]):
            for made in resampler.resample(frame):
                left -= made.samples * _SAMPLE
                if left < 0:
                    raise WrongPrompt(f"Send a sound of up to {LONGEST_SECONDS} s; this one is longer.")
                yield bytes(made.planes[0])[: made.samples * _SAMPLE]
        for made in resampler.resample(None):
            yield bytes(made.planes[0])[: made.samples * _SAMPLE]
