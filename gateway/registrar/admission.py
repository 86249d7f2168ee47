"""Who of the many that write to the SIP ports is answered: nothing answers strangers.

Telephones, and peers of trunks that prove who they are by digest: both are accounts of a telephone domain. A request
outside dialogs is answered only where it names a telephone domain of ours: REGISTER, INVITE and MESSAGE by a
challenge, without any state. All else from strangers is dropped. What passes is proved: the digest is checked here.
"""

from typing import Protocol

from gateway.registrar.book import PhoneBook
from gateway.registrar.digest import CHALLENGE, Account, Checked, DigestServer, Verdict
from gateway.registrar.registrations import Registrations
from gateway.sip.errors import SipError
from gateway.sip.flow import Flow
from gateway.sip.gate import Refusal
from gateway.sip.message import Request
from kernel.contracts.directory import PhoneConfig

WRONG_PASSWORD = 1.0  # a strike: what a guesser does, and a person who mistypes a few times
STRANGE_REQUEST = 0.5  # to a domain or by a method that no telephone uses here: what a scanner does
NEIGHBOURS_SHARE = 0.1  # of a strike where telephones are registered from that address: an office behind one NAT
# RFC 3261 22.2, 22.3: we place the call, and send the text, on the caller's behalf.
CHALLENGED = {"REGISTER": 401, "INVITE": 407, "MESSAGE": 407}


class Strikes(Protocol):
    """Who counts what strangers do, and bans them."""

    def strike(self, host: str, weight: float, now: float, /) -> object:
        """Note misbehaviour of an address."""
        ...


class PhoneAdmission:
    """`screen` is asked for each request outside dialogs, whatever it came on."""

    def __init__(
        self, book: PhoneBook, registrations: Registrations, digest: DigestServer, secret: bytes, strikes: Strikes
    ) -> None:
        self._book = book
        self._registrations = registrations
        self._digest = digest
        self._secret = secret
        self._strikes = strikes

    @property
    def is_open(self) -> bool:
        """Whether there is any telephone to listen for."""
        return not self._book.is_empty

    def trusts(self, flow: Flow) -> bool:
        """Whether a telephone is registered by way of `flow`: it gets answers to whatever it sends."""
        return self._registrations.has_flow(flow)

    def way_to(self, contact: str) -> Flow | None:
        """The connection by which the telephone of this Contact is registered now."""
        return self._registrations.way_to(contact)

    def screen(self, request: Request, flow: Flow, now: float, realm: str | None = None) -> Refusal | bool | None:
        """Let in (True), refuse with an answer, drop (False), or None: it is no matter of accounts.

        `realm`: in which an INVITE from this source is proved where its Request-URI names no domain of ours.
        """
        try:
            domain = self._domain(request, realm)
            if domain is None:
                return self._no_domain(request, flow)
            status = CHALLENGED.get(request.method)
            if status is not None:
                return self._check(request, flow, domain, status, now)
        except SipError:
            return None
        if self.trusts(flow):
            return True
        self._strike(flow, STRANGE_REQUEST, now)
        return False

    def caller(self, request: Request, realm: str | None = None) -> PhoneConfig | None:
        """Whose INVITE or MESSAGE was let in; None where nobody had to prove anything."""
        domain = self._domain(request, realm)
        if domain is None:
            return None
        found = self._book.find(domain, self._digest.username(request, 407, domain))
        return None if found is None else found[0]

    def _domain(self, request: Request, realm: str | None) -> str | None:
        domain = self._book.domain_of(request.uri)
        return realm if domain is None and request.method == "INVITE" else domain

    def _no_domain(self, request: Request, flow: Flow) -> Refusal | bool | None:
        """A registered telephone is told that a domain or a method is none of ours."""
        if self.trusts(flow):
            return Refusal(404) if request.method in CHALLENGED else True
        return None

    def note_stranger(self, flow: Flow, now: float) -> None:
        """Nobody knows who sent this."""
        self._strike(flow, STRANGE_REQUEST, now)

    def _check(self, request: Request, flow: Flow, domain: str, status: int, now: float) -> Refusal | bool:
        claimed = request.to.uri if status == 401 else request.from_.uri
        user = claimed.user or ""
        checked = self._verify(request, status, domain, now)
        if checked.verdict is Verdict.ACCEPTED:
            same = checked.username == user and self._book.domain_of(claimed) == domain
            return True if same or (status == 407 and self._is_peer(domain, checked.username)) else Refusal(403)
        if checked.verdict is Verdict.REFUSED:
            self._strike(flow, WRONG_PASSWORD, now)
        algorithm = self._book.algorithm(domain, checked.username or user, self._secret)
        # A peer's first INVITE names a caller, not its account: who answers with another algorithm than its account
        # has is asked once more, as for a stale nonce.
        stale = checked.verdict is Verdict.STALE or (checked.verdict is Verdict.MISSING and bool(checked.username))
        return Refusal(status, ((CHALLENGE[status], self._digest.challenge(domain, algorithm, now, stale)),))

    def _verify(self, request: Request, status: int, domain: str, now: float) -> Checked:
        def account_of(username: str) -> Account:
            found = self._book.find(domain, username)
            if found is not None:
                return found[1]
            return self._digest.nobody(domain, username, self._book.algorithm(domain, username, self._secret))

        return self._digest.verify(request, status, domain, account_of, now)

    def _is_peer(self, domain: str, username: str) -> bool:
        """Whose INVITEs name other callers than itself."""
        found = self._book.find(domain, username)
        return found is not None and found[0].trunk is not None

    def _strike(self, flow: Flow, weight: float, now: float) -> None:
        host = flow.remote.host
        share = NEIGHBOURS_SHARE if self._registrations.has_host(host) else 1.0
        self._strikes.strike(host, weight * share, now)
