"""The bridge: (call, input) -> effects. It joins far party, players, agent and parties; SIP and sockets stay outside.

An input that does not fit the call's state (late, doubled, crossing) changes nothing and has no effect.
"""

from typing import TypedDict, assert_never

from gateway.calls import messages, parties, programmes, thirds
from gateway.calls.effects import (
    AnswerFar,
    ArmRecorder,
    DialFar,
    Effect,
    Engine,
    HoldRecorder,
    LegClosed,
    MeasureAgent,
    Record,
    ReleaseFar,
    Tell,
)
from gateway.calls.effects import AnswerTransfer as TellTransferer
from gateway.calls.inputs import (
    AgentAttached,
    AgentDetached,
    CallCommand,
    FarAnswered,
    FarDigit,
    FarEnded,
    FarProgressed,
    FarUpdated,
    LegEvent,
    PlayerOver,
    RobotOver,
    TransferWanted,
)
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import FAR, AgentSide, Call, FarHears, Hold, Moment, Party
from gateway.calls.sound import reconcile
from gateway.calls.stamps import stamp
from kernel.contracts.calls import Attestation, Direction, EndCause, EndReason, EndResult
from kernel.contracts.engine import SendDigits
from kernel.contracts.robots import ConnectRobot, DisconnectRobot
from kernel.contracts.supervision import LeaveSupervision, SuperviseCall, SupervisionCommand
from kernel.contracts.telephony import (
    AnswerCall,
    AnswerTransfer,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallReleased,
    CallRinging,
    ConnectAgent,
    ConnectParty,
    DisconnectAgent,
    DropParty,
    EndCall,
    FarEndHeld,
    HoldCall,
    JoinParty,
    PartyAddress,
    PauseRecording,
    PhoneDialled,
    PlaceCall,
    PlayToCaller,
    RecordMessage,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
    StopMessage,
    TakePlace,
    TransferAsked,
)
from kernel.primitives.ids import NO_TRUNK, CallId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

SipLegEvent = FarProgressed | FarAnswered | FarUpdated | FarDigit | FarEnded

LEFT_THE_CALL = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)


class Arrival(TypedDict):
    call: CallId
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None
    diverted_by: PhoneNumber | None
    attestation: Attestation | None


class Dialled(TypedDict):
    call: CallId
    agent: UserId
    phone: str
    called: PhoneNumber
    party: str | None


def dialled(tenant: TenantId, by: Dialled, moment: Moment) -> tuple[Call, list[Effect]]:
    """A call that an agent's telephone begins, to a number or to `party`: to the gateway it is one that reached us."""
    name = by["call"]
    call = Call(
        id=name,
        tenant=tenant,
        trunk=NO_TRUNK,
        direction=Direction.INBOUND,
        called=by["called"],
        caller=None,
        far=Leg(name=f"{name}.far"),
    )
    call.far.advance(LegInput.OFFER)
    return call, [Tell(PhoneDialled(**stamp(tenant, moment), **by))]


def arrive(tenant: TenantId, arrival: Arrival, moment: Moment) -> tuple[Call, list[Effect]]:
    """A call that reached us."""
    name = arrival["call"]
    call = Call(
        id=name,
        tenant=tenant,
        trunk=arrival["trunk"],
        direction=Direction.INBOUND,
        called=arrival["called"],
        caller=arrival["caller"],
        far=Leg(name=f"{name}.far"),
    )
    call.far.advance(LegInput.OFFER)
    return call, [Tell(CallArrived(**stamp(tenant, moment), **arrival))]


