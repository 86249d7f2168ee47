"""The Python side of the media engine: its process and the connection to it."""

from media.control.client import EngineClient
from media.control.fleet import EngineFleet
from media.control.frames import BrokenFrame, read_frame, to_frame
from media.control.process import EngineProcess, EngineSettings, find_binary
from media.control.slots import EngineSlots

__all__ = [
    "BrokenFrame",
    "EngineClient",
    "EngineFleet",
    "EngineProcess",
    "EngineSettings",
    "EngineSlots",
    "find_binary",
    "read_frame",
    "to_frame",
]
