"""Carrying out what the reconciler decided. What has settled itself meanwhile is left alone."""

from kernel.contracts.calls import AgentState, EndCause, Fault, OfferOutcome
from kernel.contracts.log import CallDisconnected
from kernel.contracts.reconciling import DifferenceFound
from kernel.contracts.telephony import DisconnectAgent, EndCall
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd import flow_steps
from routing.acd.draft import Draft
from routing.acd.handling import (
    connect_agent,
    drop_all_invited,
    end_by_system,
    end_call,
    end_offer,
    enqueue,
    play_music,
)
from routing.acd.moves import move
from routing.acd.reaching import note_reach
from routing.agents.machine import AgentInput
from routing.calls.model import TALKING, CallPhase
from routing.reconciler.healing import (
    Cure,
    DeleteLeg,
    FreeAgent,
    FreeCall,
    HangUp,
    JoinAgent,
    NoteSoftphone,
    RecordEnd,
    WakeTimers,
)
from routing.reconciler.patience import Verdict


def mend(draft: Draft, verdict: Verdict) -> None:
    """What concerns routing and the gateway; timers are woken, and the engine's legs deleted, by who asked for it."""
    if verdict.cure is not None:
        _carry_out(draft, verdict.cure)
    found = verdict.difference
    draft.tell(
        DifferenceFound(
            **draft.stamp(found.tenant),
            difference=found.kind,
            since=verdict.since,
            cure="" if verdict.cure is None else type(verdict.cure).__name__,
            times=verdict.times,
            state=found.state,
            agent=found.agent,
            call=found.call,
            leg=found.leg,
        )
    )


def _carry_out(draft: Draft, cure: Cure) -> None:
    match cure:
        case FreeAgent(name):
            _free_agent(draft, name)
        case FreeCall(name):
            _free_call(draft, name)
        case RecordEnd(name, cause):
            _record_end(draft, name, cause)
        case NoteSoftphone(name, home, reachable):
            _note_softphone(draft, name, home, reachable=reachable)
        case JoinAgent(name, agent):
            call = draft.state.call(name)
            if call is not None and call.phase is CallPhase.CONNECTED and call.agent == agent:
                connect_agent(draft, call, agent)
        case HangUp(name, tenant, cause):
            _hang_up(draft, name, tenant, cause)
        case WakeTimers() | DeleteLeg():
            pass


def _free_agent(draft: Draft, name: UserId) -> None:
    """They go on with what they asked for; there is no call of which anything could be written up."""
    agent = draft.state.agent(name)
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is not None and call.agent == name:
        return
    if agent.state is AgentState.OFFERED:
        move(draft, name, AgentInput.CALLER_GONE)
    elif agent.state is AgentState.CONNECTED:
        move(draft, name, AgentInput.CALL_VOID)


def _free_call(draft: Draft, name: CallId) -> None:
    """The caller goes back to the queue with the old place; who was dialled, or has no queue, to the end."""
    call = draft.state.call(name)
    if call is None or call.agent is None or draft.state.agent(call.agent).call == name:
        return
    if call.phase is CallPhase.OFFERED:
        end_offer(draft, call, OfferOutcome.AGENT_GONE)
        return
    drop_all_invited(draft, call)
    draft.record(CallDisconnected(**draft.stamp(call.tenant), call=name, agent=call.agent))
    draft.send(DisconnectAgent(**draft.stamp(call.tenant), call=name, agent=call.agent))
    left = draft.state.call(name)
    if left is None:
        return
    if left.phase in TALKING and left.may_wait and left.queue is not None:
        play_music(draft, left)
        enqueue(draft, left, left.since or draft.now)
    else:
        end_by_system(draft, left)


def _record_end(draft: Draft, name: CallId, cause: EndCause) -> None:
    _free_call(draft, name)  # an agent who has no part in it must not be moved by its end
    call = draft.state.call(name)
    if call is not None:
        flow_steps.hung_up(draft, call, cause.reason)
        end_call(draft, call, cause)


def _note_softphone(draft: Draft, name: UserId, home: TenantId, *, reachable: bool) -> None:
    agent = draft.state.agent(name, home)
    if agent.reachable is not reachable:
        note_reach(draft, agent, None if reachable else Fault.CONNECTION)
    elif agent.state is AgentState.AVAILABLE and not reachable:
        move(draft, name, AgentInput.SOFTPHONE_LOST)


def _hang_up(draft: Draft, name: CallId, tenant: TenantId, cause: EndCause) -> None:
    draft.send(EndCall(**draft.stamp(tenant), call=name, cause=cause))
    _record_end(draft, name, cause)
