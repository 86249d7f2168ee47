"""What queueing theory says of a queue whose callers lose patience: Erlang A, M/M/s+M."""

from typing import NamedTuple


class ErlangA(NamedTuple):
    """Of all callers, answered or not; seconds."""

    abandon_rate: float
    mean_wait: float


def erlang_a(rate: float, agents: int, handle: float, patience: float) -> ErlangA:
    """`rate` callers a second, mean seconds of handling and of patience.

    The stationary distribution of the birth-death process of Palm (1957); see Mandelbaum and Zeltyn, "Service
    Engineering in Action: The Palm/Erlang-A Queue" (2007). Leaving by impatience is α E[Q] a second.
    """
    weight = total = 1.0
    waiting = 0.0
    present = 0
    while weight > total * 1e-12 or present <= agents:
        present += 1
        queue = max(0, present - agents)
        weight *= rate / (min(present, agents) / handle + queue / patience)
        total += weight
        waiting += queue * weight
    mean_queue = waiting / total
    return ErlangA(mean_queue / patience / rate, mean_queue / rate)
