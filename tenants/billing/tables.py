"""Rows of billing. They keep history: nothing is overwritten but the end of an assignment or of a held number."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import DDL, JSON, BigInteger, Index, UniqueConstraint
from sqlalchemy.event import listen
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime


class PlanRow(Row, table=True):
    """# operator-wide: a price list is its provider's, over all its tenants."""

    __tablename__ = "plans"
    __table_args__ = (UniqueConstraint("provider_id", "name", name="uq_plans_name"),)

    id: UUID = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="providers.id", index=True)
    name: str = Field(max_length=100)
    metric: str = Field(max_length=10)
    interval: str = Field(max_length=5)
    currency: str = Field(max_length=3)
    offered: bool
    revision: int


class PlanPricesRow(Row, table=True):
    """# operator-wide: `prices` are decimal numbers of minor units, as text, by what they are for."""

    __tablename__ = "plan_prices"

    id: UUID = Field(primary_key=True)
    plan_id: UUID = Field(foreign_key="plans.id", index=True)
    side: str = Field(max_length=9)
    since: datetime = Field(sa_type=UtcDateTime)
    prices: dict[str, str] = Field(sa_type=JSON)
    outbound_deck_id: UUID | None = Field(default=None, foreign_key="rate_decks.id")
    inbound_deck_id: UUID | None = Field(default=None, foreign_key="rate_decks.id")
    peak_seconds: int


class RateDeckRow(Row, table=True):
    """# operator-wide: part of a provider's price list; wholesale decks are the operator's to fill."""

    __tablename__ = "rate_decks"
    __table_args__ = (UniqueConstraint("provider_id", "side", "name", name="uq_rate_decks_name"),)

    id: UUID = Field(primary_key=True)
    provider_id: UUID = Field(foreign_key="providers.id", index=True)
    name: str = Field(max_length=100)
    currency: str = Field(max_length=3)
    side: str = Field(max_length=9)


class RateDeckVersionRow(Row, table=True):
    """# operator-wide: `rates` is the whole deck, packed; it is read whole and never changed."""

    __tablename__ = "rate_deck_versions"

    id: UUID = Field(primary_key=True)
    deck_id: UUID = Field(foreign_key="rate_decks.id", index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    size: int
    rates: bytes


class SubscriptionRow(Row, table=True):
    """Of two with the same `since` the one with the larger `id` (UUIDv7) holds."""

    __tablename__ = "subscriptions"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    plan_id: UUID = Field(foreign_key="plans.id")
    agent: int
    supervisor: int
    light: int


class SeatAssignmentRow(Row, table=True):
    __tablename__ = "seat_assignments"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    user_id: UUID
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    kind: str = Field(default="agent", max_length=10, sa_column_kwargs={"server_default": "agent"})
    addons: list[str] = Field(default=[], sa_type=JSON, sa_column_kwargs={"server_default": "[]"})


class NumberHoldingRow(Row, table=True):
    __tablename__ = "number_holdings"

    id: UUID = Field(primary_key=True)
    tenant_id: UUID = Field(index=True)
    number_id: UUID = Field(index=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class BillingEntryRow(Row, table=True):
    """Prices in millionths of a minor unit; both sides' columns are empty where nothing was rated."""

    __tablename__ = "billing_entries"
    __table_args__ = (UniqueConstraint("tenant_id", "event_id", "kind", name="uq_billing_entries_event"),)

    id: UUID = Field(primary_key=True)
    tenant_id: UUID
    event_id: UUID
    kind: str = Field(max_length=20)
    at: datetime = Field(sa_type=UtcDateTime)
    quantity: int = Field(sa_type=BigInteger)
    subject_id: UUID
    retail_quantity: int | None = Field(default=None, sa_type=BigInteger)
    retail_micros: int | None = Field(default=None, sa_type=BigInteger)
    retail_currency: str | None = Field(default=None, max_length=3)
    retail_label: str | None = Field(default=None, max_length=100)
    retail_prefix: str | None = Field(default=None, max_length=15)
    wholesale_quantity: int | None = Field(default=None, sa_type=BigInteger)
    wholesale_micros: int | None = Field(default=None, sa_type=BigInteger)
    wholesale_currency: str | None = Field(default=None, max_length=3)
    wholesale_label: str | None = Field(default=None, max_length=100)
    wholesale_prefix: str | None = Field(default=None, max_length=15)


class BillingProgressRow(Row, table=True):
    """How far into the log the entries go; `state` is the fold at that place, packed."""

    __tablename__ = "billing_progress"

    tenant_id: UUID = Field(primary_key=True)
    sequence: int
    state: bytes


_assignments = SeatAssignmentRow.table()
Index(
    "uq_seat_assignments_open",
    _assignments.c.tenant_id,
    _assignments.c.user_id,
    unique=True,
    sqlite_where=_assignments.c.until.is_(None),
    postgresql_where=_assignments.c.until.is_(None),
)
_entries = BillingEntryRow.table()
Index("ix_billing_entries_kind_at", _entries.c.tenant_id, _entries.c.kind, _entries.c.at)
Index("ix_billing_entries_order", _entries.c.tenant_id, _entries.c.id)

_ENTRIES = BillingEntryRow.__tablename__

APPEND_ONLY: dict[str, tuple[str, ...]] = {
    "sqlite": tuple(
        f"CREATE TRIGGER {_ENTRIES}_no_{verb.lower()} BEFORE {verb} ON {_ENTRIES} "
        f"BEGIN SELECT RAISE(ABORT, 'billing entries are append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": (
        f"CREATE FUNCTION {_ENTRIES}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION 'billing entries are append-only'; END $$",
        f"CREATE TRIGGER {_ENTRIES}_append_only BEFORE UPDATE OR DELETE ON {_ENTRIES} "
        f"FOR EACH ROW EXECUTE FUNCTION {_ENTRIES}_refuse()",
    ),
}
"""What makes the entries append-only, by database; the migration runs the same statements."""

for _dialect, _statements in APPEND_ONLY.items():
    for _statement in _statements:
        listen(_entries, "after_create", DDL(_statement).execute_if(dialect=_dialect))
