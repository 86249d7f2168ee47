"""What an ended call leaves behind has no circles: it is gone by itself, and the collector has nothing to do."""

import gc
from collections.abc import Callable

import pytest

from gateway.sip.timers import FEW_CANCELLED, TimerHeap
from tests.unit.gateway.sip.pair import Pair

OVER = 100.0  # seconds; 64*T1 and more, after which no transaction is left


def ordinary(pair: Pair) -> None:
    session, _ = pair.established()
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))


def cancelled(pair: Pair) -> None:
    session = pair.invite()
    pair.run(0.1)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))


def longer_than_its_transactions(pair: Pair) -> None:
    session, _ = pair.established()
    pair.run(OVER)
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))


@pytest.mark.parametrize("call", [ordinary, cancelled, longer_than_its_transactions])
def test_an_ended_call_is_gone_without_the_collector(call: Callable[[Pair], None]) -> None:
    pair = Pair()

    def end_to_end() -> None:
        call(pair)
        pair.run(OVER)
        for side in (pair.caller, pair.callee):
            side.events.clear()
            side.saved.clear()
            side.sent.clear()

    end_to_end()  # what is made once
    gc.collect()
    gc.disable()
    try:
        end_to_end()
        circles = gc.collect()
    finally:
        gc.enable()
    assert circles == 0


def test_cancelled_timers_do_not_pile_up_until_their_time_comes() -> None:
    heap = TimerHeap()
    fired: list[float] = []
    kept = heap.start(10.0, fired.append)
    for _ in range(3 * FEW_CANCELLED):
        heap.start(1800.0, fired.append).cancel()
    assert len(heap) < 2 * FEW_CANCELLED
    heap.fire(10.0)
    assert fired == [10.0]
    assert kept.action is None
