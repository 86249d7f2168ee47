"""Negotiated payload types in the engine's words."""

from collections.abc import Iterable

from gateway.sdp.crypto import SUITES, AgreedKeys
from gateway.sdp.negotiation import AgreedPayload
from kernel.contracts.engine import Codec, Payload, SrtpKeys

CODECS: dict[str, Codec] = {
    "PCMU": "PCMU",
    "PCMA": "PCMA",
    "G722": "G722",
    "opus": "opus",
    "CN": "CN",
    "telephone-event": "telephone-event",
}


def engine_payloads(agreed: Iterable[AgreedPayload]) -> tuple[Payload, ...]:
    """In the order agreed, the one that we send first."""
    return tuple(
        Payload(
            number=payload.number,
            codec=CODECS[payload.encoding],
            clock_rate=payload.clock_rate,
            fec=payload.fec,
            dtx=payload.dtx,
        )
        for payload in agreed
        if payload.encoding in CODECS
    )


def engine_keys(agreed: AgreedKeys) -> SrtpKeys:
    """Key and salt apart."""
    size, _ = SUITES[agreed.suite]
    return SrtpKeys(
        profile=agreed.suite,
        local_key=agreed.local[:size],
        local_salt=agreed.local[size:],
        remote_key=agreed.remote[:size],
        remote_salt=agreed.remote[size:],
    )
