"""What happens to calls, whoever is the cause: queueing, offers, conversation, the end."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from kernel.contracts.calls import (
    AgentState,
    EndCause,
    EndReason,
    EndResult,
    Fault,
    OfferOutcome,
    TransferOutcome,
)
from kernel.contracts.directory import QueueRules
from kernel.contracts.log import (
    AgentReachabilityChanged,
    CallConnected,
    CallDisconnected,
    CallEnded,
    CallQueued,
    OfferEnded,
    OfferMade,
    PartyLeft,
    TransferEnded,
)
from kernel.contracts.telephony import ConnectAgent, DisconnectAgent, DropParty, EndCall, PlayToCaller
from kernel.primitives.ids import CallbackId, OfferId, QueueId, UserId
from routing.acd.beside import let_colleague_go
from routing.acd.bringing import kept_place, known_agent, needs_of, priority_of
from routing.acd.draft import Draft
from routing.acd.ears import let_listeners_go
from routing.acd.keeping import keep_message
from routing.acd.moves import Stand, engage, move, stand_after
from routing.acd.reserving import reserve
from routing.acd.telephones import address_for, may_be_called, party_of, seat_left, stop_ringing
from routing.agents.machine import LOSSES, AgentInput, Reason
from routing.agents.model import Agent
from routing.calls.machine import CallInput, step
from routing.calls.model import TALKING, WAITING, Call, CallPhase, Invited, Joined, Transfer
from routing.matching.matcher import Match, match

NOT_SERVED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED)  # the tenant is suspended, the caller has heard so
BY_SYSTEM = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM)
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT, q850=16)

_OFFER_END = {
    OfferOutcome.NO_ANSWER: AgentInput.RING_TIME_OUT,
    OfferOutcome.REJECTED: AgentInput.REJECT,
}
# With an accepted offer the agent's telephone stays in the call; with the caller everything of the call ends.
KEEPS_TELEPHONE = frozenset({OfferOutcome.ACCEPTED, OfferOutcome.CALLER_GONE})


# --- waiting ---


def play_music(draft: Draft, call: Call) -> None:
    music = draft.state.rules.music(call.queue)
    draft.send(PlayToCaller(**draft.stamp(call.tenant), call=call.call, prompts=(), music=music))


def enqueue(draft: Draft, call: Call, since: datetime, at: datetime | None = None) -> None:
    """Into its queue; when that is gone into the one its number leads to now, and without one to a clear end."""
    if call.queue is None:
        end_by_system(draft, call, NOT_SERVED)
        return
    rules = draft.state.rules.queue(call.queue) or draft.state.rules.queue_of(call.tenant, call.called)
    if rules is None:
        end_by_system(draft, call)
        return
    queue_call(draft, call, rules, since, at)


def enqueue_in(draft: Draft, call: Call, queue: QueueId, since: datetime) -> None:
    """Into another queue than the call's number leads to."""
    rules = draft.state.rules.queue(queue)
    if rules is not None:
        queue_call(draft, call, rules, since)


def queue_call(
    draft: Draft,
    call: Call,
    rules: QueueRules,
    since: datetime,
    at: datetime | None = None,
    visited: tuple[QueueId, ...] = (),
) -> None:
    """With what it brings; who comes for the first time has the place that they left, and waits for whom they know."""
    if call.since is None:
        since = kept_place(draft, call, rules, since)
    draft.record(
        CallQueued(
            **draft.stamp(call.tenant, at),
            call=call.call,
            queue=rules.queue,
            priority=priority_of(draft, call, rules),
            since=since,
            needs=needs_of(draft, call),
            preferred=call.preferred or known_agent(draft, call, rules),
            asked=call.asked,
            visited=visited or call.visited,
        )
    )


# --- offers ---


def distribute(draft: Draft, everywhere: bool = False) -> None:
    """Offer calls until no waiting caller and available agent fit; only where the decision has stirred anything."""
    state = draft.state
    queues = state.queues if everywhere else state.stirred(draft.now)
    if not queues:
        return
    _rehome(draft, queues)
    queues = state.queues if everywhere else state.stirred(draft.now)
    found = match(state.waiting, state.available, state.rules.matching, draft.now, queues)
    refused = [one for one in found if not offer(draft, one)]
    if refused:
        distribute(draft, everywhere)  # anew: each time an agent is available no more, or a callback in no line


def _rehome(draft: Draft, queues: Iterable[QueueId]) -> None:
    """Who waits in a queue that the directory has no more moves on."""
    removed = [queue for queue in queues if draft.state.rules.queue(queue) is None]
    for queue in removed:
        for name in draft.state.waiting.calls(queue):
            call = draft.state.call(name)
            if call is not None and call.since is not None:
                enqueue(draft, call, call.since)


