"""Tokens of machines: how they look, what is stored of them, and a checksum that tells a slip from a wrong key."""

import hashlib
import secrets
import string
import zlib

from kernel.primitives.secret import Secret

KEY_PREFIX = "cb_live_"  # scanners of source code find leaked keys by it
CLIENT_SECRET_PREFIX = "cb_secret_"  # noqa: S105 (a prefix)
ACCESS_PREFIX = "cb_access_"
BODY = 32  # base 62: 190 bits, beyond guessing, so that a plain hash is enough
CHECK = 6  # a CRC-32 in base 62
HINT = len(KEY_PREFIX) + 4  # shown to tell keys apart; tells nothing about the rest

_ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase


def _check(body: str) -> str:
    value, digits = zlib.crc32(body.encode()), ""
    for _ in range(CHECK):
        value, digit = divmod(value, len(_ALPHABET))
        digits = _ALPHABET[digit] + digits
    return digits


def new_token(prefix: str) -> Secret:
    body = "".join(secrets.choice(_ALPHABET) for _ in range(BODY))
    return Secret(f"{prefix}{body}{_check(body)}")


def is_whole(token: str, prefix: str) -> bool:
    """Whether it can be one of ours: costs no look into the database."""
    body, check = token[len(prefix) : -CHECK], token[-CHECK:]
    return token.startswith(prefix) and len(body) == BODY and token.isascii() and _check(body) == check


def token_hash(token: str) -> bytes:
    """SHA-256: what is drawn by chance needs no slow hash."""
    return hashlib.sha256(token.encode()).digest()
