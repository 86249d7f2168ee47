"""Figures of one endpoint since its start, for metrics."""

import msgspec


class SipCounters(msgspec.Struct):
    """Every message is counted once under `received` and, where it goes no further, under its reason."""

    received: int = 0
    sent: int = 0
    unknown_source: int = 0
    malformed: int = 0  # could not be framed or parsed, so nothing could be answered
    rejected: int = 0  # parsed, but answered 4xx or 5xx by validation
    oversized: int = 0
    screened: int = 0  # dropped at the gate: strangers
    challenged: int = 0  # answered at the gate, without any state
    refused_early: int = 0  # 503 by overload, not even parsed
    keep_alives: int = 0
    failed_over: int = 0  # requests sent to another place than the first
    switched_to_tcp: int = 0  # requests too large for a datagram
    retransmissions_received: int = 0
    retransmissions_sent: int = 0
    stray_responses: int = 0
    stray_acks: int = 0
    transactions: int = 0  # live now
    sessions: int = 0  # live now
