"""Promised callbacks, carried out: what is told to each, what its orders mean to calls and agents, and its time.

A callback is decided by `routing.callbacks`; here its orders become events of calls, moves of agents and commands.
"""

from kernel.contracts.callbacks import CallbackAct, CallbackInstead, CancelCallback, RequestCallback
from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.desk import RejectCallback, TakeCallback
from kernel.contracts.log import CallConnected, CallEnded, CallOffered, CallQueued, LogEvent
from kernel.contracts.telephony import EndCall, PlaceCall
from kernel.primitives.errors import CordboardError, NotFound
from kernel.primitives.ids import CallbackId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.draft import Draft
from routing.acd.handling import BY_SYSTEM, end_call, enqueue_in, recall_offer
from routing.acd.limits import note, require_destination, require_room
from routing.acd.moves import Stand, engage, move
from routing.acd.reserving import moment_in, moment_of
from routing.acd.telephones import address_for, party_of
from routing.agents.machine import AgentInput
from routing.agents.model import Agent
from routing.callbacks import booking
from routing.callbacks.decide import decide, overdue
from routing.callbacks.errors import CallbackNotPossible
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback, Place
from routing.callbacks.words import (
    Cancelled,
    Decision,
    DialOut,
    Joined,
    Left,
    Lost,
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
from routing.errors import CallGone, CallNotWaiting, OfferGone, OverLimit

PROMISED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM)  # the caller is rung back, and waits no more
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
            raise AssertionError("customers are rung when an agent is there")


def _is_asked(agent: Agent) -> bool:
    """Whether the agent is asked to take a callback: offered, and no call."""
    return agent.state is AgentState.OFFERED and agent.call is None


# --- asked for ---


def on_callback_act(draft: Draft, who: Who, act: CallbackAct) -> None:
    """By people of the tenant, or by nobody of them. NotFound, CallbackNotPossible, CallbacksFull, CallbackUnderWay."""
    tenant, person = who
    match act:
        case RequestCallback():
            _require_queue(draft, tenant, act)
            promise(draft, Wish(tenant, act.queue, act.number, due=act.due, agent=act.agent))
        case CancelCallback():
            callback = draft.state.callbacks.get(act.callback)
            if callback is None or callback.tenant != tenant:
                raise NotFound("There is no such callback, or it is done.")
            tell(draft, callback, Cancelled(person))
        case CallbackInstead():
            call = draft.state.call(act.call)
            if call is None or call.tenant != tenant:
                raise CallGone("The call has ended.")
            instead(draft, call, act.number)


def _require_queue(draft: Draft, tenant: TenantId, act: RequestCallback) -> None:
    rules = draft.state.rules
    if act.queue not in {queue.queue for queue in rules.directory(tenant).queues}:
        raise NotFound("There is no such queue.")
    if act.agent is not None and act.queue not in rules.queues_of(act.agent):
        raise CallbackNotPossible("Choose an agent who works in this queue.", field="agent_id")
    require_destination(draft, rules.directory(tenant), act.number)


def promise(draft: Draft, wish: Wish) -> None:
    """A new one, or the one that this number has already in the queue."""
    for event in _booked(draft, wish).events:
        draft.record(event)


def _booked(draft: Draft, wish: Wish) -> Decision:
    rules = draft.state.rules.queue(wish.queue)
    moment = moment_in(draft, wish.tenant, wish.queue)
    return booking.request(draft.state.callbacks, wish, moment, 0 if rules is None else rules.priority)


def may_promise_instead(draft: Draft, call: Call) -> bool:
    """Whether `instead` would be carried out now; nothing is changed."""
    try:
        _booked(draft, instead_wish(call))
    except CordboardError:
        return False
    return True


def instead(draft: Draft, call: Call, number: PhoneNumber | None = None) -> None:
    """In place of waiting: the place is kept, and the caller let go."""
    if call.phase not in (CallPhase.QUEUED, CallPhase.OFFERED) or call.queue is None:
        raise CallNotWaiting("Only who waits in a queue can be rung back instead.")
    promise(draft, instead_wish(call, number))
    if call.phase is CallPhase.OFFERED and call.agent is not None:
        recall_offer(draft, call, call.agent)
    left = draft.state.call(call.call)
    if left is not None:
        draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=PROMISED))
        end_call(draft, left, PROMISED)


def instead_wish(call: Call, number: PhoneNumber | None = None) -> Wish:
    """CallbackNotPossible where nobody knows whom to ring."""
    chosen = number or call.caller
    if chosen is None or call.queue is None:
        raise CallbackNotPossible("The caller hides the number: ask for one.", field="number")
    place = None if call.since is None else Place(call.priority, call.since)
    return Wish(call.tenant, call.queue, chosen, place=place, origin=call.call)


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
    if order.agent is None or dialled is None:
        raise AssertionError("customers are rung when an agent is there")
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
    _place(draft, callback, order, draft.state.agent(order.agent))


def _place(draft: Draft, callback: Callback, order: DialOut, agent: Agent) -> None:
    """As a call that this agent dials; it belongs to the queue."""
    directory = draft.state.rules.directory(callback.tenant)
    trunk = directory.outbound_trunk
    if trunk is None:
        raise AssertionError("the trunk was looked for")
    caller = directory.outbound_caller
    draft.record(
        CallOffered(
            **draft.stamp(callback.tenant),
            call=order.call,
            direction=Direction.OUTBOUND,
            trunk=trunk,
            called=order.number,
            caller=caller,
            agent=agent.agent,
            queue=callback.queue,
        )
    )
    draft.send(
        PlaceCall(
            **draft.stamp(callback.tenant),
            call=order.call,
            agent=agent.agent,
            home=agent.home,
            trunk=trunk,
            called=order.number,
            caller=caller,
            seat=address_for(draft, agent, order.number),
            party=party_of(agent.agent),
        )
    )
    stand = Stand(AgentState.CONNECTED, call=order.call, queue=callback.queue, client=callback.tenant)
    engage(draft, agent.agent, AgentInput.ACCEPT, stand)


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
        timer = overdue(callback, moment_of(draft, callback))
        told = draft.told
        if timer is not None:
            tell(draft, callback, TimerDue(timer))
        if draft.told == told:
            raise AssertionError(f"the timer {timer} of a callback changes nothing")
