"""Certificates of tenants that end soon: told in the tenant's log and in ours, once a day."""

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta

import msgspec
import structlog
from cryptography import x509

from kernel.contracts.carriers import CertificateEnding
from kernel.contracts.directory import DomainConfig, TrunkConfig
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.ids import EventId, Ids, TenantId

EARLY = timedelta(days=14)  # an authority that asks people takes days, and one that asks none renews a month before
PAUSE_SECONDS = 24 * 3_600.0  # between two reminders

log = structlog.get_logger(__name__)


class Ending(msgspec.Struct, frozen=True):
    """`name` is the trunk's, or the telephone domain."""

    tenant: TenantId
    name: str
    ends_at: datetime


def ending(trunks: Iterable[TrunkConfig], domains: Iterable[DomainConfig], now: datetime) -> list[Ending]:
    """What ends within `EARLY`, or has ended."""
    return [one for one in (*_of_trunks(trunks), *_of_domains(domains)) if one.ends_at - now <= EARLY]


def _of_trunks(trunks: Iterable[TrunkConfig]) -> Iterator[Ending]:
    for trunk in trunks:
        ends_at = _end(trunk.options.tls.certificate) if trunk.options.tls is not None else None
        if ends_at is not None:
            yield Ending(trunk.tenant, trunk.name, ends_at)


def _of_domains(domains: Iterable[DomainConfig]) -> Iterator[Ending]:
    for domain in domains:
        ends_at = _end(domain.certificate)
        if ends_at is not None:
            yield Ending(domain.tenant, domain.domain, ends_at)


def _end(chain: str) -> datetime | None:
    """Of the first certificate of a chain that ends."""
    try:
        return min(one.not_valid_after_utc for one in x509.load_pem_x509_certificates(chain.encode()))
    except ValueError:
        return None


class CertificateDates:
    """`found` is what the last round told."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self.found: Sequence[Ending] = ()

    async def round(self, trunks: Iterable[TrunkConfig], domains: Iterable[DomainConfig]) -> None:
        """Tell of all that end soon."""
        now = self._clock.now()
        self.found = ending(trunks, domains, now)
        for one in self.found:
            log.warning("tls.certificate_ending", tenant=str(one.tenant), name=one.name, ends_at=str(one.ends_at))
        events = [
            CertificateEnding(
                id=EventId(self._ids.new()), tenant=one.tenant, at=now, name=one.name, ends_at=one.ends_at
            )
            for one in self.found
        ]
        if events:
            async with self._database.write() as unit:
                await unit.append(*events)
