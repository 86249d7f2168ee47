"""Messages that a far party leaves: a tone, then everything that is said, in a recording of its own."""

from gateway.calls.effects import ArmMessage, BeginMessage, Effect, EndMessage
from gateway.calls.legs import LegState
from gateway.calls.model import Call, FarHears, Message, Programme
from kernel.contracts.telephony import RecordMessage, StopMessage


def follow(call: Call, order: RecordMessage | StopMessage) -> list[Effect]:
    return _record(call, order) if isinstance(order, RecordMessage) else _stop(call)


def _record(call: Call, order: RecordMessage) -> list[Effect]:
    if call.far.state is not LegState.ANSWERED:
        return []
    player = call.name_player() if order.prompts else ""
    call.programme = Programme(token="", prompts=order.prompts, music="", prompts_player=player, music_player="")
    call.far_hears = FarHears.PLAYER
    call.message = Message(order.recording, player)
    return [ArmMessage(order.recording)] if player else [BeginMessage(order.recording)]


def heard(call: Call, player: str) -> list[Effect]:
    """Its prompts are over; nothing where the player was none of a message."""
    message = call.message
    if message is None or not player or message.player != player:
        return []
    call.message = Message(message.recording)
    return [BeginMessage(message.recording)]


def _stop(call: Call) -> list[Effect]:
    if call.message is None:
        return []
    call.message = None
    return [EndMessage()]
