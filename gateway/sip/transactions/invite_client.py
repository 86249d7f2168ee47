"""INVITE client transaction (RFC 3261 17.1.1, RFC 6026 7.2)."""

from typing import ClassVar

from gateway.sip.timers import GIVE_UP, TIMER_D
from gateway.sip.transactions.client import ClientTransaction, pass_up, send_ack, time_out, transport_failed
from gateway.sip.transactions.machine import Input, State, Table, Transaction, retransmit


def double_a(transaction: Transaction, now: float) -> None:
    """Timer A doubles without a ceiling: only timer B ends it."""
    transaction.interval *= 2
    transaction.start(Input.TIMER_A, now, transaction.interval)


def start_d(transaction: Transaction, now: float) -> None:
    """Stay for repeated final responses; none are repeated on a reliable transport."""
    transaction.start(Input.TIMER_D, now, 0.0 if transaction.destination.reliable else TIMER_D)


def start_m(transaction: Transaction, now: float) -> None:
    """Stay for 2xx responses of other branches and their repetitions."""
    transaction.start(Input.TIMER_M, now, GIVE_UP)


INVITE_CLIENT: Table = {
    (State.CALLING, Input.TIMER_A): (State.CALLING, (retransmit, double_a)),
    (State.CALLING, Input.TIMER_B): (State.TERMINATED, (time_out,)),
    (State.CALLING, Input.TRANSPORT_ERROR): (State.TERMINATED, (transport_failed,)),
    (State.CALLING, Input.RECEIVE_1XX): (State.PROCEEDING, (pass_up,)),
    (State.CALLING, Input.RECEIVE_2XX): (State.ACCEPTED, (start_m, pass_up)),
    (State.CALLING, Input.RECEIVE_FINAL): (State.COMPLETED, (send_ack, start_d, pass_up)),
    (State.CALLING, Input.GIVE_UP): (State.TERMINATED, ()),
    (State.CALLING, Input.LEAVE): (State.LEFT, ()),  # silent, and sent to another place (RFC 3263 4.3)
    (State.LEFT, Input.TIMER_B): (State.TERMINATED, ()),
    (State.LEFT, Input.TRANSPORT_ERROR): (State.TERMINATED, ()),
    (State.LEFT, Input.RECEIVE_1XX): (State.PROCEEDING, (pass_up,)),
    (State.LEFT, Input.RECEIVE_2XX): (State.ACCEPTED, (start_m, pass_up)),
    (State.LEFT, Input.RECEIVE_FINAL): (State.COMPLETED, (send_ack, start_d, pass_up)),
    (State.PROCEEDING, Input.RECEIVE_1XX): (State.PROCEEDING, (pass_up,)),
    (State.PROCEEDING, Input.RECEIVE_2XX): (State.ACCEPTED, (start_m, pass_up)),
    (State.PROCEEDING, Input.RECEIVE_FINAL): (State.COMPLETED, (send_ack, start_d, pass_up)),
    (State.PROCEEDING, Input.GIVE_UP): (State.TERMINATED, ()),  # CANCEL without effect for 64*T1 (9.1)
    (State.COMPLETED, Input.RECEIVE_FINAL): (State.COMPLETED, (send_ack,)),
    (State.COMPLETED, Input.TRANSPORT_ERROR): (State.TERMINATED, ()),
    (State.COMPLETED, Input.TIMER_D): (State.TERMINATED, ()),
    (State.ACCEPTED, Input.RECEIVE_2XX): (State.ACCEPTED, (pass_up,)),
    (State.ACCEPTED, Input.TIMER_M): (State.TERMINATED, ()),
}


class InviteClientTransaction(ClientTransaction):
    """17.1.1."""

    __slots__ = ()

    table: ClassVar[Table] = INVITE_CLIENT
    initial: ClassVar[State] = State.CALLING

    def begin(self, now: float) -> None:
        """Send the INVITE and start timers A (unreliable only) and B."""
        self._begin(now, Input.TIMER_A, Input.TIMER_B)
