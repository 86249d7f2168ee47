"""Calls out that we vouch for: how far, for which number, and when not at all."""

import base64
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
from carriers import LONDON, NOW, ONE, OWN, book_of, make_trunk
from joserfc import jws
from signing_keys import KEY, LEAF, OPEN, PEM, PKCS8, URL

from gateway.sip.calls import HeaderLines
from gateway.trunks.carried import NOTHING, Carried, Redirected
from gateway.trunks.passport import read_identity, verify
from kernel.contracts.trunks import CallerRules, Signing
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret

STRANGER, BOUGHT = PhoneNumber("+493012345678"), PhoneNumber("+442079460099")
SIGNING = Signing(certificate_url=URL)
POLICE = PhoneNumber.parse("999", "GB")
ADDED = ("Identity", "Date")
CARRIERS_WORD = Carried(identity=("a.b.c;info=<https://x>",))


async def signed(
    caller: PhoneNumber | None, called: PhoneNumber = LONDON, carried: Carried = NOTHING, **more: Any
) -> dict[str, str]:
    """The signature and its moment."""
    return {name: text for name, text in await all_signed(caller, called, carried, **more) if name in ADDED}


async def all_signed(
    caller: PhoneNumber | None, called: PhoneNumber = LONDON, carried: Carried = NOTHING, **more: Any
) -> HeaderLines:
    """Headers of the INVITE as it leaves; `more`: fields of the trunk and rules of its caller."""
    told: dict[str, Any] = {name: more.pop(name) for name in CallerRules.__struct_fields__ if name in more}
    told.setdefault("own_only", False)
    rules = CallerRules(**told)
    key = Secret(LEAF.private_bytes(PEM, PKCS8, OPEN).decode())
    trunk = make_trunk(ONE, 7, **({"caller": rules, "signing": SIGNING, "signing_key": key, "region": "GB"} | more))
    book = await book_of(trunk)
    (attempt,) = book.attempts(ONE, called, caller, carried=carried)
    return attempt.invite(b"", "identity", book.signed(attempt)).headers


def claims(identity: str) -> dict[str, Any]:
    body = identity.split(".")[1]
    return json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))


@pytest.mark.parametrize(
    ("caller", "fixed", "word"), [(OWN, None, "A"), (OWN, BOUGHT, "B"), (STRANGER, None, "C"), (STRANGER, OWN, "A")]
)
async def test_the_number_that_is_shown_is_vouched_for_as_far_as_it_is_ours(
    caller: PhoneNumber, fixed: PhoneNumber | None, word: str
) -> None:
    headers = await signed(caller, fixed=None if fixed is None else fixed.e164)
    found = read_identity([headers["Identity"]])
    assert found is not None
    assert verify(found, KEY, fixed or caller, LONDON, NOW) == word
    assert claims(headers["Identity"])["origid"] == str(ONE)
    assert parsedate_to_datetime(headers["Date"]) == datetime.fromtimestamp(int(NOW.timestamp()), UTC)


@pytest.mark.parametrize(
    ("caller", "more"),
    [
        (None, {}),
        (STRANGER, {"own_only": True}),
        (OWN, {"hidden": True, "header": "p_asserted_identity"}),
        (OWN, {"from_username": True, "username": "account"}),
        (OWN, {"called": POLICE}),
        (STRANGER, {"carried": CARRIERS_WORD}),
        (OWN, {"signing": None}),
        (OWN, {"signing_key": None}),
        (OWN, {"signing_key": Secret("no key")}),
    ],
)
async def test_what_names_nobody_is_not_signed_and_no_carriers_word_is_replaced(
    caller: PhoneNumber | None, more: dict[str, Any]
) -> None:
    kept = {"Identity": CARRIERS_WORD.identity[0]} if "carried" in more else {}
    assert await signed(caller, **more) == kept


@pytest.mark.parametrize(
    ("carried", "said"),
    [
        (Carried(identity=CARRIERS_WORD.identity, diverted_by=OWN), True),
        (Carried(identity=CARRIERS_WORD.identity, diverted_by=STRANGER), False),
        (Carried(identity=CARRIERS_WORD.identity, diverted_by=OWN, redirected=(Redirected(BOUGHT),)), False),
    ],
)
async def test_beside_a_carriers_word_it_is_signed_that_our_number_forwards(carried: Carried, said: bool) -> None:
    headers = await all_signed(STRANGER, carried=carried)
    theirs, *ours = [value for name, value in headers if name == "Identity"]
    assert (theirs, len(ours)) == (CARRIERS_WORD.identity[0], int(said))
    assert "Date" not in dict(headers), "it would be compared with the moment of the carrier's"
    for one in ours:
        token, *parameters = one.split(";")
        assert parameters == [f"info=<{URL}>", "alg=ES256", "ppt=div"]
        header, body = (json.loads(part) for part in opened(token))
        assert header == {"alg": "ES256", "ppt": "div", "typ": "passport", "x5u": URL}
        assert body == {
            "dest": {"tn": [LONDON.e164[1:]]},
            "div": {"tn": OWN.e164[1:]},
            "iat": int(NOW.timestamp()),
            "orig": {"tn": STRANGER.e164[1:]},
        }


def opened(token: str) -> tuple[bytes, bytes]:
    """Header and claims of a token that the trunk's key signed."""
    found = jws.deserialize_compact(
        token, KEY, registry=jws.JWSRegistry(algorithms=["ES256"], strict_check_header=False)
    )
    return json.dumps(found.headers()).encode(), found.payload


async def test_who_is_named_by_a_header_beside_the_account_is_signed() -> None:
    headers = await signed(OWN, from_username=True, username="account", header="p_asserted_identity")
    assert claims(headers["Identity"])["orig"] == {"tn": OWN.e164[1:]}
