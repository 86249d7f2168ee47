"""Greetings, music and tones: names to sound files, and call progress tones by country."""

from media.prompts.store import DEFAULTS, PromptStore, WrongPrompt
from media.prompts.tones import BUSY, CONGESTION, RING_BACK, progress_tone

__all__ = ["BUSY", "CONGESTION", "DEFAULTS", "RING_BACK", "PromptStore", "WrongPrompt", "progress_tone"]
