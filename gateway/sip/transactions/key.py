"""How a transaction is found again (RFC 3261 17.1.3, 17.2.3)."""

from typing import NamedTuple


class TransactionId(NamedTuple):
    """Branch, sent-by and method; a CANCEL differs from its INVITE by method only, an ACK counts as INVITE."""

    branch: str
    sent_by: str
    method: str
