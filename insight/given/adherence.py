"""Schedule adherence and attendance: shifts held against the time that agents were really there."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date
from zoneinfo import ZoneInfo

from insight.given.contracts import Shift, latest
from insight.given.stretches import Stretch, common, length, united, without
from insight.kpi.given_sums import GivenSums
from insight.kpi.intervals import from_ms, to_ms
from insight.kpi.state import StateStretch
from kernel.contracts.calls import AgentState
from kernel.primitives.ids import UserId

ABLE = frozenset({AgentState.AVAILABLE, AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP})
"""Able to take calls: waiting for one, at one, or writing one up."""


class Roster:
    """Shifts and states of all agents, made ready to be asked about spans; `zone` decides what a day is."""

    def __init__(self, shifts: Iterable[Shift], states: Iterable[StateStretch], zone: ZoneInfo) -> None:
        calls: dict[UserId, list[Stretch]] = defaultdict(list)
        other: dict[UserId, list[Stretch]] = defaultdict(list)
        for shift in latest(shifts):
            (calls if shift.takes_calls else other)[shift.agent].append((to_ms(shift.start), to_ms(shift.end)))
        agents = calls.keys() | other.keys()
        self._able, self._there = _states(states)
        self._scheduled = {agent: without(calls[agent], other[agent]) for agent in agents}
        self._days = {agent: _days(united([*calls[agent], *other[agent]]), zone) for agent in agents}

    def sums(self, agents: frozenset[UserId] | None, within: Stretch) -> GivenSums:
        """Of these agents; None: of all. A day of shifts counts where the first of them starts."""
        sums = GivenSums()
        for agent in self._scheduled if agents is None else agents & self._scheduled.keys():
            scheduled = common(self._scheduled[agent], [within])
            sums.scheduled_ms += length(scheduled)
            sums.adherent_ms += length(common(scheduled, self._able.get(agent, ())))
            for shifts in self._days[agent].values():
                if within[0] <= shifts[0][0] < within[1]:
                    sums.people_scheduled += 1
                    sums.people_present += bool(common(shifts, self._there.get(agent, ())))
        return sums


def _states(
    states: Iterable[StateStretch],
) -> tuple[Mapping[UserId, list[Stretch]], Mapping[UserId, list[Stretch]]]:
    """When each agent was able to take calls, and when logged in at all."""
    able: dict[UserId, list[Stretch]] = defaultdict(list)
    there: dict[UserId, list[Stretch]] = defaultdict(list)
    for state in states:
        there[state.agent].append((state.start, state.end))
        if state.state in ABLE:
            able[state.agent].append((state.start, state.end))
    return able, there


def _days(shifts: list[Stretch], zone: ZoneInfo) -> dict[date, list[Stretch]]:
    """By the local day on which each starts: a night shift is one day's."""
    days: dict[date, list[Stretch]] = defaultdict(list)
    for shift in shifts:
        days[from_ms(shift[0]).astimezone(zone).date()].append(shift)
    return days
