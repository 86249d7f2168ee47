"""The Python side of the media engine: its process and the connection to it."""

from media.control.client import BrokenFrame, EngineClient, read_frame, to_frame
from media.control.process import EngineProcess, EngineSettings, find_binary

__all__ = [
    "BrokenFrame",
    "EngineClient",
    "EngineProcess",
    "EngineSettings",
    "find_binary",
    "read_frame",
    "to_frame",
]
