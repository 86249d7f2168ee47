"""The only randomness of the core, injected so that every test is reproducible."""

from typing import Protocol


class TokenSource(Protocol):
    """Fresh values for tags, branches, Call-IDs, cnonces and back-off times."""

    def token(self) -> str:
        """Return at least 64 unguessable bits as letters and digits (RFC 3261 19.3)."""
        ...

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`, both in seconds."""
        ...
