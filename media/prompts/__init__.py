"""Greetings, music and tones: names to sound files, and call progress tones by country."""

from media.prompts.store import DEFAULTS, PromptStore, WrongPrompt
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

__all__ = [
    "BEEP",
    "BUSY",
    "CALL_WAITING",
    "CONGESTION",
    "DEFAULTS",
    "DIAL",
    "HOWLER",
    "RECORDING",
    "RING_BACK",
    "SPECIAL_INFORMATION",
    "PromptStore",
    "WrongPrompt",
    "progress_tone",
]
