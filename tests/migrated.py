"""Bringing a test's database up to date as the product does at its start."""

from api.migrations import upgrade, upgrade_postgres
from kernel.adapters import PostgresDatabase
from kernel.primitives.secret import Secret
from tests.databases import Place
from tests.fakes import FakeClock


async def migrate(place: Place) -> None:
    if place.file is not None:
        upgrade(place.file)
        return
    database = PostgresDatabase(Secret(place.url), FakeClock())
    try:
        await upgrade_postgres(database)
    finally:
        await database.close()
