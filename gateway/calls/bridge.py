"""The bridge: (call, input) -> effects. It joins far party, players, agent and parties; SIP and sockets stay outside.

An input that does not fit the call's state (late, doubled, crossing) changes nothing and has no effect.
"""

from typing import TypedDict, assert_never

from gateway.calls import agents, messages, parties, programmes, thirds
from gateway.calls.effects import (
    AnswerFar,
    ArmRecorder,
    Effect,
    Engine,
    HoldRecorder,
    LegClosed,
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
    MachineHeard,
    PlayerOver,
    RobotOver,
    TransferWanted,
)
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import FAR, Call, Hold, Moment, Party
from gateway.calls.sound import reconcile
from gateway.calls.stamps import stamp
from kernel.contracts.calls import Attestation, Direction, EndCause
from kernel.contracts.engine import AnsweringMachine, PressDigits, SendDigits, StartDetector
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
    MachineAnswered,
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
SILENT = FarUpdated | FarDigit | MachineHeard | TransferWanted  # told, and nobody hears anything else than before


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
        detect_machine=order.detect_machine,
    )
    if order.agent is None:
        return call, agents.dial_callee(call)
    call.ring_back_player = call.name_player()
    dialled = [] if order.seat is not None else agents.dial_callee(call)
    return call, [*agents.connect(call, order, order.agent, moment), *dialled, *reconcile(call)]


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
    effects = _event(call, happened, moment)
    return effects if isinstance(happened, SILENT) else [*effects, *reconcile(call)]


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
            return agents.connect(call, order, order.agent, moment)
        case DisconnectAgent():
            return agents.disconnect(call, order.agent, agents.LEFT_THE_CALL, moment)
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
            return thirds.take_part(call, order, moment)
        case LeaveSupervision():
            return thirds.leave(call, order.supervisor, moment)
        case _:
            assert_never(order)


def _event(call: Call, happened: LegEvent, moment: Moment) -> list[Effect]:
    match happened:
        case AgentAttached():
            thirds.attach(call, happened.agent, happened.media)
            in_browser = call.agent is None or not call.agent.seat
            return agents.attach(call, happened.agent, happened.media, by_line=happened.by_line) if in_browser else []
        case AgentDetached():
            thirds.detach(call, happened.agent, happened.media)
            return agents.detach(call, happened)
        case PlayerOver() | RobotOver():
            return programmes.over(call, happened, moment)
        case MachineHeard():
            heard = happened.leg == FAR and call.detect_machine
            return [Tell(MachineAnswered(**stamp(call.tenant, moment), call=call.id))] if heard else []
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
            told = CallDigit(**stamp(call.tenant, moment), call=call.id, digit=happened.digit)
            return [Tell(told), *_pressed(call.far, happened)]
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
            thirds.answered(call, party)
            return [*effects, *agents.take_seat(call, party)] if effects else []
        case FarDigit():
            return _pressed(party.leg, happened)
        case FarUpdated():
            return []  # holding us concerns nobody else
        case FarEnded():
            return _party_ended(call, party, happened, moment)
        case _:
            assert_never(happened)


def _pressed(leg: Leg, happened: FarDigit) -> list[Effect]:
    """A key goes to who hears the leg with its sound; the engine has to be told of one that came by INFO."""
    passed_on = happened.signalled and leg.state is LegState.ANSWERED
    return [Engine(PressDigits(leg=leg.name, digits=happened.digit))] if passed_on else []


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
    recorded: list[Effect] = [Record()] if call.record else []
    return [*recorded, *_listened_to(call), report]


def _listened_to(call: Call) -> list[Effect]:
    """From the answer on: what comes before is the network's."""
    if not call.detect_machine:
        return []
    name = f"{call.id}.answerer"
    return [Engine(StartDetector(detector=name, leg=call.far.name, detect=AnsweringMachine()))]


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
        *agents.disconnect(call, call.agent.agent if call.agent is not None else None, cause, moment),
        *parties.release_all(call, cause, moment),
        ReleaseFar(cause, signal=taken is LegInput.RELEASE),
        LegClosed(call.far.name, None, cause),
        Tell(CallReleased(**stamp(call.tenant, moment), call=call.id, cause=cause)),
    ]


# --- what the far party hears -----------------------------------------------------------------------------------------


def _hold(call: Call, order: HoldCall) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED or call.agent is None or call.hold is not None:
        return []
    call.hold = Hold(order.music, call.name_player())
    return []
