"""Digest against the examples of the RFCs, and the rules of the server side (RFC 7616, RFC 2617)."""

import hashlib

import pytest

from gateway.sip.auth_value import AuthValue
from gateway.sip.digest import MAX_NONCES, NONCE_SECONDS, DigestServer, Verdict
from gateway.sip.digest_client import MAX_REALMS, Authenticator
from gateway.sip.digest_hash import Algorithm, digest_response, hash_password
from gateway.sip.headers import Headers
from gateway.sip.message import Request, Response
from tests.unit.gateway.sip.pair import SeededTokens

RFC_7616 = {
    "uri": "/dir/index.html",
    "nonce": "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v",
    "nc": "00000001",
    "cnonce": "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ",
    "qop": "auth",
}


@pytest.mark.parametrize(
    ("algorithm", "expected"),
    [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        ("SHA-256", "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ],
)
def test_the_example_of_rfc_7616(algorithm: Algorithm, expected: str) -> None:
    ha1 = hash_password(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life")
    assert digest_response(algorithm, ha1, "GET", RFC_7616) == expected


def test_without_qop_as_in_rfc_2069() -> None:
    ha1 = hash_password("MD5", "Mufasa", "testrealm@host.com", "CircleOfLife")
    fields = {"uri": "/dir/index.html", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}
    assert digest_response("MD5", ha1, "GET", fields) == "1949323746fe6a43ef61f9606e7febea"


def a_request(authorization: str = "") -> Request:
    lines = [("Authorization", authorization)] if authorization else []
    return Request("REGISTER", "sip:trunk.example", Headers(lines))


def challenge(*values: str, status: int = 401) -> Response:
    name = "WWW-Authenticate" if status == 401 else "Proxy-Authenticate"
    return Response(status, "", Headers([(name, value) for value in values]))


def authenticator() -> Authenticator:
    return Authenticator("alice", "secret", SeededTokens(1))


class TestClient:
    def test_tokens_are_not_quoted(self) -> None:
        client, request = authenticator(), a_request()
        assert client.take_challenge(challenge('Digest realm="r", nonce="n", qop="auth,auth-int", algorithm=MD5'), {})
        client.authorize(request)
        value = request.headers.get("authorization") or ""
        assert "qop=auth," in value
        assert "nc=00000001" in value
        assert "algorithm=MD5" in value
        assert 'realm="r"' in value

    def test_a_challenge_without_qop_gets_none(self) -> None:
        client, request = authenticator(), a_request()
        assert client.take_challenge(challenge('Digest realm="r", nonce="n", opaque="o"', status=407), {})
        client.authorize(request)
        value = request.headers.get("proxy-authorization") or ""
        assert "qop" not in value
        assert 'opaque="o"' in value

    @pytest.mark.parametrize(
        "text",
        [
            'Basic realm="r"',
            'Digest realm="r", nonce="n", algorithm=SHA-1',
            'Digest realm="r", nonce="n", algorithm=SHA-1-sess',
            'Digest realm="r", nonce="n", qop="auth-conf"',
            'Digest realm="r"',
            "Digest !",
        ],
    )
    def test_what_we_cannot_answer_is_left(self, text: str) -> None:
        assert not authenticator().take_challenge(challenge(text), {})

    def test_the_strongest_challenge_of_a_realm_is_answered_whatever_the_order(self) -> None:
        client, request = authenticator(), a_request()
        values = (
            'Digest realm="r", nonce="1", algorithm=SHA-256',
            'Digest realm="r", nonce="2", algorithm=SHA-1',
            'Digest realm="r", nonce="3", algorithm=SHA-512-256',
            'Digest realm="r", nonce="4", algorithm=MD5',
        )
        assert client.take_challenge(challenge(*values), {})
        client.authorize(request)
        assert [parsed(value)["nonce"] for value in request.headers.get_all("authorization")] == ["3"]

    def test_several_realms_in_one_response_are_all_answered(self) -> None:
        client, request = authenticator(), a_request()
        values = ('Digest realm="a", nonce="1"', 'Digest realm="b", nonce="2"')
        assert client.take_challenge(challenge(*values, status=407), {})
        client.authorize(request)
        answered = {parsed(value)["realm"] for value in request.headers.get_all("proxy-authorization")}
        assert answered == {"a", "b"}

    def test_the_answer_to_401_stays_when_407_is_answered_too(self) -> None:
        client, request, tried = authenticator(), a_request(), dict[tuple[str, str], bool]()
        assert client.take_challenge(challenge('Digest realm="r", nonce="1"'), tried)
        assert client.take_challenge(challenge('Digest realm="p", nonce="2"', status=407), tried)
        client.authorize(request)
        assert parsed(request.headers.get("authorization"))["realm"] == "r"
        assert parsed(request.headers.get("proxy-authorization"))["realm"] == "p"

    def test_a_refused_realm_is_the_end_though_another_one_asks(self) -> None:
        client, tried = authenticator(), dict[tuple[str, str], bool]()
        assert client.take_challenge(challenge('Digest realm="r", nonce="1"'), tried)
        assert not client.take_challenge(challenge('Digest realm="s", nonce="2"', 'Digest realm="r", nonce="3"'), tried)

    def test_a_peer_that_asks_for_ever_more_realms_is_left(self) -> None:
        client, tried = authenticator(), dict[tuple[str, str], bool]()
        answered = [client.take_challenge(challenge(f'Digest realm="{n}", nonce="n"'), tried) for n in range(20)]
        assert answered == [True] * MAX_REALMS + [False] * (20 - MAX_REALMS)

    def test_only_the_realm_of_the_credentials_is_answered(self) -> None:
        client = Authenticator("alice", "secret", SeededTokens(1), realm="trunk.example")
        assert not client.take_challenge(challenge('Digest realm="elsewhere", nonce="n"'), {})
        assert client.take_challenge(challenge('Digest realm="trunk.example", nonce="n"'), {})

    @pytest.mark.parametrize("algorithm", ["MD5", "SHA-256", "SHA-512-256"])
    @pytest.mark.parametrize("suffix", ["", "-sess"])
    @pytest.mark.parametrize("qop", ["", "auth", "auth-int"])
    def test_every_algorithm_and_protection_as_the_rfc_computes_it(
        self, algorithm: Algorithm, suffix: str, qop: str
    ) -> None:
        client, request = authenticator(), a_request()
        request.set_body(b"v=0", "application/sdp")
        offered = f', qop="{qop}"' if qop else ""
        assert client.take_challenge(
            challenge(f'Digest realm="r", nonce="n", algorithm={algorithm}{suffix}{offered}'), {}
        )
        client.authorize(request)
        fields = parsed(request.headers.get("authorization"))
        assert fields["algorithm"] == algorithm + suffix
        assert fields["response"] == independent_response(algorithm, suffix, fields, b"v=0")

    def test_auth_is_taken_where_both_are_offered(self) -> None:
        client, request = authenticator(), a_request()
        assert client.take_challenge(challenge('Digest realm="r", nonce="n", qop="auth-int, auth"'), {})
        client.authorize(request)
        assert parsed(request.headers.get("authorization"))["qop"] == "auth"

    def test_a_session_keeps_our_nonce_while_the_peers_stays(self) -> None:
        client, first, second = authenticator(), a_request(), a_request()
        client.take_challenge(challenge('Digest realm="r", nonce="n", algorithm=MD5-sess, qop="auth"'), {})
        client.authorize(first)
        client.authorize(second)
        one, two = (parsed(each.headers.get("authorization")) for each in (first, second))
        assert (one["cnonce"], one["nc"], two["nc"]) == (two["cnonce"], "00000001", "00000002")

    def test_the_next_nonce_is_used_from_count_one(self) -> None:
        client, first, second = authenticator(), a_request(), a_request()
        client.take_challenge(challenge('Digest realm="r", nonce="n", qop="auth"'), {})
        client.authorize(first)
        info = Headers([("Authentication-Info", 'nextnonce="m", qop=auth, rspauth="00", nc=00000001')])
        client.take_info(Response(200, "OK", info))
        client.authorize(second)
        fields = parsed(second.headers.get("authorization"))
        assert (fields["nonce"], fields["nc"]) == ("m", "00000001")

    @pytest.mark.parametrize("info", ["nextnonce", "", 'nextnonce="', "qop=auth"])
    def test_an_unusable_info_changes_nothing(self, info: str) -> None:
        client, request = authenticator(), a_request()
        client.take_challenge(challenge('Digest realm="r", nonce="n", qop="auth"'), {})
        client.take_info(Response(200, "OK", Headers([("Authentication-Info", info)])))
        client.authorize(request)
        assert parsed(request.headers.get("authorization"))["nonce"] == "n"


def parsed(value: str | None) -> dict[str, str]:
    return AuthValue.parse(value or "").params


def independent_response(algorithm: str, suffix: str, fields: dict[str, str], body: bytes) -> str:
    """RFC 7616 3.4.1 to 3.4.3 once more, written from its text."""

    def h(text: str) -> str:
        return hashlib.new(
            {"MD5": "md5", "SHA-256": "sha256", "SHA-512-256": "sha512_256"}[algorithm], text.encode()
        ).hexdigest()

    ha1 = h("alice:r:secret")
    if suffix:
        ha1 = h(f"{ha1}:{fields['nonce']}:{fields['cnonce']}")
    integrity = f":{h(body.decode())}" if fields.get("qop") == "auth-int" else ""
    ha2 = h(f"REGISTER:sip:trunk.example{integrity}")
    if "qop" not in fields:
        return h(f"{ha1}:{fields['nonce']}:{ha2}")
    return h(f"{ha1}:{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}:{ha2}")


class TestServer:
    def server(self) -> DigestServer:
        ha1 = hash_password("MD5", "alice", "trunk.example", "secret")
        return DigestServer("trunk.example", b"key", {"alice": ha1}.get)

    def authorized(self, server: DigestServer, now: float, client: Authenticator | None = None) -> Request:
        client = client or authenticator()
        request = a_request()
        assert client.take_challenge(challenge(server.challenge(now)), {})
        client.authorize(request)
        return request

    def test_accepted_once_per_count(self) -> None:
        server = self.server()
        request = self.authorized(server, 10.0)
        assert server.verify(request, 11.0) is Verdict.ACCEPTED
        assert server.verify(request, 11.0) is Verdict.STALE

    def test_an_old_nonce_is_stale(self) -> None:
        server = self.server()
        request = self.authorized(server, 10.0)
        assert server.verify(request, 10.1 + NONCE_SECONDS) is Verdict.STALE

    def test_a_nonce_of_another_key_is_challenged(self) -> None:
        other = DigestServer("trunk.example", b"other key", lambda _user: None)
        assert self.server().verify(self.authorized(other, 10.0), 10.0) is Verdict.MISSING

    @pytest.mark.parametrize(
        "client", [Authenticator("alice", "wrong", SeededTokens(1)), Authenticator("bob", "secret", SeededTokens(1))]
    )
    def test_wrong_user_or_password(self, client: Authenticator) -> None:
        server = self.server()
        assert server.verify(self.authorized(server, 10.0, client), 10.0) is Verdict.REFUSED

    def test_another_method_does_not_pass(self) -> None:
        server = self.server()
        request = self.authorized(server, 10.0)
        request.method = "INVITE"
        assert server.verify(request, 10.0) is Verdict.REFUSED

    def test_the_uri_may_differ_from_the_request_uri(self) -> None:
        server = self.server()
        request = self.authorized(server, 10.0)
        request.target = "sip:other"
        assert server.verify(request, 10.0) is Verdict.ACCEPTED

    @pytest.mark.parametrize(
        "authorization", ["", "Basic x", "Digest", 'Digest username="alice", realm="trunk.example"', 'Digest realm="x"']
    )
    def test_without_usable_credentials(self, authorization: str) -> None:
        assert self.server().verify(a_request(authorization), 0.0) is Verdict.MISSING

    def test_counts_are_kept_for_a_bounded_number_of_nonces(self) -> None:
        server = self.server()
        for number in range(MAX_NONCES + 10):
            server.verify(self.authorized(server, number / 1000), 10.0)
        assert len(server._counts) == MAX_NONCES  # pyright: ignore[reportPrivateUsage]
