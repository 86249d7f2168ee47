"""Who looks on, for ladders and captures, and changes nothing."""

from typing import Protocol

from gateway.sip.flow import Destination


class Watch(Protocol):
    """Told of every message of known peers, and of every session that begins."""

    def message(self, data: bytes, place: Destination, sent: bool) -> None:
        """One whole message that arrived from `place`, or leaves for it."""
        ...

    def session(self, name: str, call_id: str) -> None:
        """A session begins under this Call-ID; told before its first message is sent."""
        ...
