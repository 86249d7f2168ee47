"""What agents' telephones may dial, and what is meant by it."""

from uuid import UUID

import pytest

from gateway.app.dial_plan import DialPlan, read_dialled
from gateway.sip.headers import Headers
from gateway.sip.message import Request
from kernel.primitives.ids import TenantId
from kernel.primitives.phone import PhoneNumber

OURS, THEIRS = TenantId(UUID(int=1)), TenantId(UUID(int=2))
NAMES = {OURS: {"bob", "2001", "112", "07700900123"}, THEIRS: {"eve"}}
REGIONS = {OURS: "GB", THEIRS: None}


def dialled(text: str, tenant: TenantId = OURS) -> PhoneNumber | str | None:
    plan = DialPlan(lambda one: REGIONS[one], lambda one, name: name in NAMES[one])
    headers = Headers([("From", "<sip:anna@ours.example>;tag=1"), ("To", f"<sip:{text}@ours.example>")])
    return plan.read(tenant, Request("INVITE", f"sip:{text}@ours.example", headers))


@pytest.mark.parametrize(
    ("text", "region", "number"),
    [
        ("+44 20 7183 8750", None, "+442071838750"),
        ("00442071838750", None, "+442071838750"),
        ("00442071838750", "US", "+442071838750"),  # whose own way is 011
        ("020-7183-8750", "GB", "+442071838750"),
        ("(212) 555-0100", "US", "+12125550100"),
        ("02071838750", None, None),
        ("2071838750", None, None),  # not +20, which is Egypt
        ("112", "DE", "+49112"),
        ("12345678901234567890", "GB", None),
        ("bob", "GB", None),
        ("", "GB", None),
        ("٠٢٠", "GB", None),
    ],
)
def test_numbers_are_read_as_people_dial_them(text: str, region: str | None, number: str | None) -> None:
    found = read_dialled(text, region)
    assert (found.e164 if found else None) == number


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("bob", "bob"),
        ("BOB", "bob"),
        ("b%6Fb", "bob"),
        ("2001", "2001"),
        ("07700900123", "07700900123"),  # a name comes before a number
        ("112", PhoneNumber("+44112")),  # but not before an emergency
        ("07700900124", PhoneNumber("+447700900124")),
        ("eve", None),  # is another tenant's
        ("nobody", None),
    ],
)
def test_names_come_before_numbers_and_emergencies_before_names(text: str, meant: PhoneNumber | str | None) -> None:
    assert dialled(text) == meant


def test_another_tenant_has_other_names_and_another_country() -> None:
    assert (dialled("eve", THEIRS), dialled("bob", THEIRS), dialled("02071838750", THEIRS)) == ("eve", None, None)
