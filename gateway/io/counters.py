"""Figures of the sockets since their start, for metrics."""

import msgspec


class IoCounters(msgspec.Struct):
    """What the core never sees."""

    datagrams_received: int = 0
    connections: int = 0  # open now
    connections_refused: int = 0  # unknown source, or one of the limits
    connections_failed: int = 0  # could not be opened
    connections_dropped: int = 0  # the peer read too slowly or sent what cannot be framed
    send_errors: int = 0  # no socket for the destination, or the system refused
    failed_handlers: int = 0  # an event handler or the resolver raised
    faults: int = 0  # the core raised: a bug, always 0
