"""A leg goes from one call of ours to another, with its session, its ports and its dialog: nobody dials anybody."""

import structlog

from gateway.app.call_worker import CallWorker
from gateway.app.far_leg import FarLeg
from gateway.app.sessions import Sessions
from gateway.calls import handover
from gateway.calls.model import FAR
from kernel.contracts.telephony import TakeOver

log = structlog.get_logger(__name__)


async def take_over(keeper: CallWorker, giver: CallWorker | None, order: TakeOver, sessions: Sessions) -> str:
    """Called while both calls do nothing else; what the leg is called in the engine, empty where none was taken.

    Both calls are saved in one change, so that the process after this one finds the leg in exactly one of them. Who
    stays behind is ended by routing, which is told in that same change.
    """
    if not handover.is_new(keeper.call, order):
        return ""
    short = _short(giver, order, sessions) if handover.has_room(keeper.call, order) else None
    if giver is None or short is None:
        await keeper.carry_out(handover.refuse(keeper.call, order, keeper.moment()))
        return ""
    far_leg = _leave(giver, order, short)
    leg, left = handover.give(giver.call, short, order.taken)
    place, taken = handover.take(keeper.call, order, leg, keeper.moment())
    keeper.legs.take(place, far_leg)
    keeper.giver = giver
    await far_leg.stop_recording()  # it was of the call that it leaves
    await keeper.carry_out([*taken, *left])
    log.info("call.leg_taken_over", call=str(order.call), leg=leg.name)
    return leg.name


def _short(giver: CallWorker | None, order: TakeOver, sessions: Sessions) -> str | None:
    """The party that goes; None also where the word of its end waits in its call's queue."""
    short = handover.gives(giver.call, order.taken) if giver is not None else None
    leg = giver.legs.get(FAR if order.taken == FAR else short) if giver is not None and short is not None else None
    return None if leg is None or sessions.is_gone(leg.state.session) else short


def _leave(giver: CallWorker, order: TakeOver, short: str) -> FarLeg:
    if order.taken == FAR:
        giver.change_places(short)
    return giver.legs.give(short)
