"""Figures of the sockets since their start, for metrics."""

import msgspec


class IoCounters(msgspec.Struct):
    """What the core never sees. Every refusal has a counter of its own."""

    datagrams_received: int = 0
    stun_answered: int = 0
    connections: int = 0  # open now
    connections_half_open: int = 0  # of them, in the handshake of TLS or WebSocket
    connections_refused: int = 0  # unknown source, banned, or one of the limits
    connections_failed: int = 0  # could not be opened
    connections_dropped: int = 0  # the peer read too slowly or sent what cannot be framed
    connections_mute: int = 0  # opened, and nothing was said
    connections_stalled: int = 0  # the rest of a message never came
    connections_dead: int = 0  # a keep-alive was not answered
    connections_idle: int = 0
    handshakes_failed: int = 0  # of TLS or WebSocket: refused, broken or too slow
    keep_alives_sent: int = 0
    aliases_taken: int = 0  # RFC 5923
    aliases_refused: int = 0
    banned: int = 0  # messages and connections of banned sources
    bans: int = 0  # sources that were banned
    rate_limited: int = 0  # messages above the rate of their source
    send_errors: int = 0  # no socket for the destination, or the system refused
    failed_handlers: int = 0  # an event handler or the resolver raised
    faults: int = 0  # the core raised: a bug, always 0
