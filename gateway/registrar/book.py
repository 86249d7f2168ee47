"""All tenants' telephones and trunks' peers in memory: a request of a stranger costs one look-up and no query."""

import hmac
from collections.abc import Iterable

from gateway.registrar.digest import Account
from gateway.sip.digest_hash import Algorithm, hash_password
from gateway.sip.uri import Uri
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import PhoneId, TenantId


class _Domain:
    __slots__ = ("algorithms", "by_name")

    def __init__(self) -> None:
        self.by_name: dict[str, tuple[PhoneConfig, Account]] = {}
        self.algorithms: list[Algorithm] = []


class PhoneBook:
    """A domain without telephones is none of ours: nothing is answered there."""

    def __init__(self) -> None:
        self._phones: dict[PhoneId, PhoneConfig] = {}
        self._accounts: dict[PhoneId, Account] = {}
        self._domains: dict[str, _Domain] = {}
        self._peers: tuple[PhoneConfig, ...] = ()
        self._names: dict[tuple[TenantId, str], PhoneConfig] = {}

    def load(self, phones: Iterable[PhoneConfig], tenant: TenantId | None = None) -> tuple[PhoneId, ...]:
        """Take all telephones, or one tenant's, in place of the former; returns those that are gone or have moved."""
        fresh = {phone.phone: phone for phone in phones}
        former = {key: old for key, old in self._phones.items() if tenant is None or old.tenant == tenant}
        kept = {key: old for key, old in self._phones.items() if key not in former}
        self._phones = kept | fresh
        accounts = self._accounts
        self._accounts = {
            key: accounts[key] if former.get(key, kept.get(key)) == phone else _account(phone)
            for key, phone in self._phones.items()
        }
        self._index()
        return tuple(key for key, old in former.items() if _identity(fresh.get(key)) != _identity(old))

    def _index(self) -> None:
        self._domains = {}
        self._names = {(phone.tenant, phone.name): phone for phone in self._phones.values() if phone.trunk is None}
        self._peers = tuple(phone for phone in self._phones.values() if phone.trunk is not None)
        for key, phone in self._phones.items():
            domain = self._domains.setdefault(phone.domain, _Domain())
            domain.by_name[phone.name] = (phone, self._accounts[key])
            domain.algorithms.append(phone.algorithm)

    @property
    def is_empty(self) -> bool:
        return not self._phones

    @property
    def peers(self) -> tuple[PhoneConfig, ...]:
        """Of trunks."""
        return self._peers

    @property
    def tenants(self) -> frozenset[TenantId]:
        return frozenset(phone.tenant for phone in self._phones.values())

    def get(self, phone: PhoneId) -> PhoneConfig | None:
        return self._phones.get(phone)

    def of_tenant(self, tenant: TenantId, name: str) -> PhoneConfig | None:
        """The telephone of this user name; a trunk's peer is none."""
        return self._names.get((tenant, name))

    def domain_of(self, uri: Uri) -> str | None:
        """The telephone domain that a URI names; None where it is none of ours."""
        domain = uri.host.lower()
        return domain if domain in self._domains else None

    def find(self, domain: str, name: str) -> tuple[PhoneConfig, Account] | None:
        of_domain = self._domains.get(domain)
        return None if of_domain is None else of_domain.by_name.get(name)

    def algorithm(self, domain: str, name: str, secret: bytes) -> Algorithm:
        """What to challenge a user with: one who does not exist is challenged like one who does."""
        found = self.find(domain, name)
        if found is not None:
            return found[0].algorithm
        known = self._domains.get(domain)
        if known is None:
            return "MD5"
        algorithms = known.algorithms
        draw = hmac.digest(secret, f"{domain}\n{name}".encode("utf-8", "surrogateescape"), "sha256")
        return algorithms[int.from_bytes(draw[:8]) % len(algorithms)]


def _account(phone: PhoneConfig) -> Account:
    return Account(phone.algorithm, hash_password(phone.algorithm, phone.name, phone.domain, phone.secret.reveal()))


def _identity(phone: PhoneConfig | None) -> object:
    """What bindings stand on: after a change of any of it they are not the same telephone's."""
    return None if phone is None else (phone.tenant, phone.agent, phone.domain, phone.name, phone.secret)
