"""What an agent asks for: carried out, or refused with an error that the desk can show."""

from collections.abc import Callable, Iterable
from typing import Any

from kernel.contracts.agents import AgentRules
from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult, Fault, OfferOutcome
from kernel.contracts.desk import (
    AcceptConsultation,
    AcceptOffer,
    Confer,
    Consult,
    ConsultColleague,
    DeskIntent,
    Dial,
    DropParty,
    EndAbusiveCall,
    ExtendWrapUp,
    FinishWrapUp,
    HandOver,
    HangUp,
    Hold,
    LogIn,
    LogOut,
    PressDigits,
    RejectCallback,
    RejectConsultation,
    RejectOffer,
    RequestState,
    Retrieve,
    TakeCallback,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.log import (
    AgentDeskTaken,
    AgentReachabilityChanged,
    AgentSeatTaken,
    AgentWrapUpExtended,
    CallDisposed,
    CallHeld,
    CallOffered,
    CallRetrieved,
)
from kernel.contracts.telephony import EndCall, HoldCall, PlaceCall, RetrieveCall, SendCallDigits
from kernel.primitives.ids import NO_TRUNK, CallId, OfferId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.beside import let_colleague_go
from routing.acd.colleagues import (
    accept_consultation,
    confer,
    consult_colleague,
    drop_aside,
    drop_party,
    hand_over,
    reject_consultation,
    transfer_to_colleague,
    transfer_to_queue,
)
from routing.acd.draft import Draft
from routing.acd.handling import accept, drop_offer, end_call, withdraw_offer
from routing.acd.inviting import consult, transfer
from routing.acd.limits import note, require_dialable, require_trunk
from routing.acd.lines import ring_line
from routing.acd.messages import tell as tell_message
from routing.acd.moves import Stand, Wish, engage, move, stand_after
from routing.acd.promises import reject_callback, take_callback
from routing.acd.reach import require_heard, require_reachable
from routing.acd.seats import require_seat
from routing.acd.telephones import HUNG_UP, address_for, fault_of, party_of, require_telephone
from routing.agents.machine import LOSSES, AgentInput
from routing.agents.machine import step as agent_step
from routing.agents.model import Agent
from routing.agents.timing import extended, require_room
from routing.calls.machine import CallInput
from routing.calls.machine import step as call_step
from routing.calls.model import TALKING, Call
from routing.errors import (
    AlreadyOnCall,
    AtTelephone,
    CallGone,
    CallNotConnected,
    ClientNotServed,
    ColleaguesCall,
    LoggedInElsewhere,
    NoSeat,
    NoWrapUp,
    OfferGone,
    OverLimit,
    SoftphoneUnreachable,
    Suspended,
    UnknownDigits,
    UnknownDisposition,
    UnknownReason,
    UnknownState,
)
from routing.voicemail.decide import Gone, RungBack

SEAT_CHANGES = frozenset({AgentState.NOT_READY, AgentState.AVAILABLE, AgentState.WRAP_UP})
KEYS = frozenset("0123456789*#ABCD")  # RFC 4733 3.2
DIGITS_AT_ONCE = 32  # a card number with its check digits; more is a paste by mistake

LINE_RINGS = "Your telephone is called: answer it, press 1, and ask again."
ABUSIVE = "abusive:"  # begins the disposition of a call that was ended for what the caller said
DIAL_CANCELLED = EndCause(EndResult.CALLER, EndReason.CANCELLED)


def on_intent(draft: Draft, who: tuple[TenantId, UserId], intent: DeskIntent) -> None:
    home, name = who
    agent = draft.state.agent(name, home)
    if agent.home != home:
        raise NoSeat("Work at the desk of your own tenant: calls of its clients reach you there.")
    draft.acting = name
    _HANDLERS[type(intent)](draft, agent, intent)
    draft.acting = None


# --- presence ---


def _log_in(draft: Draft, agent: Agent, intent: LogIn) -> None:
    require_seat(draft, agent)
    if draft.state.rules.directory(agent.home).suspended:
        raise Suspended("Nobody can log in until its invoices are paid: ask an administrator.")
    if not _elsewhere(agent, intent.desk):
        move(draft, agent.agent, AgentInput.LOG_IN)
    elif intent.take_over:
        move(draft, agent.agent, AgentInput.TAKE_OVER)
    else:
        since = None if agent.since is None else agent.since.isoformat()
        raise LoggedInElsewhere("Work there, or take over: then that desk is closed.", since=since)
    if intent.desk and intent.desk != agent.desk:
        draft.record(AgentDeskTaken(**draft.stamp(agent.home), agent=agent.agent, desk=intent.desk))
    _take_seat(draft, agent, intent.telephone)


def _take_seat(draft: Draft, agent: Agent, wanted: bool | None) -> None:
    """At a log-in, or between calls; who gives no word stays at what they have."""
    rules = draft.state.rules
    begins = agent.state is AgentState.LOGGED_OUT
    telephone = rules.telephone_only(agent.agent) or (wanted if wanted is not None else not begins and agent.telephone)
    if telephone == agent.telephone and not (telephone and begins):
        return
    if not begins and agent.state not in SEAT_CHANGES:
        raise AlreadyOnCall("Change between browser and telephone when you have no call.")
    if telephone:
        require_telephone(draft, agent)
    kept = telephone and rules.telephone_kept(agent.agent)
    draft.record(AgentSeatTaken(**draft.stamp(agent.home), agent=agent.agent, telephone=telephone, kept=kept))
    fault = fault_of(draft, draft.state.agent(agent.agent)) if telephone else Fault.CONNECTION
    stamp = draft.stamp(agent.home)
    told = AgentReachabilityChanged(
        **stamp, agent=agent.agent, reachable=fault is None, fault=fault or Fault.CONNECTION
    )
    draft.record(told)
    if fault is not None and agent.state is AgentState.AVAILABLE:
        move(draft, agent.agent, LOSSES[fault][0])


def _elsewhere(agent: Agent, desk: str) -> bool:
    """At another desk that lives; nobody is asked to take over from one that is gone."""
    known = agent.state is not AgentState.LOGGED_OUT and bool(agent.desk) and bool(desk)
    return known and agent.desk != desk and agent.reachable


def _log_out(draft: Draft, agent: Agent, intent: LogOut) -> None:
    drop_offer(draft, agent, OfferOutcome.REJECTED)
    message = draft.state.messages.work_of(agent.agent) if agent.call is None else None
    if message is not None:
        tell_message(draft, message, Gone(agent.agent))
    move(draft, agent.agent, AgentInput.LOG_OUT, Wish(AgentState.LOGGED_OUT))


def _request_state(draft: Draft, agent: Agent, intent: RequestState) -> None:
    agent_step(agent.state, AgentInput.REQUEST)
    if intent.state is AgentState.AVAILABLE:
        if agent.state is AgentState.NOT_READY and agent.kept and not agent.reachable:
            ring_line(draft, agent.agent)
            draft.refusal = SoftphoneUnreachable(LINE_RINGS, fault=agent.fault.value)
            return
        if agent.state is AgentState.NOT_READY:
            require_reachable(agent)
        wish = Wish(AgentState.AVAILABLE)
    elif intent.state is AgentState.NOT_READY:
        reasons = draft.state.rules.directory(agent.home).not_ready_reasons
        if intent.reason not in reasons:
            raise UnknownReason("Choose one of the tenant's reasons.", reasons=list(reasons))
        require_room(agent, intent.reason, _agent_rules(draft, agent), _colleagues(draft, agent))
        wish = Wish(AgentState.NOT_READY, intent.reason)
    else:
        raise UnknownState("Ask for available, or for not ready with a reason.", state=intent.state.value)
    move(draft, agent.agent, AgentInput.REQUEST, wish)


def _agent_rules(draft: Draft, agent: Agent) -> AgentRules:
    return draft.state.rules.directory(agent.home).agent_rules


def _colleagues(draft: Draft, agent: Agent) -> Iterable[Agent]:
    return (other for other in draft.state.agents if other.home == agent.home)


# --- offers ---


def _accept_offer(draft: Draft, agent: Agent, intent: AcceptOffer) -> None:
    if agent.telephone:
        raise AtTelephone("Answer at your telephone, which rings.")
    accept(draft, _offered(draft, agent, AgentInput.ACCEPT, intent.offer), agent.agent)


def _reject_offer(draft: Draft, agent: Agent, intent: RejectOffer) -> None:
    withdraw_offer(draft, _offered(draft, agent, AgentInput.REJECT, intent.offer), OfferOutcome.REJECTED)


def _offered(draft: Draft, agent: Agent, word: AgentInput, offer: OfferId) -> Call:
    agent_step(agent.state, word)
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is None or call.offer != offer:
        raise OfferGone("The caller hung up or went to another agent.")
    return call


# --- the present call ---


def _using(draft: Draft, agent: Agent, name: CallId, word: CallInput) -> Call:
    agent_step(agent.state, AgentInput.USE_CALL)
    call = draft.state.call(name)
    if call is None or agent.call != name:
        raise CallGone("The call has ended or left your desk.")
    if _is_asked(call, agent):
        raise ColleaguesCall("Leave it to your colleague: you can only hang up.")
    call_step(call.phase, word)
    return call


def _is_asked(call: Call, agent: Agent) -> bool:
    """Into a colleague's call."""
    return call.colleague is not None and call.colleague.agent == agent.agent


def _hang_up(draft: Draft, agent: Agent, intent: HangUp) -> None:
    """Who was asked into a call leaves it to the colleague whose it is."""
    asked = draft.state.call(intent.call)
    if asked is not None and agent.call == intent.call and _is_asked(asked, agent):
        let_colleague_go(draft, asked)
        return
    call = _using(draft, agent, intent.call, CallInput.HANG_UP)
    cause = HUNG_UP if call.phase in TALKING else DIAL_CANCELLED
    draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=cause))
    end_call(draft, call, cause, word=CallInput.HANG_UP)


