"""What callers hear while they wait, and when: messages in turn, the position, the expected wait."""

from datetime import datetime, timedelta
from math import ceil

import msgspec

from kernel.contracts.queues import Comfort

MINUTE = 60.0
EXACT_MINUTES = 10  # longer waits are told in steps of five minutes: nobody can promise more
COARSE_MINUTES = 5
LONGEST_TOLD_MINUTES = 60  # "more than an hour" helps nobody who listens to it; they are offered a callback


class Heard(msgspec.Struct, frozen=True):
    """What one caller has heard so far; `position` is the best that they were told."""

    entered: datetime
    messages: int = 0
    at: datetime | None = None
    position: int | None = None


class Message(msgspec.Struct, frozen=True):
    """To be said in this order; nothing of it set: nothing is said, and the music goes on."""

    prompt: str | None = None
    position: int | None = None
    minutes: int | None = None


def next_message(comfort: Comfort, heard: Heard) -> datetime:
    """Counted from what was said last, so that a caller hears one message after a stand-still, not all that are due."""
    if heard.at is None:
        return heard.entered + timedelta(seconds=comfort.first_seconds)
    return heard.at + timedelta(seconds=comfort.every_seconds)


def message(comfort: Comfort, heard: Heard, position: int | None, wait_seconds: float | None) -> Message:
    """`position` is 1 for who is next. A position worse than the last one told is not said: it would be a lie of ours.

    `wait_seconds` is what is expected from now on; None: nobody knows.
    """
    prompt = comfort.prompts[heard.messages % len(comfort.prompts)] if comfort.prompts else None
    return Message(
        prompt=prompt,
        position=position if comfort.say_position and _may_say(comfort, heard, position) else None,
        minutes=spoken_minutes(wait_seconds) if comfort.say_wait else None,
    )


def said(heard: Heard, message: Message, now: datetime) -> Heard:
    """After the message, also one that said nothing."""
    position = heard.position if message.position is None else message.position
    return Heard(heard.entered, heard.messages + 1, now, position)


def spoken_minutes(wait_seconds: float | None) -> int | None:
    """Rounded up, so that most callers are served earlier than they were told; None: better say nothing."""
    if wait_seconds is None:
        return None
    minutes = max(1, ceil(wait_seconds / MINUTE))
    if minutes > EXACT_MINUTES:
        minutes = COARSE_MINUTES * ceil(minutes / COARSE_MINUTES)
    return minutes if minutes <= LONGEST_TOLD_MINUTES else None


def _may_say(comfort: Comfort, heard: Heard, position: int | None) -> bool:
    if position is None or position > comfort.positions_said:
        return False
    return heard.position is None or position <= heard.position
