"""Where a carrier's 3xx may lead a call: numbers by the same trunk, within the tenant's limits; two tenants."""

from datetime import timedelta
from typing import Any

import pytest
from carriers import FLOW, LONDON, NOW, ONE, OWN, TWO, Place, account, book_of, make_trunk, request_to

from gateway.sip.message import Response
from gateway.trunks.attempt import Attempt
from gateway.trunks.book import TrunkBook
from gateway.trunks.carried import Carried
from gateway.trunks.redirecting import FOLLOWED, MAX_REDIRECTS, MOST_CONTACTS, Redirects
from kernel.contracts.trunks import CallerRules, NumberRules

BERLIN, PARIS, PREMIUM = "+493012345678", "+33142685300", "+449098790000"
HERE = "203.0.113.9:5060"


def led_to(*contacts: str, status: int = 302, diversion: str = "") -> Response:
    response = Response.to_request(request_to(LONDON), status, "carrier")
    for contact in contacts:
        response.headers.add("Contact", contact)
    if diversion:
        response.headers.add("Diversion", diversion)
    return response


def first_of(book: TrunkBook, carried: Carried | None = None) -> Attempt:
    return book.attempts(ONE, LONDON, OWN, carried=carried or Carried())[0]


async def targets(*contacts: str, status: int = 302, **options: Any) -> list[str]:
    book = await book_of(make_trunk(ONE, 1, **({"redirects": "follow"} | options)))
    first = first_of(book)
    return [one.target for one in Redirects(book, first).follow(first, led_to(*contacts, status=status))]


async def test_without_being_told_to_a_trunk_follows_nothing() -> None:
    book = await book_of(make_trunk(ONE, 1), make_trunk(TWO, 2, redirects="follow"))
    first = first_of(book)
    assert Redirects(book, first).follow(first, led_to(f"<sip:{BERLIN}@carrier.example>")) == []


async def test_numbers_are_dialled_by_preference_through_the_same_trunk_and_at_no_other_host() -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow"), make_trunk(ONE, 2, priority=1))
    first = first_of(book)
    answer = led_to(f"<sip:{BERLIN}@evil.example;transport=tcp>;q=0.3, <tel:{PARIS}>;q=0.9")
    found = Redirects(book, first).follow(first, answer)
    assert [one.target for one in found] == [f"sip:{PARIS}@{HERE}", f"sip:{BERLIN}@{HERE}"]
    assert {(one.trunk, one.destination, one.route) for one in found} == {(first.trunk, first.destination, ())}
    assert {one.from_ for one in found} == {first.from_}


@pytest.mark.parametrize("status", sorted(FOLLOWED))
async def test_every_3xx_that_names_a_number_is_followed(status: int) -> None:
    assert await targets(f"<sip:{BERLIN}@a>", status=status) == [f"sip:{BERLIN}@{HERE}"]


@pytest.mark.parametrize("status", [304, 404, 486])
async def test_other_answers_are_not(status: int) -> None:
    assert await targets(f"<sip:{BERLIN}@a>", status=status) == []


@pytest.mark.parametrize(
    "contact", ["*", "<sip:proxy.example>", "<sip:bob@a>", "<mailto:a@b>", "<sip:+44999@a>", "not a contact <"]
)
async def test_what_is_no_number_that_people_would_be_led_to_is_left_out(contact: str) -> None:
    assert await targets(contact) == []


async def test_numbers_are_read_and_written_as_the_trunk_does() -> None:
    rules = NumberRules(format="national", tech_prefix="77")
    assert await targets("<sip:7702079460000@a>", region="GB", numbers=rules) == [f"sip:7702079460000@{HERE}"]


@pytest.mark.parametrize(
    ("limits", "contact", "limit"),
    [
        ({"countries": ("GB",)}, BERLIN, "destination"),
        ({}, PREMIUM, "premium"),
    ],
)
async def test_the_tenants_limits_are_asked_for_each_number(limits: dict[str, Any], contact: str, limit: str) -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow"), **limits)
    first = first_of(book)
    redirects = Redirects(book, first)
    found = redirects.follow(first, led_to(f"<sip:{contact}@a>, <sip:+442079460000@a>"))
    assert [one.target for one in found] == [f"sip:+442079460000@{HERE}"]
    assert [refusal.limit for refusal in redirects.refused] == [limit]


async def test_a_day_that_is_closed_meanwhile_closes_redirections_too() -> None:
    open_, closed = [
        await book_of(make_trunk(ONE, 1, redirects="follow"), **limits)
        for limits in ({}, {"closed_until": NOW + timedelta(hours=1)})
    ]
    first = first_of(open_)
    assert Redirects(closed, first).follow(first, led_to(f"<sip:{BERLIN}@a>")) == []


