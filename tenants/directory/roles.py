"""Roles of a tenant's people; which operation each may perform is one table of the API, shown in its documentation."""

from enum import StrEnum


class Role(StrEnum):
    OWNER = "owner"  # everything, and the only one who makes or changes other owners
    ADMIN = "admin"  # configuration: people, queues, numbers, trunks, seats
    SUPERVISOR = "supervisor"  # the live view, calls, recordings, who works in which queue
    QUALITY = "quality"  # recordings and calls
    AGENT = "agent"  # the desk and the own calls
    ANALYST = "analyst"  # calls and indicators
    BILLING = "billing"  # the plan, seats, invoices
    DEVELOPER = "developer"  # configuration and calls, to connect other systems


BUYERS = frozenset({Role.OWNER, Role.BILLING})
"""Who is asked for more seats."""
