"""Rows of invoices. What was issued never changes: the database itself refuses it."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DDL, BigInteger, UniqueConstraint
from sqlalchemy.event import listen
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class IssuerRow(Row, table=True):
    """# operator-wide: a provider's, or with the nil id the platform's; `settings` is JSON."""

    __tablename__ = "invoice_issuers"

    issuer_id: UUID = Field(primary_key=True)
    settings: bytes
    revision: int


class RecipientRow(Row, table=True):
    """How a tenant wants its invoices addressed; `settings` is JSON."""

    __tablename__ = "invoice_recipients"

    tenant_id: UUID = Field(primary_key=True)
    settings: bytes
    revision: int


class CounterRow(Row, table=True):
    """# operator-wide: an issuer's last number; taken in the transaction that issues, so that none is lost."""

    __tablename__ = "invoice_counters"

    issuer_id: UUID = Field(primary_key=True)
    series: str = Field(primary_key=True, max_length=20)
    year: int = Field(primary_key=True)
    last: int


class InvoiceRow(Row, table=True):
    """`tenant_id` is the recipient; `document` the canonical bytes. Of a draft all of it may change."""

    __tablename__ = "invoices"
    __table_args__ = (
        UniqueConstraint("tenant_id", "side", "period", "currency", name="uq_invoices_period"),
        UniqueConstraint("issuer_id", "number", name="uq_invoices_number"),
    )

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    issuer_id: UUID = Field(index=True)
    side: str = Field(max_length=9)
    period: str = Field(max_length=7)
    currency: str = Field(max_length=3)
    number: str | None = Field(default=None, max_length=40)
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    total_minor: int = Field(sa_type=BigInteger)
    document: bytes
    sha256: str = Field(max_length=64)
    state: str = Field(max_length=10, index=True)
    revision: int


class InvoiceEntryRow(Row, table=True):
    """For which period's invoice a billing entry was first known, on each side: what comes later is an adjustment."""

    __tablename__ = "invoice_entries"

    tenant_id: UUID = Field(primary_key=True)
    side: str = Field(primary_key=True, max_length=9)
    entry_id: UUID = Field(primary_key=True)
    period: str = Field(max_length=7)


class InvoiceRunRow(Row, table=True):
    """A period that was invoiced, with or without charges; the next one begins at `ends_at`, whatever the zone then."""

    __tablename__ = "invoice_runs"

    tenant_id: UUID = Field(primary_key=True)
    side: str = Field(primary_key=True, max_length=9)
    period: str = Field(primary_key=True, max_length=7)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    time_zone: str = Field(max_length=64)
    at: datetime = Field(sa_type=UtcDateTime)


class CreditNoteRow(Row, table=True):
    __tablename__ = "credit_notes"
    __table_args__ = (UniqueConstraint("issuer_id", "number", name="uq_credit_notes_number"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    issuer_id: UUID = Field(index=True)
    invoice_id: UUID = Field(foreign_key="invoices.id", index=True)
    number: str = Field(max_length=40)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    currency: str = Field(max_length=3)
    total_minor: int = Field(sa_type=BigInteger)
    document: bytes
    sha256: str = Field(max_length=64)


class PaymentRow(Row, table=True):
    """Money that came in (positive) or went out; `counterpart_id` is the invoice at the other end of a transfer."""

    __tablename__ = "payments"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    issuer_id: UUID = Field(index=True)
    invoice_id: UUID = Field(foreign_key="invoices.id", index=True)
    kind: str = Field(max_length=10)
    amount_minor: int = Field(sa_type=BigInteger)
    currency: str = Field(max_length=3)
    received_on: str = Field(max_length=10)
    reference: str = Field(max_length=100)
    note: str = Field(max_length=500)
    counterpart_id: UUID | None = None
    recorded_at: datetime = Field(sa_type=UtcDateTime)


class StandingRow(Row, table=True):
    """Where a tenant stands with its payments as judged last; no row means active."""

    __tablename__ = "tenant_standings"

    tenant_id: UUID = Field(primary_key=True)
    standing: str = Field(max_length=10)
    step: str | None = Field(default=None, max_length=40)
    since: datetime = Field(sa_type=UtcDateTime)


FIXED = (
    *("id", "tenant_id", "issuer_id", "side", "period", "currency"),
    *("number", "issued_at", "due_at", "total_minor", "document", "sha256"),
)
_REFUSED = "an issued invoice is immutable"
_KEPT = (CreditNoteRow, PaymentRow, InvoiceEntryRow, InvoiceRunRow)


def _changed(operator: str) -> str:
    return " OR ".join([*(f"NEW.{name} {operator} OLD.{name}" for name in FIXED), "NEW.state = 'draft'"])


def _append_only(table: str) -> dict[str, tuple[str, ...]]:
    told = f"{table} is append-only"
    return {
        "sqlite": tuple(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END"
            for verb in ("UPDATE", "DELETE")
        ),
        "postgresql": (
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{told}'; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        ),
    }


IMMUTABLE: dict[type[Row], dict[str, tuple[str, ...]]] = {
    InvoiceRow: {
        "sqlite": (
            f"CREATE TRIGGER invoices_no_update BEFORE UPDATE ON invoices "
            f"WHEN OLD.state <> 'draft' AND ({_changed('IS NOT')}) BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
            f"CREATE TRIGGER invoices_no_delete BEFORE DELETE ON invoices "
            f"WHEN OLD.state <> 'draft' BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END",
        ),
        "postgresql": (
            f"CREATE FUNCTION invoices_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            f"IF TG_OP = 'DELETE' THEN IF OLD.state <> 'draft' THEN RAISE EXCEPTION '{_REFUSED}'; END IF; "
            f"RETURN OLD; END IF; "
            f"IF OLD.state <> 'draft' AND ({_changed('IS DISTINCT FROM')}) THEN "
            f"RAISE EXCEPTION '{_REFUSED}'; END IF; RETURN NEW; END $$",
            "CREATE TRIGGER invoices_immutable BEFORE UPDATE OR DELETE ON invoices "
            "FOR EACH ROW EXECUTE FUNCTION invoices_refuse()",
        ),
    },
    **{row: _append_only(row.__tablename__) for row in _KEPT},
}
"""What the database refuses, by table and kind of database; the migration runs the same statements."""

for _row, _dialects in IMMUTABLE.items():
    for _dialect, _statements in _dialects.items():
        for _statement in _statements:
            listen(_row.table(), "after_create", DDL(_statement).execute_if(dialect=_dialect))
