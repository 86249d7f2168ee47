"""Proving that the billing entries are what the log tells."""

from collections.abc import Sequence
from uuid import UUID

import msgspec

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.phone import ERASED
from tenants.billing.decks import DeckCache, load_price_book
from tenants.billing.entries import BillingEntry
from tenants.billing.meter import Meter, Used
from tenants.billing.rating import entries_of
from tenants.billing.repository import BillingEntryRepository, EntryFilter, MeterRepository

READ_CHUNK = 5_000  # events held at once, some 5 MB


class EntryDifference(msgspec.Struct, frozen=True):
    """An entry as the table has it and as the log tells; None: not at all."""

    kept: BillingEntry | None
    told: BillingEntry | None


async def recount(database: Database, scope: TenantScope) -> Sequence[EntryDifference]:
    """Entries that the table has otherwise than the log tells; empty when all is well. Metering may go on beside it.

    What was rated by a number that has been erased from the log since stands as it was.
    """
    async with database.read(scope) as unit:
        metered = await MeterRepository(unit.session, scope).sequence()
        kept = await BillingEntryRepository(unit.session, scope).page(EntryFilter(), None, None)
    used = await _used(database, scope)
    async with database.read(scope) as unit:
        book = await load_price_book(unit.session, scope, [one for _, one in used], DeckCache())
    erased = {one.event for _, one in used if one.trip is not None and one.trip.called == ERASED}
    told: dict[UUID, BillingEntry] = {}
    due: set[UUID] = set()
    for sequence, one in used:
        for entry in entries_of(one, book):
            told[entry.id] = entry
            if sequence <= metered and entry.event not in erased:
                due.add(entry.id)
    known = {entry.id: entry for entry in kept if entry.event not in erased}
    return [
        EntryDifference(known.get(key), told.get(key))
        for key in sorted(known.keys() | due)
        if known.get(key) != told.get(key)
    ]


async def _used(database: Database, scope: TenantScope) -> list[tuple[int, Used]]:
    meter = Meter()
    found: list[tuple[int, Used]] = []
    while chunk := await database.read_log(scope.tenant, meter.sequence, READ_CHUNK):
        for logged in chunk:
            used = meter.fold(logged.sequence, logged.event)
            if used is not None:
                found.append((logged.sequence, used))
    return found
