"""REGISTER by the book: bindings made, refreshed, removed, limited, called (RFC 3261 10, 3327, 5626)."""

from typing import Any

import pytest

from gateway.registrar.registration import MAX_BINDINGS, MAX_SECONDS, NAT_SECONDS
from gateway.sip.flow import Target
from gateway.sip.message import Response
from tests.unit.gateway.registrar.rig import ALICE, ONE, OTHER_ALICE, TWO, Site, flow, register

FLOW = flow()
INSTANCE = '+sip.instance="<urn:uuid:00000000-0000-1000-8000-000A95A0E128>"'


def contacts(answer: Response) -> list[str]:
    return list(answer.headers.get_all("contact"))


def uris(site: Site) -> list[str]:
    return [binding.uri for binding in site.registrations.of(ALICE.phone)]


class TestAnswers:
    def test_name_all_bindings_with_what_is_left_of_them(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, "<sip:alice@198.51.100.7>;q=0.5", expires="600")
        site.now += 100
        answer = register(site, ALICE, flow(6000), "<sip:alice@198.51.100.7:6000>", 1, call_id="d", expires="300")
        assert contacts(answer) == [
            "<sip:alice@198.51.100.7:6000>;expires=300",
            "<sip:alice@198.51.100.7>;q=0.5;expires=500",
        ]

    def test_to_a_query_change_nothing(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, expires="600")
        before = site.registrations.of(ALICE.phone)
        assert contacts(register(site, ALICE, FLOW, "-", call_id="q")) == ["<sip:alice@198.51.100.7:5060>;expires=600"]
        assert site.registrations.of(ALICE.phone) == before

    @pytest.mark.parametrize(
        ("contact", "expires", "granted"),
        [
            ("<sip:alice@198.51.100.7:5060>", None, 600),
            ("<sip:alice@198.51.100.7:5060>", "60", 60),
            ("<sip:alice@198.51.100.7:5060>;expires=90", "600", 90),
            ("<sip:alice@198.51.100.7:5060>", "4294967295", MAX_SECONDS),
            ("<sip:alice@10.0.0.9:5060>", "600", NAT_SECONDS),
            ("<sip:alice@198.51.100.7:7777>", "600", NAT_SECONDS),
        ],
    )
    def test_grant_an_interval(self, contact: str, expires: str | None, granted: int) -> None:
        site = Site()
        fields: dict[str, Any] = {} if expires is None else {"expires": expires}
        assert contacts(register(site, ALICE, FLOW, contact, **fields))[0].endswith(f";expires={granted}")

    def test_refuse_a_brief_interval(self) -> None:
        answer = register(Site(), ALICE, FLOW, expires="59")
        assert (answer.status, answer.headers.get("min-expires")) == (423, "60")

    def test_repeated_ones_are_the_same(self) -> None:
        site = Site()
        answer = register(site, ALICE, FLOW)
        assert answer.status == 200
        assert len(site.registrations.of(ALICE.phone)) == 1