async def test_no_number_is_dialled_twice_by_one_trunk() -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow"))
    first = first_of(book)
    redirects = Redirects(book, first)
    (second,) = redirects.follow(first, led_to(f"<sip:{BERLIN}@a>, <sip:{LONDON.e164}@a>, <tel:{BERLIN}>"))
    redirects.note(second)
    assert redirects.follow(second, led_to(f"<sip:{LONDON.e164}@a>, <sip:{BERLIN}@a>")) == []


async def test_another_trunk_may_lead_to_the_same_number() -> None:
    book = await book_of(*(make_trunk(ONE, number, redirects="follow") for number in (1, 2)))
    one, two = book.attempts(ONE, LONDON, OWN)
    redirects = Redirects(book, one)
    assert len(redirects.follow(one, led_to(f"<sip:{BERLIN}@a>"))) == 1
    redirects.note(two)
    assert [attempt.trunk for attempt in redirects.follow(two, led_to(f"<sip:{BERLIN}@a>"))] == [two.trunk]


async def test_one_call_is_led_to_so_many_numbers_and_no_more() -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow"))
    attempt = first_of(book)
    redirects = Redirects(book, attempt)
    hops = 0
    for last in range(MAX_REDIRECTS + 5):
        found = redirects.follow(attempt, led_to(f"<sip:+44207946010{last}@a>"))
        if found:
            attempt, hops = found[0], hops + 1
    assert hops == MAX_REDIRECTS
    many = ", ".join(f"<sip:+44207946{last:04}@a>" for last in range(100, 120))
    assert len(Redirects(book, first_of(book)).follow(first_of(book), led_to(many))) == MAX_REDIRECTS


async def test_of_a_long_answer_only_the_beginning_is_read() -> None:
    strangers = ", ".join(["<sip:nobody@a>"] * MOST_CONTACTS)
    assert await targets(f"{strangers}, <sip:{BERLIN}@a>") == []


async def test_who_led_the_call_on_is_told_the_last_one_first() -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow"))
    first = first_of(book, Carried(diverted_by=OWN, reason="no-answer"))
    redirects = Redirects(book, first)
    (second,) = redirects.follow(first, led_to(f"<sip:{BERLIN}@a>"))
    (third,) = redirects.follow(second, led_to(f"<sip:{PARIS}@a>", diversion=f"<sip:{BERLIN}@b>;reason=user-busy"))
    assert [value for name, value in third.headers if name == "Diversion"] == [
        f"<sip:{BERLIN}@b>;reason=user-busy",
        f"<sip:{LONDON.e164}@203.0.113.9>;reason=unconditional;counter=1",
        f"<sip:{OWN.e164}@203.0.113.9>;reason=no-answer;counter=1",
    ]


async def test_the_history_goes_on_with_each_number() -> None:
    caller = CallerRules(forwarded_by="history_info")
    book = await book_of(make_trunk(ONE, 1, redirects="follow", caller=caller))
    first = first_of(book)
    redirects = Redirects(book, first)
    (second,) = redirects.follow(first, led_to(f"<sip:{BERLIN}@a>"))
    (third,) = redirects.follow(second, led_to(f"<sip:{PARIS}@a>"))
    assert [value for name, value in third.headers if name == "History-Info"] == [
        f"<sip:{LONDON.e164}@203.0.113.9>;index=1",
        f"<sip:{BERLIN}@203.0.113.9;cause=302>;index=1.1",
        f"<sip:{PARIS}@203.0.113.9;cause=302>;index=1.1.1",
    ]


async def test_a_carrier_that_wants_to_know_of_no_forwarding_is_told_of_none() -> None:
    book = await book_of(make_trunk(ONE, 1, redirects="follow", caller=CallerRules(forwarded_by="")))
    first = first_of(book)
    (second,) = Redirects(book, first).follow(first, led_to(f"<sip:{BERLIN}@a>"))
    assert second.headers == first.headers


async def test_a_peer_that_registers_is_called_again_where_it_registered() -> None:
    trunk = make_trunk(ONE, 1, host="", redirects="follow", inbound=account(registers=True))
    book = await book_of(trunk)
    book.places = lambda _: [Place("sip:hq@198.51.100.9:5070;transport=tcp", FLOW, ("<sip:proxy;lr>",))]
    first = first_of(book)
    (second,) = Redirects(book, first).follow(first, led_to(f"<sip:{BERLIN}@elsewhere.example>"))
    assert second.target == f"sip:{BERLIN}@198.51.100.9:5070;transport=tcp"
    assert (second.destination, second.route) == (FLOW, ("<sip:proxy;lr>",))
    assert str(second.to) == f"<sip:{BERLIN}@one.example>"
    assert second.leads_as(first.target)
