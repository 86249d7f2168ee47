"""The one error of session descriptions."""


class SdpError(ValueError):
    """A description cannot be read (400) or agreed upon (488); 491 where both sides offer at once (RFC 3261 21.4)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason
