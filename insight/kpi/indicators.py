"""The 23 indicators that the trade counts by: the formula sheet as the code has it."""

from typing import Literal

import msgspec

from insight.kpi.figures import Choices, Figures, ServiceLevelVariant, Thresholds, gather
from insight.kpi.formulas import (
    RING_CADENCE_MS,
    Formula,
    abandon_rate,
    agent_turnover,
    answer_rate,
    attended_transfer_rate,
    blind_transfer_rate,
    blocked_rate,
    calls_offered,
    calls_per_hour,
    cost_per_call,
    first_call_resolution,
    handle_time,
    occupancy,
    of_given,
    of_sums,
    queued_rate,
    service_level,
    transfer_rate,
)
from insight.kpi.given_sums import Input
from insight.kpi.targets import Target

__all__ = [
    "FORMULA_VERSION",
    "INDICATORS",
    "Choices",
    "Figures",
    "Indicator",
    "Level",
    "ServiceLevelVariant",
    "Thresholds",
    "evaluate",
    "gather",
]

FORMULA_VERSION = 3  # of the sheet: changes with every formula, so that figures of two versions are never compared

Level = Literal["tenant", "queue", "agent", "team"]
ALL: tuple[Level, ...] = ("tenant", "queue", "team", "agent")
CALLERS: tuple[Level, ...] = ("tenant", "queue")  # a call that nobody answered was no agent's
# An agent is free for, and employed for, several queues at once.
PEOPLE: tuple[Level, ...] = ("tenant", "team", "agent")

APART = (
    "voicemail.left",
    "callback.requested",
)  # by which a call that nobody answered is neither abandoned nor blocked


class Indicator(msgspec.Struct, frozen=True, kw_only=True):
    """One formula. `key` is its id, `version` its own: one indicator's change leaves the others comparable.

    `number` is its place among the 23; `target` is the trade's default in words, `range` in numbers. `cadence` is how
    often to look at it. `events` are the kinds of log events that it is folded from, `needs` what people have to give.
    `evaluate` gives None for 0 / 0.
    """

    number: int
    key: str
    name: str
    unit: str  # s, %, calls, rings, calls/h, points, minor (units of the tenant's currency)
    formula: str
    target: str
    cadence: str
    evaluate: Formula
    version: int = 1
    range: Target | None = None
    events: tuple[str, ...] = ()
    needs: tuple[Input, ...] = ()
    levels: tuple[Level, ...] = ALL


