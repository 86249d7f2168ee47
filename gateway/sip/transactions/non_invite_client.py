"""Non-INVITE client transaction (RFC 3261 17.1.2)."""

from typing import ClassVar

from gateway.sip.timers import T2, T4
from gateway.sip.transactions.client import ClientTransaction, pass_up, time_out, transport_failed
from gateway.sip.transactions.machine import Input, State, Table, Transaction, retransmit


def double_e(transaction: Transaction, now: float) -> None:
    """Timer E doubles up to T2."""
    transaction.interval = min(transaction.interval * 2, T2)
    transaction.start(Input.TIMER_E, now, transaction.interval)


def slow_e(transaction: Transaction, now: float) -> None:
    """After a provisional response the request is repeated every T2."""
    transaction.interval = T2
    transaction.start(Input.TIMER_E, now, T2)


def start_k(transaction: Transaction, now: float) -> None:
    """Absorb repeated final responses."""
    transaction.start(Input.TIMER_K, now, 0.0 if transaction.destination.reliable else T4)


NON_INVITE_CLIENT: Table = {
    (State.TRYING, Input.TIMER_E): (State.TRYING, (retransmit, double_e)),
    (State.TRYING, Input.TIMER_F): (State.TERMINATED, (time_out,)),
    (State.TRYING, Input.TRANSPORT_ERROR): (State.TERMINATED, (transport_failed,)),
    (State.TRYING, Input.RECEIVE_1XX): (State.PROCEEDING, (pass_up,)),
    (State.TRYING, Input.RECEIVE_2XX): (State.COMPLETED, (start_k, pass_up)),
    (State.TRYING, Input.RECEIVE_FINAL): (State.COMPLETED, (start_k, pass_up)),
    (State.PROCEEDING, Input.TIMER_E): (State.PROCEEDING, (retransmit, slow_e)),
    (State.PROCEEDING, Input.TIMER_F): (State.TERMINATED, (time_out,)),
    (State.PROCEEDING, Input.TRANSPORT_ERROR): (State.TERMINATED, (transport_failed,)),
    (State.PROCEEDING, Input.RECEIVE_1XX): (State.PROCEEDING, (pass_up,)),
    (State.PROCEEDING, Input.RECEIVE_2XX): (State.COMPLETED, (start_k, pass_up)),
    (State.PROCEEDING, Input.RECEIVE_FINAL): (State.COMPLETED, (start_k, pass_up)),
    (State.COMPLETED, Input.TIMER_K): (State.TERMINATED, ()),
}


class NonInviteClientTransaction(ClientTransaction):
    """17.1.2."""

    __slots__ = ()

    table: ClassVar[Table] = NON_INVITE_CLIENT
    initial: ClassVar[State] = State.TRYING

    def begin(self, now: float) -> None:
        """Send the request and start timers E (unreliable only) and F."""
        self._begin(now, Input.TIMER_E, Input.TIMER_F)
