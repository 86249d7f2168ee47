"""Greetings, music and tones: names to sound files, and call progress tones by country."""

from media.prompts.convert import LARGEST_BYTES, convert, seconds_of
from media.prompts.spoken import SpokenPrompts
from media.prompts.store import DEFAULTS, SPOKEN, PromptStore, WrongPrompt
from media.prompts.tones import (
    BEEP,
    BUSY,
    CALL_WAITING,
    CONGESTION,
    DIAL,
    HOWLER,
    RECORDING,
    RING_BACK,
    SPECIAL_INFORMATION,
    progress_tone,
)
from media.prompts.voices import CannotSpeak, NoVoice, Voice, installed_voice

__all__ = [
    "BEEP",
    "BUSY",
    "CALL_WAITING",
    "CONGESTION",
    "DEFAULTS",
    "DIAL",
    "HOWLER",
    "LARGEST_BYTES",
    "RECORDING",
    "RING_BACK",
    "SPECIAL_INFORMATION",
    "SPOKEN",
    "CannotSpeak",
    "NoVoice",
    "PromptStore",
    "SpokenPrompts",
    "Voice",
    "WrongPrompt",
    "convert",
    "installed_voice",
    "progress_tone",
    "seconds_of",
]
