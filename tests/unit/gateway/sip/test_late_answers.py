"""A place that was left because it was silent speaks up after all (RFC 3261 9.1, 13.2.2.4)."""

import pytest

from gateway.sip.events import Acknowledged, Cancelled, DialogTerminated, InviteAccepted, InviteFailed, InviteReceived
from gateway.sip.exchange import FAIL_OVER_SECONDS
from tests.unit.gateway.sip.network import Network
from tests.unit.gateway.sip.pair import ANSWER
from tests.unit.gateway.sip.stage import Stage, stage

LATE = FAIL_OVER_SECONDS + 1.0  # seconds until what the first place says arrives


def two_places(net: Network) -> Stage:
    """`a` dials a name that leads to `b`, whose answers come late, and to `c`."""
    on = stage(net, "abc")
    on["a"].names = {"carrier.example": (on["b"].address, on["c"].address)}
    net.latency[on["b"].address] = LATE
    on.calls("a", "b", host="carrier.example")
    return on


def answers_at_once(on: Stage, name: str) -> None:
    on.on(name, InviteReceived, lambda event, now: on.accept(name, event.session, now))


@pytest.mark.parametrize("loss", [0.0, 0.1, 0.3])
def test_its_answer_gets_ack_and_bye_and_the_other_place_has_the_call(loss: float) -> None:
    net = Network(seed=7, loss=loss)
    on = two_places(net)
    answers_at_once(on, "b")
    on.answers("c")
    on.hangs_up("a", InviteAccepted, after=20.0)
    net.run()
    assert on["a"].only(InviteAccepted).body == ANSWER
    assert on["c"].only(Acknowledged)
    assert on["b"].only(DialogTerminated).cause == "bye_received"
    assert loss or on["b"].only(Acknowledged), "where the ACK is lost the BYE may come first"
    net.assert_settled()


def test_its_answer_gets_ack_and_bye_where_the_other_place_refused() -> None:
    net = Network()
    on = two_places(net)
    answers_at_once(on, "b")
    on.refuses("c", 486)
    net.run()
    assert on["a"].only(InviteFailed).status == 486
    assert on["b"].only(Acknowledged)
    assert on["b"].only(DialogTerminated).cause == "bye_received"
    net.assert_settled()


def test_its_ringing_is_cancelled() -> None:
    net = Network()
    on = two_places(net)
    on.rings("b")
    on.answers("c")
    on.hangs_up("a", InviteAccepted, after=30.0)
    net.run()
    assert on["b"].only(Cancelled)
    assert on["a"].only(InviteAccepted)
    assert on["c"].only(DialogTerminated).cause == "bye_received", "the other place keeps its call"
    net.assert_settled()


def test_an_answer_that_crosses_the_cancel_gets_ack_and_bye() -> None:
    net = Network()
    on = two_places(net)
    on.answers("b", after=2.0)
    on.answers("c")
    on.hangs_up("a", InviteAccepted, after=30.0)
    net.run()
    assert on["b"].only(Acknowledged)
    assert on["b"].only(DialogTerminated).cause == "bye_received"
    net.assert_settled()


def test_its_silence_changes_nothing() -> None:
    net = Network()
    on = two_places(net)
    net.delay = lambda node, _data: None if node is on["b"] else 0.0
    on.refuses("b", 486)
    on.answers("c")
    on.hangs_up("a", InviteAccepted, after=30.0)
    net.run()
    assert on["a"].only(InviteAccepted)
    invites = [now for now, data in on["a"].sent if data.startswith(b"INVITE") and b"carrier.example" in data]
    assert sum(now - 1000.0 >= FAIL_OVER_SECONDS for now in invites) == 1, "the place that was left hears no more"
    net.assert_settled()
