"""Which trunks a call tries, and who may be called at all; two tenants."""

from collections import Counter
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from carriers import LONDON, NOW, ONE, OWN, TWO, Directory, book_of, make_trunk
from hypothesis import given
from hypothesis import strategies as st

from gateway.sip.name_addr import NameAddr
from gateway.sip.uri_escape import unescape
from gateway.trunks.book import TrunkBook
from gateway.trunks.caller import show_caller
from gateway.trunks.carried import MOST_ENTRIES, Carried
from gateway.trunks.guard import DiallingRefused
from gateway.trunks.order import in_order
from gateway.trunks.requests import account
from kernel.contracts.directory import DiallingRules
from kernel.contracts.trunks import CallerRules, FailOver, NumberRules, TrunkLimits
from kernel.primitives.ids import TrunkId
from kernel.primitives.phone import PhoneNumber

FOREIGN = PhoneNumber("+493012345678")
POLICE = PhoneNumber.parse("999", "GB")


def tried(book: TrunkBook, called: PhoneNumber = LONDON, trunk: int | None = None) -> list[int]:
    named = None if trunk is None else TrunkId(UUID(int=trunk))
    return [one.trunk.int for one in book.attempts(ONE, called, OWN, named) if one.trunk is not None]


async def test_the_named_trunk_comes_first_then_the_lowest_priority_and_never_another_tenants() -> None:
    book = await book_of(
        make_trunk(ONE, 1, priority=2),
        make_trunk(ONE, 2, priority=1),
        make_trunk(ONE, 3, outbound=False),
        make_trunk(TWO, 4),
    )
    assert tried(book) == [2, 1]
    assert tried(book, trunk=3) == [3, 2, 1]
    assert tried(book, trunk=4) == []


async def test_a_trunk_that_is_down_is_left_out_while_another_is_up() -> None:
    book = await book_of(make_trunk(ONE, 1), make_trunk(ONE, 2, priority=1))
    book.is_usable = lambda trunk: trunk.int != 1
    assert tried(book) == [2]
    book.is_usable = lambda _: False
    assert tried(book) == [1, 2]


@given(st.lists(st.integers(0, 20), min_size=1, max_size=6), st.lists(st.floats(0, 1, exclude_max=True), min_size=6))
def test_every_trunk_is_tried_once_in_the_order_of_priorities(weights: list[int], drawn: list[float]) -> None:
    trunks = [make_trunk(ONE, n + 1, priority=n % 2, weight=weight) for n, weight in enumerate(weights)]
    numbers = iter(drawn)
    ordered = in_order(trunks, lambda: next(numbers))
    assert sorted(trunk.trunk for trunk in ordered) == sorted(trunk.trunk for trunk in trunks)
    assert [trunk.options.priority for trunk in ordered] == sorted(trunk.options.priority for trunk in trunks)


def test_nothing_is_drawn_where_there_is_nothing_to_choose() -> None:
    def draw() -> float:
        raise AssertionError("asked for no reason")

    trunks = [make_trunk(ONE, number, priority=number) for number in (2, 1, 3)]
    assert [trunk.trunk.int for trunk in in_order(trunks, draw)] == [1, 2, 3]


def test_equals_come_first_as_often_as_their_weights_say() -> None:
    trunks = [make_trunk(ONE, 1, weight=3), make_trunk(ONE, 2, weight=1), make_trunk(ONE, 3, weight=0)]
    first = Counter(in_order(trunks, lambda n=n: n / 100)[0].trunk.int for n in range(100))
    assert first == {1: 75, 2: 25}


@pytest.mark.parametrize(
    ("called", "limits", "limit"),
    [
        (FOREIGN, {"countries": ("GB",)}, "destination"),
        (PhoneNumber("+449098790000"), {}, "premium"),
        (LONDON, {"closed_until": NOW + timedelta(hours=1)}, "daily_spend"),
    ],
)
async def test_the_tenants_limits_hold_for_every_leg(called: PhoneNumber, limits: dict[str, Any], limit: str) -> None:
    book = await book_of(make_trunk(ONE, 1), **limits)
    with pytest.raises(DiallingRefused) as refused:
        tried(book, called)
    assert refused.value.limit == limit


