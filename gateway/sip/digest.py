"""Digest authentication, both sides (RFC 7616, RFC 2617 for peers without qop, RFC 3261 22)."""

import hashlib
import hmac
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum
from typing import Literal

import msgspec

from gateway.sip.auth_value import AuthValue
from gateway.sip.errors import SipError
from gateway.sip.grammar import split_list
from gateway.sip.message import Request, Response
from gateway.sip.tokens import TokenSource

Algorithm = Literal["MD5", "SHA-256"]

NONCE_SECONDS = 300.0  # how long one nonce is taken; a stale one costs the peer one more round trip
MAX_NONCES = 10_000  # nonces whose counts are remembered: about 100 bytes each
_NC_LIMIT = 0xFFFFFFFF

_CHALLENGE_HEADERS = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}
_UNQUOTED = frozenset({"algorithm", "qop", "nc", "stale"})  # tokens by RFC 7616 3.3 and 3.4


def _hash(algorithm: str, text: str) -> str:
    data = text.encode("utf-8", "surrogateescape")
    if algorithm == "SHA-256":
        return hashlib.sha256(data).hexdigest()
    return hashlib.md5(data, usedforsecurity=False).hexdigest()  # what SIP peers know (RFC 3261 22.4)


def digest_response(algorithm: str, ha1: str, method: str, fields: dict[str, str]) -> str:
    """Compute `response` from the fields uri, nonce and, with qop, nc, cnonce, qop (RFC 7616 3.4.1)."""
    ha2 = _hash(algorithm, f"{method}:{fields['uri']}")
    if "qop" in fields:
        middle = f"{fields['nonce']}:{fields['nc']}:{fields['cnonce']}:{fields['qop']}"
    else:
        middle = fields["nonce"]
    return _hash(algorithm, f"{ha1}:{middle}:{ha2}")


def hash_password(algorithm: Algorithm, username: str, realm: str, password: str) -> str:
    """Compute HA1, which may be stored in place of the password."""
    return _hash(algorithm, f"{username}:{realm}:{password}")


class _Challenge(msgspec.Struct):
    realm: str
    nonce: str
    opaque: str | None
    algorithm: Algorithm
    explicit_algorithm: bool
    qop: bool
    stale: bool
    count: int = 0


def _read_challenge(text: str) -> _Challenge | None:
    """Read a challenge that we can answer."""
    try:
        value = AuthValue.parse(text)
    except SipError:
        return None
    algorithm = value.params.get("algorithm", "MD5").upper()
    qop = value.params.get("qop")
    if value.scheme.lower() != "digest" or "nonce" not in value.params:
        return None
    if algorithm not in ("MD5", "SHA-256"):
        return None
    if qop is not None and "auth" not in split_list(qop.lower()):
        return None
    return _Challenge(
        realm=value.params.get("realm", ""),
        nonce=value.params["nonce"],
        opaque=value.params.get("opaque"),
        algorithm="SHA-256" if algorithm == "SHA-256" else "MD5",
        explicit_algorithm="algorithm" in value.params,
        qop=qop is not None,
        stale=value.params.get("stale", "").lower() == "true",
    )


class Authenticator:
    """The client side for one user: answers challenges and repeats what worked with a higher count (22.2, 22.3)."""

    def __init__(self, username: str, password: str, tokens: TokenSource) -> None:
        self._username = username
        self._password = password
        self._tokens = tokens
        self._challenges: dict[tuple[str, str], _Challenge] = {}  # by header name and realm

    def take_challenge(self, response: Response, tried: dict[tuple[str, str], bool]) -> bool:
        """Note the challenges of a 401 or 407; True: sending again makes sense.

        `tried` belongs to the request: each realm gets one answer, and one more where it calls the first one stale.
        """
        challenge_header, answer_header = _CHALLENGE_HEADERS[response.status]
        for text in response.headers.get_all(challenge_header):
            challenge = _read_challenge(text)
            if challenge is None:
                continue
            key = (answer_header, challenge.realm)
            if key in tried and (tried[key] or not challenge.stale):
                return False
            tried[key] = key in tried
            self._challenges[key] = challenge
            return True
        return False

    def authorize(self, request: Request) -> None:
        """Put the credentials for all known challenges in place of what the request has."""
        for header in ("Authorization", "Proxy-Authorization"):
            request.headers.remove(header)
        for (header, _), challenge in self._challenges.items():
            request.headers.add(header, str(self._credentials(challenge, request)))

    def _credentials(self, challenge: _Challenge, request: Request) -> AuthValue:
        fields = {
            "username": self._username,
            "realm": challenge.realm,
            "nonce": challenge.nonce,
            "uri": request.target,
        }
        if challenge.qop:
            challenge.count += 1
            fields |= {"qop": "auth", "nc": f"{challenge.count:08x}", "cnonce": self._tokens.token()}
        ha1 = hash_password(challenge.algorithm, self._username, challenge.realm, self._password)
        fields["response"] = digest_response(challenge.algorithm, ha1, request.method, fields)
        if challenge.explicit_algorithm:
            fields["algorithm"] = challenge.algorithm
        if challenge.opaque is not None:
            fields["opaque"] = challenge.opaque
        return AuthValue("Digest", fields, _UNQUOTED)