def _end_abusive_call(draft: Draft, agent: Agent, intent: EndAbusiveCall) -> None:
    """The reason is kept as the call's disposition; no wrap-up asks for another."""
    call = _using(draft, agent, intent.call, CallInput.HANG_UP)
    if call.phase not in TALKING:
        raise CallNotConnected("Hang up: nobody has said anything yet.")
    reasons = _agent_rules(draft, agent).abuse_reasons
    if intent.reason not in reasons:
        raise UnknownReason("Choose one of the tenant's reasons.", reasons=list(reasons))
    draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=HUNG_UP))
    end_call(draft, call, HUNG_UP, word=CallInput.HANG_UP, abusive=True)
    draft.record(
        CallDisposed(
            **draft.stamp(call.tenant),
            call=call.call,
            agent=agent.agent,
            disposition=f"{ABUSIVE}{intent.reason}",
            note=intent.note,
        )
    )


def _hold(draft: Draft, agent: Agent, intent: Hold) -> None:
    call = _using(draft, agent, intent.call, CallInput.HOLD)
    draft.record(CallHeld(**draft.stamp(call.tenant), call=call.call, agent=agent.agent))
    draft.send(HoldCall(**draft.stamp(call.tenant), call=call.call, music=draft.state.rules.music(call.queue)))


