"""PASSporT: who a caller is (RFC 8224, 8225, SHAKEN of 8588) and who forwards (RFC 8946), signed; told the time.

Signatures and chains are checked by joserfc and cryptography. The extension TNAuthList of a certificate is not
compared with the number: which authorities are trusted says whose certificates count.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, cast

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from cryptography.x509.verification import ExtensionPolicy, PolicyBuilder, Store, VerificationError
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import ECKey

from kernel.contracts.calls import Attestation
from kernel.primitives.phone import PhoneNumber

ALGORITHM = "ES256"  # the only one of RFC 8225 8.2 and of SHAKEN
FRESH_SECONDS = 60  # RFC 8224 5.2.2 (step 4): older ones may be replayed
MOST_IDENTITIES = 4  # headers looked at: one for the caller, some of diversions
LONGEST = 8192  # of one header; a chain of claims has two thousand
_TYPE, _EXTENSION, _DIVERTED = "passport", "shaken", "div"

# The header's own names (`ppt`, `x5u`) are checked here, not by the library's list.
_registry = jws.JWSRegistry(algorithms=[ALGORITHM], strict_check_header=False)


class Unproved(Exception):
    """Why a signature proves nothing; names no person."""


class Header(msgspec.Struct, frozen=True):
    """Of a PASSporT (RFC 8225 4)."""

    alg: str
    x5u: str
    typ: str = _TYPE
    ppt: str = _EXTENSION


class Caller(msgspec.Struct, frozen=True):
    tn: str


class Called(msgspec.Struct, frozen=True):
    tn: list[str]


class Claims(msgspec.Struct, frozen=True):
    """RFC 8225 5, RFC 8588 4; numbers are digits without a plus, in the order of names (RFC 8225 9)."""

    attest: str
    dest: Called
    iat: int
    orig: Caller
    origid: str


class DivertedClaims(msgspec.Struct, frozen=True):
    """RFC 8946 3: who was called first, in the same order of names."""

    dest: Called
    div: Caller
    iat: int
    orig: Caller


class Identity(msgspec.Struct, frozen=True):
    """One Identity header: a compact JWS, and where the certificate lies that signed it."""

    token: str
    url: str


def read_identity(values: Sequence[str]) -> Identity | None:
    """The first header of SHAKEN; None: nobody signed for the caller. Unproved where it is malformed."""
    for value in values[:MOST_IDENTITIES]:
        token, *parameters = (part.strip() for part in value[:LONGEST].split(";"))
        pairs = (parameter.partition("=") for parameter in parameters)
        told = {name.strip().lower(): text.strip().strip('"') for name, _, text in pairs}
        if told.get("ppt", _EXTENSION) != _EXTENSION:
            continue
        url = told.get("info", "")
        if not (url.startswith("<") and url.endswith(">")) or token.count(".") != 2:
            raise Unproved("malformed Identity")
        return Identity(token, url[1:-1])
    return None


class Trust:
    """The authorities whose certificates count."""

    def __init__(self, pem: bytes) -> None:
        """ValueError where the file holds no certificate."""
        self._store = Store(x509.load_pem_x509_certificates(pem))

    def key(self, pem: bytes, now: datetime) -> ECKey:
        """The public key of the first certificate, whose chain leads to an authority; Unproved."""
        try:
            leaf, *chain = x509.load_pem_x509_certificates(pem)
            verifier = (
                PolicyBuilder()
                .store(self._store)
                .time(now)
                .extension_policies(
                    ca_policy=ExtensionPolicy.webpki_defaults_ca(), ee_policy=ExtensionPolicy.permit_all()
                )
                .build_client_verifier()
            )
            verifier.verify(leaf, chain)
        except (ValueError, VerificationError) as error:
            raise Unproved("untrusted certificate") from error
        public = leaf.public_key()
        if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
            raise Unproved("no key of ES256")
        return ECKey.import_key(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))


def verify(
    identity: Identity, key: ECKey, caller: PhoneNumber | None, called: PhoneNumber, now: datetime
) -> Attestation:
    """How far the signer vouches for `caller`; Unproved where it signed something else, or long ago."""
    try:
        signed = jws.deserialize_compact(identity.token, key, registry=_registry)
        header = msgspec.convert(signed.headers(), Header)
        claims = msgspec.json.decode(signed.payload, type=Claims)
    except (JoseError, msgspec.MsgspecError, ValueError) as error:
        raise Unproved("no valid signature") from error
    if (header.alg, header.typ, header.ppt, header.x5u) != (ALGORITHM, _TYPE, _EXTENSION, identity.url):
        raise Unproved("another kind of token")
    if abs(now.timestamp() - claims.iat) > FRESH_SECONDS:
        raise Unproved("not fresh")
    if caller is None or claims.orig.tn != _digits(caller) or _digits(called) not in claims.dest.tn:
        raise Unproved("signed for another call")
    if claims.attest not in ("A", "B", "C"):
        raise Unproved("unknown attestation")
    return cast(Attestation, claims.attest)


class Signer:
    """Vouches for our callers by `key`, whose certificate lies at `url`."""

    def __init__(self, key: ECKey, url: str) -> None:
        self._key = key
        self._url = url

    def identity(self, attestation: str, caller: PhoneNumber, called: PhoneNumber, now: datetime, origin: str) -> str:
        """Write an Identity header; `origin` is our identifier of the call's source (RFC 8588 5)."""
        claims = Claims(attestation, Called([_digits(called)]), int(now.timestamp()), Caller(_digits(caller)), origin)
        return self._sign(claims, _EXTENSION)

    def diversion(self, diverter: PhoneNumber, caller: PhoneNumber, called: PhoneNumber, now: datetime) -> str:
        """Write an Identity header that says that a call of `caller` for `diverter` goes on to `called` (RFC 8946)."""
        told = Called([_digits(called)]), Caller(_digits(diverter)), int(now.timestamp()), Caller(_digits(caller))
        return self._sign(DivertedClaims(*told), _DIVERTED)

    def _sign(self, claims: Claims | DivertedClaims, extension: str) -> str:
        header: dict[str, Any] = {"alg": ALGORITHM, "ppt": extension, "typ": _TYPE, "x5u": self._url}
        token = jws.serialize_compact(header, msgspec.json.encode(claims), self._key, registry=_registry)
        return f"{token};info=<{self._url}>;alg={ALGORITHM};ppt={extension}"


def read_key(pem: str) -> ECKey:
    """A private key of ES256; ValueError."""
    try:
        key = ECKey.import_key(pem)
    except (JoseError, ValueError) as error:
        raise ValueError("no private key in PEM") from error
    if not key.is_private or key.curve_name != "P-256":
        raise ValueError("no private key of the curve P-256")
    return key


def _digits(number: PhoneNumber) -> str:
    """RFC 8224 8.3: the canonical form."""
    return number.e164.removeprefix("+")