class TestRemoval:
    def test_of_one(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        register(site, ALICE, FLOW, "<sip:alice@198.51.100.7:6000>", 5)
        register(site, ALICE, FLOW, "<sip:alice@198.51.100.7:5060>;expires=0", 9)
        assert uris(site) == ["sip:alice@198.51.100.7:6000"]

    def test_of_all(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        register(site, OTHER_ALICE, FLOW)
        answer = register(site, ALICE, FLOW, "*", 5, expires="0")
        assert (answer.status, contacts(answer), uris(site)) == (200, [], [])
        assert site.registrations.places(TWO, "alice")

    @pytest.mark.parametrize("fields", [{}, {"expires": "60"}])
    def test_of_all_has_one_form(self, fields: dict[str, str]) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        assert register(site, ALICE, FLOW, "*", 5, **fields).status == 400
        assert len(uris(site)) == 1


class TestOrder:
    def test_an_older_request_that_comes_late_changes_nothing(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, cseq=10)
        late = register(site, ALICE, FLOW, "<sip:new@198.51.100.7>, <sip:alice@198.51.100.7:5060>;expires=0", 5)
        assert late.status == 500
        assert uris(site) == ["sip:alice@198.51.100.7:5060"]

    def test_late_removal_of_all_spares_what_is_newer(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, cseq=10)
        assert register(site, ALICE, FLOW, "*", 5, expires="0").status == 500
        assert len(uris(site)) == 1

    def test_of_another_call_id_there_is_none(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, cseq=10)
        assert register(site, ALICE, FLOW, cseq=1, call_id="after a restart").status == 200


class TestLimits:
    def test_the_one_refreshed_longest_ago_goes(self) -> None:
        site = Site()
        for number in range(MAX_BINDINGS):
            site.now += 1
            register(site, ALICE, FLOW, f"<sip:{number}@198.51.100.7>", call_id=f"{number}")
        register(site, ALICE, FLOW, "<sip:0@198.51.100.7>", 50, call_id="0")
        site.now += 1
        register(site, ALICE, FLOW, "<sip:new@198.51.100.7>", call_id="new")
        assert len(uris(site)) == MAX_BINDINGS
        assert "sip:0@198.51.100.7" in uris(site)
        assert "sip:1@198.51.100.7" not in uris(site)

    def test_of_contacts_in_one_request(self) -> None:
        many = ", ".join(f"<sip:{number}@198.51.100.7>" for number in range(MAX_BINDINGS + 1))
        assert register(Site(), ALICE, FLOW, many).status == 403

    @pytest.mark.parametrize(
        ("contact", "status"),
        [
            ("<mailto:alice@one.example>", 400),
            (f"<sip:{'a' * 600}@198.51.100.7>", 400),
            ("<sip:alice@198.51.100.7>;q=2", 400),
            ("<sip:alice@198.51.100.7>;q=0.1234", 400),
        ],
    )
    def test_unusable_contacts_are_refused(self, contact: str, status: int) -> None:
        site = Site()
        assert register(site, ALICE, FLOW, contact).status == status
        assert uris(site) == []

    def test_a_path_has_an_end(self) -> None:
        path = ", ".join(f"<sip:p{number}.example;lr>" for number in range(5))
        assert register(Site(), ALICE, FLOW, path=path).status == 400


class TestPlaces:
    def test_a_call_goes_back_the_way_the_telephone_came(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, "<sip:alice@10.0.0.9:5060>")
        (place,) = site.registrations.places(ONE, "alice")
        assert (place.uri, place.destination, place.route) == ("sip:alice@10.0.0.9:5060", FLOW, ())

    def test_are_of_one_tenant(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        assert site.registrations.places(TWO, "alice") == []
        assert site.registrations.places(ONE, "nobody") == []

    def test_come_by_preference_then_the_latest_first(self) -> None:
        site = Site()
        for number, q in enumerate(("0.5", "1", "1")):
            site.now += 1
            register(site, ALICE, flow(7000 + number), f"<sip:{number}@198.51.100.7>;q={q}", call_id=f"{number}")
        assert [place.uri[4] for place in site.registrations.places(ONE, "alice")] == ["2", "1", "0"]

    def test_lead_through_the_proxy_that_put_itself_into_the_path(self) -> None:
        site = Site()
        proxy = flow(5060, "203.0.113.5")
        answer = register(site, ALICE, proxy, path="<sip:203.0.113.5;lr>", supported="path")
        assert answer.headers.get_all("path") == ("<sip:203.0.113.5;lr>",)
        (place,) = site.registrations.places(ONE, "alice")
        assert (place.destination, place.route, place.supports) == (
            proxy,
            ("<sip:203.0.113.5;lr>",),
            frozenset({"path"}),
        )


class TestConnections:
    CONTACT = "<sip:alice@198.51.100.7:5061;transport=tcp>"

    def test_that_close_leave_who_listens(self) -> None:
        site = Site()
        one = flow(40000, transport="TCP")
        register(site, ALICE, one, self.CONTACT)
        site.close(one)
        (place,) = site.registrations.places(ONE, "alice")
        assert isinstance(place.destination, Target)
        assert place.destination.remote.port == 5061

    @pytest.mark.parametrize(
        ("transport", "contact"),
        [
            ("WSS", "<sip:x1@abc.invalid;transport=ws>"),
            ("TCP", "<sip:alice@10.0.0.9:5061;transport=tcp>"),
            ("TCP", f"<sip:alice@198.51.100.7:5061;transport=tcp>;{INSTANCE};reg-id=1"),
        ],
    )
    def test_that_close_take_all_others_along(self, transport: str, contact: str) -> None:
        site = Site()
        one = flow(40000, transport=transport)
        register(site, ALICE, one, contact, supported="outbound")
        site.close(one)
        assert uris(site) == []
        assert not site.registrations.has_flow(one)

    def test_a_flow_of_the_same_instance_replaces_the_former(self) -> None:
        site = Site()
        for port, user in ((40000, "x1"), (40001, "x2")):
            contact = f"<sip:{user}@abc.invalid;transport=ws>;{INSTANCE};reg-id=1"
            answer = register(site, ALICE, flow(port, transport="WSS"), contact, supported="outbound", call_id=user)
        assert uris(site) == ["sip:x2@abc.invalid;transport=ws"]
        assert answer.headers.get("require") == "outbound"
        assert answer.headers.get("flow-timer") == "120"
        assert "reg-id=1" in contacts(answer)[0]

    def test_over_udp_outbound_is_not_promised(self) -> None:
        contact = f"<sip:alice@198.51.100.7:5060>;{INSTANCE};reg-id=1"
        answer = register(Site(), ALICE, FLOW, contact, supported="outbound")
        assert (answer.status, answer.headers.get("require")) == (200, None)

    @pytest.mark.parametrize(("path", "status"), [("<sip:p.example;lr;ob>", 200), ("<sip:p.example;lr>", 439)])
    def test_a_proxy_between_has_to_keep_the_flow(self, path: str, status: int) -> None:
        contact = f"<sip:x@abc.invalid>;{INSTANCE};reg-id=1"
        one = flow(40000, transport="TCP")
        answer = register(Site(), ALICE, one, contact, supported="outbound, path", path=path)
        assert answer.status == status


class TestTime:
    def test_expired_bindings_go(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, expires="60")
        assert site.registrations.next_expiry() == site.now + 60
        site.registrations.expire(site.now + 60)
        assert uris(site) == []
        assert site.registrations.next_expiry() is None

    def test_a_refresh_costs_no_second_entry_and_no_write(self) -> None:
        site = Site()
        register(site, ALICE, FLOW, expires="600")
        site.registrations.changed.clear()
        for cseq in range(10, 100, 10):
            site.now += 300
            register(site, ALICE, FLOW, cseq=cseq, expires="600")
        assert not site.registrations.changed
        site.registrations.expire(site.now)
        assert len(uris(site)) == 1
        assert site.registrations.next_expiry() == site.now + 600


class TestSaving:
    def test_what_was_saved_lives_for_one_interval(self) -> None:
        site, later = Site(), Site()
        register(site, ALICE, FLOW, "<sip:alice@10.0.0.9:5060>", expires="600")
        later.registrations.restore(ALICE.phone, site.registrations.saved(ALICE.phone), 50.0)
        assert later.registrations.places(ONE, "alice") == site.registrations.places(ONE, "alice")
        assert not later.registrations.changed
        later.registrations.expire(50.0 + NAT_SECONDS)
        assert later.registrations.places(ONE, "alice") == []

    def test_connections_are_not_saved(self) -> None:
        site = Site()
        register(site, ALICE, flow(40000, transport="WSS"), "<sip:x@abc.invalid;transport=ws>")
        assert site.registrations.saved(ALICE.phone) == ()
        assert ALICE.phone in site.registrations.changed  # its presence is told all the same

    def test_who_listens_is_saved_without_the_connection(self) -> None:
        site = Site()
        register(site, ALICE, flow(40000, transport="TCP"), TestConnections.CONTACT)
        (saved,) = site.registrations.saved(ALICE.phone)
        assert saved.flow is None


class TestRevocation:
    def test_takes_the_bindings_along(self) -> None:
        site = Site()
        register(site, ALICE, FLOW)
        register(site, OTHER_ALICE, FLOW)
        site.registrations.drop(site.book.load([], ONE))
        assert uris(site) == []
        assert site.registrations.places(TWO, "alice")
        assert site.registrations.has_flow(FLOW)
