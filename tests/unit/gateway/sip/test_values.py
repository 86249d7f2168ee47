"""Header values: what is written is read back, and what was read is written unchanged."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.sip.auth_value import AuthValue
from gateway.sip.cseq import MAX_CSEQ, CSeq
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.flow import HostPort
from gateway.sip.grammar import quote, unquote
from gateway.sip.headers import COMPACT_FORMS, Headers
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.params import MAX_PARAMS, Params
from gateway.sip.parser import MAX_HEADER_LINES, parse_message
from gateway.sip.rack import RAck
from gateway.sip.session_expires import MAX_INTERVAL, SessionExpires, parse_min_se
from gateway.sip.uri import Uri, format_host_port
from gateway.sip.via import Via

TOKENS = st.text("abcXYZ019-.!%*_+`'~", min_size=1, max_size=12)
TEXTS = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=20)
HOSTS = st.sampled_from(["192.0.2.1", "[2001:db8::1]", "sbc01", "my_host", "a.example.com", "x.invalid", "9"])
QUOTED = TEXTS.map(quote)
PARAMS = st.lists(
    st.tuples(TOKENS, st.none() | TOKENS | QUOTED | st.sampled_from(["[2001:db8::1]", "2001:db8::1", "::1"])),
    max_size=4,
).map(lambda items: Params(tuple(items)))
CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["add", "set", "prepend", "set_first", "remove"]),
        st.sampled_from(["Via", "v", "To", "X-Odd"]),
        st.sampled_from(["4", "5"]),
    ),
    max_size=6,
)
PORTS = st.none() | st.integers(0, 65535)
URIS = st.tuples(
    st.sampled_from(["sip:", "sips:", "SIP:"]),
    st.sampled_from(["", "alice@", "+43-1;x=y@", "a%20b:pw@", "1?2/3@"]),
    HOSTS,
    PORTS.map(lambda port: "" if port is None else f":{port}"),
    st.sampled_from(["", ";lr", ";transport=TCP;x=%41", ";maddr=[::1]"]),
    st.sampled_from(["", "?Replaces=a%40b", "?x="]),
).map("".join)


@given(URIS)
def test_uri_keeps_its_text(text: str) -> None:
    uri = Uri.parse(text)
    assert str(uri) == text
    assert Uri.parse(str(uri)) == uri
    assert uri.is_sip


@given(TEXTS, URIS, PARAMS)
def test_name_addr_round_trip(name: str, uri: str, params: Params) -> None:
    address = NameAddr(quote(name) if name else "", uri, params)
    assert NameAddr.parse(str(address)) == address
    assert NameAddr.parse(str(address)).display_name == name


@given(st.lists(st.tuples(TEXTS, URIS), min_size=1, max_size=4))
def test_lists_of_addresses_keep_commas_in_names(entries: list[tuple[str, str]]) -> None:
    addresses = tuple(NameAddr.of(uri, name) for name, uri in entries)
    assert NameAddr.parse_list(" , ".join(map(str, addresses))) == addresses


@given(TOKENS, HOSTS, PORTS, PARAMS)
def test_via_round_trip(transport: str, host: str, port: int | None, params: Params) -> None:
    via = Via(transport, host, port, params)
    assert Via.parse_list(f"{via},{via}") == (via, via)


@given(st.integers(0, MAX_CSEQ), TOKENS)
def test_cseq_round_trip(number: int, method: str) -> None:
    assert CSeq.parse(str(CSeq(number, method))) == CSeq(number, method)


@given(TEXTS)
def test_quoting_round_trip(text: str) -> None:
    assert unquote(quote(text)) == text


@given(
    st.dictionaries(TOKENS.map(str.lower), TEXTS, min_size=1, max_size=5),
)
def test_auth_round_trip(params: dict[str, str]) -> None:
    value = AuthValue("Digest", params)
    assert AuthValue.parse(str(value)).params == params


class TestUri:
    def test_parts(self) -> None:
        uri = Uri.parse("SIPS:+43-1%20x;phone=y:pw@[2001:db8::1]:5070;Transport=TCP;lr?Subject=x&y=z")
        assert (uri.scheme, uri.user, uri.password, uri.host) == ("sips", "+43-1%20x;phone=y", "pw", "[2001:db8::1]")
        assert (uri.port, uri.param("transport"), uri.is_loose_router) == (5070, "TCP", True)
        assert (uri.headers, uri.bare_host, uri.transport) == ("Subject=x&y=z", "2001:db8::1", "TLS")

    @pytest.mark.parametrize("text", ["tel:+43;x=y", "urn:service:sos", "http://a/b?c", "mailto:a@b"])
    def test_other_schemes_are_kept(self, text: str) -> None:
        uri = Uri.parse(text)
        assert (str(uri), uri.is_sip) == (text, False)

    @pytest.mark.parametrize(
        "text",
        ["", "sip:", "sip:a b@c", "sip:a@b:99999", "sip:a@b;", "sip:a@", "<sip:a@b>", "nonsense", "sip:a@b;x=\n"],
    )
    def test_malformed(self, text: str) -> None:
        with pytest.raises(SipError):
            Uri.parse(text)

    def test_ipv6_is_written_in_brackets(self) -> None:
        assert format_host_port(HostPort("2001:db8::1", 5060)) == "[2001:db8::1]:5060"


class TestNameAddr:
    def test_without_angle_brackets_parameters_belong_to_the_header(self) -> None:
        address = NameAddr.parse("sip:a@b ;tag=x")
        assert (address.uri_text, address.tag) == ("sip:a@b", "x")

    def test_names_compare_without_case_and_keep_theirs(self) -> None:
        address = NameAddr.parse('<sip:a@b>;TAG=a+b*c;+sip.instance="<urn:uuid:1>"')
        assert address.tag == "a+b*c"
        assert str(address) == '<sip:a@b>;TAG=a+b*c;+sip.instance="<urn:uuid:1>"'

    def test_refer_to_with_headers_in_the_uri(self) -> None:
        address = NameAddr.parse("<sip:x@y?Replaces=1%40z%3Bto-tag%3D7>")
        assert address.uri.headers == "Replaces=1%40z%3Bto-tag%3D7"

    def test_a_parameter_called_self_is_nothing_special(self) -> None:
        assert NameAddr.parse("<sip:a@b>;self=1").params.get("self") == "1"

    @pytest.mark.parametrize(
        "text",
        [
            '"open <sip:a@b>',
            "Käse <sip:a@b>",
            "a@b <sip:a@b>",
            "<sip:a@b>;;",
            "<sip:a@b> x",
            "sip:a@b?x=y",
            "",
            "<sip:a@b",
        ],
    )
    def test_malformed(self, text: str) -> None:
        with pytest.raises(SipError):
            NameAddr.parse(text)

    def test_parameters_have_an_end(self) -> None:
        NameAddr.parse("<sip:a@b>" + ";a" * MAX_PARAMS)
        with pytest.raises(SipError):
            NameAddr.parse("<sip:a@b>;a" + ";a" * MAX_PARAMS)

    def test_changing_the_tag(self) -> None:
        address = NameAddr.parse("<sip:a@b>;x=1;tag=old")
        assert str(address.with_tag("new")) == "<sip:a@b>;x=1;tag=new"
        assert str(address.without_tag()) == "<sip:a@b>;x=1"


class TestHeaders:
    @pytest.mark.parametrize("value", ["a\r\nRoute: <sip:evil>", "a\n", "\r"])
    def test_a_line_break_cannot_be_put_in(self, value: str) -> None:
        headers = Headers()
        for put in (headers.add, headers.set, headers.prepend, headers.set_first):
            with pytest.raises(MisuseError):
                put("Subject", value)
        with pytest.raises(MisuseError):
            Headers.of([("Subject", value)])
        with pytest.raises(MisuseError):
            headers.add("X: y\r\nZ", "1")
        assert len(headers) == 0

    def test_compact_forms_are_the_same_header(self) -> None:
        for compact, name in COMPACT_FORMS.items():
            headers = Headers([(compact.upper(), "1"), (name.title(), "2")])
            assert headers.get_all(name) == ("1", "2")

    def test_order_and_spelling_stay(self) -> None:
        lines = [("v", "1"), ("x-ODD", "2"), ("Via", "3")]
        headers = Headers(list(lines))
        headers.set_first("Via", "0")
        headers.add("New", "4")
        assert list(headers) == [("v", "0"), ("x-ODD", "2"), ("Via", "3"), ("New", "4")]
        headers.set("via", "5")
        assert list(headers) == [("via", "5"), ("x-ODD", "2"), ("New", "4")]
        headers.remove("NEW")
        assert "new" not in headers

    @given(CHANGES)
    def test_what_is_asked_after_changes_is_what_the_lines_say(self, changes: list[tuple[str, str, str]]) -> None:
        headers = Headers([("v", "1"), ("To", "2"), ("Via", "3")])
        for verb, name, value in changes:
            if verb == "remove":
                headers.remove(name)
            else:
                {"add": headers.add, "set": headers.set, "prepend": headers.prepend, "set_first": headers.set_first}[
                    verb
                ](name, value)
            afresh = Headers(list(headers))
            for asked in ("via", "to", "x-odd"):
                assert headers.get_all(asked) == afresh.get_all(asked)
                assert (asked in headers) == (asked in afresh)

    def test_a_changed_header_is_read_anew(self) -> None:
        message = Request("OPTIONS", "sip:a@b", Headers([("To", "<sip:a@b>")]))
        assert message.to.tag == ""
        message.headers.set("To", "<sip:a@b>;tag=1")
        assert message.to.tag == "1"

    def test_a_marked_via_is_what_is_written_and_what_is_read(self) -> None:
        message = Request("OPTIONS", "sip:a@b", Headers([("Via", "SIP/2.0/UDP a;rport, SIP/2.0/UDP b"), ("v", "c")]))
        _, *others = message.first_vias
        message.set_first_vias((Via("UDP", "a", 5), *others))
        assert list(message.headers) == [("Via", "SIP/2.0/UDP a:5, SIP/2.0/UDP b"), ("v", "c")]
        assert message.top_via.port == 5


class TestMessage:
    @given(
        st.lists(st.tuples(TOKENS, TEXTS.map(str.strip)), max_size=6),
        st.binary(max_size=50),
        st.sampled_from(["sip:a@b", "tel:1", "sip:\udcff"]),
    )
    def test_any_message_comes_back_as_it_was(self, lines: list[tuple[str, str]], body: bytes, target: str) -> None:
        lines = [(name, " ".join(value.split())) for name, value in lines]
        sent = Request("INVITE", target, Headers(lines), body)
        read = parse_message(bytes(sent))
        assert isinstance(read, Request)
        assert (read.method, read.target) == ("INVITE", target)
        assert [(name, value) for name, value in read.headers] == lines
        if "content-length" not in read.headers:
            assert read.body == body
        assert bytes(read)[: len(bytes(read)) - len(read.body)] == bytes(sent)[: len(bytes(sent)) - len(body)]

    def test_bytes_that_are_no_utf_8_survive(self) -> None:
        data = b"SIP/2.0 200 \xe9\r\nSubject: caf\xe9 \xff\r\n\r\n\x00\xff"
        assert bytes(parse_message(data)) == data

    def test_too_many_header_lines_are_refused(self) -> None:
        lines = b"X: 1\r\n" * (MAX_HEADER_LINES + 1)
        with pytest.raises(SipError):
            parse_message(b"OPTIONS sip:a@b SIP/2.0\r\n" + lines + b"\r\n")

    def test_logs_show_no_numbers(self) -> None:
        request = Request("INVITE", "sip:+431234567@b", Headers([("From", "<sip:+437654321@b>")]))
        assert repr(request) == "<Request INVITE>"
        assert repr(Response(200, "OK", Headers())) == "<Response 200>"
        assert "+43" not in repr((request.from_, request.uri))

    def test_lists_in_several_lines_are_one(self) -> None:
        message = Request("OPTIONS", "sip:a@b", Headers([("Allow", "INVITE, ACK"), ("allow", " BYE ")]))
        assert message.tokens("Allow") == ("INVITE", "ACK", "BYE")


class TestAuthValue:
    def test_commas_and_quotes_in_values(self) -> None:
        value = AuthValue.parse('Digest realm="a, \\"b\\"", qop="auth,auth-int", NONCE=x==, algorithm=MD5')
        assert value.params == {"realm": 'a, "b"', "qop": "auth,auth-int", "nonce": "x==", "algorithm": "MD5"}

    @pytest.mark.parametrize("text", ["", "Digest", 'Digest realm="x" nonce="y"', 'Digest a="x', "Digest =x"])
    def test_malformed(self, text: str) -> None:
        with pytest.raises(SipError):
            AuthValue.parse(text)


class TestSessionExpires:
    @pytest.mark.parametrize("text", ["90", "1800;refresher=uac", "4000;refresher=uas"])
    def test_round_trip(self, text: str) -> None:
        assert str(SessionExpires.parse(text)) == text

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            (" 90 ; Refresher=UAC;x=y", SessionExpires(90, "uac")),
            ("90;refresher=none", SessionExpires(90)),
            ("9999999999", SessionExpires(MAX_INTERVAL)),
        ],
    )
    def test_tolerance(self, text: str, value: SessionExpires) -> None:
        assert SessionExpires.parse(text) == value

    @pytest.mark.parametrize("text", ["", "x", "-1", "90 90", "90;", "12345678901"])
    def test_malformed(self, text: str) -> None:
        with pytest.raises(SipError):
            SessionExpires.parse(text)
        with pytest.raises(SipError):
            parse_min_se(text)


class TestRAck:
    def test_round_trip(self) -> None:
        assert str(RAck.parse("776656  1\tINVITE")) == "776656 1 INVITE"

    @pytest.mark.parametrize("text", ["", "1 INVITE", "1 2", "a 1 INVITE", "1 2 INVITE x", "12345678901 1 INVITE"])
    def test_malformed(self, text: str) -> None:
        with pytest.raises(SipError):
            RAck.parse(text)
