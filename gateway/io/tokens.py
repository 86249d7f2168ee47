"""The randomness of the running process for the pure core."""

import random
import secrets

TOKEN_BYTES = 10
AT_ONCE = 128  # asking the system costs more than what it gives, and lets other threads take the interpreter meanwhile


class SystemTokens:
    """`gateway.sip.tokens.TokenSource` from the operating system."""

    def __init__(self) -> None:
        self._random = random.SystemRandom()
        self._unused: list[str] = []

    def token(self) -> str:
        """Return 80 unguessable bits in hexadecimal."""
        if not self._unused:
            digits, size = secrets.token_hex(TOKEN_BYTES * AT_ONCE), TOKEN_BYTES * 2
            self._unused = [digits[start : start + size] for start in range(0, len(digits), size)]
        return self._unused.pop()

    def uniform(self, low: float, high: float) -> float:
        """Return a number between `low` and `high`."""
        return self._random.uniform(low, high)
