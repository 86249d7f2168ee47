"""What supervisors do to calls and agents of their tenant: carried out by the tables that hold for everybody.

Taking part in a call as a third (listen, whisper, barge) changes neither call nor agent: `routing.supervision` decides.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from typing import Any

from kernel.contracts.calls import AgentState, OfferOutcome
from kernel.contracts.directory import RING_SECONDS
from kernel.contracts.log import CallConnected, CallDisconnected, CallRetrieved
from kernel.contracts.supervision import (
    ForceState,
    Manner,
    MoveWaiting,
    PassOn,
    PickWaiting,
    StopSupervising,
    Supervise,
    SupervisorAct,
    TakeOver,
)
from kernel.contracts.telephony import PartyEstablished, PartyReleased
from kernel.primitives.errors import CordboardError, NotFound
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd.draft import Draft
from routing.acd.ears import carry_out, moment_of
from routing.acd.handling import (
    connect_agent,
    drop_offer,
    enqueue_in,
    leave_agent,
    offer,
    play_music,
    recall_offer,
)
from routing.acd.intents import on_intent
from routing.acd.moves import Stand, Wish, engage, move
from routing.acd.reach import require_reachable
from routing.acd.telephones import address_for, party_of, require_callable, rings_for_each
from routing.agents.machine import AgentInput, Reason
from routing.agents.machine import step as agent_step
from routing.agents.model import Agent
from routing.calls.machine import CallInput
from routing.calls.machine import step as call_step
from routing.calls.model import TALKING, Call, CallPhase
from routing.errors import (
    AgentNotFree,
    CallGone,
    CallNotConnected,
    CallNotWaiting,
    ClientNotServed,
    UnknownReason,
    UnknownState,
)
from routing.matching.matcher import Match
from routing.supervision import listening
from routing.supervision.machine import Part

Who = tuple[TenantId, UserId]

IN_LINE = frozenset({CallPhase.QUEUED, CallPhase.OFFERED})


def on_act(draft: Draft, who: Who, act: SupervisorAct) -> None:
    """Of another tenant there is nothing: NotFound."""
    _HANDLERS[type(act)](draft, who, act)
    draft.forcing = draft.acting = None


def _call(draft: Draft, tenant: TenantId, name: CallId) -> Call:
    call = draft.state.call(name)
    if call is None or call.tenant != tenant:
        raise CallGone("The call has ended.")
    return call


# --- agents ---


def _force_state(draft: Draft, who: Who, act: ForceState) -> None:
    """An agent whom it rings for is spared the rest of the ringing; the caller goes to the next one."""
    tenant, supervisor = who
    agent = draft.state.agent(act.agent, tenant)
    if agent.home != tenant:
        raise NotFound("There is no such agent.")
    agent_step(agent.state, AgentInput.FORCE)
    wish = _wish(draft, agent, act)
    if agent.state is AgentState.OFFERED and wish.state is AgentState.AVAILABLE:
        return
    drop_offer(draft, agent, OfferOutcome.AGENT_GONE)
    draft.forcing = (supervisor, act.agent)
    move(draft, act.agent, AgentInput.FORCE, wish)


def _wish(draft: Draft, agent: Agent, act: ForceState) -> Wish:
    if act.state is AgentState.LOGGED_OUT:
        return Wish(AgentState.LOGGED_OUT)
    if act.state is AgentState.AVAILABLE:
        require_reachable(agent)
        return Wish(AgentState.AVAILABLE)
    if act.state is not AgentState.NOT_READY:
        raise UnknownState("Force available, not ready or logged out.", state=act.state.value)
    reasons = draft.state.rules.directory(agent.home).not_ready_reasons
    if act.reason and act.reason not in reasons:
        raise UnknownReason("Choose one of the tenant's reasons, or none.", reasons=list(reasons))
    return Wish(AgentState.NOT_READY, act.reason or Reason.FORCED)


# --- callers who wait ---


def _waiting(draft: Draft, tenant: TenantId, name: CallId) -> Call:
    """Taken back from who is being offered it, by no fault of theirs."""
    call = _call(draft, tenant, name)
    if call.phase not in IN_LINE or call.queue is None:
        raise CallNotWaiting("The caller talks with somebody already, or still hears the greeting.")
    if call.phase is CallPhase.OFFERED and call.agent is not None:
        recall_offer(draft, call, call.agent)
    return _call(draft, tenant, name)


def _move_waiting(draft: Draft, who: Who, act: MoveWaiting) -> None:
    tenant, _ = who
    rules = draft.state.rules
    if act.queue not in {queue.queue for queue in rules.directory(tenant).queues}:
        raise NotFound("There is no such queue.")
    call = _waiting(draft, tenant, act.call)
    if call.queue == act.queue:
        return
    enqueue_in(draft, call, act.queue, call.since or draft.now)
    play_music(draft, _call(draft, tenant, act.call))


def _pick_waiting(draft: Draft, who: Who, act: PickWaiting) -> None:
    tenant, supervisor = who
    if act.agent is None or act.agent == supervisor:
        _pick(draft, who, act)
    else:
        _hand_to(draft, tenant, act.call, act.agent)


def _pick(draft: Draft, who: Who, act: PickWaiting) -> None:
    """A telephone rings for it like for any other call: who does not answer does not lose it for the caller."""
    tenant, supervisor = who
    _require_free(draft, supervisor, tenant)
    call = _waiting(draft, tenant, act.call)
    call_step(call.phase, CallInput.PICK)
    if not rings_for_each(draft.state.agent(supervisor)):
        _connect(draft, call, supervisor)
    elif call.queue is not None:
        require_callable(draft, draft.state.agent(supervisor))
        offer(draft, Match(call.call, call.queue, supervisor), AgentInput.RING)


def _hand_to(draft: Draft, tenant: TenantId, name: CallId, chosen: UserId) -> None:
    """Offered like any other call: who does not answer does not lose it for the caller."""
    agent = draft.state.agent(chosen)
    if not draft.state.rules.may_serve(chosen, tenant):
        raise NotFound("There is no such agent.")
    call = _call(draft, tenant, name)
    if agent.state is not AgentState.AVAILABLE or not agent.reachable:
        raise AgentNotFree("Choose an agent who is available.", state=agent.state.value)
    call = _waiting(draft, tenant, name)
    if call.queue is None:
        raise AssertionError("a caller who waits has a queue")
    offer(draft, Match(name, call.queue, chosen))


# --- callers who talk ---


def _take_over(draft: Draft, who: Who, act: TakeOver) -> None:
    """Whose telephone has to be called first takes over by answering it; until then the agent talks on."""
    tenant, supervisor = who
    call = _call(draft, tenant, act.call)
    _require_taken(call)
    _require_free(draft, supervisor, tenant)
    ear = draft.state.listening.ear(supervisor)
    hears = ear is not None and ear.call == call.call and ear.part is not Part.RINGING
    if hears or not rings_for_each(draft.state.agent(supervisor)):
        _talk_on(draft, call, supervisor)
    else:
        _ring_for(draft, who, Supervise(call=act.call, manner=Manner.LISTEN), takes_over=True)


def _require_taken(call: Call) -> UserId:
    """The agent who talks. CallNotConnected."""
    if call.phase not in TALKING or call.agent is None or call.by_phone or call.transfer is not None:
        raise CallNotConnected("Only a conversation at a desk, with no transfer under way, can be taken over.")
    return call.agent


def _talk_on(draft: Draft, call: Call, supervisor: UserId) -> None:
    """The gateway lets the former agent go as it joins the new one; the agent's own part is over, and is wrapped up."""
    tenant, former = call.tenant, _require_taken(call)
    if call.phase is CallPhase.HELD:
        call_step(call.phase, CallInput.RETRIEVE)
        draft.record(CallRetrieved(**draft.stamp(tenant), call=call.call, agent=former))
    draft.record(CallDisconnected(**draft.stamp(tenant), call=call.call, agent=former))
    draft.forcing = (supervisor, former)
    leave_agent(draft, call, former)
    _connect(draft, call, supervisor)


