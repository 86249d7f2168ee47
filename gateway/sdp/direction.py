"""Which way media flows (RFC 3264 5.1, 6.1, 8.4)."""

from typing import Literal

Direction = Literal["sendrecv", "sendonly", "recvonly", "inactive"]
DIRECTIONS: tuple[Direction, ...] = ("sendrecv", "sendonly", "recvonly", "inactive")

_OF: dict[tuple[bool, bool], Direction] = {
    (True, True): "sendrecv",
    (True, False): "sendonly",
    (False, True): "recvonly",
    (False, False): "inactive",
}


def direction_of(sends: bool, receives: bool) -> Direction:
    """Return the word for this pair."""
    return _OF[sends, receives]


def sends(direction: Direction) -> bool:
    """Whether the side that says `direction` sends."""
    return direction in ("sendrecv", "sendonly")


def receives(direction: Direction) -> bool:
    """Whether the side that says `direction` receives."""
    return direction in ("sendrecv", "recvonly")


def reverse(direction: Direction) -> Direction:
    """The same flow in the words of the other side."""
    return direction_of(receives(direction), sends(direction))


def restrict(wanted: Direction, allowed: Direction) -> Direction:
    """What is in both."""
    return direction_of(sends(wanted) and sends(allowed), receives(wanted) and receives(allowed))