def offer(draft: Draft, found: Match, word: AgentInput = AgentInput.OFFER) -> bool:
    """Whether it was made; an agent whose telephone may not be called becomes not ready instead, a callback waits.

    `word`: the row of the agent table.
    """
    callback = draft.state.callbacks.get(CallbackId(found.call))
    if callback is not None:
        return reserve(draft, callback, found.agent)
    rules = draft.state.rules.queue(found.queue)
    call = draft.state.call(found.call)
    if rules is None or call is None:
        raise AssertionError("a match names a queue of the directory and a call that waits")
    step(call.phase, CallInput.OFFER)
    agent = draft.state.agent(found.agent)
    if not may_be_called(draft, agent):
        lose_telephone(draft, agent)
        return False
    until = draft.now + timedelta(seconds=rules.ring_seconds)
    draft.record(
        OfferMade(
            **draft.stamp(call.tenant),
            offer=OfferId(draft.fresh()),
            call=found.call,
            queue=found.queue,
            agent=found.agent,
            until=until,
        )
    )
    stand = Stand(AgentState.OFFERED, call=found.call, queue=found.queue, until=until, client=call.tenant)
    engage(draft, found.agent, word, stand_after(agent, stand))
    if agent.telephone:
        _reach_telephone(draft, found)
    return True


def _reach_telephone(draft: Draft, found: Match) -> None:
    """It rings; over a line that is kept up the caller is there at once, after a tone."""
    call = draft.state.call(found.call)
    if call is None:
        return
    if draft.state.agent(found.agent).kept:
        accept(draft, call, found.agent)
    else:
        connect_agent(draft, call, found.agent)


def lose_telephone(draft: Draft, agent: Agent) -> None:
    """It cannot be called: whoever waits goes to another agent."""
    stamp = draft.stamp(agent.home)
    draft.record(AgentReachabilityChanged(**stamp, agent=agent.agent, reachable=False, fault=Fault.TELEPHONE))
    move(draft, agent.agent, AgentInput.TELEPHONE_LOST)


def end_offer(draft: Draft, call: Call, outcome: OfferOutcome) -> None:
    """The offer only: who is offered stays in their state, the caller keeps the place."""
    if call.offer is None or call.agent is None or call.queue is None:
        raise AssertionError("only an offered call has an offer to end")
    step(call.phase, CallInput.ACCEPT if outcome is OfferOutcome.ACCEPTED else CallInput.OFFER_ENDED)
    draft.record(
        OfferEnded(
            **draft.stamp(call.tenant),
            offer=call.offer,
            call=call.call,
            queue=call.queue,
            agent=call.agent,
            outcome=outcome,
        )
    )
    if outcome not in KEEPS_TELEPHONE:
        stop_ringing(draft, call, call.agent)


def withdraw_offer(draft: Draft, call: Call, outcome: OfferOutcome) -> None:
    """The offer came to nothing by the agent's side, who becomes not ready."""
    agent = call.agent
    end_offer(draft, call, outcome)
    if agent is not None:
        loss, _ = LOSSES[draft.state.agent(agent).fault]
        move(draft, agent, _OFFER_END.get(outcome, loss))


def drop_offer(draft: Draft, agent: Agent, outcome: OfferOutcome) -> None:
    """The caller goes to the next agent because this one is leaving."""
    call = None if agent.call is None else draft.state.call(agent.call)
    if agent.state is AgentState.OFFERED and call is not None:
        end_offer(draft, call, outcome)


def recall_offer(draft: Draft, call: Call, agent: UserId) -> None:
    """The agent must not have it any more, by no fault of theirs: they go on as if the caller had gone."""
    end_offer(draft, call, OfferOutcome.AGENT_GONE)
    move(draft, agent, AgentInput.CALLER_GONE)


def accept(draft: Draft, call: Call, agent: UserId) -> None:
    end_offer(draft, call, OfferOutcome.ACCEPTED)
    draft.record(CallConnected(**draft.stamp(call.tenant), call=call.call, agent=agent, queue=call.queue))
    connect_agent(draft, call, agent)
    stand = Stand(AgentState.CONNECTED, call=call.call, queue=call.queue, client=call.tenant)
    engage(draft, agent, AgentInput.ACCEPT, stand)


def connect_agent(draft: Draft, call: Call, name: UserId) -> None:
    """A telephone that is in the call already, or rings, is not called again."""
    if call.by_phone:
        return
    agent = draft.state.agent(name)
    seat = address_for(draft, agent, call.outside)
    stamp = draft.stamp(call.tenant)
    if seat is None:
        draft.send(ConnectAgent(**stamp, call=call.call, agent=name, home=agent.home))
    else:
        order = ConnectAgent(**stamp, call=call.call, agent=name, home=agent.home, seat=seat, party=party_of(name))
        draft.send(order)


# --- a softphone that did not come back ---


def leave_lost_agent(draft: Draft, call: Call, agent: UserId) -> None:
    """The caller goes back to the queue with the old place, which is in front; whom an agent dialled has none."""
    if not call.may_wait:
        end_by_system(draft, call)
        return
    step(call.phase, CallInput.RETURN)
    drop_all_invited(draft, call)
    seat_left(draft, call, agent)
    draft.record(CallDisconnected(**draft.stamp(call.tenant), call=call.call, agent=agent))
    draft.send(DisconnectAgent(**draft.stamp(call.tenant), call=call.call, agent=agent))
    play_music(draft, call)
    move(draft, agent, AgentInput.RETURN_TIME_OUT)
    left = draft.state.call(call.call)
    if left is not None:
        enqueue(draft, left, call.since or draft.now)


