"""Transfers that a far end asks for: who may, where to, and what becomes of the call meanwhile.

The far end that asks stays in the call until who it names has answered, then its leg ends and the call goes on. One
that hangs up before is believed: the call waits for who is dialled, and ends with them where they do not answer.

Whom it consults in another call of the tenant is taken over from there, and that call ends. It hears of a success only,
or of the refusal: one that hangs up on our 202 would end the consultation that we take.
"""

from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult, TransferOutcome
from kernel.contracts.log import CallDisconnected, PartyLeft, TransferBegun, TransferEnded
from kernel.contracts.telephony import (
    AnswerTransfer,
    ConnectParty,
    Consulted,
    DropParty,
    EndCall,
    JoinParty,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    PhoneParty,
    TakeOver,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import CallId, QueueId
from routing.acd.diverting import answered, come_back
from routing.acd.draft import Draft
from routing.acd.handling import (
    end_by_system,
    end_call,
    enqueue_in,
    leave_agent,
    party_left,
    play_music,
    transfer_ended,
)
from routing.acd.inviting import leave
from routing.acd.limits import note, require_destination
from routing.acd.telephones import is_seat
from routing.calls.machine import CallInput, step
from routing.calls.model import FAR, QUEUE, TALKING, Call, CallPhase, Transfer
from routing.errors import OverLimit

NOT_ALLOWED = EndCause(EndResult.OURS, EndReason.NOT_ALLOWED, sip_code=403, q850=21)
DECLINED = EndCause(EndResult.OURS, EndReason.DECLINED, sip_code=603, q850=21)
UNKNOWN = EndCause(EndResult.OURS, EndReason.UNKNOWN_NUMBER, sip_code=404, q850=1)
ABSENT = EndCause(EndResult.CALLEE, EndReason.UNREACHABLE, sip_code=480, q850=20)
HANDED_OVER = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, sip_code=None, q850=16)

Target = PartyAddress | Consulted | QueueId | EndCause
"""Who is dialled or taken over, the queue that the caller waits in, or why none of it can be."""


def transfer_asked(draft: Draft, call: Call, report: TransferAsked) -> None:
    """Only while both sides talk and nobody else was called in, one at a time."""
    to = target_of(draft, call, report)
    has_none = is_seat(report.leg) or _has_left(call, report.leg)  # who only helps in the call has none to give away
    if call.phase is not CallPhase.CONNECTED or has_none:
        to = NOT_ALLOWED if to is NOT_ALLOWED else DECLINED
    if isinstance(to, EndCause):
        refuse(draft, call, report, to)
    elif isinstance(to, Consulted):
        take_over(draft, call, report, to)
    elif isinstance(to, TrunkParty | PhoneParty):
        _dial(draft, call, report, to)
    else:
        _queue(draft, call, report, QueueId(to))


def target_of(draft: Draft, call: Call, report: TransferAsked) -> Target:
    if not report.allowed:
        return NOT_ALLOWED
    if call.phase not in TALKING or call.transfer is not None or call.invited:
        return DECLINED
    if report.attended_with is not None:
        return _consultation(draft, call, report.attended_with, report.consulted)
    if report.called is None:
        return UNKNOWN if report.party is None else _telephone(draft, call, report.party)
    rules = draft.state.rules
    route = rules.route_of(call.tenant, report.called)
    to = TrunkParty(called=report.called) if route is None else route.forward
    if isinstance(to, PhoneParty):
        return _telephone(draft, call, to.user)
    return _own_queue(draft, call, report) if to is None else _number(draft, call, report, to)


def _has_left(call: Call, leg: str) -> bool:
    """Somebody whom the agent at the desk had called in, and let go while they asked."""
    at_desk = call.agent is not None and not call.by_phone
    return at_desk and leg != FAR and leg not in {one.party for one in call.joined}


def _telephone(draft: Draft, call: Call, user: str) -> Target:
    return ABSENT if draft.state.is_absent(call.tenant, user) else PhoneParty(user=user, caller=call.caller)


def _consultation(draft: Draft, call: Call, name: CallId, consulted: Consulted | None) -> Consulted | EndCause:
    """Both calls have to be in conversation. One that a transfer changed already keeps those it has: it tells more than
    one leg of what its parties cost."""
    other = draft.state.call(name)
    if consulted is None or other is None or other.tenant != call.tenant or other.call == call.call:
        return DECLINED
    settled = other.phase is CallPhase.CONNECTED and other.transfer is None and not other.joined
    return consulted if settled else DECLINED


def _own_queue(draft: Draft, call: Call, report: TransferAsked) -> Target:
    """Only a caller can wait in a queue: an agent, or somebody whom we dialled, cannot be put there."""
    if report.leg == FAR or call.direction is not Direction.INBOUND or call.by_phone or report.called is None:
        return DECLINED
    rules = draft.state.rules.queue_of(call.tenant, report.called)
    return DECLINED if rules is None else rules.queue


def _number(draft: Draft, call: Call, report: TransferAsked, to: TrunkParty) -> Target:
    """The other side is shown where it is the caller, else the tenant's own number is."""
    directory = draft.state.rules.directory(call.tenant)
    try:
        require_destination(draft, directory, to.called)
    except OverLimit as refusal:
        note(draft, call.tenant, refusal, call.call)
        return NOT_ALLOWED
    shown = call.caller if report.leg != FAR and call.direction is Direction.INBOUND else directory.outbound_caller
    return TrunkParty(called=to.called, caller=shown, trunk=directory.outbound_trunk)


