"""Roles of a tenant's people; what each may do is one table, in `permissions.py`."""

from enum import StrEnum
from typing import Self


class Role(StrEnum):
    """`meaning` is what a person is told."""

    meaning: str

    def __new__(cls, value: str, meaning: str) -> Self:
        member = str.__new__(cls, value)
        member._value_ = value
        member.meaning = meaning
        return member

    OWNER = "owner", "Everything, and alone makes or changes other owners"
    ADMIN = "admin", "Configuration: people, queues, numbers, trunks, seats"
    SUPERVISOR = "supervisor", "The live view, calls, recordings, who works in which queue"
    QUALITY = "quality", "Recordings and calls"
    AGENT = "agent", "The desk and the own calls"
    ANALYST = "analyst", "Calls and indicators"
    BILLING = "billing", "The plan, seats, invoices"
    DEVELOPER = "developer", "Configuration and calls, to connect other systems"


BUYERS = frozenset({Role.OWNER, Role.BILLING})
"""Who is asked for more seats."""