def _pass_on(draft: Draft, who: Who, act: PassOn) -> None:
    """As the agent's own desk would, in the supervisor's name."""
    tenant, supervisor = who
    call = _call(draft, tenant, act.intent.call)
    if call.agent is None or call.phase not in TALKING:
        raise CallNotConnected("No agent talks on this call now: a caller who waits can be moved or picked.")
    agent = draft.state.agent(call.agent)
    draft.forcing = (supervisor, agent.agent)
    on_intent(draft, (agent.home, agent.agent), act.intent)


def _require_free(draft: Draft, supervisor: UserId, tenant: TenantId) -> None:
    agent = draft.state.agent(supervisor, tenant)
    agent_step(agent.state, AgentInput.PICK)
    if not draft.state.rules.may_serve(supervisor, tenant):
        raise ClientNotServed("You need a seat of this tenant, or of one that serves it, to talk with its callers.")
    require_reachable(agent)


def _connect(draft: Draft, call: Call, supervisor: UserId) -> None:
    """Who was not ready is so again afterwards."""
    draft.acting, draft.forcing = supervisor, None
    draft.record(CallConnected(**draft.stamp(call.tenant), call=call.call, agent=supervisor, queue=call.queue))
    connect_agent(draft, call, supervisor)
    agent = draft.state.agent(supervisor)
    stand = Stand(AgentState.CONNECTED, call=call.call, queue=call.queue, client=call.tenant)
    if agent.state is AgentState.NOT_READY and agent.reason != Reason.RECOVERY:
        stand = stand._replace(requested=agent.state, requested_reason=agent.reason)
    engage(draft, supervisor, AgentInput.PICK, stand)


