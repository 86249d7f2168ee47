"""Transfers that an agent asks for at the desk: to consult, to hand over, to talk in threes, to a queue or outside.

Whoever is called in has a leg of the call. Who passes a caller on without asking leaves at once: the caller hears the
ringing, and is back at the front of the queue where nobody answers. Whatever becomes of those who were called in, a
caller who came by a queue is never left alone.
"""

from datetime import datetime

from msgspec.structs import replace

from kernel.contracts.calls import Direction, EndCause, TransferOutcome
from kernel.contracts.desk import Confer, Consult, DropParty, HandOver, Transfer
from kernel.contracts.log import (
    CallDisconnected,
    CallHeld,
    CallRetrieved,
    PartyAnswered,
    PartyJoined,
    TransferBegun,
    TransferEnded,
)
from kernel.contracts.queues import Needs
from kernel.contracts.telephony import (
    ConnectParty,
    DisconnectAgent,
    HoldCall,
    JoinParty,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    TrunkParty,
)
from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.draft import Draft
from routing.acd.handling import (
    drop_all_invited,
    drop_invited,
    end_by_system,
    enqueue,
    enqueue_in,
    invited_left,
    leave_agent,
    play_music,
)
from routing.acd.limits import note, require_destination, require_trunk
from routing.calls.machine import CallInput, step
from routing.calls.model import AGENT, TALKING, Call, CallPhase, Invited
from routing.errors import (
    CallNotConnected,
    CannotQueue,
    ConferenceFull,
    NobodyInvited,
    OverLimit,
    OwnNumber,
    PartyGone,
    TransferUnderWay,
    UnknownQueue,
)

MAX_INVITED = 8  # as many parties as the gateway has in one call, beside caller and agent


# --- what the agent asks for: the call is the agent's, and in conversation or on hold ---


def consult(draft: Draft, call: Call, agent: UserId, intent: Consult) -> None:
    require_room(call)
    if call.aside is not None or call.colleague is not None:
        raise TransferUnderWay("Finish the present consultation first.")
    if draft.state.rules.queue_of(call.tenant, intent.called) is not None:
        raise OwnNumber("This is one of your own numbers: transfer the caller to its queue.")
    to = _outside(draft, call, intent.called)
    if to is None:
        return
    if call.phase is CallPhase.CONNECTED:
        draft.record(CallHeld(**draft.stamp(call.tenant), call=call.call, agent=agent))
        draft.send(HoldCall(**draft.stamp(call.tenant), call=call.call, music=draft.state.rules.music(call.queue)))
    _dial(draft, call, to, aside=True)


def transfer(draft: Draft, call: Call, agent: UserId, intent: Transfer) -> None:
    """One of our own numbers leads to its queue."""
    require_room(call)
    own = draft.state.rules.queue_of(call.tenant, intent.called)
    if own is not None:
        to_queue(draft, call, agent, own.queue)
        return
    to = _outside(draft, call, intent.called)
    if to is not None:
        pass_to(draft, call, agent, to)


def pass_to(draft: Draft, call: Call, agent: UserId, to: PartyAddress) -> None:
    """Without asking: the caller hears the ringing."""
    drop_all_invited(draft, call)
    _dial(draft, call, to, aside=False)
    leave(draft, call, agent)


def require_queue(draft: Draft, call: Call, queue: QueueId) -> QueueId:
    """UnknownQueue, and what `require_room` raises."""
    require_room(call)
    if queue not in {rules.queue for rules in draft.state.rules.directory(call.tenant).queues}:
        raise UnknownQueue("Choose one of the queues that the call's company has.")
    return queue


def hand_over(draft: Draft, call: Call, agent: UserId, intent: HandOver) -> None:
    """Who was called in may still ring: then it is as if the agent had not asked first."""
    if not call.invited:
        raise NobodyInvited("Call somebody in first, or transfer the caller.")
    aside = call.aside
    if aside is not None:
        _join(draft, call, aside)
    party = aside or call.invited[-1]
    if party.since is not None:
        draft.record(_ended(draft, call, party.party, attended=True))
    leave(draft, call, agent)


def confer(draft: Draft, call: Call, agent: UserId, intent: Confer) -> None:
    aside = call.aside
    if aside is None or aside.since is None:
        raise NobodyInvited("Consult somebody first: when they have answered, all can talk.")
    _join(draft, call, aside)
    take_off_hold(draft, call, agent)


def drop_party(draft: Draft, call: Call, agent: UserId, intent: DropParty) -> None:
    party = next((one for one in call.invited if one.party == intent.party), None)
    if party is None:
        raise PartyGone("They have left the call already.")
    drop_invited(draft, call, party)


def drop_aside(draft: Draft, call: Call) -> None:
    """The agent goes back to the caller."""
    if call.aside is not None:
        drop_invited(draft, call, call.aside)


def require_room(call: Call) -> None:
    if call.by_phone:
        raise CallNotConnected("This conversation is by a telephone: transfer it there.")
    if call.transfer is not None:
        raise TransferUnderWay("The other side has asked for a transfer: see what becomes of it.")
    if len(call.invited) >= MAX_INVITED:
        raise ConferenceFull(f"At most {MAX_INVITED} people can be called in.")


