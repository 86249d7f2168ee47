"""Passwords that we must be able to read again (of trunks): sealed by AES-256-GCM under a key of the server."""

import contextlib
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from kernel.primitives.secret import Secret

KEY_BYTES = 32
NONCE_BYTES = 12  # NIST SP 800-38D 5.2.1.1; random: safe far beyond the number of trunks there can be
VERSION = b"\x01"


class CannotOpen(Exception):
    """The sealed value was made with another key or for something else."""


class SecretBox:
    def __init__(self, key: bytes, *former: bytes) -> None:
        """Keys of 32 bytes, ValueError otherwise; `former` ones, newest first, open what they sealed."""
        for each in (key, *former):
            if len(each) != KEY_BYTES:
                raise ValueError(f"the key has {KEY_BYTES} bytes, not {len(each)}")
        self._cipher = AESGCM(key)
        self._former = tuple(AESGCM(each) for each in former)
        self._digest_key = hmac.digest((key, *former)[-1], b"digest", hashlib.sha256)  # stays when keys are rotated

    def seal(self, secret: Secret, purpose: str) -> bytes:
        """`purpose` (such as "trunk <id>") must be the same when it is opened."""
        nonce = os.urandom(NONCE_BYTES)
        return VERSION + nonce + self._cipher.encrypt(nonce, secret.reveal().encode(), purpose.encode())

    def digest(self, data: bytes, purpose: str) -> bytes:
        """HMAC-SHA256 under a key of the server: equal for equal data, and no help to guess it."""
        return hmac.digest(self._digest_key, purpose.encode() + b"\x00" + data, hashlib.sha256)

    def open(self, sealed: bytes, purpose: str) -> Secret:
        """CannotOpen when it was not sealed by this key for this purpose."""
        version, nonce, text = sealed[:1], sealed[1 : 1 + NONCE_BYTES], sealed[1 + NONCE_BYTES :]
        if version != VERSION:
            raise CannotOpen(f"the secret for {purpose} is of an unknown version")
        for cipher in (self._cipher, *self._former):
            with contextlib.suppress(InvalidTag, ValueError):
                return Secret(cipher.decrypt(nonce, text, purpose.encode()).decode())
        raise CannotOpen(f"cannot open the secret for {purpose}")
