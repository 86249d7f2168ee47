"""Sums of what the log cannot tell: schedules, staff records, costs, evaluations, forecasts, and judged contacts."""

from enum import StrEnum
from typing import Self

import msgspec


class Input(StrEnum):
    """What people, or another system of theirs, have to give before an indicator has a value."""

    SHIFTS = "shifts"
    FORECASTS = "forecasts"
    STAFF = "staff"
    SCORES = "scores"
    COSTS = "costs"
    WRAP_UP_CODES = "wrap_up_codes"
    SURVEYS = "surveys"


class GivenSums(msgspec.Struct, kw_only=True, omit_defaults=True):
    """Whole numbers that add up over spans and, where people are in one team each, over teams."""

    scheduled_ms: int = 0  # scheduled to take calls
    adherent_ms: int = 0  # of it, logged in and able to take calls
    people_scheduled: int = 0  # people and days
    people_present: int = 0  # of them, those who were logged in during their shifts
    evaluations: int = 0
    score_hundredths: int = 0  # of a point, the scores of all evaluations
    costs: int = 0  # entries that the span touches: a cost of 0 is not the same as none entered
    cost_minor: int = 0
    contacts: int = 0  # answered inbound calls that the resolution is judged of
    coded: int = 0  # of them, those with a wrap-up code
    resolved: int = 0
    undecided: int = 0  # of `contacts`, those after which somebody may still call again in time
    surveys: int = 0  # callers who said how content they are
    content: int = 0  # of them, those in the two upper boxes of five
    staff_ms: int = 0  # full-time staff, the time that each was employed
    leavers: int = 0
    forecasts: int = 0
    forecast_millicalls: int = 0

    def add(self, other: Self) -> None:
        for name in GIVEN_SUMS:
            value = getattr(other, name)
            if value:
                setattr(self, name, getattr(self, name) + value)


GIVEN_SUMS = GivenSums.__struct_fields__
