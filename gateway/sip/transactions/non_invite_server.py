"""Non-INVITE server transaction (RFC 3261 17.2.2)."""

from typing import ClassVar

from gateway.sip.timers import GIVE_UP
from gateway.sip.transactions.machine import Input, State, Table, Transaction, retransmit, send
from gateway.sip.transactions.server import ServerTransaction


def start_j(transaction: Transaction, now: float) -> None:
    """Answer repeated requests this long."""
    transaction.start(Input.TIMER_J, now, 0.0 if transaction.destination.reliable else GIVE_UP)


NON_INVITE_SERVER: Table = {
    (State.TRYING, Input.REQUEST): (State.TRYING, ()),
    (State.TRYING, Input.SEND_1XX): (State.PROCEEDING, (send,)),
    (State.TRYING, Input.SEND_2XX): (State.COMPLETED, (send, start_j)),
    (State.TRYING, Input.SEND_FINAL): (State.COMPLETED, (send, start_j)),
    (State.PROCEEDING, Input.REQUEST): (State.PROCEEDING, (retransmit,)),
    (State.PROCEEDING, Input.SEND_1XX): (State.PROCEEDING, (send,)),
    (State.PROCEEDING, Input.SEND_2XX): (State.COMPLETED, (send, start_j)),
    (State.PROCEEDING, Input.SEND_FINAL): (State.COMPLETED, (send, start_j)),
    (State.COMPLETED, Input.REQUEST): (State.COMPLETED, (retransmit,)),
    (State.COMPLETED, Input.TIMER_J): (State.TERMINATED, ()),
}


class NonInviteServerTransaction(ServerTransaction):
    """17.2.2."""

    __slots__ = ()

    table: ClassVar[Table] = NON_INVITE_SERVER
    initial: ClassVar[State] = State.TRYING
