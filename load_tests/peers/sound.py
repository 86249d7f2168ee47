"""Sounds made and measured: a tone per party, found again by its share of the energy."""

import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt

RATE = 8000
Samples = npt.NDArray[np.float64]


def tone(hertz: float, seconds: float, level: float = 0.3, rate: int = RATE) -> Samples:
    return level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)


def write(path: Path, samples: Samples, rate: int = RATE) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((samples * 32767).astype("<i2").tobytes())
    return path


def read(path: Path) -> list[Samples]:
    """One array per channel, -1..1, at the file's own rate (8 kHz in all files of this suite)."""
    with wave.open(str(path), "rb") as file:
        raw = np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float64) / 32768
        return [raw[channel :: file.getnchannels()] for channel in range(file.getnchannels())]


def share(samples: Samples, hertz: float, width: float = 30.0, rate: int = RATE) -> float:
    """Share of the energy within `width` Hz around `hertz`, 0..1; 0 for silence."""
    power = np.abs(np.fft.rfft(samples)) ** 2
    if samples.size == 0 or power[1:].sum() < 1e-6:
        return 0.0
    frequencies = np.fft.rfftfreq(samples.size, 1 / rate)
    return float(power[np.abs(frequencies - hertz) <= width].sum() / power[1:].sum())


def seconds_of(samples: Samples, hertz: float, rate: int = RATE, window: float = 0.1, least: float = 0.5) -> float:
    """How long `hertz` has more than the share `least` of the energy, counted in windows."""
    size = int(rate * window)
    pieces = [samples[start : start + size] for start in range(0, samples.size - size + 1, size)]
    return window * sum(share(piece, hertz) > least for piece in pieces)


def a_law(samples: Samples) -> bytes:
    """G.711 A-law (ITU-T G.711), the closed form by segment search."""
    pcm = np.clip(samples * 32767, -32768, 32767).astype(np.int32)
    magnitude = np.where(pcm >= 0, pcm, -pcm - 1) >> 3
    segment = np.searchsorted(np.array([0x1F, 0x3F, 0x7F, 0xFF, 0x1FF, 0x3FF, 0x7FF, 0xFFF]), magnitude)
    mantissa = np.where(segment < 2, magnitude >> 1, magnitude >> segment) & 0x0F
    code = (segment << 4 | mantissa).astype(np.uint8)
    return (code ^ np.where(pcm >= 0, 0xD5, 0x55).astype(np.uint8)).tobytes()


def from_a_law(encoded: bytes) -> Samples:
    """What `a_law` made, to within its steps."""
    pcm = np.arange(-32768, 32768) / 32767
    table = np.zeros(256)
    table[np.frombuffer(a_law(pcm), np.uint8)] = pcm
    return table[np.frombuffer(encoded, np.uint8)]


def likeness(heard: Samples, said: Samples) -> float:
    """How much of `said` is somewhere in `heard`: the highest correlation at any shift, 0..1."""
    size = heard.size + said.size
    products = np.fft.irfft(np.fft.rfft(heard, size) * np.conj(np.fft.rfft(said, size)), size)
    return float(products.max() / np.sqrt((heard**2).sum() * (said**2).sum()))