def refuse(draft: Draft, call: Call, report: TransferAsked, cause: EndCause) -> None:
    draft.send(AnswerTransfer(**draft.stamp(call.tenant), call=call.call, leg=report.leg, accepted=False, cause=cause))
    draft.record(
        TransferEnded(
            **draft.stamp(call.tenant),
            call=call.call,
            leg=report.leg,
            outcome=TransferOutcome.REFUSED,
            cause=cause,
        )
    )


def take_over(draft: Draft, call: Call, report: TransferAsked, consulted: Consulted) -> None:
    """Whoever is consulted talks already: no limit on who may be called is asked."""
    party, other = _next_party(call), report.attended_with
    if other is None:
        return
    begun = TransferBegun(
        **draft.stamp(call.tenant),
        call=call.call,
        leg=report.leg,
        party=party,
        to=consulted.to,
        other=other,
        other_leg=consulted.leg,
        came_in=consulted.came_in,
    )
    draft.record(begun)
    draft.send(
        TakeOver(
            **draft.stamp(call.tenant),
            call=call.call,
            party=party,
            to=consulted.to,
            other=other,
            taken=consulted.other,
        )
    )


def _next_party(call: Call) -> str:
    return f"transfer{call.transfers + 1}"


def _dial(draft: Draft, call: Call, report: TransferAsked, to: PartyAddress) -> None:
    party = _next_party(call)
    stamp, leg = draft.stamp, report.leg
    draft.record(TransferBegun(**stamp(call.tenant), call=call.call, leg=leg, party=party, to=to))
    draft.send(AnswerTransfer(**stamp(call.tenant), call=call.call, leg=leg, accepted=True))
    if leg != FAR:  # who hangs up on our 202 ends nothing but its own leg
        draft.send(JoinParty(**stamp(call.tenant), call=call.call, party=leg, ends_call=False))
    draft.send(ConnectParty(**stamp(call.tenant), call=call.call, party=party, to=to, ends_call=False))


def _queue(draft: Draft, call: Call, report: TransferAsked, queue: QueueId) -> None:
    step(call.phase, CallInput.RETURN)
    draft.send(AnswerTransfer(**draft.stamp(call.tenant), call=call.call, leg=report.leg, accepted=True, done=True))
    draft.record(
        TransferEnded(
            **draft.stamp(call.tenant),
            call=call.call,
            leg=report.leg,
            outcome=TransferOutcome.COMPLETED,
            queue=queue,
        )
    )
    draft.send(DropParty(**draft.stamp(call.tenant), call=call.call, party=report.leg, cause=HANDED_OVER))
    enqueue_in(draft, call, queue, draft.now)
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)


# --- what becomes of it ---


def party_established(draft: Draft, call: Call, report: PartyEstablished) -> None:
    transfer = call.transfer
    if transfer is None or transfer.party != report.party:
        return
    if transfer.leg == QUEUE:
        answered(draft, call, transfer)
        return
    for joined in call.joined:
        if joined.party == transfer.leg:
            party_left(draft, call, joined, report.at)
    at = min(report.at, draft.now)
    draft.record(transfer_ended(draft, call, transfer, None, at))
    if transfer.other is not None:
        _tell(draft, call, transfer, None)
        _end_consultation(draft, call, transfer, transfer.other)
    if transfer.left or is_seat(transfer.leg):
        draft.send(JoinParty(**draft.stamp(call.tenant), call=call.call, party=transfer.party, ends_call=True))
    else:
        draft.send(TakePlace(**draft.stamp(call.tenant), call=call.call, party=transfer.party, of=transfer.leg))
    if is_seat(transfer.leg) and call.agent is not None:
        leave(draft, call, call.agent)
    elif transfer.leg == FAR and call.by_phone and call.agent is not None:
        agent = call.agent
        draft.record(CallDisconnected(**draft.stamp(call.tenant), call=call.call, agent=agent))
        leave_agent(draft, call, agent)


def _tell(draft: Draft, call: Call, transfer: Transfer, failure: EndCause | None) -> None:
    """The outcome of a take-over, to the far end that waits for it."""
    draft.send(
        AnswerTransfer(
            **draft.stamp(call.tenant),
            call=call.call,
            leg=transfer.leg,
            accepted=failure is None,
            done=failure is None,
            cause=failure,
        )
    )


def _end_consultation(draft: Draft, call: Call, transfer: Transfer, name: CallId) -> None:
    """The far end that transferred is alone there."""
    other = draft.state.call(name)
    if other is None or other.tenant != call.tenant:
        return
    draft.record(
        TransferEnded(
            **draft.stamp(call.tenant),
            call=other.call,
            leg=transfer.other_leg,
            outcome=TransferOutcome.COMPLETED,
            attended=True,
            into=call.call,
        )
    )
    end_by_system(draft, other, HANDED_OVER)


def party_released(draft: Draft, call: Call, report: PartyReleased) -> None:
    transfer = call.transfer
    joined = next((one for one in call.joined if one.party == report.party), None)
    if transfer is not None and transfer.party == report.party:
        _failed(draft, call, transfer, report.cause)
    elif joined is not None:
        party_left(draft, call, joined, report.at)
    elif transfer is not None and transfer.leg == report.party:
        draft.record(PartyLeft(**draft.stamp(call.tenant), call=call.call, party=report.party))


def _failed(draft: Draft, call: Call, transfer: Transfer, cause: EndCause) -> None:
    if transfer.other is not None:
        draft.record(transfer_ended(draft, call, transfer, cause))
        _tell(draft, call, transfer, cause)
        return
    if transfer.leg == QUEUE:
        come_back(draft, call, cause)
        return
    if transfer.left:
        draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=cause))
        end_call(draft, call, cause)
        return
    draft.record(transfer_ended(draft, call, transfer, cause))
    if transfer.leg != FAR:
        draft.send(JoinParty(**draft.stamp(call.tenant), call=call.call, party=transfer.leg, ends_call=True))
