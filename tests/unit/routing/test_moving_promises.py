"""Callbacks and messages that staff move: to another queue, agent or time; nobody is asked twice, no place is lost."""

from datetime import datetime, timedelta

import pytest

from kernel.contracts.callbacks import (
    CallbackAct,
    CallbackEnded,
    CallbackFirst,
    CallbackMoved,
    CancelCallback,
    CancelReason,
    MoveCallback,
    RequestCallback,
)
from kernel.contracts.calls import AgentState
from kernel.contracts.desk import TakeCallback
from kernel.contracts.queues import CallbackSettings, WaitingRules
from kernel.contracts.telephony import PlaceCall
from kernel.primitives.errors import NotFound, RevisionMismatch
from kernel.primitives.ids import CallbackId, QueueId, TenantId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import CallbackIntent
from routing.callbacks.errors import CallbackNotPossible, CallbackUnderWay
from routing.callbacks.machine import Phase
from routing.callbacks.model import Callback
from routing.callbacks.rules import AHEAD
from tests.unit.routing.floor import ANN, BEN, EVA, SALES, SUPPORT, ZOE, Floor, directory

MARY = PhoneNumber("+442071838791")
HOUR = timedelta(hours=1)


def do(floor: Floor, act: CallbackAct, tenant: TenantId | None = None) -> None:
    floor.take(CallbackIntent(tenant or floor.tenant, ZOE, act))


def promised(floor: Floor, queue: QueueId = SALES, due: datetime | None = None) -> Callback:
    do(floor, RequestCallback(queue=queue, number=MARY, due=due))
    found = floor.state.callbacks.open_for(queue, MARY)
    assert found is not None
    return found


def now(floor: Floor, callback: Callback) -> Callback:
    found = floor.state.callbacks.get(callback.callback)
    assert found is not None
    return found


class TestTime:
    def test_one_that_is_agreed_on_is_rung_now_and_again_later(self, floor: Floor) -> None:
        callback = promised(floor, due=floor.now + 2 * HOUR)
        do(floor, MoveCallback(callback=callback.callback, due=None))
        assert (now(floor, callback).phase, now(floor, callback).since) == (Phase.WAITING, callback.since)
        later = floor.now + 3 * HOUR
        do(floor, MoveCallback(callback=callback.callback, due=later))
        moved = now(floor, callback)
        assert (moved.phase, moved.due) == (Phase.SCHEDULED, later)
        assert moved.expires > later
        floor.available(ANN)
        floor.wait(3 * 3600 + 1)
        assert now(floor, callback).taker == ANN

    def test_whoever_is_asked_is_asked_no_more(self, floor: Floor) -> None:
        floor.available(ANN)
        callback = promised(floor)
        assert now(floor, callback).taker == ANN
        do(floor, MoveCallback(callback=callback.callback, due=floor.now + HOUR))
        assert (now(floor, callback).taker, floor.agent(ANN).state) == (None, AgentState.AVAILABLE)

    @pytest.mark.parametrize("due", [timedelta(seconds=-1), AHEAD + timedelta(seconds=1)])
    def test_not_before_now_nor_beyond_what_calendars_tell(self, floor: Floor, due: timedelta) -> None:
        callback = promised(floor)
        with pytest.raises(CallbackNotPossible):
            do(floor, MoveCallback(callback=callback.callback, due=floor.now + due))