def _retrieve(draft: Draft, agent: Agent, intent: Retrieve) -> None:
    call = _using(draft, agent, intent.call, CallInput.RETRIEVE)
    require_heard(agent)
    drop_aside(draft, call)
    draft.record(CallRetrieved(**draft.stamp(call.tenant), call=call.call, agent=agent.agent))
    draft.send(RetrieveCall(**draft.stamp(call.tenant), call=call.call))


Passing = Callable[[Draft, Call, UserId, Any], None]


def _passing(act: Passing) -> Callable[[Draft, Agent, Any], None]:
    """What passes the agent's call on, or calls somebody into it."""

    def handle(draft: Draft, agent: Agent, intent: Any) -> None:
        act(draft, _using(draft, agent, intent.call, CallInput.SHARE), agent.agent, intent)

    return handle


def _press_digits(draft: Draft, agent: Agent, intent: PressDigits) -> None:
    call = _using(draft, agent, intent.call, CallInput.DIGITS)
    if not intent.digits or len(intent.digits) > DIGITS_AT_ONCE or not KEYS.issuperset(intent.digits):
        raise UnknownDigits(f"One to {DIGITS_AT_ONCE} of the keys 0–9, *, #, A–D.")
    draft.send(SendCallDigits(**draft.stamp(call.tenant), call=call.call, digits=intent.digits))


def _may_dial(draft: Draft, directory: TenantDirectory, called: PhoneNumber) -> bool:
    """What a limit forbids is noted, and refused."""
    try:
        require_dialable(draft, directory, called)
    except OverLimit as refusal:
        note(draft, directory.tenant, refusal)
        draft.refusal = refusal
        return False
    return True


