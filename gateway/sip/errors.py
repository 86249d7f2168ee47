"""The two kinds of error at the protocol edge: the peer's, with the status to answer, and ours."""


class SipError(ValueError):
    """What a peer sent breaks the protocol; `status` is what a UAS answers (RFC 3261 8.2, 21.4)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"{status} {reason}")
        self.status = status
        self.reason = reason


class MisuseError(ValueError):
    """Our own side asked for something the protocol cannot express, such as a line break in a header value."""
