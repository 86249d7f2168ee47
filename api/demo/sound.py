"""Sound as arrays of 16-bit samples at 8 kHz: files, G.711, and where one sound is heard in another."""

import wave
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import msgspec
import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 8000
FRAME_SAMPLES = 160  # 20 ms, the packet time of G.711 trunks
FRAME_SECONDS = FRAME_SAMPLES / SAMPLE_RATE
EXCERPT_SECONDS = 0.5
_QUIET = 100.0  # root mean square of 16-bit samples: below it there is nothing to compare

Samples: TypeAlias = npt.NDArray[np.int16]

VOICES = Path(__file__).parent / "voices"


class WrongSound(ValueError):
    """A file that is not 16-bit PCM at 8 kHz."""


def read_wav(path: Path) -> list[Samples]:
    """One array per channel."""
    with wave.open(str(path), "rb") as file:
        if file.getsampwidth() != 2 or file.getframerate() != SAMPLE_RATE:
            raise WrongSound(f"{path.name} is not 16-bit PCM at {SAMPLE_RATE} Hz")
        channels = file.getnchannels()
        data = np.frombuffer(file.readframes(file.getnframes()), dtype="<i2").astype(np.int16)
    return [data[channel::channels].copy() for channel in range(channels)]


def read_mono(path: Path) -> Samples:
    return read_wav(path)[0]


def write_wav(path: Path, samples: Samples) -> None:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes(samples.astype("<i2").tobytes())


def seconds_of(samples: Samples) -> float:
    return len(samples) / SAMPLE_RATE


# --- G.711 ------------------------------------------------------------------------------------------------------------


def _ulaw_value(code: int) -> int:
    """ITU-T G.711 table 2a."""
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return -magnitude if code & 0x80 else magnitude


def _alaw_value(code: int) -> int:
    """ITU-T G.711 table 1a."""
    code ^= 0x55
    segment = (code & 0x70) >> 4
    magnitude = ((code & 0x0F) << 4) + 8
    if segment:
        magnitude = magnitude + 0x100 << (segment - 1)
    return magnitude if code & 0x80 else -magnitude


class G711:
    """One law of G.711 as two tables: code to sample, and sample to the nearest code."""

    def __init__(self, values: Sequence[int]) -> None:
        self._values = np.array(values, dtype=np.int16)
        order = np.argsort(self._values, kind="stable")
        levels = self._values[order].astype(np.int32)
        middles = (levels[1:] + levels[:-1]) // 2
        everything = np.arange(-32768, 32768)
        self._codes = order[np.searchsorted(middles, everything, side="left")].astype(np.uint8)

    def encode(self, samples: Samples) -> bytes:
        return self._codes[samples.astype(np.int32) + 32768].tobytes()

    def decode(self, payload: bytes) -> Samples:
        return self._values[np.frombuffer(payload, dtype=np.uint8)]


LAWS = {
    "PCMU": G711([_ulaw_value(code) for code in range(256)]),
    "PCMA": G711([_alaw_value(code) for code in range(256)]),
}


# --- hearing ----------------------------------------------------------------------------------------------------------


class Match(msgspec.Struct, frozen=True):
    """How alike the best place is (1: the same, 0: nothing of it), and where it is in seconds."""

    score: float
    at: float


def loudest(samples: Samples, seconds: float = EXCERPT_SECONDS) -> Samples:
    """The part of a sound that is told apart best."""
    length = int(seconds * SAMPLE_RATE)
    if len(samples) <= length:
        return samples
    energy = np.cumsum(np.concatenate(([0.0], samples.astype(np.float64) ** 2)))
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return samples[start : start + length]


def excerpts(samples: Samples) -> list[Samples]:
    """The loudest part of each third: one hiccup of a busy machine spoils one of them, not all."""
    third = len(samples) // 3
    return [loudest(samples[start : start + third]) for start in (0, third, 2 * third)]


def alike(sound: Samples, heard: Samples) -> float:
    """How well any excerpt of `sound` is heard in `heard`."""
    return max(find(excerpt, heard).score for excerpt in excerpts(sound))


def find(sound: Samples, heard: Samples) -> Match:
    """The best place of `sound` in `heard` by normalised cross-correlation; levels do not matter."""
    if len(heard) < len(sound) or _rms(sound) < _QUIET:
        return Match(0.0, 0.0)
    scores = _correlation(sound.astype(np.float64), heard.astype(np.float64))
    best = int(np.argmax(scores))
    return Match(float(scores[best]), best / SAMPLE_RATE)


def _correlation(sound: npt.NDArray[np.float64], heard: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    count = len(heard) - len(sound) + 1
    size = 1 << (len(heard) + len(sound) - 1).bit_length()
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.fft.rfft(sound[::-1], size), size)
    shared = products[len(sound) - 1 : len(sound) - 1 + count]
    energy = np.cumsum(np.concatenate(([0.0], heard**2)))
    windows = energy[len(sound) :] - energy[: -len(sound)]
    floor = _QUIET**2 * len(sound)  # silence is like nothing, whatever the rounding says
    result: npt.NDArray[np.float64] = shared / np.sqrt(np.maximum(windows, floor) * float(np.sum(sound**2)))
    return result


def _rms(samples: Samples) -> float:
    return float(np.sqrt(np.mean(samples.astype(np.float64) ** 2))) if len(samples) else 0.0
