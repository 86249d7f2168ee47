"""The list of missed calls: who called in vain, and whether somebody called back since."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndReason
from kernel.contracts.desk import Dial, FinishWrapUp, RequestState
from kernel.contracts.log import CallErased, CallOffered, LogEvent
from kernel.primitives.ids import CallId
from kernel.primitives.phone import NO_NUMBER
from routing.voicemail.missed_calls import KEPT, Missed, MissedCalls
from tests.unit.routing.floor import ANN, CALLER, SALES, STRANGER, Floor


def shown(floor: Floor, log: list[LogEvent] | None = None) -> list[Missed]:
    missed = MissedCalls()
    for event in floor.log if log is None else log:
        missed.apply(event)
    return missed.shown(floor.now)


def miss(floor: Floor, seconds: float = 40) -> CallId:
    call = floor.queued()
    floor.wait(seconds)
    floor.release(call)
    return call


def ring_them(floor: Floor, answered: bool) -> CallId:
    floor.wish(ANN, Dial(called=CALLER))
    call = floor.agent(ANN).call
    assert call is not None
    if answered:
        floor.establish(call)
        floor.release(call)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
    else:
        floor.release(call, EndReason.BUSY)
    floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
    return call


def test_a_caller_who_gave_up_is_shown_with_how_often_and_how_long(floor: Floor) -> None:
    first = floor.now
    miss(floor, 40)
    floor.wait(100)
    miss(floor, 10)
    (line,) = shown(floor)
    assert (line.number, line.times, line.queue, line.longest_wait) == (CALLER, 2, SALES, 40)
    assert (line.first_at, line.last_at) == (first + timedelta(seconds=40), floor.now)


def test_who_talked_is_not_shown(floor: Floor) -> None:
    floor.release(floor.connected(ANN))
    assert shown(floor) == []


def test_who_calls_again_and_gets_through_disappears(floor: Floor) -> None:
    miss(floor)
    floor.wait(5)
    floor.release(floor.connected(ANN))
    assert shown(floor) == []


def test_a_try_is_shown_and_a_talk_ends_it(floor: Floor) -> None:
    miss(floor)
    floor.not_ready(ANN)
    floor.wait(5)
    ring_them(floor, answered=False)
    (line,) = shown(floor)
    assert (line.tried, line.last_tried_at) == (1, floor.now)
    floor.wait(5)
    ring_them(floor, answered=True)
    assert shown(floor) == []


def test_who_calls_in_vain_after_a_talk_is_shown_anew_with_that_call_alone(floor: Floor) -> None:
    miss(floor)
    floor.not_ready(ANN)
    floor.wait(5)
    ring_them(floor, answered=True)
    floor.wait(5)
    miss(floor)
    (line,) = shown(floor)
    assert (line.times, line.tried) == (1, 0)


def test_a_greeting_alone_is_no_talk_and_a_call_turned_away_is_missed(floor: Floor) -> None:
    floor.release(floor.arrive(STRANGER))
    call = floor.arrive()
    floor.establish(call)
    floor.release(call)
    assert [line.times for line in shown(floor)] == [2]


def test_nobody_is_called_back_after_weeks(floor: Floor) -> None:
    miss(floor)
    floor.now += KEPT + timedelta(seconds=1)
    assert shown(floor) == []


def test_a_log_read_twice_shows_the_same(floor: Floor) -> None:
    miss(floor)
    assert shown(floor, floor.log + floor.log) == shown(floor)


def erased(log: list[LogEvent], call: CallId) -> list[LogEvent]:
    """The log as it is after the erasure: the number is gone from the call's events."""
    gone = {"caller": NO_NUMBER, "called": NO_NUMBER}
    return [replace(one, **gone) if isinstance(one, CallOffered) and one.call == call else one for one in log]


@settings(max_examples=40, deadline=None)
@given(story=st.lists(st.sampled_from(("miss", "talk", "try", "wait")), min_size=1, max_size=8), data=st.data())
def test_after_an_erasure_the_fold_shows_what_a_recount_shows(story: list[str], data: st.DataObject) -> None:
    floor = Floor(1)
    floor.not_ready(ANN)
    calls: list[CallId] = []
    for what in story:
        floor.wait(7)
        if what == "miss":
            calls.append(miss(floor))
        elif what == "wait":
            floor.wait(3600)
        else:
            calls.append(ring_them(floor, answered=what == "talk"))
    if not calls:
        return
    gone = data.draw(st.sampled_from(calls))
    word = CallErased(**floor.stamp(), call=gone, number=True, note=False, reason="erasure")
    live = shown(floor, [*floor.log, word])
    assert live == shown(floor, [*erased(floor.log, gone), word])