def place(order: PlaceCall, moment: Moment) -> tuple[Call, list[Effect]]:
    """A call that an agent dials, at the desk or by a telephone that is called before; or nobody's yet, or a line."""
    call = Call(
        id=order.call,
        tenant=order.tenant,
        trunk=order.trunk,
        direction=Direction.OUTBOUND,
        called=order.called,
        caller=order.caller,
        record=order.record,
        far=Leg(name=f"{order.call}.far"),
        commands=(order.id,),
        line_of=order.line_of,
    )
    if order.agent is None:
        return call, _dial(call)
    call.ring_back_player = call.name_player()
    dialled = [] if order.seat is not None else _dial(call)
    return call, [*_connect(call, order, order.agent, moment), *dialled, *reconcile(call)]


def _dial(call: Call) -> list[Effect]:
    """The callee, once."""
    waits = call.direction is Direction.OUTBOUND and call.far.advance(LegInput.DIAL)
    return [DialFar()] if waits else []


def command(call: Call, order: CallCommand, moment: Moment) -> list[Effect]:
    """Carry out one of routing's commands, once."""
    if call.over or not call.take(order.id):
        return []
    return [*_command(call, order, moment), *reconcile(call)]


def event(call: Call, happened: LegEvent, moment: Moment) -> list[Effect]:
    """Follow what happened to a leg or a player."""
    if call.over:
        if isinstance(happened, FarEnded):
            _finish(call, happened)
        return []
    return [*_event(call, happened, moment), *reconcile(call)]


def _command(call: Call, order: CallCommand, moment: Moment) -> list[Effect]:
    match order:
        case AnswerCall():
            return _answer(call, order)
        case RejectCall() | EndCall():
            return _release(call, LegInput.RELEASE, order.cause, moment)
        case PlayToCaller() | ConnectRobot() | DisconnectRobot():
            return programmes.follow(call, order, moment)
        case RecordMessage() | StopMessage() | PauseRecording():
            return _recording(call, order)
        case ConnectAgent():
            return _connect(call, order, order.agent, moment)
        case DisconnectAgent():
            return _disconnect(call, order.agent, LEFT_THE_CALL, moment)
        case HoldCall():
            return _hold(call, order)
        case RetrieveCall():
            call.hold = None
            return []
        case SendCallDigits():
            ready = call.far.state is LegState.ANSWERED and order.digits
            return [Engine(SendDigits(leg=call.far.name, digits=order.digits))] if ready else []
        case _:
            return _party_command(call, order, moment)


def _recording(call: Call, order: RecordMessage | StopMessage | PauseRecording) -> list[Effect]:
    return [HoldRecorder(order.paused)] if isinstance(order, PauseRecording) else messages.follow(call, order)


def _party_command(
    call: Call,
    order: ConnectParty | JoinParty | DropParty | AnswerTransfer | TakePlace | SupervisionCommand,
    moment: Moment,
) -> list[Effect]:
    match order:
        case ConnectParty():
            return parties.connect(call, order)
        case JoinParty():
            return parties.join(call, order)
        case DropParty():
            party = call.party_named(order.party)
            return [] if party is None else parties.release(call, party, (LegInput.RELEASE, order.cause), moment)
        case AnswerTransfer():
            return _answer_transfer(call, order)
        case TakePlace():
            return parties.take_place(call, order, moment)
        case SuperviseCall():
            thirds.take_part(call, order, moment.agent_media)
            return []
        case LeaveSupervision():
            thirds.leave(call, order.supervisor)
            return []
        case _:
            assert_never(order)


def _event(call: Call, happened: LegEvent, moment: Moment) -> list[Effect]:
    match happened:
        case AgentAttached():
            thirds.attach(call, happened.agent, happened.media)
            in_browser = call.agent is None or not call.agent.seat
            return _attach(call, happened.agent, happened.media, by_line=happened.by_line) if in_browser else []
        case AgentDetached():
            thirds.detach(call, happened.agent, happened.media)
            return _detach(call, happened)
        case PlayerOver() | RobotOver():
            return programmes.over(call, happened, moment)
        case TransferWanted():
            return _transfer_wanted(call, happened, moment)
        case _ if happened.leg == FAR:
            return _far_event(call, happened, moment)
        case _:
            party = call.parties.get(happened.leg)
            return [] if party is None else _party_event(call, party, happened, moment)


