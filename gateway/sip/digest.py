"""The server side of digest authentication (RFC 7616, RFC 2617 for peers without qop, RFC 3261 22)."""

import hmac
from collections import OrderedDict
from collections.abc import Callable
from enum import StrEnum

from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import Algorithm, digest_response
from gateway.sip.errors import SipError
from gateway.sip.message import Request

NONCE_SECONDS = 300.0  # how long one nonce is taken; a stale one costs the peer one more round trip
MAX_NONCES = 10_000  # nonces whose counts are remembered: about 100 bytes each
_NC_LIMIT = 0xFFFFFFFF

_UNQUOTED = frozenset({"algorithm", "qop", "nc", "stale"})  # tokens by RFC 7616 3.3 and 3.4


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
