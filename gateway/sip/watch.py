"""Who looks on, for ladders and captures, and changes nothing."""

from typing import Protocol

from gateway.sip.flow import Destination
from gateway.sip.message import Request, Response


class Watch(Protocol):
    """Told of every message of known peers, and of every session that begins."""

    def received(self, message: Request | Response, data: bytes, place: Destination) -> None:
        """One message that arrived from `place`, and may be malformed yet."""
        ...

    def sent(self, data: bytes, place: Destination) -> None:
        """One whole message that leaves for `place`."""
        ...

    def session(self, name: str, call_id: str) -> None:
        """A session begins under this Call-ID; told before its first message is sent."""
        ...
