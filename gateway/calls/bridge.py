"""The bridge: (call, input) -> effects. It joins the far party with players and an agent; SIP and sockets stay outside.

An input that does not fit the call's state (late, doubled, crossing) changes nothing and has no effect.
"""

from datetime import datetime
from typing import TypedDict, assert_never

from gateway.calls.effects import AnswerFar, DialFar, Effect, Engine, LegClosed, MeasureAgent, Record, ReleaseFar, Tell
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
)
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import AgentSide, Call, FarHears, Hold, Moment, Programme
from gateway.calls.sound import reconcile
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.engine import SendDigits
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallRinging,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    FarEndHeld,
    HoldCall,
    PlaceCall,
    PlayToCaller,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
)
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

LEFT_THE_CALL = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime


def _stamp(tenant: TenantId, moment: Moment) -> Stamp:
    return Stamp(id=EventId(moment.ids.new()), tenant=tenant, at=moment.at)


class Arrival(TypedDict):
    call: CallId
    trunk: TrunkId
    called: PhoneNumber
    caller: PhoneNumber | None


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
    return call, [Tell(CallArrived(**_stamp(tenant, moment), **arrival))]


def place(order: PlaceCall, moment: Moment) -> tuple[Call, list[Effect]]:
    """A call that an agent dials; the agent is in it from the beginning."""
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
    )
    call.far.advance(LegInput.DIAL)
    call.ring_back_player = call.name_player()
    return call, [*_connect(call, order, moment), DialFar(), *reconcile(call)]


def command(call: Call, order: CallCommand, moment: Moment) -> list[Effect]:
    """Carry out one of routing's commands, once."""
    if call.over or not call.take(order.id):
        return []
    return [*_command(call, order, moment), *reconcile(call)]


def event(call: Call, happened: LegEvent, moment: Moment) -> list[Effect]:
    """Follow what happened to a leg or a player."""
    if call.over:
        if isinstance(happened, FarEnded):
            call.far.close(LegInput.END, happened.cause)
        return []
    return [*_event(call, happened, moment), *reconcile(call)]


def _command(call: Call, order: CallCommand, moment: Moment) -> list[Effect]:
    match order:
        case AnswerCall():
            return _answer(call, order)
        case RejectCall() | EndCall():
            return _release(call, LegInput.RELEASE, order.cause, moment)
        case PlayToCaller():
            return _play(call, order, moment)
        case ConnectAgent():
            return _connect(call, order, moment)
        case DisconnectAgent():
            return _disconnect(call, order.agent, LEFT_THE_CALL)
        case HoldCall():
            return _hold(call, order)
        case RetrieveCall():
            call.hold = None
            return []
        case SendCallDigits():
            ready = call.far.state is LegState.ANSWERED and order.digits
            return [Engine(SendDigits(leg=call.far.name, digits=order.digits))] if ready else []
        case _:
            assert_never(order)


def _event(call: Call, happened: LegEvent, moment: Moment) -> list[Effect]:
    match happened:
        case FarProgressed():
            return _progress(call, happened, moment)
        case FarAnswered():
            return _established(call, moment)
        case FarUpdated():
            return _updated(call, happened, moment)
        case FarDigit():
            return [Tell(CallDigit(**_stamp(call.tenant, moment), call=call.id, digit=happened.digit))]
        case FarEnded():
            return _release(call, LegInput.RELEASE if happened.clear else LegInput.END, happened.cause, moment)
        case AgentAttached():
            return _attach(call, happened.agent, happened.media)
        case AgentDetached():
            return _detach(call, happened)
        case PlayerOver():
            return _player_over(call, happened.player, moment)
        case _:
            assert_never(happened)


# --- the far party ----------------------------------------------------------------------------------------------------


def _answer(call: Call, order: AnswerCall) -> list[Effect]:
    if call.far.state is not LegState.OFFERED:
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
    return [Tell(CallRinging(**_stamp(call.tenant, moment), call=call.id))]


