"""The audit's rows; the database itself refuses to change or delete one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import DDL, JSON, BigInteger, UniqueConstraint
from sqlalchemy.event import listen
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime

TABLE = "audit_entries"


class AuditRow(Row, table=True):
    __tablename__ = TABLE
    __table_args__ = (UniqueConstraint("tenant_id", "sequence", name="uq_audit_entries_sequence"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    user_id: UUID | None
    action: str = Field(max_length=64)
    subject_kind: str = Field(max_length=32)
    subject_id: UUID | None
    address: str = Field(max_length=64)
    agent: str = Field(max_length=200)
    detail: dict[str, Any] = Field(sa_type=JSON)
    grant_id: UUID | None
    actor: str = Field(max_length=16)
    sequence: int = Field(sa_type=BigInteger)
    previous_hash: bytes
    hash: bytes


class AuditHeadRow(Row, table=True):
    """The end of each tenant's chain; whoever adds an entry holds this row until the commit."""

    __tablename__ = "audit_heads"

    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=BigInteger)
    hash: bytes


APPEND_ONLY = {
    "sqlite": tuple(
        f"CREATE TRIGGER {TABLE}_no_{verb.lower()} BEFORE {verb} ON {TABLE} "
        f"BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        f"CREATE FUNCTION {TABLE}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'the audit is append-only'; END $$",
        f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
        f"FOR EACH ROW EXECUTE FUNCTION {TABLE}_refuse()",
    ),
}
"""What makes the table append-only, by database; the migration runs the same statements."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        listen(AuditRow.table(), "after_create", DDL(_statement).execute_if(dialect=_dialect))
