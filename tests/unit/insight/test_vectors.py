"""Every formula on sums chosen by hand, each result worked in the row; none of them was taken from the code."""

from typing import Any

import pytest

from insight.kpi.counters import Counters
from insight.kpi.figures import Choices, Figures
from insight.kpi.given_sums import GivenSums
from insight.kpi.indicators import BY_KEY, INDICATORS, ServiceLevelVariant

HOUR = 3_600_000
OCCUPIED = Choices(wrap_up_is_occupied=True)

# key, sums of the log, what was given, other figures, result
VECTORS: list[tuple[str, dict[str, Any], dict[str, int], dict[str, int], float | None]] = [
    # 450 of 480 minutes scheduled
    ("schedule_adherence", {}, {"scheduled_ms": 480 * 60_000, "adherent_ms": 450 * 60_000}, {}, 93.75),
    ("schedule_adherence", {}, {"scheduled_ms": 0}, {}, None),
    # 4 wrap-ups of 3 min in all
    ("after_call_work", {"wrap_ups": 4, "wrap_up_ms": 180_000}, {}, {}, 45),
    ("after_call_work", {"handled": 4}, {}, {}, None),
    # three who waited 10, 20 and 60 s
    ("average_time_to_abandon", {"abandoned": 3, "abandon_wait_ms": 90_000}, {}, {}, 30),
    ("average_time_to_abandon", {"answered": 3}, {}, {}, None),
    # 8,000.00 for 2,000 calls are 4.00 each
    ("cost_per_call", {"handled": 2000}, {"costs": 1, "cost_minor": 800_000}, {}, 400),
    ("cost_per_call", {"handled": 2000}, {"costs": 1, "cost_minor": 0}, {}, 0),
    ("cost_per_call", {"handled": 2000}, {}, {}, None),
    ("cost_per_call", {"handled": 0}, {"costs": 1, "cost_minor": 800_000}, {}, None),
    # 2 calls: 300 s talk, 30 s hold, 90 s wrap-up are 420 s
    ("average_handle_time", {"handled": 2, "talk_ms": 300_000, "hold_ms": 30_000, "wrap_up_ms": 90_000}, {}, {}, 210),
    # 30 s over 4 calls, whether held or not
    ("average_hold_time", {"handled": 4, "hold_ms": 30_000}, {}, {}, 7.5),
    # 24 s of ringing over 2 calls are 12 s each: two rings of 6 s
    ("average_rings_before_answer", {"picked_up": 2, "ring_ms": 24_000}, {}, {}, 2),
    # only those who had to wait: 90 s over 3 of the 10 answered
    ("average_queue_time", {"answered": 10, "answered_queued": 3, "answered_queued_wait_ms": 90_000}, {}, {}, 30),
    # 100 s over 10 answered
    ("average_speed_of_answer", {"answered": 10, "answer_wait_ms": 100_000}, {}, {}, 10),
    # 11 min over 4 calls
    ("average_talk_time", {"handled": 4, "talk_ms": 660_000}, {}, {}, 165),
    # 36 calls in 4 h logged in, of which one was a meal
    ("calls_per_hour", {"answered": 36, "state_ms": {"available": 3 * HOUR, "not_ready:meal": HOUR}}, {}, {}, 9),
    # (80 + 91 + 93) / 3
    ("monitoring_score", {}, {"evaluations": 3, "score_hundredths": 26_400}, {}, 88),
    # 45 min connected, 10 available, 5 offered; 20 of wrap-up and 60 of training do not count
    (
        "occupancy",
        {
            "state_ms": {
                "connected": 45,
                "available": 10,
                "offered": 5,
                "wrap_up": 20,
                "not_ready:training": 60,
            }
        },
        {},
        {},
        75,
    ),
    # 12 abandoned, 2 of them short, 190 answered: 10 of 200
    ("abandon_rate", {"answered": 190, "abandoned": 12}, {}, {"short_abandons": 2}, 5),
    ("abandon_rate", {"abandoned": 2}, {}, {"short_abandons": 2}, None),
    # 57 of 60 people who had shifts
    ("attendance", {}, {"people_scheduled": 60, "people_present": 57}, {}, 95),
    # 10 of 250 offered: 200 answered, 40 abandoned, 10 blocked
    ("blocked_rate", {"answered": 200, "abandoned": 40, "blocked": 10}, {}, {}, 4),
    # 96 of 100 answered; nobody entered a code: no figure, not 0
    ("first_call_resolution", {}, {"contacts": 100, "coded": 98, "resolved": 96}, {}, 96),
    ("first_call_resolution", {}, {"contacts": 100, "coded": 0}, {}, None),
    # the 30 who left a message and the 20 who are rung back are not offered: still 10 of 250, and 10 of 200
    ("blocked_rate", {"answered": 200, "abandoned": 40, "blocked": 10, "messages": 30, "callbacks": 20}, {}, {}, 4),
    ("abandon_rate", {"answered": 190, "abandoned": 10, "messages": 30, "callbacks": 20}, {}, {}, 5),
    ("answer_rate", {"answered": 190, "abandoned": 10, "messages": 30, "callbacks": 20}, {}, {}, 95),
    ("calls_offered", {"answered": 180, "abandoned": 15, "blocked": 5, "messages": 30, "callbacks": 20}, {}, {}, 200),
    ("calls_offered", {"messages": 30, "callbacks": 20}, {}, {}, 0),
    ("service_level", {"messages": 30, "callbacks": 20}, {}, {}, None),
    # 25 of 250 offered
    ("queued_rate", {"answered": 200, "abandoned": 40, "blocked": 10, "queued": 25}, {}, {}, 10),
    # 3 blind and 1 attended of 200
    ("transfer_rate", {"handled": 200, "transfers": {"blind:queue": 3, "attended:outside:vip": 1}}, {}, {}, 2),
    # 190 of 200, as the 2 short ones are left out
    ("answer_rate", {"answered": 190, "abandoned": 12}, {}, {"short_abandons": 2}, 95),
    # 160 within of 200 offered, blocked ones too
    ("service_level", {"answered": 180, "abandoned": 15, "blocked": 5}, {}, {"answered_within": 160}, 80),
    ("service_level", {}, {}, {}, None),
    # 5 + 15 + 180
    ("calls_offered", {"answered": 180, "abandoned": 15, "blocked": 5}, {}, {}, 200),
    ("calls_offered", {}, {}, {}, 0),
    # 2 left; 10 were employed the whole hour and 2 half of it: 11 on average; 2 / 11
    ("agent_turnover", {}, {"leavers": 2, "staff_ms": 11 * HOUR}, {"span_ms": HOUR}, 18.1818),
    ("agent_turnover", {}, {"leavers": 2, "staff_ms": 11 * HOUR}, {}, None),
    ("agent_turnover", {}, {}, {"span_ms": HOUR}, None),
]


