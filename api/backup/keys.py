"""The server's keys in a backup: sealed with a passphrase, or plain where somebody asked for that."""

import base64
import os
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from api.backup.errors import BadBackup, WrongPassphrase
from kernel.primitives.secret import Secret

COST, BLOCK, LANES = 1 << 17, 8, 1  # 128 MB and a third of a second for each guess (RFC 7914; OWASP's choice)
SALT_BYTES = 16
NONCE_BYTES = 12
PURPOSE = b"cordboard backup keys 1"


def sealed_keys(keys: bytes, passphrase: Secret | None) -> dict[str, Any]:
    """None: as they are."""
    if passphrase is None:
        return {"plain": _text(keys)}
    salt, nonce = os.urandom(SALT_BYTES), os.urandom(NONCE_BYTES)
    cipher = AESGCM(_key(passphrase, salt, COST))
    return {
        "kdf": "scrypt",
        "cost": COST,
        "salt": _text(salt),
        "nonce": _text(nonce),
        "sealed": _text(cipher.encrypt(nonce, keys, PURPOSE)),
    }


def opened_keys(stored: dict[str, Any], passphrase: Secret | None) -> bytes:
    """WrongPassphrase, also when one is needed and none was given."""
    try:
        if "plain" in stored:
            return base64.b64decode(stored["plain"])
        salt, nonce, text = (base64.b64decode(stored[name]) for name in ("salt", "nonce", "sealed"))
        cost = int(stored["cost"])
    except (KeyError, ValueError) as error:
        raise BadBackup("Its keys cannot be read.") from error
    if passphrase is None:
        raise WrongPassphrase("Give the passphrase with which the backup was made.")
    try:
        return AESGCM(_key(passphrase, salt, cost)).decrypt(nonce, text, PURPOSE)
    except InvalidTag as error:
        raise WrongPassphrase("Give the passphrase with which the backup was made.") from error


def _key(passphrase: Secret, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=BLOCK, p=LANES).derive(passphrase.reveal().encode())


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
