"""What a trunk shows and believes over TLS: read, checked, and when it ends."""

from collections.abc import Sequence
from datetime import datetime

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from kernel.contracts.trunks import TrunkTls
from kernel.primitives.secret import Secret
from tenants.directory.checks import Checks
from tenants.directory.model import Trunk

PEM_LENGTH = 40_000  # a chain of four certificates has some 8,000 characters
KEY_LENGTH = 10_000  # in PEM: RSA with 8,192 bits has some 6,400
CHAIN = 10  # certificates; the chains of public authorities have two or three
AUTHORITIES = 20
PEER_NAMES = 20  # of the machines of one carrier


def check_tls(checks: Checks, trunk: Trunk, key: Secret | None, now: datetime | None) -> None:
    """`key` is that of the certificate; with `now` a certificate that is over, or not yet valid, is wrong too."""
    tls = trunk.options.tls
    if tls is None:
        return
    checks.require(trunk.transport == "tls", "tls", "not_tls", "a trunk whose transport is tls")
    if tls.certificate:
        _check_certificate(checks, tls.certificate, key, now)
    if tls.trusted_ca:
        _check_authorities(checks, tls.trusted_ca)
    checks.require(len(tls.peer_names) <= PEER_NAMES, "tls", "too_many", f"at most {PEER_NAMES} names")
    for name in tls.peer_names:
        checks.host("tls", name)


def expires_at(tls: TrunkTls | None) -> datetime | None:
    """When the first certificate of the chain that we show ends; None: none is shown."""
    chain = _read(tls.certificate) if tls is not None and tls.certificate else ()
    return min((one.not_valid_after_utc for one in chain), default=None)


def _check_certificate(checks: Checks, text: str, key: Secret | None, now: datetime | None) -> None:
    chain = _read(text)
    if not 0 < len(chain) <= CHAIN:
        checks.wrong("tls", "bad_certificate", f"a chain of up to {CHAIN} certificates in PEM, ours first")
        return
    if now is not None:
        _check_dates(checks, chain, now)
    if key is None:
        checks.wrong("tls_key", "missing", "the private key of the certificate, in PEM")
        return
    public = _public_of(key)
    checks.require(public is not None, "tls_key", "bad_key", "a private key in PEM, without a passphrase")
    right = public is None or public == _encoded(chain[0])
    checks.require(right, "tls_key", "other_key", "the key that the first certificate was made for")


def _check_dates(checks: Checks, chain: Sequence[x509.Certificate], now: datetime) -> None:
    for one in chain:
        name, ends, begins = one.subject.rfc4514_string(), one.not_valid_after_utc, one.not_valid_before_utc
        checks.require(now < ends, "tls", "expired", f"a certificate that is valid: {name} ended on {ends:%Y-%m-%d}")
        checks.require(now >= begins, "tls", "not_yet_valid", f"one that is valid: {name} begins on {begins:%Y-%m-%d}")


def _check_authorities(checks: Checks, text: str) -> None:
    found = _read(text)
    right = 0 < len(found) <= AUTHORITIES and all(_may_sign(one) for one in found)
    checks.require(right, "tls", "bad_authority", f"up to {AUTHORITIES} certificates of authorities in PEM")


def _may_sign(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except (x509.ExtensionNotFound, ValueError):
        return False


def _read(text: str) -> Sequence[x509.Certificate]:
    """Empty where it cannot be read."""
    if len(text) > PEM_LENGTH:
        return ()
    try:
        return x509.load_pem_x509_certificates(text.encode())
    except ValueError:
        return ()


def _public_of(key: Secret) -> bytes | None:
    try:
        private = load_pem_private_key(key.reveal()[:KEY_LENGTH].encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _encoded(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None