def _dial(draft: Draft, agent: Agent, intent: Dial) -> None:
    """Who dials while not ready is not ready again afterwards, unless they ask for something else meanwhile.

    Who works on a message dials for its queue.
    """
    message = draft.state.messages.work_of(agent.agent) if agent.call is None else None
    word = AgentInput.RING_BACK if message else AgentInput.DIAL
    agent_step(agent.state, word)
    client = intent.client or (message.tenant if message else agent.home)
    if not draft.state.rules.may_serve(agent.agent, client):
        raise ClientNotServed("You may dial for your own tenant and for the clients that you serve.")
    directory = draft.state.rules.directory(client)
    if not _may_dial(draft, directory, intent.called):
        return
    trunk, caller = require_trunk(directory, intent.called) or NO_TRUNK, directory.outbound_caller
    require_reachable(agent)
    call = CallId(draft.fresh())
    queue = message.queue if message and message.tenant == client else None
    draft.record(
        CallOffered(
            **draft.stamp(client),
            call=call,
            direction=Direction.OUTBOUND,
            trunk=trunk,
            called=intent.called,
            caller=caller,
            agent=agent.agent,
            queue=queue,
        )
    )
    draft.send(
        PlaceCall(
            **draft.stamp(client),
            call=call,
            agent=agent.agent,
            home=agent.home,
            trunk=trunk,
            called=intent.called,
            caller=caller,
            seat=address_for(draft, agent, intent.called),
            party=party_of(agent.agent),
        )
    )
    stand = Stand(AgentState.CONNECTED, call=call, queue=queue, client=client)
    engage(draft, agent.agent, word, stand_after(agent, stand))
    if message:
        tell_message(draft, message, RungBack(agent.agent, call))


def _finish_wrap_up(draft: Draft, agent: Agent, intent: FinishWrapUp) -> None:
    agent_step(agent.state, AgentInput.FINISH_WRAP_UP)
    if agent.call != intent.call:
        raise NoWrapUp("The wrap-up of that call has ended already.")
    dispositions = draft.state.rules.dispositions(agent.queue)
    if intent.disposition not in dispositions and (dispositions or intent.disposition):
        raise UnknownDisposition("Choose one of the queue's dispositions.", dispositions=list(dispositions))
    draft.record(
        CallDisposed(
            **draft.stamp(agent.client or agent.home),
            call=intent.call,
            agent=agent.agent,
            disposition=intent.disposition,
            note=intent.note,
        )
    )
    move(draft, agent.agent, AgentInput.FINISH_WRAP_UP)


def _extend_wrap_up(draft: Draft, agent: Agent, intent: ExtendWrapUp) -> None:
    agent_step(agent.state, AgentInput.EXTEND_WRAP_UP)
    if agent.call != intent.call:
        raise NoWrapUp("The wrap-up of that call has ended already.")
    limit = draft.state.rules.wrap_up_limit_seconds(agent.queue)
    until = extended(agent, _agent_rules(draft, agent).wrap_up_step_seconds, limit, draft.now)
    draft.record(AgentWrapUpExtended(**draft.stamp(agent.home), agent=agent.agent, call=intent.call, until=until))
    if agent.host is not None:
        stamp = draft.stamp(agent.host)
        draft.record(AgentWrapUpExtended(**stamp, agent=agent.agent, call=intent.call, until=until, home=agent.home))


_HANDLERS: dict[type, Callable[[Draft, Agent, Any], None]] = {
    LogIn: _log_in,
    LogOut: _log_out,
    RequestState: _request_state,
    AcceptOffer: _accept_offer,
    RejectOffer: _reject_offer,
    HangUp: _hang_up,
    Hold: _hold,
    Retrieve: _retrieve,
    PressDigits: _press_digits,
    Dial: _dial,
    FinishWrapUp: _finish_wrap_up,
    ExtendWrapUp: _extend_wrap_up,
    EndAbusiveCall: _end_abusive_call,
    TakeCallback: take_callback,
    RejectCallback: reject_callback,
    Consult: _passing(consult),
    Transfer: _passing(transfer),
    TransferToQueue: _passing(transfer_to_queue),
    TransferToColleague: _passing(transfer_to_colleague),
    ConsultColleague: _passing(consult_colleague),
    AcceptConsultation: accept_consultation,
    RejectConsultation: reject_consultation,
    HandOver: _passing(hand_over),
    Confer: _passing(confer),
    DropParty: _passing(drop_party),
}