def _established(call: Call, moment: Moment) -> list[Effect]:
    if not call.far.advance(LegInput.ANSWER):
        return []
    report = Tell(CallEstablished(**_stamp(call.tenant, moment), call=call.id))
    return [Record(), report] if call.record else [report]


def _updated(call: Call, happened: FarUpdated, moment: Moment) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED or call.far_held == happened.held:
        return []
    call.far_held = happened.held
    return [Tell(FarEndHeld(**_stamp(call.tenant, moment), call=call.id, held=happened.held))]


def _release(call: Call, taken: LegInput, cause: EndCause, moment: Moment) -> list[Effect]:
    """The end of the call: its media stop now, whatever its signalling still has to say."""
    call.far.close(taken, cause)
    return [
        ReleaseFar(cause, signal=taken is LegInput.RELEASE),
        *_disconnect(call, call.agent.agent if call.agent is not None else None, cause),
        LegClosed(call.far.name, None, cause),
        Tell(CallReleased(**_stamp(call.tenant, moment), call=call.id, cause=cause)),
    ]


# --- the agent --------------------------------------------------------------------------------------------------------


def _connect(call: Call, order: ConnectAgent | PlaceCall, moment: Moment) -> list[Effect]:
    effects: list[Effect] = []
    agent = order.agent
    call.far_hears = FarHears.AGENT
    call.hold = None
    call.programme = None
    side = call.agent
    if side is None or side.agent != agent:
        effects += _disconnect(call, side.agent if side is not None else None, LEFT_THE_CALL)
        call.far_hears = FarHears.AGENT
        call.agents_named += 1
        joining = AgentSide(agent=agent, home=order.home, leg=Leg(name=f"{call.id}.agent{call.agents_named}"))
        joining.leg.advance(LegInput.DIAL)
        call.agent = joining
    if moment.agent_media is not None:
        effects += _attach(call, agent, moment.agent_media)
    return effects


def _attach(call: Call, agent: UserId, media: str) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent or side.media == media:
        return []
    effects: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    side.media = media
    side.leg.advance(LegInput.ANSWER)
    return [*effects, MeasureAgent(media, joins=True)]


def _detach(call: Call, happened: AgentDetached) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != happened.agent or side.media != happened.media:
        return []
    side.media = None
    return [MeasureAgent(happened.media, joins=False)]


def _disconnect(call: Call, agent: UserId | None, cause: EndCause) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent:
        return []
    side.leg.close(LegInput.END, cause)
    call.agent = None
    call.hold = None
    if call.far_hears is FarHears.AGENT:
        call.far_hears = FarHears.NOTHING
    measured: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    return [*measured, LegClosed(side.leg.name, side.agent, cause)]


# --- what the far party hears -----------------------------------------------------------------------------------------


def _play(call: Call, order: PlayToCaller, moment: Moment) -> list[Effect]:
    call.programme = Programme(
        token=order.token,
        prompts=order.prompts,
        music=order.music or "",
        prompts_player=call.name_player() if order.prompts else "",
        music_player=call.name_player() if order.music else "",
    )
    call.far_hears = FarHears.PLAYER
    if order.prompts or not order.token:
        return []
    return [Tell(CallPlayed(**_stamp(call.tenant, moment), call=call.id, token=order.token))]


def _player_over(call: Call, player: str, moment: Moment) -> list[Effect]:
    """Go on after the prompts; where music or a tone broke, silence takes its place rather than a dead call."""
    programme = call.programme
    if programme is None or player not in (programme.prompts_player, programme.music_player):
        return []
    played = player == programme.prompts_player
    music = programme.music_player if played else ""
    if music:
        call.programme = Programme(
            token=programme.token,
            prompts=(),
            music=programme.music,
            prompts_player="",
            music_player=music,
        )
    else:
        call.programme = None
        call.far_hears = FarHears.NOTHING if call.agent is None else FarHears.AGENT
    return [Tell(CallPlayed(**_stamp(call.tenant, moment), call=call.id, token=programme.token))] if played else []


def _hold(call: Call, order: HoldCall) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED or call.agent is None or call.hold is not None:
        return []
    call.hold = Hold(order.music, call.name_player())
    return []
