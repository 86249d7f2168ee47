"""Rows of two tenants for every table of a schema, whatever its version: made from what the database itself tells."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar
from uuid import UUID

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Connection,
    Date,
    DateTime,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Numeric,
    String,
    Table,
    Uuid,
    create_engine,
    insert,
)

from kernel.adapters.postgres_driver import postgres_engine
from kernel.primitives.secret import Secret
from tests.databases import Place

VERSION_TABLE = "alembic_version"
MOMENT = dt.datetime(2026, 3, 2, 9, 0, tzinfo=dt.UTC)
DOCUMENTS: Mapping[str, Any] = {  # of JSON columns that a revision, or a service, reads
    "roles": ["agent"],
    "detail": {"fields": ["name"]},
    "custom_fields": {},
    "answer_waits": {"3": 1},
    "abandon_waits": {"5": 1},
    "state_ms": {"available": 1000},
    "transfers": {"blind:queue": 1},
}
WORDS = {"currency": "EUR", "time_zone": "Europe/Berlin", "transport": "udp"}
Row = Mapping[str, Any]
Result = TypeVar("Result")


class Filled(NamedTuple):
    """What was put into one table, by tenant; `rows` are as the database gives them back."""

    table: str
    rows: tuple[Row, Row]


async def on(place: Place, work: Callable[[Connection], Result]) -> Result:
    """In one transaction that no unit of work has begun; on PostgreSQL it says nothing of any tenant."""
    if place.file is not None:
        engine = create_engine(f"sqlite:///{place.file}")
        try:
            with engine.begin() as connection:
                return work(connection)
        finally:
            engine.dispose()
    server = postgres_engine(Secret(place.url), 1, transactional=True)
    try:
        async with server.begin() as connection:
            return await connection.run_sync(work)
    finally:
        await server.dispose()


def schema_of(connection: Connection) -> MetaData:
    found = MetaData()
    found.reflect(connection)
    if VERSION_TABLE in found.tables:
        found.remove(found.tables[VERSION_TABLE])
    return found


def fill(connection: Connection, number: int, tables: Iterable[Table]) -> list[Filled]:
    """One row per tenant and table; another `number` makes other tenants and other rows."""
    filled: list[Filled] = []
    parents: dict[tuple[str, int], Row] = {}
    for table in tables:
        for tenant in (0, 1):
            row = _row(table, number * 2 + tenant, lambda name, tenant=tenant: parents.get((name, tenant)))
            parents[table.name, tenant] = row
            connection.execute(insert(table).values(row))
        filled.append(Filled(table.name, (parents[table.name, 0], parents[table.name, 1])))
    return filled


def _row(table: Table, number: int, parent: Callable[[str], Row | None]) -> Row:
    row = {column.name: _value(table, column, number) for column in table.columns}
    for constraint in table.foreign_key_constraints:
        referred = parent(constraint.referred_table.name)
        for element in constraint.elements:
            if referred is not None:
                row[element.parent.name] = referred[element.column.name]
            elif element.parent.nullable:
                row[element.parent.name] = None
    return row


def tenant_id(number: int) -> UUID:
    return UUID(int=(0x01950000_0000_7000_8000 << 48) + number)


def _value(table: Table, column: Column[Any], number: int) -> Any:
    kind = column.type
    if isinstance(kind, JSON):
        return DOCUMENTS.get(column.name, [])
    if isinstance(kind, Uuid) or _is_uuid_of_sqlite(kind):
        key = tenant_id(number) if _names_tenant(table, column) else UUID(int=(hash_of(table, column) << 32) + number)
        return key if isinstance(kind, Uuid) else key.hex
    return _plain_value(kind, column.name, number)


def _is_uuid_of_sqlite(kind: Any) -> bool:
    return isinstance(kind, String) and type(kind).__name__ == "CHAR" and kind.length == 32


def _names_tenant(table: Table, column: Column[Any]) -> bool:
    return column.name == "tenant_id" or (table.name == "tenants" and column.name == "id")


def hash_of(table: Table, column: Column[Any]) -> int:
    return sum(ord(letter) * (place + 1) for place, letter in enumerate(f"{table.name}.{column.name}"))


def _plain_value(kind: Any, name: str, number: int) -> Any:
    if isinstance(kind, DateTime):
        moment = MOMENT + dt.timedelta(seconds=number)
        return moment if kind.timezone else moment.replace(tzinfo=None)
    values = {
        Boolean: True,
        Date: MOMENT.date() + dt.timedelta(days=number),
        Float: number + 0.5,
        Numeric: Decimal(number),
        Integer: number + 1,
        LargeBinary: number.to_bytes(4, "big"),
    }
    for family, value in values.items():
        if isinstance(kind, family):
            return value
    assert isinstance(kind, String), kind
    return WORDS.get(name, f"{number} {name}")[: kind.length]
