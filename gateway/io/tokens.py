"""The randomness of the running process for the pure core."""

import random
import secrets


class SystemTokens:
    """`gateway.sip.tokens.TokenSource` from the operating system."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()

    def token(self) -> str:
        """Return 80 unguessable bits in hexadecimal."""
        return secrets.token_hex(10)

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return self._random.uniform(low, high)
