"""Makes the sound files that the product brings along and the demonstration's voices; the results are committed.

    python media/prompts/assets/make.py

Speech needs the programs `espeak-ng` and `sox`; the music needs nothing but this file and comes out the same each time.
Everything is 16-bit PCM, mono, 8 kHz.
"""

import math
import subprocess
import tempfile
import wave
from array import array
from pathlib import Path

HERE = Path(__file__).parent
VOICES = HERE.parents[2] / "api" / "demo" / "voices"
RATE = 8000
MUSIC_SECONDS = 8
MUSIC_LEVEL = 0.1  # peak of full scale: some 8 dB under a talker on average, so that it does not tire
NOTE_DECAY_SECONDS = 1.1

# One bar of two seconds per chord, an arpeggio of eight notes each; MIDI numbers. All inside the telephone band.
CHORDS = (
    (60, 67, 71, 76, 79, 76, 71, 67),  # C major 7
    (57, 64, 72, 76, 79, 76, 72, 64),  # A minor 7
    (53, 65, 69, 72, 76, 72, 69, 65),  # F major 7
    (55, 67, 69, 74, 76, 74, 71, 67),  # G 6/9
)

GREETING = "Welcome. Please stay on the line, the next free agent will take your call."
VOICEMAIL = "Nobody can take your call just now. Please leave a message after the tone."
BEEP_HZ, BEEP_SECONDS = 1000, 0.4  # as `progress_tone(BEEP)`
BEEP_LEVEL = 0.25
BEEP_EDGE_SECONDS = 0.01  # no click
UNAVAILABLE = "We are sorry. Nobody can be reached at this number at present. Please try again another time."
CALLERS = (
    ("en-gb+m3", 45, "Hello, I would like to know where my order is."),
    ("en-us+f2", 60, "Good morning. My invoice of last month is wrong."),
    ("en-gb-scotland+m7", 35, "Hi there, the heating in my flat has stopped."),
    ("en-us+f4", 70, "Could you change my delivery address, please?"),
)
AGENTS = (
    ("en-gb+f3", 55, "Good morning, how can I help you today?"),
    ("en-us+m1", 50, "Thank you for waiting, I am looking at it now."),
    ("en-gb-x-rp+m4", 40, "Of course, I can do that for you right away."),
    ("en-us+f5", 65, "Is there anything else I can do for you?"),
)


def speak(target: Path, voice: str, pitch: int, text: str) -> None:
    """Band-limited as by a telephone and at a talker's level (-26 to -20 dBov, ITU-T P.56)."""
    with tempfile.TemporaryDirectory() as folder:
        raw = Path(folder) / "raw.wav"
        talk = ["espeak-ng", "-v", voice, "-p", str(pitch), "-s", "165", "-w", raw, text]
        subprocess.run(talk, check=True)  # noqa: S603 (all arguments are ours)
        shape = ["rate", str(RATE), "highpass", "200", "lowpass", "3400"]
        start = ["silence", "1", "0.01", "0.5%", "reverse"]
        trim = [*start, *start, "norm", "-3", "pad", "0.1", "0.15"]
        plain = ["-b", "16", "-c", "1", "-e", "signed-integer"]
        subprocess.run(["sox", "-D", "-R", raw, *plain, target, *shape, *trim], check=True)  # noqa: S603, S607 (all arguments are ours)


def compose(target: Path) -> None:
    """Soft plucked notes in a ring: what decays beyond the end goes on at the beginning, so the loop has no seam."""
    length = MUSIC_SECONDS * RATE
    ring = [0.0] * length
    notes = [note for chord in CHORDS for note in chord]
    for place, note in enumerate(notes):
        pluck(ring, place * length // len(notes), 440 * 2 ** ((note - 69) / 12), 1.4 if place % 8 == 0 else 1.0)
    loudest = max(map(abs, ring))
    write(target, array("h", (round(value / loudest * MUSIC_LEVEL * 32767) for value in ring)))


def pluck(ring: list[float], start: int, frequency: float, strength: float) -> None:
    for offset in range(3 * RATE):
        seconds = offset / RATE
        envelope = strength * min(1.0, seconds / 0.012) * math.exp(-seconds / NOTE_DECAY_SECONDS)
        phase = 2 * math.pi * frequency * seconds
        tone = math.sin(phase) + 0.3 * math.sin(2 * phase) * envelope + 0.1 * math.sin(3 * phase) * envelope
        ring[(start + offset) % len(ring)] += envelope * tone


def beep(target: Path) -> None:
    length, edge = round(BEEP_SECONDS * RATE), BEEP_EDGE_SECONDS * RATE
    levels = (BEEP_LEVEL * min(1.0, place / edge, (length - place) / edge) for place in range(length))
    tone = (level * math.sin(2 * math.pi * BEEP_HZ * place / RATE) for place, level in enumerate(levels))
    write(target, array("h", (round(value * 32767) for value in tone)))


def write(target: Path, samples: "array[int]") -> None:
    with wave.open(str(target), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", "not compressed"))
        file.writeframes(samples.tobytes())


def main() -> None:
    compose(HERE / "music.wav")
    beep(HERE / "beep.wav")
    speak(HERE / "greeting.wav", "en-gb+f3", 50, GREETING)
    speak(HERE / "unavailable.wav", "en-gb+f3", 50, UNAVAILABLE)
    speak(HERE / "voicemail.wav", "en-gb+f3", 50, VOICEMAIL)
    for kind, lines in (("caller", CALLERS), ("agent", AGENTS)):
        for number, (voice, pitch, text) in enumerate(lines, start=1):
            speak(VOICES / f"{kind}-{number}.wav", voice, pitch, text)


if __name__ == "__main__":
    main()
