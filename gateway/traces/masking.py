"""Taking secrets out of a captured message without changing its length."""

import re

# Keys of SDES (RFC 4568), answers to challenges (RFC 7616), and the nonces that they were made with.
_KEY = re.compile(rb"(inline:)([A-Za-z0-9+/=]++)")
_DIGEST = re.compile(rb"(\b(?:response|cnonce|nonce|nextnonce|rspauth)[ \t]*+=[ \t]*+\"?+)([^\",;\s]++)", re.IGNORECASE)
_BEARER = re.compile(rb"(\r\n(?:proxy-)?authorization[ \t]*+:[ \t]*+(?:bearer|basic)[ \t]++)([^\r\n]++)", re.IGNORECASE)


def masked(data: bytes) -> bytes:
    """The message with every secret written over by as many `x`."""
    for pattern in (_KEY, _DIGEST, _BEARER):
        data = pattern.sub(lambda found: found[1] + b"x" * len(found[2]), data)
    return data
