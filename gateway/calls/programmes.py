"""What a far party hears that nobody says: prompts and music, or a robot that it talks with."""

from gateway.calls import messages
from gateway.calls.effects import Effect, Tell
from gateway.calls.inputs import PlayerOver, RobotOver
from gateway.calls.legs import LegState
from gateway.calls.model import Call, FarHears, Moment, Programme, Robot
from gateway.calls.stamps import stamp
from kernel.contracts.robots import ConnectRobot, DisconnectRobot, RobotEnded
from kernel.contracts.telephony import CallPlayed, PlayToCaller

NOT_PLAYED = "engine"  # a robot's player was refused, or is gone: the engine's log says why


def follow(call: Call, order: PlayToCaller | ConnectRobot | DisconnectRobot, moment: Moment) -> list[Effect]:
    match order:
        case PlayToCaller():
            return _play(call, order, moment)
        case ConnectRobot():
            return _connect(call, order, moment)
        case DisconnectRobot():
            return _disconnect(call)


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
    return [Tell(CallPlayed(**stamp(call.tenant, moment), call=call.id, token=order.token))]


def _connect(call: Call, order: ConnectRobot, moment: Moment) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED:
        return [_ended(call, order.token, RobotOver("", failure="not answered"), moment)]
    call.programme = Programme(
        token=order.token,
        prompts=(),
        music="",
        prompts_player=call.name_player(),
        music_player="",
        robot=Robot(order.place, order.parameters),
    )
    call.far_hears = FarHears.PLAYER
    return []


def _disconnect(call: Call) -> list[Effect]:
    if call.programme is not None and call.programme.robot is not None:
        _silence(call)
    return []


def _silence(call: Call) -> None:
    """Unless somebody takes part, who is heard then."""
    call.programme = None
    call.far_hears = FarHears.NOTHING if call.agent is None and not call.live_parties else FarHears.OTHERS


def over(call: Call, happened: PlayerOver | RobotOver, moment: Moment) -> list[Effect]:
    """Go on after the prompts; where music or a tone broke, silence takes its place rather than a dead call."""
    player = happened.player
    for side in (*call.thirds, *([] if call.agent is None else [call.agent])):
        if side.zip_player == player:
            side.zip_player = ""
            return []
    programme = call.programme
    if programme is None or player not in (programme.prompts_player, programme.music_player):
        return []
    if programme.robot is not None:
        _silence(call)
        ended = happened if isinstance(happened, RobotOver) else RobotOver(player, failure=NOT_PLAYED)
        return [_ended(call, programme.token, ended, moment)]
    return _prompts_over(call, programme, player, moment)


def _prompts_over(call: Call, programme: Programme, player: str, moment: Moment) -> list[Effect]:
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
        _silence(call)
    begins = messages.heard(call, player)
    told: list[Effect] = [Tell(CallPlayed(**stamp(call.tenant, moment), call=call.id, token=programme.token))]
    return begins or (told if played else [])


def _ended(call: Call, token: str, over: RobotOver, moment: Moment) -> Effect:
    return Tell(
        RobotEnded(
            **stamp(call.tenant, moment),
            call=call.id,
            token=token,
            failure=over.failure,
            outcome=over.outcome,
            results=over.results,
        )
    )