INDICATORS = (
    Indicator(
        number=1,
        key="schedule_adherence",
        name="Schedule adherence",
        unit="%",
        formula="time able to take calls within shifts / time scheduled to take calls",
        target="≥ 92 %",
        cadence="day; week, month",
        range=Target(low=92),
        events=("agent.state_changed",),
        needs=(Input.SHIFTS,),
        evaluate=of_given("adherent_ms", "scheduled_ms", 100),
    ),
    Indicator(
        number=2,
        key="after_call_work",
        name="After-call work (ACW)",
        unit="s",
        formula="wrap-up time / wrap-ups finished",
        target="30–60 s",
        cadence="day; week, month",
        range=Target(low=30, high=60),
        events=("agent.state_changed", "guest.state_changed"),
        evaluate=of_sums("wrap_up_ms", "wrap_ups", 0.001),
    ),
    Indicator(
        number=3,
        key="average_time_to_abandon",
        name="Average time to abandon",
        unit="s",
        formula="wait of abandoned calls, short ones too / abandoned calls",
        target="20–60 s",
        cadence="day, week",
        range=Target(low=20, high=60),
        events=("call.offered", "call.queued", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=of_sums("abandon_wait_ms", "abandoned", 0.001),
    ),
    Indicator(
        number=4,
        key="cost_per_call",
        name="Cost per call",
        unit="minor",
        formula="cost entered or invoiced for the span, in minor units of its currency / calls handled",
        target="2–5 CNY",
        cadence="week",
        range=Target(low=200, high=500, currency="CNY"),
        events=("call.connected", "call.disconnected", "call.ended"),
        needs=(Input.COSTS,),
        evaluate=cost_per_call,
    ),
    Indicator(
        number=5,
        key="average_handle_time",
        name="Average handle time (AHT)",
        unit="s",
        formula="(talk + hold + wrap-up) / calls handled",
        target="—",
        cadence="day, week, month",
        events=(
            "call.connected",
            "call.held",
            "call.retrieved",
            "call.disconnected",
            "call.ended",
            "agent.state_changed",
            "guest.state_changed",
        ),
        evaluate=handle_time,
    ),
    Indicator(
        number=6,
        key="average_hold_time",
        name="Average hold time",
        unit="s",
        formula="hold time / calls handled",
        target="≤ 60 s",
        cadence="day, week, month",
        range=Target(high=60),
        events=("call.connected", "call.held", "call.retrieved", "call.disconnected", "call.ended"),
        evaluate=of_sums("hold_ms", "handled", 0.001),
    ),
    Indicator(
        number=7,
        key="average_rings_before_answer",
        name="Average rings before answer",
        unit="rings",
        formula="time from arrival to the answer of the call's leg, by greeting or agent / 6 s / calls picked up",
        target="≤ 3 rings",
        cadence="day",
        range=Target(high=3),
        events=("call.offered", "call.answered"),
        levels=CALLERS,
        evaluate=of_sums("ring_ms", "picked_up", 1 / RING_CADENCE_MS),
    ),
    Indicator(
        number=8,
        key="average_queue_time",
        name="Average queue time",
        unit="s",
        formula="wait of answered calls that had to wait / answered calls that had to wait",
        target="—",
        cadence="day, week, month",
        events=("call.queued", "offer.made", "call.connected"),
        evaluate=of_sums("answered_queued_wait_ms", "answered_queued", 0.001),
    ),
    Indicator(
        number=9,
        key="average_speed_of_answer",
        name="Average speed of answer (ASA)",
        unit="s",
        formula="wait of all answered calls / answered calls",
        target="≤ 10 s",
        cadence="half hour",
        range=Target(high=10),
        events=("call.offered", "call.queued", "call.connected"),
        evaluate=of_sums("answer_wait_ms", "answered", 0.001),
    ),
    Indicator(
        number=10,
        key="average_talk_time",
        name="Average talk time",
        unit="s",
        formula="talk time / calls handled",
        target="by call type",
        cadence="week, month",
        events=("call.connected", "call.held", "call.retrieved", "call.disconnected", "call.ended"),
        evaluate=of_sums("talk_ms", "handled", 0.001),
    ),
    Indicator(
        number=11,
        key="calls_per_hour",
        name="Calls per hour",
        unit="calls/h",
        formula="answered calls / hours logged in, all states",
        target="—",
        cadence="day",
        events=("call.connected", "agent.state_changed"),
        levels=PEOPLE,
        evaluate=calls_per_hour,
    ),
    Indicator(
        number=12,
        key="monitoring_score",
        name="Monitoring score",
        unit="points",
        formula="scores of evaluations of 0 to 100 / evaluations",
        target="—",
        cadence="month",
        needs=(Input.SCORES,),
        evaluate=of_given("score_hundredths", "evaluations", 0.01),
    ),
    Indicator(
        number=13,
        key="occupancy",
        name="Occupancy",
        unit="%",
        formula="connected time / (connected + available + offered time); wrap-up joins both where the tenant says so",
        target="—",
        cadence="day",
        events=("agent.state_changed",),
        levels=PEOPLE,
        evaluate=occupancy,
    ),
    Indicator(
        number=14,
        key="abandon_rate",
        name="Abandon rate",
        unit="%",
        formula="abandoned calls without short ones / (answered + abandoned calls without short ones)",
        target="≤ 5 %",
        cadence="day, week, month",
        range=Target(high=5),
        events=("call.offered", "call.queued", "call.connected", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=abandon_rate,
    ),
    Indicator(
        number=15,
        key="attendance",
        name="Attendance",
        unit="%",
        formula="people logged in during their shifts of a day / people with shifts on that day",
        target="—",
        cadence="day",
        events=("agent.state_changed",),
        needs=(Input.SHIFTS,),
        evaluate=of_given("people_present", "people_scheduled", 100),
    ),
    Indicator(
        number=16,
        key="blocked_rate",
        name="Blocked (busy) rate",
        unit="%",
        formula="calls refused or lost before an agent, by no act of the caller / calls offered",
        target="—",
        cadence="hour",
        events=("call.offered", "call.connected", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=blocked_rate,
    ),
    Indicator(
        number=17,
        key="first_call_resolution",
        name="First-call resolution (FCR)",
        unit="%",
        formula="answered calls that were resolved by the caller's word, else by a wrap-up code, and without a call "
        "from or to the number on the topic within 7 days / answered calls",
        target="≥ 95 %",
        cadence="day",
        range=Target(low=95),
        events=("call.offered", "call.queued", "call.connected", "call.disposed"),
        needs=(Input.WRAP_UP_CODES,),
        evaluate=first_call_resolution,
    ),
    Indicator(
        number=18,
        key="queued_rate",
        name="Queued rate",
        unit="%",
        formula="calls for which no agent was free within 1 s of queueing / calls offered",
        target="—",
        cadence="week",
        events=("call.offered", "call.queued", "offer.made", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=queued_rate,
    ),
    Indicator(
        number=19,
        key="transfer_rate",
        name="Transfer rate",
        unit="%",
        formula="calls that an agent passed on, blind or attended / calls handled",
        target="≤ 2 %",
        cadence="day, week, month",
        range=Target(high=2),
        events=("transfer.begun", "transfer.ended", "call.disconnected", "call.ended"),
        evaluate=transfer_rate,
    ),
    Indicator(
        number=20,
        key="answer_rate",
        name="Answer rate",
        unit="%",
        formula="answered calls / (answered + abandoned calls without short ones)",
        target="≥ 95 %",
        cadence="day",
        range=Target(low=95),
        events=("call.offered", "call.queued", "call.connected", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=answer_rate,
    ),
    Indicator(
        number=21,
        key="service_level",
        name="Service level",
        unit="%",
        formula="calls answered within the queue's threshold / calls offered (variants below)",
        target="80 % in 20 s",
        cadence="continuously",
        range=Target(low=80),
        events=("call.offered", "call.queued", "call.connected", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=service_level,
    ),
    Indicator(
        number=22,
        key="calls_offered",
        name="Calls offered",
        unit="calls",
        formula="blocked + abandoned, short ones too + answered",
        target="—",
        cadence="hour",
        events=("call.offered", "call.connected", "call.ended", *APART),
        levels=CALLERS,
        version=2,
        evaluate=calls_offered,
    ),
    Indicator(
        number=23,
        key="agent_turnover",
        name="Agent turnover",
        unit="%",
        formula="full-time staff who left / mean number of full-time staff",
        target="15–30 % a year",
        cadence="month, quarter",
        range=Target(low=15, high=30, per_year=True),
        needs=(Input.STAFF,),
        levels=PEOPLE,
        evaluate=agent_turnover,
    ),
)

BY_KEY = {each.key: each for each in INDICATORS}


def evaluate(figures: Figures, choices: Choices) -> dict[str, float | int | None]:
    """All indicators by key, and the counts that they are read with."""
    values: dict[str, float | int | None] = {each.key: each.evaluate(figures, choices) for each in INDICATORS}
    return values | {
        "blind_transfer_rate": blind_transfer_rate(figures, choices),
        "attended_transfer_rate": attended_transfer_rate(figures, choices),
        "calls_answered": figures.sums.answered,
        "calls_abandoned": figures.abandoned,
        "calls_short_abandoned": figures.short_abandons,
        "calls_blocked": figures.sums.blocked,
        "messages_left": figures.sums.messages,
        "callbacks_promised": figures.sums.callbacks,
        "messages_done": figures.sums.messages_done,
        "calls_handled": figures.sums.handled,
        "calls_transferred": figures.transfers(),
        "outbound_calls": figures.sums.outbound,
        "outbound_answered": figures.sums.outbound_answered,
    }