def _outside(draft: Draft, call: Call, called: PhoneNumber) -> TrunkParty | None:
    """Within the limits of the call's tenant. They are shown the caller, or the tenant's own number; None: refused."""
    directory = draft.state.rules.directory(call.tenant)
    try:
        require_destination(draft, directory, called)
    except OverLimit as refusal:
        note(draft, call.tenant, refusal, call.call)
        draft.refusal = refusal
        return None
    trunk = require_trunk(directory, called)
    shown = call.caller if call.direction is Direction.INBOUND else None
    return TrunkParty(called=called, caller=shown or directory.outbound_caller, trunk=trunk)


def _dial(draft: Draft, call: Call, to: PartyAddress, *, aside: bool) -> None:
    party = f"party{call.transfers + 1}"
    draft.record(
        TransferBegun(**draft.stamp(call.tenant), call=call.call, leg=AGENT, party=party, to=to, aside=aside),
    )
    draft.send(
        ConnectParty(**draft.stamp(call.tenant), call=call.call, party=party, to=to, aside=aside, ends_call=False)
    )


def to_queue(
    draft: Draft, call: Call, agent: UserId, queue: QueueId, needs: Needs = (), since: datetime | None = None
) -> None:
    """`since` is the place that the caller has there; None: they have just come."""
    if not call.may_wait:
        raise CannotQueue("Only somebody who called you, or waited to be called back, can wait in a queue.")
    drop_all_invited(draft, call)
    take_off_hold(draft, call, agent)
    draft.record(
        TransferEnded(
            **draft.stamp(call.tenant), call=call.call, leg=AGENT, outcome=TransferOutcome.COMPLETED, queue=queue
        )
    )
    leave(draft, call, agent)
    _wait(draft, call, queue, needs, since)


def _wait(draft: Draft, call: Call, queue: QueueId | None, needs: Needs = (), since: datetime | None = None) -> None:
    """In `queue`, or (None) in the one that the caller was in, at the place that they had there."""
    left = draft.state.call(call.call)
    if left is None:
        return
    step(left.phase, CallInput.RETURN)
    if queue is not None:
        enqueue_in(draft, replace(left, needs=needs, preferred=None), queue, since or draft.now)
    else:
        enqueue(draft, left, left.since or draft.now)
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)


def _join(draft: Draft, call: Call, party: Invited) -> None:
    draft.record(PartyJoined(**draft.stamp(call.tenant), call=call.call, party=party.party))
    draft.send(JoinParty(**draft.stamp(call.tenant), call=call.call, party=party.party, ends_call=False))


def take_off_hold(draft: Draft, call: Call, agent: UserId) -> None:
    present = draft.state.call(call.call)
    if present is not None and present.phase is CallPhase.HELD:
        draft.record(CallRetrieved(**draft.stamp(call.tenant), call=call.call, agent=agent))


def leave(draft: Draft, call: Call, agent: UserId) -> None:
    """The agent wraps up while the call goes on."""
    take_off_hold(draft, call, agent)
    draft.record(CallDisconnected(**draft.stamp(call.tenant), call=call.call, agent=agent))
    draft.send(DisconnectAgent(**draft.stamp(call.tenant), call=call.call, agent=agent))
    leave_agent(draft, call, agent)


def _ended(
    draft: Draft, call: Call, party: str, cause: EndCause | None = None, *, attended: bool = False
) -> TransferEnded:
    outcome = TransferOutcome.COMPLETED if cause is None else TransferOutcome.FAILED
    return TransferEnded(
        **draft.stamp(call.tenant),
        call=call.call,
        leg=AGENT,
        outcome=outcome,
        party=party,
        cause=cause,
        attended=attended,
    )


# --- what becomes of it ---


def invited_established(draft: Draft, call: Call, report: PartyEstablished) -> None:
    party = _invited(call, report.party)
    if party is None or party.since is not None:
        return
    stamp = draft.stamp(call.tenant, min(report.at, draft.now))
    draft.record(PartyAnswered(**stamp, call=call.call, party=party.party))
    if call.agent is None:
        draft.record(_ended(draft, call, party.party))


def invited_released(draft: Draft, call: Call, report: PartyReleased) -> None:
    party = _invited(call, report.party)
    if party is None:
        return
    invited_left(draft, call, party, report.cause, report.at)
    if call.agent is not None or call.phase not in TALKING:
        return
    if party.since is None:
        draft.record(_ended(draft, call, party.party, report.cause))
    if len(call.invited) == 1:
        _alone(draft, call, party, report.cause)


def _alone(draft: Draft, call: Call, party: Invited, cause: EndCause) -> None:
    """The agent has left: who talked with the other side is done, who never reached it waits for us again."""
    if party.since is None and call.may_wait and call.queue is not None:
        _wait(draft, call, None)
        return
    present = draft.state.call(call.call)
    if present is not None:
        end_by_system(draft, present, cause)


def _invited(call: Call, name: str) -> Invited | None:
    return next((one for one in call.invited if one.party == name), None)