@pytest.mark.parametrize(("key", "sums", "given", "figures", "result"), VECTORS)
def test_each_formula_gives_what_was_worked_by_hand(
    key: str, sums: dict[str, Any], given: dict[str, int], figures: dict[str, int], result: float | None
) -> None:
    told = Figures(sums=Counters(**sums), given=GivenSums(**given), **figures)
    assert BY_KEY[key].evaluate(told, Choices()) == (None if result is None else pytest.approx(result, abs=1e-4))


def test_no_formula_is_without_a_vector() -> None:
    assert {vector[0] for vector in VECTORS} == {each.key for each in INDICATORS}


def test_occupancy_with_wrap_up_counts_it_on_both_sides() -> None:
    """(45 + 20) / (45 + 20 + 10 + 5)"""
    sums = Counters(state_ms={"connected": 45, "available": 10, "offered": 5, "wrap_up": 20})
    assert BY_KEY["occupancy"].evaluate(Figures(sums=sums), OCCUPIED) == 81.25


@pytest.mark.parametrize(
    ("variant", "result"),
    [
        (ServiceLevelVariant.OFFERED, 75),  # 150 of 200
        (ServiceLevelVariant.WITHOUT_SHORT_ABANDONS, 78.9474),  # 150 of 190
        (ServiceLevelVariant.ANSWERED_ONLY, 93.75),  # 150 of 160
        (ServiceLevelVariant.ABANDONED_WITHIN_IS_MET, 82),  # 150 + 14 of 200
    ],
)
def test_the_variants_of_the_service_level_differ_in_who_gave_up(variant: ServiceLevelVariant, result: float) -> None:
    """160 answered, 150 of them within; 40 abandoned, 14 of them within and 10 of these short.

    30 left a message and 20 are rung back: below the line of no variant.
    """
    sums = Counters(answered=160, abandoned=40, messages=30, callbacks=20)
    figures = Figures(sums=sums, answered_within=150, abandoned_within=14, short_abandons=10)
    choices = Choices(service_level=variant)
    assert BY_KEY["service_level"].evaluate(figures, choices) == pytest.approx(result, abs=1e-4)
