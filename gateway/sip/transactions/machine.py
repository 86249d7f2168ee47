"""What the four transaction machines share: states, inputs, and the one place that changes a state (RFC 3261 17)."""

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import ClassVar, Protocol

from gateway.sip.flow import Destination
from gateway.sip.message import Request, Response
from gateway.sip.timers import Timer, TimerHeap
from gateway.sip.transactions.key import TransactionId


class State(StrEnum):
    """The states of figures 5 to 8 and of RFC 6026 7."""

    CALLING = "calling"
    LEFT = "left"  # nobody waits for it any more, and what comes late is taken care of
    TRYING = "trying"
    PROCEEDING = "proceeding"
    ACCEPTED = "accepted"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    TERMINATED = "terminated"


class Input(StrEnum):
    """What happens to a transaction: a message of the peer, a message of ours, a timer or a failing transport."""

    REQUEST = "request"
    ACK = "ack"
    RECEIVE_1XX = "receive 1xx"
    RECEIVE_2XX = "receive 2xx"
    RECEIVE_FINAL = "receive 300-699"
    SEND_1XX = "send 1xx"
    SEND_2XX = "send 2xx"
    SEND_FINAL = "send 300-699"
    TIMER_A = "timer A"
    TIMER_B = "timer B"
    TIMER_D = "timer D"
    TIMER_E = "timer E"
    TIMER_F = "timer F"
    TIMER_G = "timer G"
    TIMER_H = "timer H"
    TIMER_I = "timer I"
    TIMER_J = "timer J"
    TIMER_K = "timer K"
    TIMER_L = "timer L"
    TIMER_M = "timer M"
    TRANSPORT_ERROR = "transport error"
    GIVE_UP = "give up"
    LEAVE = "leave"


class Host(Protocol):
    """What a transaction needs from the layer that holds it."""

    @property
    def timers(self) -> TimerHeap:
        """Where its timers wait."""
        ...

    def transmit(self, destination: Destination, data: bytes) -> None:
        """Queue a message."""
        ...

    def count_retransmission(self) -> None:
        """Note that a message went out again."""
        ...

    def terminated(self, transaction: "Transaction") -> None:
        """Forget a transaction that reached its end."""
        ...


Step = Callable[["Transaction", float], None]
Table = Mapping[tuple[State, Input], tuple[State, tuple[Step, ...]]]


class Transaction:
    """One exchange. A pair of state and input that the table lacks changes nothing: it is late, repeated or absurd."""

    __slots__ = ("_timers", "destination", "host", "id", "interval", "request", "sent", "state")

    table: ClassVar[Table]
    initial: ClassVar[State]

    def __init__(self, host: Host, identity: TransactionId, request: Request, destination: Destination) -> None:
        self.host = host
        self.id = identity
        self.request = request
        self.destination = destination
        self.state = self.initial
        self.sent = b""  # the message to repeat
        self.interval = 0.0  # seconds until it is repeated next
        self._timers: list[Timer] = []

    def step(self, happened: Input, now: float) -> None:
        """Take one row of the table."""
        row = self.table.get((self.state, happened))
        if row is None:
            return
        self.state, steps = row
        for do in steps:
            do(self, now)
        if self.state is State.TERMINATED:
            for timer in self._timers:
                timer.cancel()
            self._timers.clear()
            self.host.terminated(self)

    def start(self, timer: Input, now: float, delay: float) -> None:
        """Let `timer` happen in `delay` seconds."""
        self._timers.append(self.host.timers.start(now + delay, partial(self.step, timer)))

    def send(self) -> None:
        """Queue `sent`."""
        self.host.transmit(self.destination, self.sent)


class ClientUser(Protocol):
    """Who sent a request and waits for what comes of it."""

    def responded(self, transaction: Transaction, response: Response, now: float, /) -> None:
        """Take a response that is not a repetition."""
        ...

    def failed(self, transaction: Transaction, status: int, now: float, /) -> None:
        """Take the news that no final response will come: 408 or 503 (8.1.3.1)."""
        ...


def retransmit(transaction: Transaction, _now: float) -> None:
    """Send the last message again, if there is one."""
    if transaction.sent:
        transaction.host.count_retransmission()
        transaction.send()


def send(transaction: Transaction, _now: float) -> None:
    """Send the message that was just put into `sent`."""
    transaction.send()