class Verdict(StrEnum):
    """What the server side thinks of a request."""

    ACCEPTED = "accepted"
    MISSING = "missing"  # no credentials for our realm: challenge
    STALE = "stale"  # right, but the nonce is too old or its count was used: challenge with stale=true
    REFUSED = "refused"  # wrong user or password: challenge again (22.1)


class DigestServer:
    """The server side of one realm; nonces are signed, so that only their counts are kept (RFC 7616 3.3, 5.4).

    `find_ha1(username)` returns HA1 for `algorithm`, or None for nobody.
    """

    def __init__(
        self, realm: str, secret: bytes, find_ha1: Callable[[str], str | None], algorithm: Algorithm = "MD5"
    ) -> None:
        self._realm = realm
        self._secret = secret
        self._find_ha1 = find_ha1
        self._algorithm: Algorithm = algorithm
        self._counts: OrderedDict[str, int] = OrderedDict()

    def challenge(self, now: float, stale: bool = False) -> str:
        """Write a WWW-Authenticate value with a fresh nonce."""
        issued = f"{now:.3f}"
        fields = {
            "realm": self._realm,
            "nonce": f"{issued}:{self._sign(issued)}",
            "algorithm": self._algorithm,
            "qop": "auth",
        }
        if stale:
            fields["stale"] = "true"
        # RFC 7616 3.3: qop is a quoted list in a challenge, unlike in credentials.
        return str(AuthValue("Digest", fields, _UNQUOTED - {"qop"}))

    def verify(self, request: Request, now: float) -> Verdict:
        """Check the Authorization header of `request`."""
        fields = self._own_credentials(request)
        if fields is None:
            return Verdict.MISSING
        issued, _, signature = fields["nonce"].partition(":")
        if not hmac.compare_digest(signature.encode(), self._sign(issued).encode()):
            return Verdict.MISSING  # a nonce of another process
        ha1 = self._find_ha1(fields["username"])
        if ha1 is None:
            return Verdict.REFUSED
        expected = digest_response(self._algorithm, ha1, request.method, fields)
        if not hmac.compare_digest(expected.encode(), fields["response"].lower().encode("utf-8", "surrogateescape")):
            return Verdict.REFUSED
        if now - float(issued) > NONCE_SECONDS or not self._count(fields):
            return Verdict.STALE
        return Verdict.ACCEPTED

    def _own_credentials(self, request: Request) -> dict[str, str] | None:
        for text in request.headers.get_all("authorization"):
            try:
                value = AuthValue.parse(text)
            except SipError:
                continue
            needed = {"username", "nonce", "uri", "response"}
            if "qop" in value.params:
                needed |= {"nc", "cnonce"}
            if (
                value.scheme.lower() == "digest"
                and value.params.get("realm") == self._realm
                and needed <= value.params.keys()
            ):
                return value.params
        return None

    def _count(self, fields: dict[str, str]) -> bool:
        """Take a nonce count once only; peers without qop cannot count (RFC 2617)."""
        if "qop" not in fields:
            return True
        try:
            count = int(fields["nc"][:9], 16)
        except ValueError:
            return False
        nonce = fields["nonce"]
        if not self._counts.get(nonce, 0) < count <= _NC_LIMIT:
            return False
        self._counts[nonce] = count
        self._counts.move_to_end(nonce)
        if len(self._counts) > MAX_NONCES:
            self._counts.popitem(last=False)
        return True

    def _sign(self, issued: str) -> str:
        data = f"{self._realm}:{issued}".encode("utf-8", "surrogateescape")
        return hmac.new(self._secret, data, "sha256").hexdigest()[:32]
