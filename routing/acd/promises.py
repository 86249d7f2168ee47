"""Promised callbacks, carried out: what is told to each, what its orders mean to calls and agents, and its time.

A callback is decided by `routing.callbacks`; here its orders become events of calls, moves of agents and commands.
"""

from datetime import datetime

from msgspec.structs import replace

from kernel.contracts.callbacks import CallbackAct, CallbackInstead, CancelCallback, MoveCallback, RequestCallback
from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.desk import RejectCallback, TakeCallback
from kernel.contracts.log import CallAnswered, CallConnected, CallEnded, CallOffered, CallQueued, LogEvent
from kernel.contracts.telephony import EndCall, PlaceCall
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallbackId, QueueId, TenantId, TrunkId, UserId
from routing.acd.draft import Draft
from routing.acd.flow_steps import confirm_callback
from routing.acd.handling import BY_SYSTEM, end_call, enqueue_in
from routing.acd.limits import note, require_destination, require_room
from routing.acd.moves import Stand, engage, move
from routing.acd.promising import instead, promise
from routing.acd.reserving import moment_in, moment_of
from routing.acd.telephones import address_for, party_of
from routing.agents.machine import AgentInput
from routing.agents.model import Agent
from routing.callbacks.decide import decide
from routing.callbacks.errors import CallbackNotPossible
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback
from routing.callbacks.moving import move as move_promise
from routing.callbacks.moving import owners_after
from routing.callbacks.words import (
    Answered,
    Cancelled,
    Decision,
    DialOut,
    Joined,
    Left,
    Lost,
    MachineDetected,
    Order,
    QueueCustomer,
    RangBack,
    Refused,
    ReleaseAgent,
    Released,
    StopDialling,
    Taken,
    TimerDue,
    Wish,
    Word,
)
from routing.calls.model import WAITING, Call, CallPhase
from routing.errors import CallGone, OfferGone, OverLimit

NO_ROOM = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED)  # of ours for now: it is tried again
Who = tuple[TenantId, UserId | None]


def tell(draft: Draft, callback: Callback, word: Word) -> None:
    """One of `routing.callbacks.words` to this one; CallbackUnderWay."""
    _carry_out(draft, callback, decide(callback, word, moment_of(draft, callback)))


def _carry_out(draft: Draft, callback: Callback, decision: Decision) -> None:
    for event in decision.events:
        draft.record(event)
    for order in decision.orders:
        _obey(draft, callback, order)


def _obey(draft: Draft, callback: Callback, order: Order) -> None:
    match order:
        case DialOut():
            _dial(draft, callback, order)
        case StopDialling():
            call = draft.state.call(order.call)
            if call is not None:
                draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=BY_SYSTEM))
                end_call(draft, call, BY_SYSTEM)
        case ReleaseAgent():
            if _is_asked(draft.state.agent(order.agent)):
                move(draft, order.agent, AgentInput.CALLER_GONE)
        case QueueCustomer():
            call = draft.state.call(order.call)
            if call is not None:
                confirm_callback(draft, call, order.queue)


def _is_asked(agent: Agent) -> bool:
    """Whether the agent is asked to take a callback: offered, and no call."""
    return agent.state is AgentState.OFFERED and agent.call is None


# --- asked for ---


def on_callback_act(draft: Draft, who: Who, act: CallbackAct) -> None:
    """By people of the tenant, or by nobody of them.

    NotFound, RevisionMismatch, CallbackNotPossible, CallbacksFull, CallbackUnderWay.
    """
    tenant, person = who
    match act:
        case RequestCallback():
            _require_queue(draft, tenant, act.queue, act.agent)
            require_destination(draft, draft.state.rules.directory(tenant), act.number)
            promise(draft, Wish(tenant, act.queue, act.number, due=act.due, agent=act.agent))
        case MoveCallback():
            _move(draft, _known(draft, tenant, act.callback), act, person)
        case CancelCallback():
            tell(draft, _known(draft, tenant, act.callback), Cancelled(person, act.reason))
        case CallbackInstead():
            call = draft.state.call(act.call)
            if call is None or call.tenant != tenant:
                raise CallGone("The call has ended.")
            instead(draft, call, act.number)


def _known(draft: Draft, tenant: TenantId, name: CallbackId) -> Callback:
    callback = draft.state.callbacks.get(name)
    if callback is None or callback.tenant != tenant:
        raise NotFound("There is no such callback, or it is done.")
    return callback


def _move(draft: Draft, callback: Callback, act: MoveCallback, by: UserId | None) -> None:
    queue, agent = owners_after(callback, act)
    _require_queue(draft, callback.tenant, queue, agent)
    rules = draft.state.rules.queue(queue)
    priority = 0 if rules is None else rules.priority
    moment = moment_in(draft, callback.tenant, queue)
    _carry_out(draft, callback, move_promise(draft.state.callbacks, callback, act, moment, priority, by))


def _require_queue(draft: Draft, tenant: TenantId, queue: QueueId, agent: UserId | None) -> None:
    rules = draft.state.rules
    if queue not in {one.queue for one in rules.directory(tenant).queues}:
        raise NotFound("There is no such queue.")
    if agent is not None and queue not in rules.queues_of(agent):
        raise CallbackNotPossible("Choose an agent who works in this queue.", field="agent_id")


# --- agents ---


def take_callback(draft: Draft, agent: Agent, intent: TakeCallback) -> None:
    tell(draft, _asked_of(draft, agent, intent.callback), Taken(agent.agent))


def reject_callback(draft: Draft, agent: Agent, intent: RejectCallback) -> None:
    _asked_of(draft, agent, intent.callback)
    move(draft, agent.agent, AgentInput.REJECT)


