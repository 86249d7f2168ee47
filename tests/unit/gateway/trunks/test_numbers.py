"""Reading the numbers of a call."""

import pytest

from gateway.sip.headers import Headers
from gateway.sip.message import Request
from gateway.trunks.numbers import called_number, calling_number, read_number


def invite(target: str = "sip:+442071838750@x", **headers: str | list[str]) -> Request:
    lines: list[tuple[str, str]] = []
    for name, values in ({"From": "<sip:a@b>;tag=1", "To": "<sip:c@d>"} | headers).items():
        lines += [(name.replace("_", "-"), value) for value in ([values] if isinstance(values, str) else values)]
    return Request("INVITE", target, Headers(lines))


@pytest.mark.parametrize(
    ("text", "region", "e164"),
    [
        ("+442071838750", None, "+442071838750"),
        ("+44-207-183-8750", None, "+442071838750"),
        ("442071838750", None, "+442071838750"),
        ("00442071838750", None, "+442071838750"),
        ("00442071838750", "DE", "+442071838750"),
        ("02071838750", "GB", "+442071838750"),
        ("02071838750;phone-context=+44", "GB", "+442071838750"),
        ("2025550123", "US", "+12025550123"),
        ("02071838750", None, None),
        ("service", "GB", None),
        ("", None, None),
        ("+", None, None),
        ("++442071838750", None, None),
        ("٤٤٢٠٧١٨٣٨٧٥٠", None, None),
        ("9" * 5000, None, None),
    ],
)
def test_a_number_is_read_as_carriers_write_it(text: str, region: str | None, e164: str | None) -> None:
    number = read_number(text, region)
    assert (number.e164 if number else None) == e164


def e164(request: Request, region: str | None = None) -> str | None:
    number = called_number(request, region)
    return number.e164 if number else None


def caller(request: Request, region: str | None = None) -> str | None:
    number = calling_number(request, region)
    return number.e164 if number else None


def test_the_called_number_is_in_the_request_uri() -> None:
    assert e164(invite("sip:+442071838750@host", To="<sip:+441@host>")) == "+442071838750"
    assert e164(invite("tel:+44-2071838750")) == "+442071838750"


def test_an_account_name_in_the_request_uri_leaves_to() -> None:
    assert e164(invite("sip:account@host", To="<sip:02071838750@host>"), "GB") == "+442071838750"


def test_no_number_at_all() -> None:
    assert e164(invite("sip:service@host")) is None
    assert e164(invite("urn:service:sos")) is None


def test_the_asserted_identity_comes_before_from() -> None:
    request = invite(From="<sip:+491711234567@b>;tag=1", P_Asserted_Identity="<sip:+442071838750@c>")
    assert caller(request) == "+442071838750"


def test_of_several_asserted_identities_the_one_with_a_number() -> None:
    request = invite(P_Asserted_Identity=['"A" <sip:alice@c>, <tel:+442071838750>'])
    assert caller(request) == "+442071838750"


def test_a_malformed_asserted_identity_leaves_from() -> None:
    assert caller(invite(From="<sip:+491711234567@b>;tag=1", P_Asserted_Identity="<<<")) == "+491711234567"


@pytest.mark.parametrize(
    "headers",
    [
        {"From": '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'},
        {"From": "<sip:+491711234567@b>;tag=1", "Privacy": "id"},
        {"From": "<sip:+491711234567@b>;tag=1", "Privacy": "none;user"},
        {"From": "<sip:Anonymous@b>;tag=1", "P_Asserted_Identity": "<sip:+442071838750@c>"},
        {"From": "<sip:alice@b>;tag=1"},
    ],
)
def test_a_hidden_caller_stays_hidden(headers: dict[str, str]) -> None:
    assert caller(invite(**headers)) is None


def test_privacy_none_hides_nothing() -> None:
    assert caller(invite(From="<sip:+491711234567@b>;tag=1", Privacy="none")) == "+491711234567"
