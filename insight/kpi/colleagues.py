"""Colleagues who are asked into calls: whose desk rings for it, and who takes part in one."""

from insight.kpi.state import LiveAgent
from kernel.contracts.colleagues import ColleagueAsked, ColleagueEvent, ColleagueJoined
from kernel.primitives.ids import CallId, UserId


def follow_colleague(asked: dict[UserId, CallId], agent: LiveAgent, event: ColleagueEvent) -> None:
    """`asked` are calls by those whose desk rings for it; `agent` is the one of the event."""
    if isinstance(event, ColleagueAsked):
        asked[event.agent] = event.call
        return
    asked.pop(event.agent, None)
    if isinstance(event, ColleagueJoined):
        agent.call = event.call
    elif agent.call == event.call:
        agent.call = None