class TestWhose:
    def test_another_queue_s_agents_are_asked_at_the_place_in_line(self, floor: Floor) -> None:
        floor.available(EVA)
        callback = promised(floor)
        assert now(floor, callback).taker is None, "Eva does not sell"
        floor.wait(30)
        do(floor, MoveCallback(callback=callback.callback, queue=SUPPORT))
        moved = now(floor, callback)
        assert (moved.queue, moved.priority, moved.since, moved.taker) == (SUPPORT, 0, callback.since, EVA)
        assert floor.state.callbacks.count(SALES) == 0
        assert floor.events(CallbackMoved)[0].by == ZOE

    def test_an_agent_s_is_offered_to_nobody_else_and_then_to_all(self, floor: Floor) -> None:
        callback = promised(floor)
        do(floor, MoveCallback(callback=callback.callback, agent=BEN))
        floor.available(ANN)
        assert (now(floor, callback).agent, now(floor, callback).taker) == (BEN, None)
        do(floor, MoveCallback(callback=callback.callback, agent=None))
        assert now(floor, callback).taker == ANN

    def test_one_agent_s_rings_the_agent_first_and_everybody_s_as_the_queue_does(self, floor: Floor) -> None:
        rules = WaitingRules(callbacks=CallbackSettings(first=CallbackFirst.CUSTOMER))
        sales, support = directory(floor.tenant).queues
        floor.adopt(queues=(type(sales)(queue=SALES, name="Sales", waiting=rules), support))
        callback = promised(floor)
        assert callback.first is CallbackFirst.CUSTOMER
        do(floor, MoveCallback(callback=callback.callback, agent=BEN))
        assert now(floor, callback).first is CallbackFirst.AGENT
        do(floor, MoveCallback(callback=callback.callback, agent=None))
        assert now(floor, callback).first is CallbackFirst.CUSTOMER

    def test_not_to_who_does_not_work_there_nor_where_the_number_has_one(self, floor: Floor) -> None:
        callback = promised(floor)
        promised(floor, SUPPORT)
        for wrong in (MoveCallback(callback=callback.callback, agent=EVA), to_support(callback)):
            with pytest.raises(CallbackNotPossible):
                do(floor, wrong)
        with pytest.raises(NotFound):
            do(floor, MoveCallback(callback=callback.callback, queue=QueueId(floor.ids.new())))
        with pytest.raises(NotFound):
            do(floor, MoveCallback(callback=callback.callback, due=None), TenantId(floor.ids.new()))
        with pytest.raises(NotFound):
            do(floor, MoveCallback(callback=CallbackId(floor.ids.new()), due=None))


def to_support(callback: Callback) -> MoveCallback:
    return MoveCallback(callback=callback.callback, queue=SUPPORT)


def test_what_changes_nothing_is_no_event(floor: Floor) -> None:
    callback = promised(floor)
    do(floor, MoveCallback(callback=callback.callback, queue=SALES, agent=None, due=None))
    assert (floor.events(CallbackMoved), now(floor, callback).revision) == ([], callback.revision)


def test_not_what_was_read_before_something_happened(floor: Floor) -> None:
    callback = promised(floor)
    floor.available(ANN)
    with pytest.raises(RevisionMismatch):
        do(floor, MoveCallback(callback=callback.callback, due=None, queue=SUPPORT, revision=callback.revision))
    do(floor, MoveCallback(callback=callback.callback, queue=SUPPORT, revision=now(floor, callback).revision))


def test_not_while_the_customer_is_rung_or_on_the_line(floor: Floor) -> None:
    floor.available(ANN)
    callback = promised(floor)
    floor.wish(ANN, TakeCallback(callback=callback.callback))
    with pytest.raises(CallbackUnderWay):
        do(floor, to_support(callback))
    floor.establish(floor.sent(PlaceCall)[-1].call)
    with pytest.raises(CallbackUnderWay):
        do(floor, to_support(callback))


def test_a_replay_of_the_log_knows_what_was_moved(floor: Floor) -> None:
    callback = promised(floor)
    do(floor, MoveCallback(callback=callback.callback, queue=SUPPORT, due=floor.now + HOUR))
    assert floor.refold().callbacks.get(callback.callback) == now(floor, callback)


def test_why_it_is_taken_back_is_told(floor: Floor) -> None:
    do(floor, CancelCallback(callback=promised(floor).callback, reason=CancelReason.SETTLED))
    assert [event.reason for event in floor.events(CallbackEnded)] == [CancelReason.SETTLED]
