"""ID tokens: what is believed, and every way in which one may not be right."""

import base64
import hmac
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet, RSAKey

from api.auth.sign_on.claims import LEEWAY, OLDEST, Expected, NotBelieved, UnknownKey, person_of, verified

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
AT = int(NOW.timestamp())
EXPECTED = Expected("https://id.example", "cordboard", "the nonce")
CLAIMS: dict[str, Any] = {
    "iss": "https://id.example",
    "aud": "cordboard",
    "sub": "1234",
    "nonce": "the nonce",
    "iat": AT - 1,
    "exp": AT + 300,
    "email": "dana@example.org",
    "email_verified": True,
    "name": "Dana",
}
RSA = RSAKey.generate_key(2048, {"kid": "one"})
OTHER_RSA = RSAKey.generate_key(2048, {"kid": "one"})
EC = ECKey.generate_key("P-256", {"kid": "two"})
KEYS = KeySet.import_key_set({"keys": [RSA.as_dict(private=False), EC.as_dict(private=False)]})


def signed(key: RSAKey | ECKey = RSA, alg: str = "RS256", kid: str = "one", **changes: Any) -> str:
    claims = {name: value for name, value in (CLAIMS | changes).items() if value is not None}
    return jwt.encode({"alg": alg, "kid": kid}, claims, key, algorithms=[alg])


def part(document: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(msgspec.json.encode(document)).rstrip(b"=").decode()


def believed(token: str) -> dict[str, Any]:
    return verified(token, KEYS, EXPECTED, NOW)


def test_a_right_one_is_believed() -> None:
    assert believed(signed())["sub"] == "1234"
    assert believed(signed(EC, "ES256", "two"))["sub"] == "1234"
    assert believed(signed(aud=["cordboard", "other"], azp="cordboard"))["sub"] == "1234"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://evil.example"},
        {"iss": None},
        {"aud": "another client"},
        {"aud": ["another client"]},
        {"aud": None},
        {"aud": ["cordboard", "other"]},
        {"aud": ["cordboard", "other"], "azp": "other"},
        {"azp": "other"},
        {"exp": AT - LEEWAY - 1},
        {"exp": None},
        {"iat": AT + LEEWAY + 1},
        {"iat": AT - OLDEST - 1},
        {"iat": None},
        {"nbf": AT + LEEWAY + 1},
        {"nonce": "another nonce"},
        {"nonce": None},
        {"nonce": ""},
        {"sub": ""},
        {"sub": None},
        {"sub": 7},
    ],
    ids=str,
)
def test_one_that_is_not_for_us_for_now_or_for_this_log_in_is_not(changes: dict[str, Any]) -> None:
    with pytest.raises(NotBelieved):
        believed(signed(**changes))


class TestSignature:
    def test_by_another_key_of_the_same_name(self) -> None:
        with pytest.raises(NotBelieved):
            believed(signed(OTHER_RSA))

    def test_by_a_key_that_is_not_shown_may_be_a_new_one(self) -> None:
        with pytest.raises(UnknownKey):
            believed(signed(kid="three"))

    def test_none_at_all(self) -> None:
        with pytest.raises(NotBelieved):
            believed(f"{part({'alg': 'none', 'kid': 'one'})}.{part(CLAIMS)}.")

    def test_by_the_public_key_as_if_it_were_a_secret(self) -> None:
        text = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(CLAIMS)}"
        digest = hmac.digest(RSA.as_pem(private=False), text.encode(), "sha256")
        with pytest.raises(NotBelieved):
            believed(f"{text}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}")

    def test_over_other_claims(self) -> None:
        head, _, signature = signed().split(".")
        with pytest.raises(NotBelieved):
            believed(f"{head}.{part(CLAIMS | {'sub': 'somebody else'})}.{signature}")

    @pytest.mark.parametrize("token", ["", "x", "a.b.c", "a.b.c.d.e", "é.é.é", "...."])
    def test_of_what_is_no_token(self, token: str) -> None:
        with pytest.raises(NotBelieved):
            believed(token)


class TestPerson:
    def test_has_the_address_that_the_issuer_has_verified(self) -> None:
        person = person_of(CLAIMS)
        assert (person.subject, person.email, person.name) == ("1234", "dana@example.org", "Dana")
        assert person_of(CLAIMS | {"email_verified": "true"}).email == "dana@example.org"

    @pytest.mark.parametrize("verified", [False, "false", None, 0, "yes"])
    def test_and_no_other(self, verified: object) -> None:
        assert person_of(CLAIMS | {"email_verified": verified}).email is None

    def test_may_have_no_name(self) -> None:
        assert person_of({"sub": "1234"}).name is None
