"""The hashes of digest authentication, the same on both sides (RFC 7616 3.4, RFC 8760)."""

import hashlib
from typing import Literal

Algorithm = Literal["MD5", "SHA-256", "SHA-512-256"]

SESSION_SUFFIX = "-sess"  # RFC 7616 3.4.2: HA1 is bound to the nonce and the client's own nonce

_OPENSSL_NAMES: dict[str, str] = {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}


def hash_bytes(algorithm: str, data: bytes) -> str:
    """Hash `data` to lower-case hexadecimal digits; unknown algorithms are a KeyError."""
    return hashlib.new(_OPENSSL_NAMES[algorithm], data, usedforsecurity=False).hexdigest()


def hash_text(algorithm: str, text: str) -> str:
    """Hash text byte for byte as it came off the wire."""
    return hash_bytes(algorithm, text.encode("utf-8", "surrogateescape"))


def digest_response(algorithm: str, ha1: str, method: str, fields: dict[str, str], body: bytes = b"") -> str:
    """Compute `response` from the fields uri, nonce and, with qop, nc, cnonce, qop (RFC 7616 3.4.1).

    `body` counts where qop is auth-int (RFC 7616 3.4.3).
    """
    a2 = f"{method}:{fields['uri']}"
    if fields.get("qop") == "auth-int":
        a2 += f":{hash_bytes(algorithm, body)}"
    ha2 = hash_text(algorithm, a2)
    if "qop" in fields:
        middle = f"{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
    else:
        middle = fields["nonce"]
    return hash_text(algorithm, f"{ha1}:{middle}:{ha2}")


def hash_password(algorithm: Algorithm, username: str, realm: str, password: str) -> str:
    """Compute HA1, which may be stored in place of the password."""
    return hash_text(algorithm, f"{username}:{realm}:{password}")


def session_ha1(algorithm: Algorithm, ha1: str, nonce: str, cnonce: str) -> str:
    """Compute HA1 of the -sess variants (RFC 7616 3.4.2)."""
    return hash_text(algorithm, f"{ha1}:{nonce}:{cnonce}")
