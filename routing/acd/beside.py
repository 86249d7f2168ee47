"""Colleagues whom an agent asked into the call: what lets them go again, whoever is the cause."""

from kernel.contracts.calls import AgentState, OfferOutcome
from kernel.contracts.colleagues import ColleagueLeft
from kernel.contracts.supervision import LeaveSupervision
from routing.acd.draft import Draft
from routing.acd.moves import move
from routing.acd.telephones import seat_left
from routing.agents.machine import AgentInput, Reason
from routing.agents.model import Agent
from routing.calls.model import Call, Colleague

_DECLINED: dict[str, OfferOutcome] = {Reason.REJECTED: OfferOutcome.REJECTED, Reason.NO_ANSWER: OfferOutcome.NO_ANSWER}


def let_colleague_go(draft: Draft, call: Call, word: AgentInput = AgentInput.CALL_VOID) -> None:
    """Whoever rings, or talks, does so no more, by no fault of theirs; nothing for a call without one."""
    colleague = call.colleague
    if colleague is None:
        return
    if colleague.since is None:
        _left(draft, call, colleague, OfferOutcome.CALLER_GONE)
        if rings_for_colleague(draft.state.agent(colleague.agent)):
            move(draft, colleague.agent, AgentInput.CALLER_GONE)
        return
    seat_left(draft, call, colleague.agent)
    _left(draft, call, colleague, OfferOutcome.ACCEPTED)
    if draft.state.agent(colleague.agent).call == call.call:
        move(draft, colleague.agent, word)


def follow_colleagues(draft: Draft) -> None:
    """After each decision: what calls and agents have become ends what colleagues were asked for."""
    for name in tuple(draft.state.consultations.values()):
        call = draft.state.call(name)
        colleague = None if call is None else call.colleague
        if call is None or colleague is None:
            continue
        agent = draft.state.agent(colleague.agent)
        if call.agent != colleague.by:
            let_colleague_go(draft, call)
        elif colleague.since is None and not rings_for_colleague(agent):
            _left(draft, call, colleague, _DECLINED.get(agent.reason, OfferOutcome.AGENT_GONE))
        elif not draft.state.rules.may_serve(colleague.agent, call.tenant):
            let_colleague_go(draft, call)


def rings_for_colleague(agent: Agent) -> bool:
    """Whether the agent is asked something that is no call of their own."""
    return agent.state is AgentState.OFFERED and agent.call is None


def _left(draft: Draft, call: Call, colleague: Colleague, outcome: OfferOutcome) -> None:
    """A telephone that rings for it stops, too."""
    if colleague.since is not None or draft.state.agent(colleague.agent).telephone:
        draft.send(LeaveSupervision(**draft.stamp(call.tenant), call=call.call, supervisor=colleague.agent))
    draft.record(
        ColleagueLeft(**draft.stamp(call.tenant), call=call.call, agent=colleague.agent, outcome=outcome),
    )