def _asked_of(draft: Draft, agent: Agent, name: CallbackId) -> Callback:
    callback = draft.state.callbacks.get(name)
    if callback is None or callback.taker != agent.agent or callback.phase is not Phase.RESERVED:
        raise OfferGone("The customer rang by themselves, or a colleague calls back.")
    return callback


# --- the customer's telephone ---


def _dial(draft: Draft, callback: Callback, order: DialOut) -> None:
    directory = draft.state.rules.directory(callback.tenant)
    dialled = draft.state.callbacks.get(callback.callback)
    if dialled is None:
        raise AssertionError("who is dialled is known")
    try:
        require_destination(draft, directory, order.number)
    except OverLimit as refusal:
        note(draft, callback.tenant, refusal)
        tell(draft, dialled, Refused())
        return
    try:
        require_room(draft, callback.tenant)
    except OverLimit as refusal:
        note(draft, callback.tenant, refusal)
        tell(draft, dialled, Released(order.call, NO_ROOM))
        return
    if directory.outbound_trunk is None:
        tell(draft, dialled, Released(order.call, NO_ROOM))
        return
    _place(draft, callback, order, directory.outbound_trunk)


def _place(draft: Draft, callback: Callback, order: DialOut, trunk: TrunkId) -> None:
    """As a call that the agent dials, or that nobody has yet; it belongs to the queue."""
    caller = draft.state.rules.directory(callback.tenant).outbound_caller
    agent = None if order.agent is None else draft.state.agent(order.agent)
    draft.record(
        CallOffered(
            **draft.stamp(callback.tenant),
            call=order.call,
            direction=Direction.OUTBOUND,
            trunk=trunk,
            called=order.number,
            caller=caller,
            agent=order.agent,
            queue=callback.queue,
        )
    )
    placed = PlaceCall(
        **draft.stamp(callback.tenant),
        call=order.call,
        agent=order.agent,
        trunk=trunk,
        called=order.number,
        caller=caller,
        record=_is_recorded(draft, callback),
        detect_machine=order.detect,
    )
    if agent is None:
        draft.send(placed)
        return
    seat = address_for(draft, agent, order.number)
    draft.send(replace(placed, home=agent.home, seat=seat, party=party_of(agent.agent)))
    stand = Stand(AgentState.CONNECTED, call=order.call, queue=callback.queue, client=callback.tenant)
    engage(draft, agent.agent, AgentInput.ACCEPT, stand)


def machine_answered(draft: Draft, call: Call) -> None:
    """Who has pressed the key is a person, whatever was heard."""
    callback = draft.state.callbacks.of_call(call.call)
    if callback is not None and call.phase is CallPhase.IN_FLOW:
        tell(draft, callback, MachineDetected(call.call))


def _is_recorded(draft: Draft, callback: Callback) -> bool:
    """As who calls this queue is."""
    rules = draft.state.rules.queue(callback.queue)
    return rules is None or rules.record


# --- followed ---


def follow_promises(draft: Draft) -> None:
    """After each decision: what calls and agents have become is told to the callbacks that it concerns."""
    if not draft.state.callbacks:
        return
    for event in draft.since(0):
        _follow(draft, event)
    for callback in draft.state.callbacks.taken:
        taker = callback.taker
        if taker is None:
            continue
        agent = draft.state.agent(taker)
        asked = callback.phase is Phase.RESERVED and _is_asked(agent)
        if not asked and (callback.call is None or agent.call != callback.call):
            tell(draft, callback, Left(taker))


def _follow(draft: Draft, event: LogEvent) -> None:
    book = draft.state.callbacks
    if isinstance(event, CallConnected):
        callback = book.of_call(event.call)
        if callback is not None:
            tell(draft, callback, Joined(event.call, event.agent))
    elif isinstance(event, CallAnswered):
        callback = book.of_call(event.call)
        if callback is not None and callback.taker is None:
            tell(draft, callback, Answered(event.call))
    elif isinstance(event, CallEnded):
        callback = book.of_call(event.call)
        lost = event.cause.reason is EndReason.LOST_IN_RESTART
        if callback is not None:
            tell(draft, callback, Lost(event.call) if lost else Released(event.call, event.cause))
    elif isinstance(event, CallQueued):
        _rang_back(draft, event)


def _rang_back(draft: Draft, event: CallQueued) -> None:
    """The customer rings before we do: their call gets the place."""
    call = draft.state.call(event.call)
    caller = None if call is None or call.direction is not Direction.INBOUND else call.caller
    callback = None if caller is None else draft.state.callbacks.open_for(event.queue, caller)
    if call is None or callback is None or callback.origin == call.call:
        return
    if call.phase is CallPhase.QUEUED and call.since is not None and callback.since < call.since:
        enqueue_in(draft, call, event.queue, callback.since)
    if call.phase in WAITING:
        tell(draft, callback, RangBack(call.call))


# --- time ---


def promises_due(draft: Draft) -> None:
    while (callback := draft.state.callbacks.first_due(draft.now)) is not None:
        timer, told = callback.next_timer, draft.told
        if timer is None:
            raise AssertionError("what is due has a timer")
        tell(draft, callback, TimerDue(timer.name, _ringing(draft, callback)))
        if draft.told == told:
            raise AssertionError(f"the timer {timer.name} of a callback changes nothing")


def _ringing(draft: Draft, callback: Callback) -> datetime | None:
    """Until when a desk rings for the customer."""
    call = None if callback.call is None else draft.state.call(callback.call)
    if call is None or call.phase is not CallPhase.OFFERED or call.agent is None:
        return None
    return draft.state.agent(call.agent).until
