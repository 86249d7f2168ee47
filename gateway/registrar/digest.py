"""The server side of digest authentication for all realms (RFC 7616, RFC 8760, RFC 3261 22).

One challenge, of the one algorithm that is set for a telephone: two of them, as RFC 8760 has it, break those that
know MD5 only.
"""

import hmac
from collections.abc import Callable
from enum import StrEnum

import msgspec

from gateway.registrar.nonces import Nonces
from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import Algorithm, digest_response, hash_text
from gateway.sip.errors import SipError
from gateway.sip.message import Request
from gateway.sip.uri import Uri

_TOKENS = frozenset({"algorithm", "stale"})  # written without quotes, unlike the list of qop (RFC 7616 3.3)
_NEEDED = frozenset({"username", "nonce", "uri", "response"})
_NEEDED_WITH_QOP = frozenset({"nc", "cnonce"})
_QOPS = (None, "auth", "auth-int")
_NC_DIGITS = 8
AUTHORIZATION = {401: "authorization", 407: "proxy-authorization"}
CHALLENGE = {401: "WWW-Authenticate", 407: "Proxy-Authenticate"}


class Account(msgspec.Struct, frozen=True):
    """What proves a user: HA1 by `algorithm`."""

    algorithm: Algorithm
    ha1: str

    def __repr__(self) -> str:
        return f"Account(algorithm={self.algorithm!r}, ...)"


class Verdict(StrEnum):
    ACCEPTED = "accepted"
    MISSING = "missing"  # no credentials for this realm: challenge
    STALE = "stale"  # right, but for a nonce that is old or not ours, or a count that was used: stale=true
    REFUSED = "refused"  # wrong user or password: challenge again (RFC 3261 22.1)


class Checked(msgspec.Struct, frozen=True):
    """`username` is what was claimed; it is proved where the verdict is ACCEPTED."""

    verdict: Verdict
    username: str = ""


class DigestServer:
    """`account_of(username)` always gives an account, one that nobody can match where there is no such user."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret
        self._nonces = Nonces(secret)
        self._opaques: dict[str, str] = {}  # by realm, of which there are only ours

    def challenge(self, realm: str, algorithm: Algorithm, now: float, stale: bool = False) -> str:
        """Write the value of WWW-Authenticate or Proxy-Authenticate, with a fresh nonce."""
        fields = {
            "realm": realm,
            "nonce": self._nonces.issue(realm, algorithm, now),
            "algorithm": algorithm,
            "qop": "auth" if algorithm == "MD5" else "auth,auth-int",  # who knows MD5 only often reads no lists
            "opaque": self._opaque(realm),
        }
        if stale:
            fields["stale"] = "true"
        return str(AuthValue("Digest", fields, _TOKENS))

    def verify(
        self, request: Request, status: int, realm: str, account_of: Callable[[str], Account], now: float
    ) -> Checked:
        """Check what `request` answers to our challenge of `status`, 401 or 407; equally long for whoever asks."""
        fields = self._credentials(request, status, realm)
        if fields is None:
            return Checked(Verdict.MISSING)
        username = fields["username"]
        account = account_of(username)
        algorithm = account.algorithm
        if fields.get("algorithm", "MD5").upper() != algorithm:
            return Checked(Verdict.MISSING, username)
        expected = digest_response(algorithm, account.ha1, request.method, fields, request.body)
        given = fields["response"].lower().encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(expected.encode(), given):
            return Checked(Verdict.REFUSED, username)
        if not self._nonces.take(fields["nonce"], realm, algorithm, _count(fields), now):
            return Checked(Verdict.STALE, username)
        return Checked(Verdict.ACCEPTED, username)

    def username(self, request: Request, status: int, realm: str) -> str:
        """Who `request` claims to be; "" where it answers no challenge of ours. Proved by `verify` alone."""
        fields = self._credentials(request, status, realm)
        return "" if fields is None else fields["username"]

    def nobody(self, realm: str, username: str, algorithm: Algorithm) -> Account:
        """Make the account of a user that does not exist: the same each time, and known to nobody."""
        data = f"{realm}\n{username}".encode("utf-8", "surrogateescape")
        return Account(algorithm, hash_text(algorithm, hmac.digest(self._secret, data, "sha256").hex()))

    def _credentials(self, request: Request, status: int, realm: str) -> dict[str, str] | None:
        for text in request.headers.get_all(AUTHORIZATION[status]):
            try:
                value = AuthValue.parse(text)
            except SipError:
                continue
            fields = value.params
            qop = fields.get("qop")
            needed = _NEEDED if qop is None else _NEEDED | _NEEDED_WITH_QOP
            if value.scheme.lower() != "digest" or fields.get("realm") != realm or not needed <= fields.keys():
                continue
            if qop in _QOPS and fields.get("opaque") in (None, self._opaque(realm)):
                return fields if _is_for(fields["uri"], request) else None
        return None

    def _opaque(self, realm: str) -> str:
        opaque = self._opaques.get(realm)
        if opaque is None:
            data = f"opaque {realm}".encode("utf-8", "surrogateescape")
            opaque = self._opaques[realm] = hmac.digest(self._secret, data, "sha256").hex()[:16]
        return opaque


def _is_for(uri: str, request: Request) -> bool:
    """Whether credentials for `uri` are for this request; some write no user, and proxies rewrite hosts."""
    try:
        user = Uri.parse(uri).user
    except SipError:
        return False
    return user is None or user == request.uri.user


def _count(fields: dict[str, str]) -> int:
    """The nonce count; who sends no qop cannot count and has each nonce once (RFC 2617)."""
    if "qop" not in fields:
        return 1
    text = fields["nc"]
    try:
        return int(text, 16) if len(text) == _NC_DIGITS else 0
    except ValueError:
        return 0
