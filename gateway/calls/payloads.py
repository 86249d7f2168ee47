"""Negotiated payload types in the engine's words."""

from collections.abc import Iterable

from gateway.sdp.negotiation import AgreedPayload
from kernel.contracts.engine import Codec, Payload

CODECS: dict[str, Codec] = {"PCMU": "PCMU", "PCMA": "PCMA", "telephone-event": "telephone-event"}


def engine_payloads(agreed: Iterable[AgreedPayload]) -> tuple[Payload, ...]:
    """In the order agreed, the one that we send first."""
    return tuple(
        Payload(number=payload.number, codec=CODECS[payload.encoding], clock_rate=payload.clock_rate)
        for payload in agreed
        if payload.encoding in CODECS
    )
