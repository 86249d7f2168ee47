"""The client side of digest authentication (RFC 7616 3.4, RFC 3261 22, RFC 8760 2.4)."""

from collections.abc import Iterable
from typing import Literal

import msgspec

from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import SESSION_SUFFIX, Algorithm, digest_response, hash_password, session_ha1
from gateway.sip.errors import SipError
from gateway.sip.grammar import split_list
from gateway.sip.message import Request, Response
from gateway.sip.tokens import TokenSource

MAX_REALMS = 8  # answered for one user: more realms than hops of a call are a peer that collects our hashes

_CHALLENGE_HEADERS = {401: ("www-authenticate", "Authorization"), 407: ("proxy-authenticate", "Proxy-Authorization")}
_INFO_HEADERS = {"Authorization": "authentication-info", "Proxy-Authorization": "proxy-authentication-info"}
_UNQUOTED = frozenset({"algorithm", "qop", "nc"})  # tokens by RFC 7616 3.4
_STRENGTHS: dict[str, tuple[int, Algorithm]] = {
    "MD5": (0, "MD5"),
    "SHA-256": (1, "SHA-256"),
    "SHA-512-256": (2, "SHA-512-256"),
}
"""RFC 8760 2.4 leaves the choice to local policy: ours is the strongest, whatever the order on the wire."""

Qop = Literal["auth", "auth-int", ""]
Key = tuple[str, str]  # the name of the header that answers, and the realm


class _Challenge(msgspec.Struct):
    """One realm's challenge as we answer it; `count` is the last nonce count used."""

    realm: str
    nonce: str
    opaque: str | None
    algorithm: Algorithm
    in_session: bool
    written_algorithm: str
    qop: Qop
    stale: bool
    strength: int
    count: int = 0
    session_nonce: str = ""  # our nonce of a -sess variant, which stays as long as the peer's

    def renew(self, nonce: str) -> None:
        """Go on with the nonce that the peer gave for the next request (RFC 7616 3.5)."""
        self.nonce = nonce
        self.count = 0
        self.session_nonce = ""


def _read_qop(text: str | None) -> Qop | None:
    """Choose among what is offered; None: nothing that we know. Without a body to protect `auth` is as good."""
    if text is None:
        return ""
    offered = split_list(text.lower())
    if "auth" in offered:
        return "auth"
    return "auth-int" if "auth-int" in offered else None


def _read_challenge(text: str) -> _Challenge | None:
    """Read a challenge; None where we cannot answer it."""
    try:
        value = AuthValue.parse(text)
    except SipError:
        return None
    if value.scheme.lower() != "digest" or "nonce" not in value.params:
        return None
    written = value.params.get("algorithm", "")
    name = (written or "MD5").upper()
    in_session = name.endswith(SESSION_SUFFIX.upper())
    known = _STRENGTHS.get(name.removesuffix(SESSION_SUFFIX.upper()))
    qop = _read_qop(value.params.get("qop"))
    if known is None or qop is None:
        return None
    return _Challenge(
        realm=value.params.get("realm", ""),
        nonce=value.params["nonce"],
        opaque=value.params.get("opaque"),
        algorithm=known[1],
        in_session=in_session,
        written_algorithm=written,
        qop=qop,
        stale=value.params.get("stale", "").lower() == "true",
        strength=known[0],
    )


def _strongest_of_each_realm(texts: Iterable[str]) -> list[_Challenge]:
    best: dict[str, _Challenge] = {}
    for text in texts:
        challenge = _read_challenge(text)
        if challenge is None:
            continue
        found = best.get(challenge.realm)
        if found is None or challenge.strength > found.strength:
            best[challenge.realm] = challenge
    return list(best.values())


class Authenticator:
    """One user: answers challenges, and repeats what worked with a higher count before it is asked (22.2, 22.3)."""

    def __init__(self, username: str, password: str, tokens: TokenSource, realm: str = "") -> None:
        """`realm`: the only one that is answered; empty: any."""
        self._username = username
        self._password = password
        self._tokens = tokens
        self._realm = realm
        self._challenges: dict[Key, _Challenge] = {}

    def take_challenge(self, response: Response, tried: dict[Key, bool]) -> bool:
        """Note the challenges of a 401 or 407; True: sending again makes sense.

        `tried` belongs to the request: each realm gets one answer, and one more where it calls the first one stale.
        One realm that refuses our answer is the end, whatever else is asked.
        """
        challenge_header, answer_header = _CHALLENGE_HEADERS[response.status]
        taken: list[tuple[Key, _Challenge]] = []
        for challenge in _strongest_of_each_realm(response.headers.get_all(challenge_header)):
            key = (answer_header, challenge.realm)
            if not self._may_answer(key):
                continue
            if key in tried and (tried[key] or not challenge.stale):
                return False
            taken.append((key, challenge))
        for key, challenge in taken:
            tried[key] = key in tried
            self._challenges[key] = challenge
        return bool(taken)

    def _may_answer(self, key: Key) -> bool:
        if self._realm and key[1] != self._realm:
            return False
        return key in self._challenges or len(self._challenges) < MAX_REALMS

    def take_info(self, response: Response) -> None:
        """Note the nonce that a success gives for the next request (RFC 7616 3.5, RFC 3261 20.6)."""
        for answer_header, info_header in _INFO_HEADERS.items():
            for text in response.headers.get_all(info_header):
                nonce = _next_nonce(text)
                own = [challenge for (header, _), challenge in self._challenges.items() if header == answer_header]
                if nonce and len(own) == 1:  # the header names no realm, so with several it is nobody's
                    own[0].renew(nonce)

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
        ha1 = hash_password(challenge.algorithm, self._username, challenge.realm, self._password)
        cnonce = self._tokens.token()
        if challenge.in_session:
            cnonce = challenge.session_nonce = challenge.session_nonce or cnonce
            ha1 = session_ha1(challenge.algorithm, ha1, challenge.nonce, cnonce)
        if challenge.qop:
            challenge.count += 1
            fields |= {"qop": challenge.qop, "nc": f"{challenge.count:08x}", "cnonce": cnonce}
        elif challenge.in_session:
            fields["cnonce"] = cnonce
        fields["response"] = digest_response(challenge.algorithm, ha1, request.method, fields, request.body)
        if challenge.written_algorithm:
            fields["algorithm"] = challenge.written_algorithm
        if challenge.opaque is not None:
            fields["opaque"] = challenge.opaque
        return AuthValue("Digest", fields, _UNQUOTED)


def _next_nonce(text: str) -> str:
    """Read `nextnonce` of an Authentication-Info value, which is parameters without a scheme."""
    try:
        return AuthValue.parse(f"Digest {text}").params.get("nextnonce", "")
    except SipError:
        return ""
