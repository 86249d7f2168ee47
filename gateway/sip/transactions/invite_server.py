"""INVITE server transaction (RFC 3261 17.2.1, RFC 6026 7.1)."""

from typing import ClassVar

from gateway.sip.timers import GIVE_UP, T1, T2, T4
from gateway.sip.transactions.machine import Input, State, Table, Transaction, retransmit, send
from gateway.sip.transactions.server import ServerTransaction


def start_g(transaction: Transaction, now: float) -> None:
    """Repeat the final response until the ACK, unless the transport does it."""
    if not transaction.destination.reliable:
        transaction.interval = T1
        transaction.start(Input.TIMER_G, now, T1)


def double_g(transaction: Transaction, now: float) -> None:
    """Timer G doubles up to T2."""
    transaction.interval = min(transaction.interval * 2, T2)
    transaction.start(Input.TIMER_G, now, transaction.interval)


def start_h(transaction: Transaction, now: float) -> None:
    """Wait for the ACK this long."""
    transaction.start(Input.TIMER_H, now, GIVE_UP)


def start_i(transaction: Transaction, now: float) -> None:
    """Absorb repeated ACKs."""
    transaction.start(Input.TIMER_I, now, 0.0 if transaction.destination.reliable else T4)


def start_l(transaction: Transaction, now: float) -> None:
    """Absorb repeated INVITEs after a 2xx, which the dialog repeats."""
    transaction.start(Input.TIMER_L, now, GIVE_UP)


# An ACK in Accepted belongs to the dialog: the layer hands every ACK up that is not taken by Completed or Confirmed.
INVITE_SERVER: Table = {
    (State.PROCEEDING, Input.REQUEST): (State.PROCEEDING, (retransmit,)),
    (State.PROCEEDING, Input.SEND_1XX): (State.PROCEEDING, (send,)),
    (State.PROCEEDING, Input.SEND_2XX): (State.ACCEPTED, (send, start_l)),
    (State.PROCEEDING, Input.SEND_FINAL): (State.COMPLETED, (send, start_g, start_h)),
    (State.ACCEPTED, Input.REQUEST): (State.ACCEPTED, ()),
    (State.ACCEPTED, Input.SEND_2XX): (State.ACCEPTED, (send,)),
    (State.ACCEPTED, Input.TIMER_L): (State.TERMINATED, ()),
    (State.COMPLETED, Input.REQUEST): (State.COMPLETED, (retransmit,)),
    (State.COMPLETED, Input.TIMER_G): (State.COMPLETED, (retransmit, double_g)),
    (State.COMPLETED, Input.TIMER_H): (State.TERMINATED, ()),
    (State.COMPLETED, Input.ACK): (State.CONFIRMED, (start_i,)),
    (State.CONFIRMED, Input.ACK): (State.CONFIRMED, ()),
    (State.CONFIRMED, Input.TIMER_I): (State.TERMINATED, ()),
}


class InviteServerTransaction(ServerTransaction):
    """17.2.1; the user sends 100 at once, so there is no state before Proceeding."""

    __slots__ = ()

    table: ClassVar[Table] = INVITE_SERVER
    initial: ClassVar[State] = State.PROCEEDING
