"""Times in queries."""

from datetime import UTC, datetime

from kernel.primitives.errors import InvalidInput


def aware(field: str, moment: datetime) -> datetime:
    """In UTC; InvalidInput for a time without a zone, which could mean anything."""
    if moment.tzinfo is None:
        problem = {"field": field, "code": "no_time_zone", "detail": "such as 2026-03-02T09:00:00Z"}
        raise InvalidInput("Write times with their zone.", errors=[problem])
    return moment.astimezone(UTC)
