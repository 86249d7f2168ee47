"""Source addresses of trunks."""

import pytest

from gateway.trunks.sources import Source, read_address


def covers(source: str, host: str, port: int = 5060) -> bool:
    address = read_address(host)
    assert address is not None
    return Source.parse(source).covers(address, port)


@pytest.mark.parametrize(
    ("source", "host", "port", "covered"),
    [
        ("203.0.113.0/24", "203.0.113.9", 5060, True),
        ("203.0.113.0/24", "203.0.114.9", 5060, False),
        ("203.0.113.9", "203.0.113.9", 1, True),
        ("203.0.113.9/32#5060", "203.0.113.9", 5060, True),
        ("203.0.113.9/32#5060", "203.0.113.9", 5061, False),
        ("2001:db8::/32", "2001:db8::1", 5060, True),
        ("2001:db8::/32", "203.0.113.9", 5060, False),
        ("203.0.113.0/24", "::ffff:203.0.113.9", 5060, True),
        ("fe80::/10", "fe80::1%eth0", 5060, True),
    ],
)
def test_a_network_covers_its_addresses(source: str, host: str, port: int, covered: bool) -> None:
    assert covers(source, host, port) is covered


@pytest.mark.parametrize(
    "text", ["", "carrier.example", "203.0.113.0/33", "203.0.113.1/24", "1.2.3.4#", "1.2.3.4#70000"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Source.parse(text)


def test_a_name_is_no_address() -> None:
    assert read_address("sip.example.com") is None
