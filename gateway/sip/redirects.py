"""Following 3xx answers to our INVITE: whom we are willing to call instead, best first (RFC 3261 8.1.3.4, 19.1.5)."""

import re

import msgspec

from gateway.sip.errors import SipError
from gateway.sip.message import Response
from gateway.sip.name_addr import WILDCARD, NameAddr
from gateway.sip.uri import Uri

MAX_REDIRECTS = 5  # places tried for one call; each may ring for a minute, and nobody waits for more
FOLLOWED = frozenset({300, 301, 302})  # 305 would let a stranger put himself between, 380 is no SIP address

_Q_VALUE = re.compile(r"(?:0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)\Z")


class RedirectRule(msgspec.Struct, frozen=True):
    """Where a 3xx may lead, so that it cannot make us call at our expense whom nobody asked for.

    `hosts`: names and addresses in lower case, without brackets. `same_user`: only the called number itself, elsewhere.
    """

    hosts: frozenset[str]
    same_user: bool = True
    limit: int = MAX_REDIRECTS

    def allows(self, uri: Uri, called: Uri) -> bool:
        """Whether `uri` may be called in place of `called`."""
        if not uri.is_sip or uri.headers is not None or uri.bare_host.lower() not in self.hosts:
            return False
        if called.scheme == "sips" and uri.scheme != "sips":
            return False  # 26.4.4: never less protected than what was asked for
        return not self.same_user or uri.user == called.user


class Redirection:
    """The places that one call was referred to and that were not tried yet."""

    def __init__(self, rule: RedirectRule, target: str) -> None:
        self._rule = rule
        self._called = Uri.parse(target)
        self._waiting: list[str] = []
        self._seen = {target}
        self._left = rule.limit

    def take(self, response: Response) -> None:
        """Note where a 3xx leads; what it repeats is a loop and left out."""
        if response.status not in FOLLOWED:
            return
        found = [contact.uri_text for contact in by_preference(response) if self._is_wanted(contact)]
        fresh = [uri for uri in dict.fromkeys(found) if uri not in self._seen][: self._left]
        self._left -= len(fresh)
        self._seen.update(fresh)
        self._waiting = [*fresh, *self._waiting]

    def _is_wanted(self, contact: NameAddr) -> bool:
        try:
            return self._rule.allows(contact.uri, self._called)
        except SipError:
            return False

    def next(self) -> str | None:
        """Take the best place that is left."""
        return self._waiting.pop(0) if self._waiting else None

    @property
    def goes_on(self) -> bool:
        """Whether a place is left."""
        return bool(self._waiting)


def by_preference(response: Response) -> list[NameAddr]:
    """The contacts, the highest `q` first; equals as they stand (20.10: without one it is 1)."""
    try:
        contacts = [contact for contact in response.contacts if contact != WILDCARD]
    except SipError:
        return []
    return sorted(contacts, key=_preference, reverse=True)


def _preference(contact: NameAddr) -> float:
    text = contact.params.get("q")
    if text is None:
        return 1.0
    return float(text) if _Q_VALUE.match(text) else 0.0
