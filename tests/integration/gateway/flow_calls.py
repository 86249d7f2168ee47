"""What tests of call flows share: sound to upload, and what became of the one call."""

import wave
from pathlib import Path

import numpy as np

from load_tests.peers.system import System, eventually


def studio_tone(path: Path, hertz: float) -> bytes:
    """Two seconds as studios send them: stereo, 44.1 kHz."""
    samples = (0.3 * np.sin(2 * np.pi * hertz * np.arange(88_200) / 44_100) * 32767).astype("<i2")
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, 44_100, 0, "NONE", "not compressed"))
        file.writeframes(np.repeat(samples, 2).tobytes())
    return path.read_bytes()


async def kinds_of(system: System, count: int) -> list[str]:
    """Of the segments of the one call, once there are so many."""

    async def enough() -> list[str]:
        calls = (await system.get("/v1/calls"))["items"]
        if not calls:
            return []
        found = await system.get(f"/v1/calls/{calls[0]['id']}")
        kinds = [str(segment["kind"]) for segment in found["segments"]]
        return kinds if len(kinds) >= count else []

    return await eventually(enough)
