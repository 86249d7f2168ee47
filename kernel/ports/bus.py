"""How modules and processes hear of each other."""

from collections.abc import Awaitable, Callable
from typing import Protocol

Handler = Callable[[str, bytes], Awaitable[None]]
"""Called with (subject, payload). Raising means: not handled, deliver again."""


class Subscription(Protocol):
    async def close(self) -> None: ...


class Bus(Protocol):
    """At-least-once delivery; in order per publisher, subject and subscription.

    Subjects are dot-separated words (`telephony.report.<tenant>`); a subscription may use `*` for one word and a final
    `>` for the rest.
    """

    async def publish(self, subject: str, payload: bytes) -> None:
        """Returns once the message cannot be lost: stored by the bus, or handled by everyone it went to."""
        ...

    async def subscribe(self, pattern: str, handler: Handler) -> Subscription:
        """Every subscription gets every message."""
        ...

    async def subscribe_queue(self, pattern: str, group: str, handler: Handler) -> Subscription:
        """One member of `group` gets each message."""
        ...
