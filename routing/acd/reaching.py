"""What follows from what an agent's softphone, telephone or line can do now, for the agent and their call."""

from datetime import datetime

from kernel.contracts.calls import AgentState, Fault, OfferOutcome
from kernel.contracts.log import AgentReachabilityChanged
from kernel.primitives.ids import UserId
from routing.acd.draft import Draft
from routing.acd.handling import connect_agent, play_music, withdraw_offer
from routing.acd.moves import move
from routing.agents.machine import LOSSES, LOST_REASONS, AgentInput
from routing.agents.model import Agent
from routing.calls.model import CallPhase


def note_reach(draft: Draft, agent: Agent, fault: Fault | None, at: datetime | None = None) -> None:
    """What an agent's softphone can do now, and what follows from it for them and their call."""
    stamp, name = draft.stamp(agent.home, at), agent.agent
    told = AgentReachabilityChanged(**stamp, agent=name, reachable=fault is None, fault=fault or Fault.CONNECTION)
    draft.record(told)
    _rejoin(draft, agent)
    if fault is None:
        _found(draft, name)
    else:
        _lost(draft, name)


def _rejoin(draft: Draft, before: Agent) -> None:
    """Who was cut off talks on."""
    agent = draft.state.agent(before.agent)
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is None or call.phase is not CallPhase.CONNECTED or call.agent != agent.agent:
        return
    if before.cut_off and not agent.cut_off:
        connect_agent(draft, call, agent.agent)


def _lost(draft: Draft, name: UserId) -> None:
    """In a call only a lost connection counts: who has no microphone hears the caller, and can put them on hold."""
    agent = draft.state.agent(name)
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is not None and call.by_phone:
        return
    if call is not None and call.phase is CallPhase.OFFERED:
        withdraw_offer(draft, call, OfferOutcome.AGENT_GONE)
        return
    talks = call is not None and call.phase is CallPhase.CONNECTED and call.agent == name
    if call is not None and talks and agent.cut_off:
        play_music(draft, call)
    word, _ = LOSSES[agent.fault]
    move(draft, name, word)


def _found(draft: Draft, name: UserId) -> None:
    agent = draft.state.agent(name)
    if agent.state in {AgentState.AVAILABLE, AgentState.OFFERED}:
        return  # they lost nothing by it
    waited_for = agent.reason in LOST_REASONS and agent.until is not None
    move(draft, name, AgentInput.BACK_IN_TIME if waited_for else AgentInput.SOFTPHONE_BACK)