# --- the end ---


def end_by_system(draft: Draft, call: Call, cause: EndCause = BY_SYSTEM) -> None:
    draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=cause))
    end_call(draft, call, cause)


def end_call(
    draft: Draft,
    call: Call,
    cause: EndCause,
    at: datetime | None = None,
    word: CallInput = CallInput.END,
    abusive: bool = False,
) -> None:
    """Exactly one CallEnded; whoever was offered the call or had it goes on by the agent table."""
    step(call.phase, word)
    if call.phase is CallPhase.OFFERED:
        end_offer(draft, call, OfferOutcome.CALLER_GONE)
    _end_transfers(draft, call, cause, at)
    let_colleague_go(draft, call)
    let_listeners_go(draft, call.call)
    present = draft.state.call(call.call)
    if present is not None and present.message is not None:
        keep_message(draft, present, present.message, at)
    draft.record(
        CallEnded(
            **draft.stamp(call.tenant, at),
            call=call.call,
            cause=cause,
            agent=call.agent if call.phase in TALKING else None,
            queue=call.queue if call.phase in WAITING else None,
            line_of=call.line_of,
        )
    )
    if call.agent is None:
        return
    if call.phase is CallPhase.OFFERED:
        move(draft, call.agent, AgentInput.CALLER_GONE)
    elif call.phase in TALKING and abusive:
        _recover(draft, call, call.agent)
    elif call.phase in TALKING:
        _wrap_up(draft, call, call.agent)
    else:
        move(draft, call.agent, AgentInput.CALL_VOID)


def _end_transfers(draft: Draft, call: Call, cause: EndCause, at: datetime | None) -> None:
    if call.transfer is not None:
        draft.record(transfer_ended(draft, call, call.transfer, cause, at))
    for joined in call.joined:
        party_left(draft, call, joined, at)
    for invited in call.invited:
        invited_left(draft, call, invited, cause, at)


def transfer_ended(
    draft: Draft, call: Call, transfer: Transfer, failure: EndCause | None, at: datetime | None = None
) -> TransferEnded:
    """One that was under way: completed, failed for a cause, or carried out by the carrier of who was left."""
    outcome = TransferOutcome.COMPLETED if failure is None else TransferOutcome.FAILED
    if failure is not None and failure.reason is EndReason.TRANSFERRED:
        outcome = TransferOutcome.HANDED_OVER
    return TransferEnded(
        **draft.stamp(call.tenant, at),
        call=call.call,
        leg=transfer.leg,
        party=transfer.party,
        outcome=outcome,
        cause=failure,
        attended=transfer.other is not None,
    )


def party_left(draft: Draft, call: Call, joined: Joined, at: datetime | None = None) -> None:
    stamp = draft.stamp(call.tenant, None if at is None else max(min(at, draft.now), joined.since))
    draft.record(
        PartyLeft(**stamp, call=call.call, party=joined.party, to=joined.to, since=joined.since, came_in=joined.came_in)
    )


def invited_left(draft: Draft, call: Call, party: Invited, cause: EndCause, at: datetime | None = None) -> None:
    stamp = draft.stamp(call.tenant, None if at is None else max(min(at, draft.now), party.since or at))
    draft.record(PartyLeft(**stamp, call=call.call, party=party.party, to=party.to, since=party.since, cause=cause))


def drop_invited(draft: Draft, call: Call, party: Invited) -> None:
    """By the agent who called them in, or with that agent."""
    draft.send(DropParty(**draft.stamp(call.tenant), call=call.call, party=party.party, cause=BY_AGENT))
    invited_left(draft, call, party, BY_AGENT)


def drop_all_invited(draft: Draft, call: Call) -> None:
    for party in call.invited:
        drop_invited(draft, call, party)


def leave_agent(draft: Draft, call: Call, agent: UserId) -> None:
    """The agent's own part is over while the call goes on."""
    _wrap_up(draft, call, agent)


def _wrap_up(draft: Draft, call: Call, agent: UserId) -> None:
    seat_left(draft, call, agent)
    queue = call.queue
    seconds = draft.state.rules.wrap_up_seconds(queue)
    if seconds <= 0:
        move(draft, agent, AgentInput.CALL_VOID)
        return
    until = draft.now + timedelta(seconds=seconds)
    stand = Stand(AgentState.WRAP_UP, call=call.call, queue=queue, until=until, client=call.tenant)
    engage(draft, agent, AgentInput.CALL_OVER, stand)


def _recover(draft: Draft, call: Call, agent: UserId) -> None:
    """In place of the wrap-up: what is to be said of the call was said when it was ended."""
    rules = draft.state.rules.directory(draft.state.agent(agent).home).agent_rules
    if rules.recovery_seconds <= 0:
        _wrap_up(draft, call, agent)
        return
    seat_left(draft, call, agent)
    until = draft.now + timedelta(seconds=rules.recovery_seconds)
    engage(draft, agent, AgentInput.CALL_ABUSIVE, Stand(AgentState.NOT_READY, Reason.RECOVERY, until=until))
