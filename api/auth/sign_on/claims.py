"""What an identity provider says of a person, believed only after every check of OpenID Connect Core 3.1.3.7. Pure."""

import hmac
from datetime import datetime
from typing import Any

import msgspec
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519")
LEEWAY = 60  # seconds that the clocks of two servers may be apart
OLDEST = 600  # seconds since it was issued: it was asked for just now


class NotBelieved(Exception):
    """The message names the check that failed, for an admin."""


class UnknownKey(NotBelieved):
    """The provider may have new keys."""


class Expected(msgspec.Struct, frozen=True):
    issuer: str
    client_id: str
    nonce: str


class Person(msgspec.Struct, frozen=True):
    """`email` is None when the provider does not say that it has verified it."""

    subject: str
    email: str | None
    name: str | None


def verified(id_token: str, keys: KeySet, expected: Expected, now: datetime) -> dict[str, Any]:
    """The claims of an ID token; NotBelieved, UnknownKey."""
    try:
        token = jwt.decode(id_token, keys, algorithms=list(ALGORITHMS))
    except InvalidKeyIdError as error:
        raise UnknownKey("the ID token is signed by a key that the issuer does not show") from error
    except (JoseError, ValueError) as error:
        raise NotBelieved(f"the signature of the ID token is not right: {error}") from error
    claims = token.claims
    registry = jwt.JWTClaimsRegistry(
        now=int(now.timestamp()),
        leeway=LEEWAY,
        iss={"essential": True, "value": expected.issuer},
        aud={"essential": True, "value": expected.client_id},
        exp={"essential": True},
        iat={"essential": True},
        sub={"essential": True},
    )
    try:
        registry.validate(claims)
    except JoseError as error:
        raise NotBelieved(f"the ID token is not for us, or not for now: {error}") from error
    _check_rest(claims, expected, now)
    return claims


def _check_rest(claims: dict[str, Any], expected: Expected, now: datetime) -> None:
    audiences = claims["aud"] if isinstance(claims["aud"], list) else [claims["aud"]]  # pyright: ignore[reportUnknownVariableType]
    several = len(audiences) > 1  # pyright: ignore[reportUnknownArgumentType]
    if (several or "azp" in claims) and claims.get("azp") != expected.client_id:
        raise NotBelieved("the ID token was made for another client (azp)")
    if not hmac.compare_digest(str(claims.get("nonce", "")).encode(), expected.nonce.encode()):
        raise NotBelieved("the ID token does not answer this log-in (nonce)")
    if claims["iat"] < now.timestamp() - OLDEST:
        raise NotBelieved("the ID token was issued long ago (iat)")
    if not isinstance(claims["sub"], str) or not claims["sub"]:
        raise NotBelieved("the ID token names nobody (sub)")


def person_of(claims: dict[str, Any]) -> Person:
    email, name = claims.get("email"), claims.get("name")
    sure = claims.get("email_verified") in {True, "true"}
    return Person(
        subject=str(claims["sub"]),
        email=email if sure and isinstance(email, str) else None,
        name=name if isinstance(name, str) else None,
    )
