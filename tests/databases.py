"""The databases that tests run on: SQLite, and a PostgreSQL server of the test session; new ones are quick copies."""

import shutil
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Hashable
from itertools import count
from pathlib import Path
from typing import NamedTuple, Protocol

import pytest
from sqlmodel import SQLModel

from api.migrations.metadata import MODULES
from kernel.adapters import PostgresDatabase, SqliteDatabase
from kernel.adapters.outbox import Outbox
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock
from kernel.primitives.secret import Secret
from load_tests.peers.postgres import PostgresServer
from tests.fakes import FakeClock

ON_SQLITE = pytest.mark.parametrize("shelf", ["sqlite"], indirect=True)
"""Of tests that use `shelf`, through whatever fixture, and show what is the same on every database."""


class StoringDatabase(Database, Outbox, Protocol):
    """A database together with the outbox that the relay empties."""

    async def create_schema(self) -> None: ...

    async def close(self) -> None: ...


class Place(NamedTuple):
    """Where one database lies: a file, or a URL."""

    file: Path | None
    url: str = ""

    def open(self, clock: Clock) -> StoringDatabase:
        """As a process does, the first one or the next."""
        return PostgresDatabase(Secret(self.url), clock) if self.file is None else SqliteDatabase(self.file, clock)


Prepare = Callable[[Place], Awaitable[None]]


class Shelf(ABC):
    """Makes databases of one kind; one that was prepared once is copied."""

    def __init__(self) -> None:
        self._templates: dict[Hashable, Place] = {}
        self._numbers = count(1)

    async def prepared(self, key: Hashable, prepare: Prepare) -> Place:
        """A copy of what `prepare` made the first time."""
        if key not in self._templates:
            template = await self.empty()
            await prepare(template)
            self._templates[key] = template
        return await self._copy(self._templates[key])

    async def with_tables(self) -> Place:
        """All tables of the product (`MODULES` are imported with it), and those of tests that are imported by now."""
        return await self.prepared(("tables", len(MODULES), *sorted(SQLModel.metadata.tables)), create_tables)

    @abstractmethod
    async def empty(self) -> Place: ...

    @abstractmethod
    async def _copy(self, template: Place) -> Place: ...

    @abstractmethod
    async def remove(self, place: Place) -> None: ...


async def create_tables(place: Place) -> None:
    database = place.open(FakeClock())
    await database.create_schema()
    await database.close()


class SqliteShelf(Shelf):
    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    async def empty(self) -> Place:
        return Place(self._folder / f"{next(self._numbers)}.db")

    async def _copy(self, template: Place) -> Place:
        place = await self.empty()
        assert place.file is not None
        assert template.file is not None
        shutil.copy(template.file, place.file)
        return place

    async def remove(self, place: Place) -> None:
        assert place.file is not None
        for file in place.file.parent.glob(f"{place.file.name}*"):
            file.unlink()


class PostgresShelf(Shelf):
    def __init__(self, server: PostgresServer) -> None:
        super().__init__()
        self._server = server

    async def empty(self) -> Place:
        return Place(None, self._server.url(await self._server.create()))

    async def _copy(self, template: Place) -> Place:
        return Place(None, self._server.url(await self._server.create(_name(template))))

    async def remove(self, place: Place) -> None:
        await self._server.drop(_name(place))


def _name(place: Place) -> str:
    return place.url.partition("@/")[2].partition("?")[0]
