"""What a queue's capacity counts: callers with their telephones at their ears, and no promised callbacks."""

from msgspec.structs import replace

from kernel.contracts.callbacks import CallbackInstead, RequestCallback
from kernel.contracts.calls import EndReason
from kernel.contracts.desk import TransferToQueue
from kernel.contracts.log import CallEnded
from kernel.contracts.queues import WaitingRules
from kernel.contracts.supervision import MoveWaiting
from routing.acd.decide import CallbackIntent, SupervisorIntent
from routing.calls.model import CallPhase
from tests.unit.routing.floor import ANN, CALLER, FAR_END, SALES, SUPPORT, ZOE, Floor, directory


def narrow() -> Floor:
    """Sales holds one caller."""
    floor = Floor(1)
    sales, support = directory(floor.tenant).queues
    floor.adopt(queues=(replace(sales, waiting=WaitingRules(capacity=1)), support))
    return floor


def test_a_promised_callback_takes_no_callers_place() -> None:
    floor = narrow()
    floor.take(CallbackIntent(floor.tenant, None, RequestCallback(queue=SALES, number=FAR_END)))
    assert (floor.state.waiting.count(SALES), floor.state.holding(SALES)) == (1, 0)
    call = floor.queued()
    assert floor.call(call).phase is CallPhase.QUEUED


def test_who_takes_a_callback_in_place_of_waiting_makes_room() -> None:
    floor = narrow()
    first = floor.queued()
    floor.take(CallbackIntent(floor.tenant, None, CallbackInstead(call=first, number=CALLER)))
    floor.release(first, EndReason.HANGUP_BY_SYSTEM)
    assert (floor.state.waiting.count(SALES), floor.state.holding(SALES)) == (1, 0)
    second = floor.queued()
    assert floor.call(second).phase is CallPhase.QUEUED
    ended = len(floor.events(CallEnded))
    third = floor.arrive()
    assert floor.state.call(third) is None, "and full is full"
    assert len(floor.events(CallEnded)) == ended + 1


def test_the_count_survives_another_directory_and_a_restart() -> None:
    floor = narrow()
    floor.take(CallbackIntent(floor.tenant, None, RequestCallback(queue=SALES, number=FAR_END)))
    floor.queued()
    floor.adopt()
    for state in (floor.state, floor.refold(), floor.restored()):
        assert (state.waiting.count(SALES), state.holding(SALES)) == (2, 1)


def test_whom_somebody_sends_to_a_full_queue_waits_there_and_is_not_hung_up_on() -> None:
    floor = Floor(1)
    sales, support = directory(floor.tenant).queues
    floor.adopt(queues=(sales, replace(support, waiting=WaitingRules(capacity=0))))
    passed_on = floor.connected(ANN)
    floor.wish(ANN, TransferToQueue(call=passed_on, queue=SUPPORT))
    moved = floor.queued()
    floor.take(SupervisorIntent(floor.tenant, ZOE, MoveWaiting(call=moved, queue=SUPPORT)))
    assert {floor.call(call).queue for call in (moved, passed_on)} == {SUPPORT}
    assert not floor.events(CallEnded)
