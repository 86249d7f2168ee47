"""Alembic's entry: runs the revisions on the connection that `upgrade` handed over."""

from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import BigInteger, DateTime, String
from sqlmodel.sql.sqltypes import AutoString

from api.migrations.metadata import all_tables
from kernel.ports.rows import SequenceNumber, UtcDateTime


def render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """A revision stands alone: our column types are written as what the database sees."""
    if kind == "type" and isinstance(item, UtcDateTime):
        return f"sa.{DateTime(timezone=True)!r}"
    if kind == "type" and isinstance(item, SequenceNumber):
        return f"sa.{BigInteger()!r}"
    if kind == "type" and isinstance(item, AutoString):
        return f"sa.{String(item.length)!r}"
    return False


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=all_tables(),
    render_as_batch=True,  # SQLite changes a table by writing it anew
    render_item=render,
    transactional_ddl=True,
)
context.run_migrations()
