"""Rules for single fields."""

import time
from collections.abc import Callable

import pytest

from kernel.primitives.errors import InvalidInput
from tenants.directory.checks import Checks

Rule = Callable[[Checks, str], object]
RULES: dict[str, Rule] = {
    "name": lambda checks, value: checks.name("field", value),
    "email": lambda checks, value: checks.email("field", value),
    "password": lambda checks, value: checks.password("field", value),
    "currency": lambda checks, value: checks.currency("field", value),
    "locale": lambda checks, value: checks.locale("field", value),
    "code": lambda checks, value: checks.codes("field", [value]),
    "label": lambda checks, value: checks.labels("field", [value]),
    "prompt": lambda checks, value: checks.prompts("field", [value]),
    "host": lambda checks, value: checks.host("field", value),
    "region": lambda checks, value: checks.region("field", value),
    "source": lambda checks, value: checks.source("field", value),
    "time_zone": lambda checks, value: checks.time_zone("field", value),
    "phone": lambda checks, value: checks.phone("field", value),
}

RIGHT = {
    "name": ["Service", "客服", "خدمة العملاء", "x" * 100],
    "email": ["a@b", "first.last+tag@mail.example.org", "x" * 64 + "@example.org"],
    "password": ["x" * 12, "x" * 128],
    "currency": ["EUR", "CNY"],
    "locale": ["en", "zh-Hant", "zh-Hans-CN", "en-GB", "es-419"],
    "code": ["break", "back_office", "a1"],
    "label": ["resolved", "Rückruf vereinbart"],
    "prompt": ["greeting", "music.v2", "a-b_c"],
    "host": ["192.0.2.1", "2001:db8::1", "sip.carrier.example", "pbx_1", "a.b."],
    "region": ["GB", "CN"],
    "source": ["192.0.2.1", "192.0.2.0/24", "10.1.0.0/16", "192.0.2.1#5080", "2001:db8::/32", "2001:db8::1#5060"],
    "time_zone": ["UTC", "Asia/Seoul"],
    "phone": ["+442071838750", "+44 (20) 7183 8750"],
}
WRONG = {
    "name": ["", " a", "a ", "x" * 101, "a\nb", "a\x00"],
    "email": ["", "a", "a@", "@b", "a b@c", "a@b c", "a@@b", "a@-b", "x" * 65 + "@example.org", "a@" + "b." * 130],
    "password": ["x" * 11, "x" * 129],
    "currency": ["eur", "EURO", "E1R", ""],
    "locale": ["english", "EN", "en_GB", "en-gb", ""],
    "code": ["", "Break", "1a", "a-b", "x" * 41],
    "label": ["", " x", "x" * 61],
    "prompt": ["", "../x", "a/b", ".hidden", "A", "x" * 65],
    "host": ["", "a b", "-a", "a..b", "a/b", "x" * 254, "a" * 64],
    "region": ["gb", "XX", ""],
    "source": [
        "",
        "x",
        "10.0.0.0/8",
        "0.0.0.0/0",
        "::/0",
        "192.0.2.1#0",
        "192.0.2.1#65536",
        "192.0.2.1#x",
        "192.0.2.1/33",
    ],
    "time_zone": ["", "Mars/Base", "../UTC", "/etc/localtime"],
    "phone": ["", "abc", "12", "+1"],
}


def cases(table: dict[str, list[str]]) -> list[object]:
    return [pytest.param(rule, value, id=f"{rule}:{value[:20]}") for rule, values in table.items() for value in values]


@pytest.mark.parametrize(("rule", "value"), cases(RIGHT))
def test_what_is_right(rule: str, value: str) -> None:
    checks = Checks()
    RULES[rule](checks, value)
    checks.done()


@pytest.mark.parametrize(("rule", "value"), cases(WRONG))
def test_what_is_wrong_is_said_of_the_field(rule: str, value: str) -> None:
    checks = Checks()
    RULES[rule](checks, value)
    with pytest.raises(InvalidInput) as refused:
        checks.done()
    (error,) = refused.value.extra["errors"]  # type: ignore[misc]
    assert error["field"] == "field"
    assert error["code"]
    assert error["detail"]


@pytest.mark.parametrize(
    ("given", "canonical"),
    [("192.0.2.7", "192.0.2.7/32"), ("192.0.2.7/24", "192.0.2.0/24"), ("192.0.2.1#05080", "192.0.2.1/32#5080")],
)
def test_sources_are_kept_in_one_form(given: str, canonical: str) -> None:
    assert Checks().source("sources", given) == canonical


@pytest.mark.parametrize("rule", RULES)
@pytest.mark.parametrize("piece", ["a", "a.", "-", "@", "a-", " ", "0"])
def test_long_nonsense_is_refused_in_no_time(rule: str, piece: str) -> None:
    started = time.perf_counter()
    RULES[rule](Checks(), piece * (65_536 // len(piece)))
    assert time.perf_counter() - started < 0.5
