"""Digest against the examples of the RFCs, and the rules of the server side (RFC 7616, RFC 2617)."""

import pytest

from gateway.sip.digest import (
    MAX_NONCES,
    NONCE_SECONDS,
    Algorithm,
    Authenticator,
    DigestServer,
    Verdict,
    digest_response,
    hash_password,
)
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
            'Digest realm="r", nonce="n", algorithm=SHA-512-256',
            'Digest realm="r", nonce="n", qop="auth-int"',
            'Digest realm="r"',
            "Digest !",
        ],
    )
    def test_what_we_cannot_answer_is_left(self, text: str) -> None:
        assert not authenticator().take_challenge(challenge(text), {})

    def test_the_first_challenge_that_we_know_is_answered(self) -> None:
        client, request = authenticator(), a_request()
        values = (
            'Digest realm="r", nonce="1", algorithm=SHA-512-256',
            'Digest realm="r", nonce="2", algorithm=SHA-256',
        )
        assert client.take_challenge(challenge(*values), {})
        client.authorize(request)
        assert 'nonce="2"' in (request.headers.get("authorization") or "")


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
