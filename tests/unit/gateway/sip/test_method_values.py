"""Values of the headers and bodies of transfers, texts and keys: read, written, and refused where they are broken."""

import time

import pytest

from gateway.sip.errors import SipError
from gateway.sip.headers import Headers
from gateway.sip.info_digits import DTMF, DTMF_RELAY, read_digit, write_digit
from gateway.sip.message import Response
from gateway.sip.reason import Reason, reasons_in
from gateway.sip.refer_to import ReferTo
from gateway.sip.replaces import Replaces
from gateway.sip.route_set import MAX_ROUTES, request_route, service_route
from gateway.sip.sipfrag import read_sipfrag, write_sipfrag
from gateway.sip.subscription_state import EventPackage, SubscriptionState
from gateway.sip.uri_escape import escape, unescape

RFC_3891 = "425928@bobster.example.org;to-tag=7743;from-tag=6472"


class TestReplaces:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            (RFC_3891, Replaces("425928@bobster.example.org", "7743", "6472")),
            (
                "98732@sip.example.com;from-tag=r33th4x0r;to-tag=ff87ff",
                Replaces("98732@sip.example.com", "ff87ff", "r33th4x0r"),
            ),
            ("a ; To-Tag=1 ;From-Tag=2;early-only;x=y", Replaces("a", "1", "2", early_only=True)),
            ("[v6]:1@h!%*;to-tag=a;from-tag=b", Replaces("[v6]:1@h!%*", "a", "b")),
        ],
    )
    def test_read(self, text: str, value: Replaces) -> None:
        assert Replaces.parse(text) == value
        assert Replaces.parse(str(value)) == value

    @pytest.mark.parametrize(
        "text",
        [
            "",
            "a",
            "a;to-tag=1",
            "a;from-tag=1",
            "a;to-tag=1;from-tag=2;to-tag=3",
            "a;to-tag;from-tag=2",
            "a b;to-tag=1;from-tag=2",
            "a;to-tag=1;from-tag=2, b;to-tag=1;from-tag=2",
            ";to-tag=1;from-tag=2",
        ],
    )
    def test_refused(self, text: str) -> None:
        with pytest.raises(SipError) as error:
            Replaces.parse(text)
        assert error.value.status == 400


class TestReferTo:
    def test_the_attended_transfer_of_rfc_5589(self) -> None:
        text = (
            "<sips:482n4z24kdg@chicago.example.com;gr=8594958"
            "?Replaces=090459243588173445%3Bto-tag%3D9m2n3wq%3Bfrom-tag%3D763231>"
        )
        value = ReferTo.parse(text)
        assert value.target == "sips:482n4z24kdg@chicago.example.com;gr=8594958"
        assert value.replaces == Replaces("090459243588173445", "9m2n3wq", "763231")
        assert ReferTo.parse(str(value)) == value

    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("sip:+4930123@pbx.example", "sip:+4930123@pbx.example"),
            (
                '"Bob" <sip:bob@[2001:db8::1]:5070;transport=tcp;method=INVITE>',
                "sip:bob@[2001:db8::1]:5070;transport=tcp",
            ),
            ("<sip:a;ext=1?2:pw@h>;x=y", "sip:a;ext=1?2:pw@h"),
            ("<sip:bob@h?Require=replaces&Subject=x>", "sip:bob@h"),
        ],
    )
    def test_the_target_is_a_request_uri(self, text: str, target: str) -> None:
        assert ReferTo.parse(text) == ReferTo(target, None, "Bob" if "Bob" in text else "")

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("<http://example.com>", 416),
            ("<tel:+4930>", 416),
            ("<sip:a@h;method=BYE>", 405),
            ("<sip:a@h?Replaces=x>", 400),
            ("<sip:a@h?Replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2&replaces=a%3Bto-tag%3D1%3Bfrom-tag%3D2>", 400),
            ("<sip:a@h?Replaces=%zz>", 400),
            ("<sip:a@h?Replaces=a%0D%0AX:y%3Bto-tag%3D1%3Bfrom-tag%3D2>", 400),
            ("<sip:a@h?" + "&".join(["x=y"] * 40) + ">", 400),
            ("nonsense", 400),
        ],
    )
    def test_refused(self, text: str, status: int) -> None:
        with pytest.raises(SipError) as error:
            ReferTo.parse(text)
        assert error.value.status == status