def _far_event(call: Call, happened: SipLegEvent, moment: Moment) -> list[Effect]:
    match happened:
        case FarProgressed():
            return _progress(call, happened, moment)
        case FarAnswered():
            return _established(call, moment)
        case FarUpdated():
            return _updated(call, happened, moment)
        case FarDigit():
            return [Tell(CallDigit(**stamp(call.tenant, moment), call=call.id, digit=happened.digit))]
        case FarEnded():
            return _release(call, LegInput.RELEASE if happened.clear else LegInput.END, happened.cause, moment)
        case _:
            assert_never(happened)


def _party_event(call: Call, party: Party, happened: SipLegEvent, moment: Moment) -> list[Effect]:
    match happened:
        case FarProgressed():
            return parties.progressed(call, party, happened, moment)
        case FarAnswered():
            effects = parties.answered(call, party, moment)
            return [*effects, *_take_seat(call, party)] if effects else []
        case FarUpdated() | FarDigit():
            return []  # what a party presses goes to who hears it with its sound; holding us concerns nobody else
        case FarEnded():
            return _party_ended(call, party, happened, moment)
        case _:
            assert_never(happened)


def _party_ended(call: Call, party: Party, happened: FarEnded, moment: Moment) -> list[Effect]:
    if not party.leg.live:
        _finish(call, happened)
        return []
    taken = LegInput.RELEASE if happened.clear else LegInput.END
    effects = parties.release(call, party, (taken, happened.cause), moment)
    if not party.ends_call or party.aside:
        return effects
    return [*effects, *_release(call, LegInput.RELEASE, happened.cause, moment)]


def _finish(call: Call, happened: FarEnded) -> None:
    """The far side's last word on a leg that was released before."""
    if happened.leg == FAR:
        call.far.close(LegInput.END, happened.cause)
    else:
        parties.finish(call, happened.leg, happened.cause)


# --- transfer asked for by a far end ----------------------------------------------------------------------------------


def _transfer_wanted(call: Call, happened: TransferWanted, moment: Moment) -> list[Effect]:
    party = call.parties.get(happened.leg)
    if party is None and happened.leg != FAR:
        return []
    asked = TransferAsked(
        **stamp(call.tenant, moment),
        call=call.id,
        leg=FAR if party is None else party.name,
        called=happened.called,
        party=happened.party,
        attended_with=happened.attended_with,
        allowed=happened.allowed,
        consulted=happened.consulted,
    )
    return [Tell(asked)]


def _answer_transfer(call: Call, order: AnswerTransfer) -> list[Effect]:
    legs = [FAR] if order.leg == FAR else []
    legs += [short for short, party in call.parties.items() if party.name == order.leg and party.leg.live]
    return [TellTransferer(leg, order.accepted, order.done, order.cause) for leg in legs]


# --- the far party ----------------------------------------------------------------------------------------------------


def _answer(call: Call, order: AnswerCall) -> list[Effect]:
    if not parties.waits_for_answer(call):
        return []
    call.record = order.record
    return [AnswerFar()]


def _progress(call: Call, happened: FarProgressed, moment: Moment) -> list[Effect]:
    if call.direction is not Direction.OUTBOUND or not call.far.advance(LegInput.PROGRESS):
        return []
    call.early_media = call.early_media or happened.early_media
    if call.ringing:
        return []
    call.ringing = True
    report = Tell(CallRinging(**stamp(call.tenant, moment), call=call.id))
    return [ArmRecorder(), report] if call.record else [report]


def _established(call: Call, moment: Moment) -> list[Effect]:
    if not call.far.advance(LegInput.ANSWER):
        return []
    report = Tell(CallEstablished(**stamp(call.tenant, moment), call=call.id))
    return [Record(), report] if call.record else [report]


