"""How modules and processes hear of each other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

Handler = Callable[[str, bytes], Awaitable[None]]
"""Called with (subject, payload). Raising means: not handled, deliver again."""

BatchHandler = Callable[[Sequence[tuple[str, bytes]]], Awaitable[None]]
"""Called with all that waits, as (subject, payload) in order. Raising means: deliver each again, by itself."""


Told = Callable[[Sequence[Exception | None]], None]
"""Called once all of a publication are handled: for each why it was not taken, None where it was."""


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

    async def publish_all(self, subject: str, payloads: Sequence[bytes]) -> Sequence[Exception | None]:
        """As `publish` of each in order, in one visit: what that raised, None where it did not."""
        ...

    def post(self, subject: str, payloads: Sequence[bytes], told: Told) -> None:
        """As `publish_all` without waiting, and never as a part of what is being handled.

        `told` may be called before it returns.
        """
        ...

    async def subscribe(self, pattern: str, handler: Handler, *, beside: int = 1) -> Subscription:
        """Every subscription gets every message; `beside`: so many are handled beside each other, begun in order."""
        ...

    async def subscribe_batches(self, pattern: str, group: str | None, handler: BatchHandler) -> Subscription:
        """As `subscribe_queue`, or as `subscribe` without a group, for who does many at the price of one."""
        ...

    async def subscribe_queue(self, pattern: str, group: str, handler: Handler) -> Subscription:
        """One member of `group` gets each message."""
        ...
