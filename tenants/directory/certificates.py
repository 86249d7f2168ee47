"""What trunks and telephone domains show and believe over TLS: read, checked, and when it ends."""

from collections.abc import Sequence
from datetime import datetime
from itertools import pairwise

import msgspec
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from kernel.primitives.certificates import is_issued_by, names_in
from kernel.primitives.secret import Secret
from tenants.directory.checks import Checks
from tenants.directory.model import Trunk

PEM_LENGTH = 40_000  # a chain of four certificates has some 8,000 characters
KEY_LENGTH = 10_000  # in PEM: RSA with 8,192 bits has some 6,400
CHAIN = 10  # certificates; the chains of public authorities have two or three
AUTHORITIES = 20
PEER_NAMES = 20  # of the machines of one carrier


class Papers(msgspec.Struct, frozen=True):
    """A chain in PEM, ours first, with its key, and the fields of the request that name them."""

    chain: str
    key: Secret | None
    chain_field: str = "certificate"
    key_field: str = "key"


class CertificateFacts(msgspec.Struct, frozen=True):
    """What people want to know of a chain: whose it is, who signed it, and when it holds."""

    names: tuple[str, ...]
    issuer: str
    valid_from: datetime
    expires_at: datetime


def check_tls(checks: Checks, trunk: Trunk, key: Secret | None, now: datetime | None) -> None:
    """`key` is that of the certificate; with `now` a certificate that is over, or not yet valid, is wrong too."""
    tls = trunk.options.tls
    if tls is None:
        return
    checks.require(trunk.transport == "tls", "tls", "not_tls", "a trunk whose transport is tls")
    if tls.certificate:
        check_chain(checks, Papers(tls.certificate, key, "tls", "tls_key"), now)
    _check_authorities(checks, tls.trusted_ca, "bad_authority")
    _check_authorities(checks, tls.client_ca, "bad_client_authority")
    checks.require(len(tls.peer_names) <= PEER_NAMES, "tls", "too_many", f"at most {PEER_NAMES} names")
    named = bool(tls.peer_names) or not tls.client_ca
    checks.require(named, "tls", "no_names", "`peer_names`: which certificates of `client_ca` are the peer's")
    for name in tls.peer_names:
        checks.host("tls", name)


def expires_at(chain: str) -> datetime | None:
    """When the first certificate of a chain ends; None: there is none."""
    return min((one.not_valid_after_utc for one in _read(chain)), default=None) if chain else None


def facts_of(chain: str) -> CertificateFacts | None:
    """None where there is none, or it cannot be read."""
    found, ends = _read(chain), expires_at(chain)
    if not found or ends is None:
        return None
    own = found[0]
    return CertificateFacts(names_of(chain), own.issuer.rfc4514_string(), own.not_valid_before_utc, ends)


def names_of(chain: str) -> tuple[str, ...]:
    """What our certificate, the first of a chain, bears, in lower case; none where it cannot be read."""
    try:
        return tuple(names_in(_read(chain)[0]))
    except (IndexError, ValueError):
        return ()


def plain(chain: str) -> str:
    """A chain without what people and programs write between its certificates."""
    return "".join(one.public_bytes(Encoding.PEM).decode() for one in _read(chain))


def check_chain(checks: Checks, papers: Papers, now: datetime | None) -> None:
    """With `now` a certificate that is over, or not yet valid, is wrong too."""
    chain, field = _read(papers.chain), papers.chain_field
    if not 0 < len(chain) <= CHAIN:
        checks.wrong(field, "bad_certificate", f"a chain of up to {CHAIN} certificates in PEM, ours first")
        return
    if now is not None:
        _check_dates(checks, field, chain, now)
    for one, issuer in pairwise(chain):
        told = f"each signed by the next: {one.subject.rfc4514_string()} is not by {issuer.subject.rfc4514_string()}"
        checks.require(is_issued_by(one, issuer), field, "broken_chain", told)
    if papers.key is None:
        checks.wrong(papers.key_field, "missing", "the private key of the certificate, in PEM")
        return
    try:
        public = _public_of(papers.key)
    except TypeError:  # as cryptography says that it wants one
        told = "a private key without a passphrase; `openssl pkey -in key.pem -out plain.pem` takes it off"
        checks.wrong(papers.key_field, "encrypted_key", told)
        return
    checks.require(public is not None, papers.key_field, "bad_key", "a private key in PEM")
    right = public is None or public == _encoded(chain[0])
    checks.require(right, papers.key_field, "other_key", "the key that the first certificate was made for")


def _check_dates(checks: Checks, field: str, chain: Sequence[x509.Certificate], now: datetime) -> None:
    for one in chain:
        name, ends, begins = one.subject.rfc4514_string(), one.not_valid_after_utc, one.not_valid_before_utc
        checks.require(now < ends, field, "expired", f"a certificate that is valid: {name} ended on {ends:%Y-%m-%d}")
        checks.require(now >= begins, field, "not_yet_valid", f"one that is valid: {name} begins on {begins:%Y-%m-%d}")


def _check_authorities(checks: Checks, text: str, code: str) -> None:
    found = _read(text)
    right = not text or (0 < len(found) <= AUTHORITIES and all(_may_sign(one) for one in found))
    checks.require(right, "tls", code, f"up to {AUTHORITIES} certificates of authorities in PEM")


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
    """None where it cannot be read; TypeError where it is encrypted."""
    try:
        private = load_pem_private_key(key.reveal()[:KEY_LENGTH].encode(), None)
    except (ValueError, UnsupportedAlgorithm):
        return None
    return private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)


def _encoded(certificate: x509.Certificate) -> bytes | None:
    try:
        return certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    except (ValueError, UnsupportedAlgorithm):
        return None
