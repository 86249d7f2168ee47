"""The Python side of the media engine: its process and the connection to it."""

from media.control.client import EngineClient
from media.control.fleet import EngineFleet
from media.control.process import EngineProcess, EngineSettings, find_binary
from media.control.slots import EngineSlots

__all__ = [
    "EngineClient",
    "EngineFleet",
    "EngineProcess",
    "EngineSettings",
    "EngineSlots",
    "find_binary",
]