# --- third parties ---


def _supervise(draft: Draft, who: Who, act: Supervise) -> None:
    _ring_for(draft, who, act)


def _ring_for(draft: Draft, who: Who, act: Supervise, *, takes_over: bool = False) -> None:
    tenant, supervisor = who
    agent = draft.state.agent(supervisor, tenant)
    call = _call(draft, tenant, act.call)
    ring = _ring(draft, agent, call, takes_over=takes_over)
    carry_out(draft, listening.supervise(draft.state.listening, agent, act, call, moment_of(draft), ring))


def _ring(draft: Draft, agent: Agent, call: Call, *, takes_over: bool) -> listening.Ring | None:
    """None: a browser, or a line that is up."""
    to = address_for(draft, agent, call.outside)
    if to is None:
        return None
    require_callable(draft, agent)
    rules = draft.state.rules.queue(call.queue)
    until = draft.now + timedelta(seconds=RING_SECONDS if rules is None else rules.ring_seconds)
    return listening.Ring(to, party_of(agent.agent), until, takes_over)


def supervisor_answered(draft: Draft, call: Call, report: PartyEstablished) -> bool:
    """Whether it is about the telephone of a supervisor of the call; one who wanted the call has it now."""
    found = _ear_of(draft, call, report.party)
    if found is None:
        return False
    supervisor, ear = found
    carry_out(draft, listening.answered(draft.state.agent(supervisor), ear, moment_of(draft)))
    if ear.takes_over and ear.part is Part.RINGING:
        with suppress(CordboardError):  # not in their power any more: they listen
            _require_free(draft, supervisor, call.tenant)
            _talk_on(draft, call, supervisor)
        draft.acting = draft.forcing = None
    return True


def supervisor_gone(draft: Draft, call: Call, report: PartyReleased) -> bool:
    """Whether it is about the telephone of a supervisor of the call, who did not answer, or hung up."""
    found = _ear_of(draft, call, report.party)
    if found is not None:
        carry_out(draft, listening.telephone_gone(*found, moment_of(draft)))
    return found is not None


def _ear_of(draft: Draft, call: Call, party: str) -> tuple[UserId, listening.Ear] | None:
    ears = draft.state.listening.ears.items()
    return next((one for one in ears if one[1].call == call.call and party_of(one[0]) == party), None)


def supervisors_due(draft: Draft) -> None:
    """Telephones that have rung long enough."""
    carry_out(draft, listening.overdue(draft.state.listening, moment_of(draft)))


def _stop_supervising(draft: Draft, who: Who, act: StopSupervising) -> None:
    carry_out(draft, listening.stop(draft.state.listening, who[1], act, moment_of(draft)))


def follow_supervision(draft: Draft) -> None:
    """What the decision so far has made of calls and agents ends or changes who takes part."""
    state = draft.state
    if not state.listening:
        return
    ears = state.listening.ears
    agents = {name: state.agent(name) for name in ears}
    found = ((ear.call, state.call(ear.call)) for ear in ears.values())
    calls = {name: call for name, call in found if call is not None}
    carry_out(draft, listening.follow(state.listening, agents, calls, moment_of(draft)))


_HANDLERS: dict[type, Callable[[Draft, Who, Any], None]] = {
    Supervise: _supervise,
    StopSupervising: _stop_supervising,
    ForceState: _force_state,
    MoveWaiting: _move_waiting,
    PickWaiting: _pick_waiting,
    TakeOver: _take_over,
    PassOn: _pass_on,
}
