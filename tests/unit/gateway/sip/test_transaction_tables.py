"""Every pair of state and input of the four transaction machines (RFC 3261 17, RFC 6026)."""

from collections.abc import Callable

import pytest

from gateway.sip.flow import Destination, HostPort, Target, Transport
from gateway.sip.headers import Headers
from gateway.sip.message import Request, Response
from gateway.sip.timers import TimerHeap
from gateway.sip.transactions.invite_client import INVITE_CLIENT, InviteClientTransaction
from gateway.sip.transactions.invite_server import INVITE_SERVER, InviteServerTransaction
from gateway.sip.transactions.key import TransactionId
from gateway.sip.transactions.machine import Input, State, Table, Transaction
from gateway.sip.transactions.non_invite_client import NON_INVITE_CLIENT, NonInviteClientTransaction
from gateway.sip.transactions.non_invite_server import NON_INVITE_SERVER, NonInviteServerTransaction

KEY = TransactionId("z9hG4bKx", "192.0.2.1:5060", "INVITE")


class Recorder:
    """Stands where the layer and the user of a transaction are."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.timers = TimerHeap()
        self.ended: list[Transaction] = []
        self.told: list[int] = []
        self.failures: list[int] = []

    def transmit(self, destination: Destination, data: bytes) -> None:
        self.sent.append(data)

    def count_retransmission(self) -> None:
        pass

    def terminated(self, transaction: Transaction) -> None:
        self.ended.append(transaction)

    def responded(self, transaction: Transaction, response: Response, now: float) -> None:
        self.told.append(response.status)

    def failed(self, transaction: Transaction, status: int, now: float) -> None:
        self.failures.append(status)


def a_request(method: str) -> Request:
    lines = [
        ("Via", "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKx"),
        ("From", "<sip:a@b>;tag=1"),
        ("To", "<sip:c@d>"),
        ("Call-ID", "c"),
        ("CSeq", f"1 {method}"),
    ]
    return Request(method, "sip:c@d", Headers(lines))


def a_response(status: int, method: str = "INVITE") -> Response:
    return Response.to_request(a_request(method), status, "tag")


def target(transport: Transport) -> Target:
    return Target(transport, HostPort("192.0.2.2", 5060))


def invite_client(recorder: Recorder, transport: Transport = "UDP") -> InviteClientTransaction:
    return InviteClientTransaction(recorder, KEY, a_request("INVITE"), target(transport), recorder)


def non_invite_client(recorder: Recorder, transport: Transport = "UDP") -> NonInviteClientTransaction:
    return NonInviteClientTransaction(recorder, KEY, a_request("OPTIONS"), target(transport), recorder)


def invite_server(recorder: Recorder, transport: Transport = "UDP") -> InviteServerTransaction:
    return InviteServerTransaction(recorder, KEY, a_request("INVITE"), target(transport))


def non_invite_server(recorder: Recorder, transport: Transport = "UDP") -> NonInviteServerTransaction:
    return NonInviteServerTransaction(recorder, KEY, a_request("OPTIONS"), target(transport))


MACHINES: list[tuple[Table, Callable[[Recorder], Transaction]]] = [
    (INVITE_CLIENT, invite_client),
    (NON_INVITE_CLIENT, non_invite_client),
    (INVITE_SERVER, invite_server),
    (NON_INVITE_SERVER, non_invite_server),
]


def paths(table: Table, start: State) -> dict[State, list[Input]]:
    """Find a way to every state."""
    found: dict[State, list[Input]] = {start: []}
    waiting = [start]
    while waiting:
        state = waiting.pop(0)
        for (here, happened), (there, _) in table.items():
            if here is state and there not in found:
                found[there] = [*found[state], happened]
                waiting.append(there)
    return found


@pytest.mark.parametrize(("table", "make"), MACHINES)
def test_every_state_and_input_has_its_defined_outcome(table: Table, make: Callable[[Recorder], Transaction]) -> None:
    ways = paths(table, make(Recorder()).initial)
    assert set(ways) == {here for here, _ in table} | {State.TERMINATED}
    for state, way in ways.items():
        for happened in Input:
            recorder = Recorder()
            transaction = make(recorder)
            for step in way:
                transaction.step(step, 0.0)
            assert transaction.state is state
            before = (len(recorder.sent), len(recorder.told), len(recorder.failures), len(recorder.ended))
            transaction.step(happened, 0.0)
            row = table.get((state, happened))
            if row is None:
                after = (len(recorder.sent), len(recorder.told), len(recorder.failures), len(recorder.ended))
                assert (transaction.state, after) == (state, before)
            else:
                assert transaction.state is row[0]
                assert len(recorder.ended) == (row[0] is State.TERMINATED)


@pytest.mark.parametrize(("table", "make"), MACHINES)
def test_a_terminated_transaction_leaves_no_timer(table: Table, make: Callable[[Recorder], Transaction]) -> None:
    for way in paths(table, make(Recorder()).initial).values():
        recorder = Recorder()
        transaction = make(recorder)
        for step in way:
            transaction.step(step, 0.0)
        recorder.timers.fire(10_000.0)
        if transaction.state is State.TERMINATED:
            assert recorder.timers.next() is None


class TestTimers:
    """When messages are repeated and transactions end, over UDP and over TCP."""

    @staticmethod
    def run(recorder: Recorder, until: float) -> list[float]:
        times: list[float] = []
        sent = len(recorder.sent)
        while (when := recorder.timers.next()) is not None and when <= until:
            recorder.timers.fire(when)
            if len(recorder.sent) > sent:
                times.append(when)
                sent = len(recorder.sent)
        return times

    def test_a_and_b(self) -> None:
        recorder = Recorder()
        transaction = invite_client(recorder)
        transaction.begin(0.0)
        assert self.run(recorder, 100.0) == [0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
        assert recorder.failures == [408]
        assert transaction.state is State.TERMINATED

    def test_a_stops_at_a_provisional(self) -> None:
        recorder = Recorder()
        transaction = invite_client(recorder)
        transaction.begin(0.0)
        transaction.receive(a_response(180), 0.6)
        assert self.run(recorder, 1000.0) == []
        assert transaction.state is State.PROCEEDING

    def test_d_repeats_the_ack_and_ends(self) -> None:
        recorder = Recorder()
        transaction = invite_client(recorder)
        transaction.begin(0.0)
        transaction.receive(a_response(486), 0.1)
        transaction.receive(a_response(486), 0.6)
        assert [data[:3] for data in recorder.sent] == [b"INV", b"ACK", b"ACK"]
        assert recorder.told == [486]
        recorder.timers.fire(32.0)
        assert transaction.state is State.COMPLETED
        recorder.timers.fire(32.1)
        assert transaction.state is State.TERMINATED

    def test_m_lets_every_2xx_up(self) -> None:
        recorder = Recorder()
        transaction = invite_client(recorder)
        transaction.begin(0.0)
        for at in (0.1, 0.6, 1.6):
            transaction.receive(a_response(200), at)
        assert recorder.told == [200, 200, 200]
        assert len(recorder.sent) == 1, "the ACK of a 2xx is the dialog's"
        recorder.timers.fire(32.1)
        assert transaction.state is State.TERMINATED

    def test_e_f_and_k(self) -> None:
        recorder = Recorder()
        transaction = non_invite_client(recorder)
        transaction.begin(0.0)
        assert self.run(recorder, 0.6) == [0.5]
        transaction.receive(a_response(100, "OPTIONS"), 0.6)
        assert self.run(recorder, 9.0) == [1.5, 5.5]
        transaction.receive(a_response(200, "OPTIONS"), 9.1)
        transaction.receive(a_response(200, "OPTIONS"), 9.2)
        assert recorder.told == [100, 200]
        recorder.timers.fire(14.0)
        assert transaction.state is State.COMPLETED
        recorder.timers.fire(14.2)
        assert transaction.state is State.TERMINATED

    def test_f_ends_a_request_that_only_got_provisional_responses(self) -> None:
        recorder = Recorder()
        transaction = non_invite_client(recorder)
        transaction.begin(0.0)
        transaction.receive(a_response(100, "OPTIONS"), 0.1)
        transaction.receive(a_response(183, "OPTIONS"), 0.2)
        assert recorder.told == [100, 183]
        self.run(recorder, 100.0)
        assert recorder.failures == [408]

    def test_a_lost_connection_ends_a_request_in_any_state_before_the_answer(self) -> None:
        for provisional in (False, True):
            recorder = Recorder()
            transaction = non_invite_client(recorder, "TCP")
            transaction.begin(0.0)
            if provisional:
                transaction.receive(a_response(100, "OPTIONS"), 0.1)
            transaction.step(Input.TRANSPORT_ERROR, 0.2)
            assert recorder.failures == [503]

    def test_a_refusal_after_a_provisional_response_is_final(self) -> None:
        recorder = Recorder()
        transaction = non_invite_client(recorder)
        transaction.begin(0.0)
        transaction.receive(a_response(100, "OPTIONS"), 0.1)
        transaction.receive(a_response(404, "OPTIONS"), 0.2)
        assert recorder.told == [100, 404]
        self.run(recorder, 100.0)
        assert transaction.state is State.TERMINATED
        assert recorder.failures == []

    def test_g_and_h(self) -> None:
        recorder = Recorder()
        transaction = invite_server(recorder)
        transaction.respond(a_response(486), 0.0)
        assert self.run(recorder, 31.9) == [0.5, 1.5, 3.5, 7.5, 11.5, 15.5, 19.5, 23.5, 27.5, 31.5]
        assert transaction.state is State.COMPLETED
        recorder.timers.fire(32.0)
        assert transaction.state is State.TERMINATED

    def test_i_absorbs_acks(self) -> None:
        recorder = Recorder()
        transaction = invite_server(recorder)
        transaction.respond(a_response(486), 0.0)
        transaction.step(Input.ACK, 0.2)
        transaction.step(Input.REQUEST, 0.3)
        assert len(recorder.sent) == 1
        recorder.timers.fire(5.2)
        assert transaction.state is State.TERMINATED

    def test_l_absorbs_invites_after_a_2xx(self) -> None:
        recorder = Recorder()
        transaction = invite_server(recorder)
        transaction.respond(a_response(200), 0.0)
        transaction.step(Input.REQUEST, 1.0)
        assert len(recorder.sent) == 1
        recorder.timers.fire(32.0)
        assert transaction.state is State.TERMINATED

    def test_j_repeats_the_answer(self) -> None:
        recorder = Recorder()
        transaction = non_invite_server(recorder)
        transaction.respond(a_response(200, "OPTIONS"), 0.0)
        transaction.step(Input.REQUEST, 31.0)
        assert len(recorder.sent) == 2
        recorder.timers.fire(32.0)
        assert transaction.state is State.TERMINATED

    def test_over_tcp_d_k_and_j_are_zero(self) -> None:
        recorder = Recorder()
        invite_client(recorder, "TCP").receive(a_response(486), 1.0)
        non_invite_client(recorder, "TCP").receive(a_response(200, "OPTIONS"), 1.0)
        non_invite_server(recorder, "TCP").respond(a_response(200, "OPTIONS"), 1.0)
        recorder.timers.fire(1.0)
        assert len(recorder.ended) == 3

    def test_over_tcp_nothing_is_repeated(self) -> None:
        recorder = Recorder()
        invite_client(recorder, "TCP").begin(0.0)
        non_invite_client(recorder, "TCP").begin(0.0)
        invite_server(recorder, "TCP").respond(a_response(486), 0.0)
        assert self.run(recorder, 1000.0) == []
        assert recorder.failures == [408, 408]

    def test_a_response_after_the_final_one_is_not_sent(self) -> None:
        recorder = Recorder()
        transaction = invite_server(recorder)
        transaction.respond(a_response(486), 0.0)
        transaction.respond(a_response(180), 0.1)
        transaction.step(Input.REQUEST, 0.2)
        assert [data[:11] for data in recorder.sent] == [b"SIP/2.0 486"] * 2


class TestTimerHeap:
    def test_cancelled_timers_do_not_fire_and_do_not_wake(self) -> None:
        heap, fired = TimerHeap(), list[float]()
        first = heap.start(1.0, fired.append)
        heap.start(2.0, fired.append)
        first.cancel()
        assert heap.next() == 2.0
        heap.fire(3.0)
        assert fired == [3.0]
        assert heap.next() is None

    def test_timers_of_one_moment_fire_in_the_order_they_were_started(self) -> None:
        heap, fired = TimerHeap(), list[str]()
        for name in "abc":
            heap.start(1.0, lambda _now, name=name: fired.append(name))
        heap.fire(1.0)
        assert fired == ["a", "b", "c"]