@pytest.mark.parametrize("text", ["", "a b", "ü;=&%", "a@b;to-tag=1", "\udcff"])
def test_what_is_escaped_is_read_again(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not set(escape(text)) & set(' ;=&@<>"')


class TestReason:
    def test_several_in_one_line_and_commas_in_quotes(self) -> None:
        text = 'SIP ;cause=200 ;text="Call, completed; elsewhere" , Q.850;cause=16;text="Terminated"'
        assert Reason.parse_list(text) == (
            Reason("SIP", 200, "Call, completed; elsewhere"),
            Reason("Q.850", 16, "Terminated"),
        )

    @pytest.mark.parametrize("value", [Reason("Q.850", 16), Reason("SIP", 200, 'say "hi"'), Reason("Preemption")])
    def test_round_trip(self, value: Reason) -> None:
        assert Reason.parse_list(str(value)) == (value,)

    def test_what_cannot_be_read_is_left_out(self) -> None:
        assert reasons_in(["@", "Q.850;cause=16", "Q.850;cause=x", ""]) == (Reason("Q.850", 16), Reason("Q.850"))


class TestSipfrag:
    @pytest.mark.parametrize("status", [100, 180, 200, 486, 603, 699])
    def test_round_trip(self, status: int) -> None:
        assert read_sipfrag(write_sipfrag(status)) == status

    @pytest.mark.parametrize(
        "body", [b"", b"INVITE sip:a SIP/2.0", b"SIP/2.0 99 x", b"SIP/2.0 1000 x", b"SIP/2.0 200x", b"SIP/3.0 200 OK"]
    )
    def test_no_status(self, body: bytes) -> None:
        assert read_sipfrag(body) is None

    @pytest.mark.parametrize("body", [b"SIP/2.0 200", b"\r\nsip/2.0 200 Okay\r\nTo: <sip:x>\r\n\r\n"])
    def test_what_peers_write(self, body: bytes) -> None:
        assert read_sipfrag(body) == 200


class TestSubscription:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("active;expires=60", SubscriptionState("active", 60)),
            ("Active ; Expires = 60", SubscriptionState("active", 60)),
            ("terminated;reason=noresource", SubscriptionState("terminated", None, "noresource")),
            ("pending", SubscriptionState("pending")),
            ("active;expires=99999999999", SubscriptionState("active")),
        ],
    )
    def test_state(self, text: str, value: SubscriptionState) -> None:
        assert SubscriptionState.parse(text) == value
        assert SubscriptionState.parse(str(value)) == value

    @pytest.mark.parametrize("text", ["", ";expires=1", "active,terminated"])
    def test_a_broken_state(self, text: str) -> None:
        with pytest.raises(SipError):
            SubscriptionState.parse(text)

    @pytest.mark.parametrize("text", ["", "@", "refer;id=1,x"])
    def test_a_broken_event(self, text: str) -> None:
        with pytest.raises(SipError) as error:
            EventPackage.parse(text)
        assert error.value.status == 489


class TestDigits:
    @pytest.mark.parametrize("digit", "0123456789*#ABCD")
    def test_every_key(self, digit: str) -> None:
        assert read_digit(DTMF_RELAY, write_digit(digit)) == digit

    @pytest.mark.parametrize(
        ("kind", "body", "digit"),
        [
            (DTMF, b"5", "5"),
            (DTMF, b" d \r\n", "D"),
            (DTMF, b"Signal=7", "7"),
            (DTMF_RELAY, b"Signal= 11\nDuration= 250", "#"),
            (DTMF_RELAY, b"\r\nsignal = 10\r\n", "*"),
            (DTMF_RELAY, b"Signal=16", None),  # hook flash
            (DTMF_RELAY, b"Signal=!", None),
            (DTMF_RELAY, b"5", None),
            (DTMF_RELAY, b"Signal=12345", None),
            (DTMF, b"", None),
            (DTMF, b"5" + b" " * 300, None),
            ("text/plain", b"5", None),
        ],
    )
    def test_what_peers_write(self, kind: str, body: bytes, digit: str | None) -> None:
        assert read_digit(kind, body) == digit


class TestRoutes:
    def test_a_loose_router_leaves_the_target(self) -> None:
        routes = ("<sip:p1.example;lr>", "<sip:p2.example>")
        assert request_route("sip:bob@h", routes) == ("sip:bob@h", routes)

    def test_a_strict_router_becomes_the_target(self) -> None:
        assert request_route("sip:bob@h", ("<sip:p1.example>", "<sip:p2.example;lr>")) == (
            "sip:p1.example",
            ("<sip:p2.example;lr>", "<sip:bob@h>"),
        )

    def test_a_service_route_is_used_as_it_came(self) -> None:
        response = Response(
            200, "OK", Headers([("Service-Route", "<sip:a;lr>, <sip:b;lr>"), ("Service-Route", "<sip:c;lr>")])
        )
        assert service_route(response) == ("<sip:a;lr>", "<sip:b;lr>", "<sip:c;lr>")

    def test_a_service_route_without_end_is_refused(self) -> None:
        response = Response(200, "OK", Headers([("Service-Route", "<sip:a;lr>")] * (MAX_ROUTES + 1)))
        with pytest.raises(SipError):
            service_route(response)


@pytest.mark.parametrize("unit", ["a", "%41", ";", ";a=", " ", "<", '"', "\\", ",", "&", "?", "%", "=x&Replaces"])
def test_64_kilobytes_of_anything_are_read_in_linear_time(unit: str) -> None:
    text = (unit * 65_536)[:65_536]
    started = time.process_time()
    for read in (
        Replaces.parse,
        ReferTo.parse,
        Reason.parse_list,
        EventPackage.parse,
        SubscriptionState.parse,
        unescape,
    ):
        for prefix in ("", "<sip:a@b?Replaces=", "a;to-tag=1"):
            try:
                read(prefix + text)
            except SipError:
                continue
    for kind in (DTMF, DTMF_RELAY):
        read_digit(kind, text.encode())
    assert time.process_time() - started < 5.0  # 20 readings; a quadratic one takes minutes