async def test_an_emergency_number_goes_its_own_way_and_is_never_limited() -> None:
    book = await book_of(
        make_trunk(ONE, 1, region="GB", limits=TrunkLimits(channels=1)),
        make_trunk(ONE, 2, region="GB", emergency=True, outbound=False, limits=TrunkLimits(channels=1)),
        countries=(),
        closed_until=NOW + timedelta(hours=1),
        calls_at_once=1,
    )
    (attempt,) = book.attempts(ONE, POLICE, OWN, TrunkId(UUID(int=1)))
    assert (attempt.trunk, attempt.target) == (TrunkId(UUID(int=2)), "sip:999@203.0.113.9:5060")
    book.take("a", attempt, 0.0)
    assert book.wait(attempt, 0.0) == 0


async def test_channels_calls_per_second_and_the_tenants_own_limit() -> None:
    book = await book_of(make_trunk(ONE, 1, limits=TrunkLimits(channels=3, calls_per_second=2)), calls_at_once=4)
    (attempt,) = book.attempts(ONE, LONDON, OWN)
    book.take("a", attempt, 0.0)
    book.take("b", attempt, 0.5)
    assert book.wait(attempt, 0.75) == pytest.approx(0.25)
    assert book.wait(attempt, 1.0) == 0
    book.take("c", attempt, 2.0)
    assert book.wait(attempt, 9.0) > 0
    assert not book.admit("d", book.all[0], 9.0)
    book.lines.release("a")
    book.lines.release("a")
    assert book.wait(attempt, 9.0) == 0
    assert book.admit("d", book.all[0], 9.0)


async def headers_of(shown: PhoneNumber | None, **options: Any) -> tuple[str, dict[str, str]]:
    book = await book_of(make_trunk(ONE, 1, domain="voice.example", **options))
    (attempt,) = book.attempts(ONE, LONDON, shown)
    return str(attempt.from_), dict(attempt.headers)


async def test_only_the_tenants_own_numbers_are_shown() -> None:
    assert (await headers_of(OWN))[0] == f"<sip:{OWN.e164}@voice.example>"
    assert "anonymous.invalid" in (await headers_of(FOREIGN))[0]
    assert FOREIGN.e164 in (await headers_of(FOREIGN, caller=CallerRules(own_only=False)))[0]
    assert OWN.e164 in (await headers_of(FOREIGN, caller=CallerRules(fixed=OWN.e164)))[0]


@pytest.mark.parametrize(
    ("header", "name", "value"),
    [
        ("p_asserted_identity", "P-Asserted-Identity", "<sip:442079460018@voice.example>"),
        ("p_preferred_identity", "P-Preferred-Identity", "<sip:442079460018@voice.example>"),
        (
            "remote_party_id",
            "Remote-Party-ID",
            "<sip:442079460018@voice.example>;party=calling;screen=yes;privacy=full",
        ),
    ],
)
async def test_a_hidden_caller_is_told_to_the_carrier_alone(header: Any, name: str, value: str) -> None:
    from_, headers = await headers_of(
        OWN, numbers=NumberRules(format="plain"), caller=CallerRules(hidden=True, header=header)
    )
    assert "anonymous.invalid" in from_
    assert headers == {name: value, "Privacy": "id"}


async def test_an_emergency_service_is_shown_the_number_that_the_trunk_hides() -> None:
    book = await book_of(make_trunk(ONE, 1, region="GB", caller=CallerRules(hidden=True)))
    (hidden,), (shown,) = book.attempts(ONE, LONDON, OWN), book.attempts(ONE, POLICE, OWN)
    assert "anonymous.invalid" in str(hidden.from_)
    assert OWN.e164 in str(shown.from_)
    assert "Privacy" not in dict(shown.headers)


async def test_who_is_suspended_calls_emergency_services_alone() -> None:
    directory = Directory(make_trunk(ONE, 1, region="GB"))
    directory.told = [DiallingRules(tenant=ONE, suspended=True)]
    book = TrunkBook(directory, lambda: NOW)
    await book.refresh()
    with pytest.raises(DiallingRefused) as refused:
        tried(book)
    assert refused.value.limit == "suspended"
    assert tried(book, POLICE) == [1]


async def test_what_is_left_is_tried_after_what_the_trunk_says() -> None:
    book = await book_of(make_trunk(ONE, 1, fail_over=FailOver(statuses=(404,), answer_within_seconds=1.5)))
    (attempt,) = book.attempts(ONE, LONDON, OWN)
    assert attempt.goes_on_after(404)
    assert not attempt.goes_on_after(503)
    assert attempt.answer_within_seconds == 1.5


