"""What a calendar can say."""

from enum import StrEnum


class HoursStatus(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    HOLIDAY = "holiday"
    EMERGENCY = "emergency"
