"""How rows are typed: the base class and column types that every module's `tables.py` uses."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, ClassVar, cast

from sqlalchemy import BigInteger, DateTime, Dialect, Integer, Table, TextClause, bindparam, inspect, text
from sqlalchemy.types import TypeDecorator, TypeEngine
from sqlmodel import SQLModel


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC datetime on every database; a naive one is refused with ValueError.

    Use as `Field(sa_type=UtcDateTime)`. UUIDs need no type of their own: SQLModel maps them to `sqlalchemy.Uuid`.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    @staticmethod
    def in_utc(value: datetime) -> datetime:
        if value.tzinfo is None:
            raise ValueError("a stored time must be aware of its zone")
        return value.astimezone(UTC)

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = self.in_utc(value)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment  # SQLite keeps text without a zone

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class SequenceNumber(TypeDecorator[int]):
    """What counts up for ever: 64 bits. Use as `Field(sa_type=SequenceNumber)`."""

    impl = BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[int]:
        # SQLite's INTEGER has 64 bits, and only a column declared so gets its values from the database.
        return dialect.type_descriptor(Integer() if dialect.name == "sqlite" else BigInteger())


def put_whole(table: Table, *, later_by: str = "") -> TextClause:
    """The statement that writes a row whole, in place of one with the same key; the same words on every database.

    `later_by`: a column by which the one that is there must be behind, else it stays.
    """
    keys = [column.name for column in table.primary_key]
    others = [column.name for column in table.columns if column.name not in keys]
    instead = "UPDATE SET " + ", ".join(f'"{name}" = excluded."{name}"' for name in others)
    behind = f' WHERE {table.name}."{later_by}" < excluded."{later_by}"' if later_by else ""
    return _insert(table, f"({', '.join(keys)}) DO {instead}{behind}")


def put_new(table: Table) -> TextClause:
    """The statement that writes a row where none has its key; the same words on every database."""
    return _insert(table, f"({', '.join(column.name for column in table.primary_key)}) DO NOTHING")


def _insert(table: Table, conflict: str) -> TextClause:
    columns = ", ".join(f'"{column.name}"' for column in table.columns)
    values = ", ".join(f":{column.name}" for column in table.columns)
    words = f"INSERT INTO {table.name} ({columns}) VALUES ({values}) ON CONFLICT {conflict}"  # noqa: S608 (names of ours)
    return text(words).bindparams(*(bindparam(column.name, type_=column.type) for column in table.columns))


class Row(SQLModel):
    """Base of all rows: `class Seat(Row, table=True): __tablename__ = "seats"`; `Seat.table()` for SQLAlchemy Core."""

    if TYPE_CHECKING:  # SQLModel types it as a declared_attr, which no plain name can be assigned to
        __tablename__: ClassVar[str]  # pyright: ignore[reportIncompatibleVariableOverride]

    @classmethod
    def table(cls) -> Table:
        return cast(Table, inspect(cls).local_table)
