"""STUN binding requests that hold a NAT's binding open: those of phones, and ours (RFC 5626 4.4.2, RFC 8489)."""

import struct

from aioice import stun

from gateway.sip.flow import HostPort

BINDING_REQUEST = b"\x00\x01"
TRANSACTION_BYTES = 12
MAGIC_COOKIE = b"\x21\x12\xa4\x42"  # RFC 8489 5
HEADER_BYTES = 20
MAX_BYTES = 548  # RFC 8489 6.1


def is_stun(data: bytes) -> bool:
    """Whether a datagram is STUN and not SIP: the first two bits are zero, and the cookie is in its place."""
    return len(data) >= HEADER_BYTES and data[0] < 0x40 and data[4:8] == MAGIC_COOKIE


def is_response(data: bytes) -> bool:
    """Whether a STUN message is somebody's answer, or an error, to a binding request."""
    return data[:2] in (b"\x01\x01", b"\x01\x11")


def binding_answer(data: bytes, remote: HostPort) -> bytes | None:
    """Tell the sender of a binding request where it came from; None: it is no such request.

    Its attributes are not read: a keep-alive has none that matter. The answer is 32 or 44 bytes for at least 20.
    """
    length = int.from_bytes(data[2:4], "big")
    if data[:2] != BINDING_REQUEST or len(data) > MAX_BYTES or len(data) != HEADER_BYTES + length:
        return None
    answer = stun.Message(
        message_method=stun.Method.BINDING,
        message_class=stun.Class.RESPONSE,
        transaction_id=data[8:HEADER_BYTES],
        attributes={"XOR-MAPPED-ADDRESS": (remote.host.partition("%")[0], remote.port)},
    )
    return bytes(answer)


def transaction_of(data: bytes) -> bytes:
    """Which request a message belongs to."""
    return data[8:HEADER_BYTES]


def binding_request(transaction: bytes) -> bytes:
    """Ask where we come from; no attributes, as RFC 5626 8 wants it."""
    asked = stun.Message(
        message_method=stun.Method.BINDING, message_class=stun.Class.REQUEST, transaction_id=transaction
    )
    return bytes(asked)


def mapped_address(data: bytes) -> HostPort | None:
    """Read where the peer saw us; None: it is no answer that says so."""
    if len(data) > MAX_BYTES:
        return None
    try:
        message = stun.parse_message(data)
    except (ValueError, struct.error, IndexError):
        return None
    if message.message_class is not stun.Class.RESPONSE or "XOR-MAPPED-ADDRESS" not in message.attributes:
        return None
    host, port = message.attributes["XOR-MAPPED-ADDRESS"]
    return HostPort(host, port)
