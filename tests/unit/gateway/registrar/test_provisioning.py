"""Configuration texts: the account is in them, and nothing that a name holds becomes a setting."""

import xml.etree.ElementTree as ET

import pytest
from msgspec.structs import replace

from gateway.registrar.provisioning import FORMATS, Format, Line, provisioning
from gateway.sip.name_addr import NameAddr

LINE = Line(
    name="alice", domain="one.example", secret="s3cret", label="Alice", host="192.0.2.1", port=5060, transport="udp"
)


@pytest.mark.parametrize("wanted", FORMATS)
def test_each_text_holds_the_account(wanted: Format) -> None:
    text = provisioning(wanted, LINE).text
    assert all(part in text for part in ("alice", "one.example", "s3cret", "192.0.2.1", "5060", "Alice"))


@pytest.mark.parametrize("wanted", [wanted for wanted in FORMATS if wanted not in ("yealink", "baresip")])
def test_xml_is_well_formed_whatever_a_person_is_called(wanted: Format) -> None:
    ET.fromstring(provisioning(wanted, replace(LINE, label='A & "B" <c>\n')).text.encode())


@pytest.mark.parametrize("wanted", ["yealink", "baresip"])
def test_a_name_begins_no_setting(wanted: Format) -> None:
    label = 'A"\naccount.1.password = x;auth_pass=x'
    honest, forged = provisioning(wanted, LINE).text, provisioning(wanted, replace(LINE, label=label)).text
    assert len(forged.splitlines()) == len(honest.splitlines())
    assert forged.count(";") == honest.count(";")


def test_the_account_of_baresip_is_an_address() -> None:
    assert NameAddr.parse(provisioning("baresip", LINE).text.partition(";auth_user")[0]).uri.user == "alice"
