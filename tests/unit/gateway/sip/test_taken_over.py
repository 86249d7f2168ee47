"""What another process does with an INVITE that a former one sent or received and left without an end."""

from dataclasses import dataclass

import msgspec
import pytest

from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import Acknowledged, Cancelled, DialogTerminated, InviteAccepted, InviteFailed, InviteReceived
from gateway.sip.flow import Flow, HostPort, Target
from gateway.sip.name_addr import NameAddr
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, CALLER, OFFER, Pair

IDENTITY = "0123456789abcdef"


@dataclass
class Sent:
    pair: Pair
    call: OutgoingInvite
    session: str

    def take_over(self) -> str:
        """What was saved before the INVITE left is all that the next process has."""
        saved = msgspec.msgpack.decode(msgspec.msgpack.encode(self.call), type=OutgoingInvite)
        self.pair.caller.new_endpoint()
        call = msgspec.structs.replace(saved, retrace=True)
        session = self.pair.caller.endpoint.invite(call, self.pair.now)
        self.pair.drain()
        return session


@pytest.fixture
def sent() -> Sent:
    pair = Pair()
    call = OutgoingInvite(
        target=f"sip:desk@{CALLEE.host}",
        from_=NameAddr.of("sip:alice@caller.example", "Alice"),
        destination=Target("UDP", CALLEE),
        body=OFFER,
        identity=IDENTITY,
        hold_ack=True,
    )
    session = pair.caller.endpoint.invite(call, pair.now)
    pair.drain()
    pair.run(0.1)
    return Sent(pair, call, session)


def test_what_rings_is_cancelled_and_was_one_call_only(sent: Sent) -> None:
    ringing = sent.pair.callee.only(InviteReceived).session
    sent.pair.do(lambda now: sent.pair.callee.endpoint.ring(ringing, now))
    sent.pair.run(1)
    session = sent.take_over()
    sent.pair.run(5)
    assert sent.pair.callee.only(Cancelled).session == ringing
    assert sent.pair.caller.only(InviteFailed).session == session


def test_what_was_answered_meanwhile_is_acknowledged_and_hung_up(sent: Sent) -> None:
    ringing = sent.pair.callee.only(InviteReceived).session
    sent.pair.caller.known = False  # the process is gone
    sent.pair.do(lambda now: sent.pair.callee.endpoint.accept(ringing, ANSWER, now))
    sent.pair.run(1)
    sent.pair.caller.known = True
    sent.take_over()
    sent.pair.run(5)
    assert sent.pair.callee.only(DialogTerminated).cause == "bye_received"
    assert len(sent.pair.callee.of(InviteReceived)) == 1


def test_an_ack_waits_until_it_is_asked_for(sent: Sent) -> None:
    ringing = sent.pair.callee.only(InviteReceived).session
    sent.pair.do(lambda now: sent.pair.callee.endpoint.accept(ringing, ANSWER, now))
    sent.pair.run(1)
    assert sent.pair.caller.only(InviteAccepted).answer_needed
    assert sent.pair.callee.of(Acknowledged) == []
    sent.pair.do(lambda now: sent.pair.caller.endpoint.acknowledge(sent.session, b"", now))
    sent.pair.run(1)
    assert sent.pair.callee.only(Acknowledged).body == b""
    sent.pair.do(lambda now: sent.pair.callee.endpoint.hang_up(ringing, now))
    sent.pair.run(1)
    assert sent.pair.caller.only(DialogTerminated).cause == "bye_received"


def test_a_caller_left_unanswered_is_refused_under_the_tag_of_the_former_process() -> None:
    pair = Pair(loss=0.3, seed=3)
    session = pair.invite()
    pair.run(5)
    received = pair.callee.only(InviteReceived)
    tag = pair.callee.saved[received.session].state.local_tag
    raw = bytes(received.request)
    pair.callee.new_endpoint()
    flow = Flow("UDP", CALLEE, HostPort(CALLER.host, CALLER.port))
    pair.do(lambda now: pair.callee.endpoint.refuse_restored(raw, flow, tag, 500, now))
    pair.run(60)
    failed = pair.caller.only(InviteFailed)
    assert (failed.session, failed.status) == (session, 500)
    assert failed.response is not None
    assert failed.response.to.tag == tag