DIVERTED = Carried(
    diverted_by=OWN,
    reason="no-answer",
    diversion=("<sip:+44@a>;reason=user-busy",),
    identity=("signed;info=<https://ca.example/c.pem>",),
    location=(("Geolocation", "<cid:here@example>"),),
)


@pytest.mark.parametrize("own_only", [True, False])
async def test_a_forwarded_call_tells_who_forwards_and_shows_the_caller_where_that_is_allowed(own_only: bool) -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=own_only)))
    (attempt,) = book.attempts(ONE, LONDON, FOREIGN, carried=DIVERTED)
    shown = OWN if own_only else FOREIGN
    assert str(attempt.from_) == f"<sip:{shown.e164}@203.0.113.9>"
    headers = list(attempt.headers)
    assert headers[:2] == [
        ("Diversion", f"<sip:{OWN.e164}@203.0.113.9>;reason=no-answer;counter=1"),
        ("Diversion", DIVERTED.diversion[0]),
    ]
    assert (("Identity", DIVERTED.identity[0]) in headers) is not own_only
    assert DIVERTED.location[0] in headers


async def test_an_identity_stays_behind_where_a_fixed_number_is_shown() -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=False, fixed=OWN.e164)))
    (attempt,) = book.attempts(ONE, LONDON, FOREIGN, carried=DIVERTED)
    assert "Identity" not in dict(attempt.headers)


async def test_a_forwarded_call_tells_its_history_where_the_carrier_wants_that() -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=False, forwarded_by="history_info")))
    (attempt,) = book.attempts(ONE, LONDON, FOREIGN, carried=DIVERTED)
    assert [value for name, value in attempt.headers if name == "History-Info"] == [
        f"<sip:{OWN.e164}@203.0.113.9>;index=1",
        f"<sip:{LONDON.e164}@203.0.113.9;cause=408>;index=1.1",
    ]


@given(st.text(st.characters(exclude_categories=("C", "Z")), min_size=1, max_size=40))
def test_an_account_of_any_name_is_one_user_part(username: str) -> None:
    """Carriers give accounts names such as `me@carrier.example`."""
    trunk = make_trunk(ONE, 1, username=username, caller=CallerRules(from_username=True))
    shown = show_caller(trunk, OWN, DiallingRules(tenant=ONE), emergency=False)
    for address in (shown.from_, account(trunk)):
        read = NameAddr.parse(str(address))
        assert unescape(read.uri.user or "") == username
        assert (read.uri.host, read.params.items) == (trunk.host, ())


async def test_a_history_that_came_is_gone_on_with() -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=False, forwarded_by="history_info")))
    came = ("<sip:+441@a>;index=1, <sip:+442@a;cause=486>;index=1.1",)
    (attempt,) = book.attempts(ONE, LONDON, FOREIGN, carried=Carried(diverted_by=OWN, history=came))
    assert [value for name, value in attempt.headers if name == "History-Info"] == [
        *came,
        f"<sip:{OWN.e164}@203.0.113.9>;index=1.1.1",
        f"<sip:{LONDON.e164}@203.0.113.9;cause=302>;index=1.1.1.1",
    ]


@pytest.mark.parametrize("way", ["diversion", "history_info", ""])
async def test_whoever_is_told_nothing_is_told_of_no_forwarding(way: Any) -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=False, forwarded_by=way)))
    (straight,) = book.attempts(ONE, LONDON, OWN)
    (forwarded,) = book.attempts(ONE, LONDON, FOREIGN, carried=DIVERTED)
    told = {name for name, _ in forwarded.headers} & {"Diversion", "History-Info"}
    assert told == ({"diversion": {"Diversion"}, "history_info": {"History-Info"}, "": set[str]()}[way])
    assert not {name for name, _ in straight.headers} & {"Diversion", "History-Info"}


@pytest.mark.parametrize("way", ["diversion", "history_info"])
async def test_no_way_is_longer_than_a_loop_would_make_it(way: Any) -> None:
    book = await book_of(make_trunk(ONE, 1, caller=CallerRules(own_only=False, forwarded_by=way)))
    came = tuple(f"<sip:+44{number}@a>;index=1.{number}" for number in range(MOST_ENTRIES))
    carried = Carried(diverted_by=OWN, diversion=came, history=came)
    (attempt,) = book.attempts(ONE, LONDON, FOREIGN, carried=carried)
    values = [value for name, value in attempt.headers if name in ("Diversion", "History-Info")]
    assert len(values) == MOST_ENTRIES
    assert any(OWN.e164 in value for value in values), "who forwards is told all the same"
