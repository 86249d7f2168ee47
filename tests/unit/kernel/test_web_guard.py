"""Which servers a lookup may ask: everything inside is refused, however it is written."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.primitives.web_guard import REDIRECTS, Refused, WebRules, redirect, refusal, url_refusal

RULES = WebRules(plain_hosts=frozenset({"old.example.com"}), closed=("203.0.114.0/24", "2a0a:1::/32"))
PUBLIC = "93.184.216.34"
URL = "https://crm.example.com/customers/1?x=y"


@pytest.mark.parametrize(
    "url",
    [
        URL,
        "HTTPS://CRM.example.com",
        "https://crm.example.com:8443/",
        "https://crm.example.com./",
        "https://93.184.216.34/",
        "https://[2606:2800:220:1::1]/",
        "http://old.example.com/",
        "http://OLD.example.com:8080/",
        "https://xn--bcher-kva.example/",
    ],
)
def test_public_servers_may_be_asked(url: str) -> None:
    assert refusal(url, (PUBLIC, "2606:2800:220:1::1"), RULES) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("http://crm.example.com/", Refused.SCHEME),
        ("http://old.example.com.evil.example/", Refused.SCHEME),
        ("ftp://crm.example.com/", Refused.SCHEME),
        ("file:///etc/passwd", Refused.HOST),
        ("gopher://old.example.com/", Refused.SCHEME),
        ("//crm.example.com/", Refused.SCHEME),
        ("crm.example.com", Refused.HOST),
        ("", Refused.HOST),
        ("https://user:pass@crm.example.com/", Refused.USER_INFO),
        ("https://crm.example.com@127.0.0.1/", Refused.USER_INFO),
        ("https://@crm.example.com/", Refused.USER_INFO),
        ("https://localhost/", Refused.HOST),
        ("https://intranet/", Refused.HOST),
        ("https://127.0.0.1/", Refused.HOST),
        ("https://[::1]/", Refused.HOST),
        ("https://[::ffff:10.0.0.1]/", Refused.HOST),
        ("https://2130706433/", Refused.HOST),
        ("https://0x7f.0.0.1/", Refused.HOST),
        ("https://127.1/", Refused.HOST),
        ("https://0177.0.0.01/", Refused.HOST),
        ("https://crm..example.com/", Refused.HOST),
        ("https://-crm.example.com/", Refused.HOST),
        ("https://crm.example.com:22/", Refused.PORT),
        ("https://crm.example.com:80/", Refused.PORT),
        ("https://crm.example.com:0/", Refused.PORT),
        ("https://crm.example.com:65536/", Refused.PORT),
        ("https://crm.example.com:x/", Refused.PORT),
        ("http://old.example.com:443/", Refused.PORT),
        ("https://crm.example.com\\@127.0.0.1/", Refused.UNREADABLE),
        ("https://crm.example.com/\nHost: x", Refused.UNREADABLE),
        ("https://crm.example\t.com/", Refused.UNREADABLE),
        ("https://crm。example.com/", Refused.UNREADABLE),
        ("https://[::1/", Refused.UNREADABLE),
        (" https://crm.example.com/", Refused.UNREADABLE),
    ],
)
def test_addresses_that_mean_something_else_are_refused(url: str, why: Refused) -> None:
    assert url_refusal(url, RULES) is why
    assert refusal(url, (PUBLIC,), RULES) is why


INSIDE = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",  # metadata of most clouds
    "168.63.129.16",
    "192.0.0.192",
    "100.100.100.200",
    "100.64.0.1",
    "198.18.0.1",
    "192.0.2.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "203.0.114.9",  # the operator's own
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:a9fe:a9fe",
    "64:ff9b::10.0.0.1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::1",
    "2002:7f00:1::1",  # 6to4 of 127.0.0.1
    "2002:a9fe:a9fe::",
    "2001::1",  # Teredo
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "2001:db8::1",
    "2a0a:1::5",  # the operator's own
    "not an address",
    "2606:2800:220:1::1%eth0",
]


@pytest.mark.parametrize("address", INSIDE)
def test_networks_inside_are_refused(address: str) -> None:
    assert refusal(URL, (address,), RULES) is Refused.ADDRESS
    assert refusal(URL, (PUBLIC, address), RULES) is Refused.ADDRESS, "one public address excuses none of the others"


def test_a_name_without_address_is_refused() -> None:
    assert refusal(URL, (), RULES) is Refused.UNRESOLVED


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_judged_the_same_inside_ipv6(address: ipaddress.IPv4Address) -> None:
    plain = refusal(URL, (str(address),), RULES)
    assert refusal(URL, (f"::ffff:{address}",), RULES) is plain
    assert refusal(URL, (f"64:ff9b::{address}",), RULES) is plain


@given(st.ip_addresses())
def test_what_is_not_global_is_never_asked(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> None:
    if not address.is_global or address.is_multicast:
        allowed = refusal(URL, (str(address),), RULES) is None
        inner = getattr(address, "ipv4_mapped", None)
        assert not allowed or (inner is not None and inner.is_global)


@given(st.text(max_size=40))
def test_any_text_is_judged(url: str) -> None:
    for given_url in (url, f"https://{url}", f"https://crm.example.com{url}"):
        assert url_refusal(given_url, RULES) in {None, *Refused}


class TestRedirects:
    def test_to_another_public_server_gives_what_to_resolve_and_judge_next(self) -> None:
        assert redirect(URL, "/new", 0, RULES) == "https://crm.example.com/new"
        assert redirect(URL, "https://api.example.org/x", REDIRECTS - 1, RULES) == "https://api.example.org/x"
        assert redirect("http://old.example.com/", "https://crm.example.com/", 0, RULES) == "https://crm.example.com/"

    @pytest.mark.parametrize(
        ("location", "why"),
        [
            ("http://old.example.com/", Refused.REDIRECTS),
            ("file:///etc/passwd", Refused.REDIRECTS),
            ("https://127.0.0.1/", Refused.HOST),
            ("https://[::ffff:a00:1]/", Refused.HOST),
            ("//169.254.169.254/latest/meta-data", Refused.HOST),
            ("https://crm.example.com:6379/", Refused.PORT),
            ("https://a@crm.example.com/", Refused.USER_INFO),
            ("https://[", Refused.UNREADABLE),
        ],
    )
    def test_to_anything_else_is_not_followed(self, location: str, why: Refused) -> None:
        assert redirect(URL, location, 0, RULES) is why

    def test_too_many_are_not_followed(self) -> None:
        assert redirect(URL, "/again", REDIRECTS, RULES) is Refused.REDIRECTS
