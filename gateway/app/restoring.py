"""Going on with a call that another process held: what it left half done is ended, what it left in order goes on."""

from collections.abc import Sequence
from datetime import timedelta

from gateway.app.call_worker import CallWorker
from gateway.app.engine_link import hear
from gateway.app.far_leg import FarLeg
from gateway.calls import bridge, causes
from gateway.calls.inputs import FarAnswered, FarEnded, PlayerOver
from gateway.calls.legs import LegState
from gateway.calls.model import Moment
from gateway.calls.parties import UNANSWERED
from gateway.trunks.attempt import Attempt
from gateway.trunks.guard import DiallingRefused
from kernel.contracts.engine import Hear, Hearing, Snapshot
from kernel.contracts.engine import LegState as EngineLegState


async def restore(worker: CallWorker, snapshot: Snapshot) -> None:
    """Only an answered call can go on; in the order of the call's queue."""
    call = worker.call
    if call.far.state is LegState.ANSWERED:
        await _give_up_parties(worker)
        await resume(worker, snapshot)
        return
    recorder = next((one for one in snapshot.recorders if one.recorder == worker.saved.far.recorder), None)
    if call.far.state in UNANSWERED and recorder is not None and not recorder.paused:
        await _answered_before(worker, recorder.seconds)
        await _give_up_parties(worker)
        return
    _stop_ringing(worker, worker.far)
    if call.over:
        worker.far.hang_up(causes.LOST_IN_RESTART)  # the former process may have died between its word and the BYE
    await _give_up_parties(worker)
    await worker.happen(FarEnded(causes.LOST_IN_RESTART, clear=True))


async def _give_up_parties(worker: CallWorker) -> None:
    """Of parties only those who talk are kept."""
    for leg in worker.legs.parties:
        party = worker.call.parties.get(leg.leg)
        if party is None or party.leg.state is LegState.ANSWERED:
            continue
        _stop_ringing(worker, leg)
        if not party.leg.live and leg.state.dialog is not None:
            leg.hang_up(causes.LOST_IN_RESTART)
        await worker.happen(FarEnded(causes.LOST_IN_RESTART, clear=True, leg=leg.leg))


def _stop_ringing(worker: CallWorker, leg: FarLeg) -> None:
    """Neither a caller nor a callee may wait for a process that is gone."""
    if leg.state.dialog is None:
        leg.retrace(_known_ways(worker, leg.leg))
    leg.refuse_again(causes.LOST_IN_RESTART)


def _known_ways(worker: CallWorker, leg: str) -> Sequence[Attempt]:
    """Also none where the number may not be called any more."""
    try:
        return worker.ways(leg)
    except DiallingRefused:
        return ()


async def _answered_before(worker: CallWorker, seconds: float) -> None:
    """The former process died between its 200, with which the recorder begins, and saving that it left."""
    moment = worker.moment()
    at = moment.at - timedelta(seconds=seconds)
    await worker.carry_out(bridge.event(worker.call, FarAnswered(), Moment(at, moment.ids)))


async def resume(worker: CallWorker, snapshot: Snapshot) -> None:
    """Make good what the engine and the call differ in."""
    call = worker.call
    legs = {state.leg: state for state in snapshot.legs}
    if worker.far.state.media is None:
        return
    far = legs.get(call.far.name)
    if far is None or _is_keyless(worker, far):
        await worker.happen(FarEnded(causes.MEDIA_FAILED, clear=True))
        return
    await worker.happen(*(PlayerOver(player) for player in call.players if player not in snapshot.players))
    changed = tuple(
        Hearing(leg=leg, sources=sources)
        for leg, sources in call.hearing.items()
        if leg in legs and legs[leg].hearing != sources
    )
    if changed:
        await hear(worker.engine, Hear(hearings=changed))
    for sender in call.senders:
        worker.switch(sender, on=True)


def _is_keyless(worker: CallWorker, leg: EngineLegState) -> bool:
    """Whether a browser's leg waits for a handshake that died with its process."""
    return leg.kind == "webrtc" and not leg.secured and not worker.shop.web_legs.has(leg.leg)