def _updated(call: Call, happened: FarUpdated, moment: Moment) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED or call.far_held == happened.held:
        return []
    call.far_held = happened.held
    return [Tell(FarEndHeld(**stamp(call.tenant, moment), call=call.id, held=happened.held))]


def _release(call: Call, taken: LegInput, cause: EndCause, moment: Moment) -> list[Effect]:
    """The end of the call: its media stop now, whatever its signalling still has to say."""
    call.far.close(taken, cause)
    call.message = None
    return [
        *_disconnect(call, call.agent.agent if call.agent is not None else None, cause, moment),
        *parties.release_all(call, cause, moment),
        ReleaseFar(cause, signal=taken is LegInput.RELEASE),
        LegClosed(call.far.name, None, cause),
        Tell(CallReleased(**stamp(call.tenant, moment), call=call.id, cause=cause)),
    ]


# --- the agent --------------------------------------------------------------------------------------------------------


def _connect(call: Call, order: ConnectAgent | PlaceCall, agent: UserId, moment: Moment) -> list[Effect]:
    effects: list[Effect] = []
    rings = order.seat is not None and call.far_hears is FarHears.PLAYER
    if not rings:
        parties.open_room(call)
    side = call.agent
    if side is None or side.agent != agent:
        effects += _disconnect(call, side.agent if side is not None else None, LEFT_THE_CALL, moment)
        call.far_hears = call.far_hears if rings else FarHears.OTHERS
        call.agents_named += 1
        joining = AgentSide(agent=agent, home=order.home, leg=Leg(name=f"{call.id}.agent{call.agents_named}"))
        joining.leg.advance(LegInput.DIAL)
        call.agent = joining
    if order.seat is not None:
        effects += _call_seat(call, order.seat, order.party)
    elif moment.agent_media is not None:
        effects += _attach(call, agent, moment.agent_media, by_line=moment.by_line)
    return effects


def _call_seat(call: Call, seat: PartyAddress, name: str) -> list[Effect]:
    """Dial the agent's telephone, unless that is done already."""
    side = call.agent
    if side is None or side.seat:
        return []
    party = parties.dial(call, name, seat)
    party.ends_call, party.agent, party.home = False, side.agent, side.home
    side.seat = parties.short_of(call, party)
    left: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    side.media = None
    return [*left, DialFar(side.seat)]


def _take_seat(call: Call, party: Party) -> list[Effect]:
    side = call.agent
    if side is None or call.parties.get(side.seat) is not party:
        return []
    parties.open_room(call)
    return [*_attach(call, side.agent, party.leg.name), *_dial(call)]


def _attach(call: Call, agent: UserId, media: str, *, by_line: bool = False) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent or side.media == media:
        return []
    effects: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    side.media = media
    side.zip_player = call.name_player() if by_line else ""
    side.leg.advance(LegInput.ANSWER)
    return [*effects, MeasureAgent(media, joins=True)]


def _detach(call: Call, happened: AgentDetached) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != happened.agent or side.media != happened.media:
        return []
    side.media = None
    return [MeasureAgent(happened.media, joins=False)]


def _disconnect(call: Call, agent: UserId | None, cause: EndCause, moment: Moment) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent:
        return []
    seat = call.parties.get(side.seat)
    left = [] if seat is None else parties.release(call, seat, (LegInput.RELEASE, cause), moment)
    side.leg.close(LegInput.END, cause)
    call.agent = None
    call.hold = None
    joined = [party for party in call.live_parties if not party.aside]
    if call.far_hears is FarHears.OTHERS and not joined:
        call.far_hears = FarHears.NOTHING
    measured: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    return [*left, *measured, LegClosed(side.leg.name, side.agent, cause)]


# --- what the far party hears -----------------------------------------------------------------------------------------


def _hold(call: Call, order: HoldCall) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED or call.agent is None or call.hold is not None:
        return []
    call.hold = Hold(order.music, call.name_player())
    return []
