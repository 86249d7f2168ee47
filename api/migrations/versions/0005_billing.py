"""Price lists, subscriptions, metered billing."""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PEAK_SECONDS = 1_800
UUID_TIME_BITS = 80  # below the milliseconds of a UUIDv7

ENTRIES_ARE_APPEND_ONLY = {
    "sqlite": (
        "CREATE TRIGGER billing_entries_no_update BEFORE UPDATE ON billing_entries "
        "BEGIN SELECT RAISE(ABORT, 'billing entries are append-only'); END",
        "CREATE TRIGGER billing_entries_no_delete BEFORE DELETE ON billing_entries "
        "BEGIN SELECT RAISE(ABORT, 'billing entries are append-only'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION billing_entries_refuse() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION 'billing entries are append-only'; END $$",
        "CREATE TRIGGER billing_entries_append_only BEFORE UPDATE OR DELETE ON billing_entries "
        "FOR EACH ROW EXECUTE FUNCTION billing_entries_refuse()",
    ),
}

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _create_price_lists()
    _create_subscriptions()
    _create_entries()
    with op.batch_alter_table("seat_assignments") as batch_op:
        batch_op.add_column(sa.Column("kind", sa.String(length=10), nullable=False, server_default="agent"))
        batch_op.add_column(sa.Column("addons", sa.JSON(), nullable=False, server_default="[]"))
    _make_plans_of_terms()
    op.drop_table("seat_terms")
    _hold_numbers()
    for statement in ENTRIES_ARE_APPEND_ONLY[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_price_lists() -> None:
    _create_plans()
    _create_decks()
    op.create_table(
        "plan_prices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("prices", sa.JSON(), nullable=False),
        sa.Column("outbound_deck_id", sa.Uuid(), nullable=True),
        sa.Column("inbound_deck_id", sa.Uuid(), nullable=True),
        sa.Column("peak_seconds", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"]),
        sa.ForeignKeyConstraint(["outbound_deck_id"], ["rate_decks.id"]),
        sa.ForeignKeyConstraint(["inbound_deck_id"], ["rate_decks.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_plan_prices_plan_id", "plan_prices", ["plan_id"])


def _create_plans() -> None:
    op.create_table(
        "plans",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("metric", sa.String(length=10), nullable=False),
        sa.Column("interval", sa.String(length=5), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("offered", sa.Boolean(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_id", "name", name="uq_plans_name"),
    )
    op.create_index("ix_plans_provider_id", "plans", ["provider_id"])


def _create_decks() -> None:
    op.create_table(
        "rate_decks",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("provider_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.ForeignKeyConstraint(["provider_id"], ["providers.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("provider_id", "side", "name", name="uq_rate_decks_name"),
    )
    op.create_index("ix_rate_decks_provider_id", "rate_decks", ["provider_id"])
    op.create_table(
        "rate_deck_versions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("deck_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rates", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["deck_id"], ["rate_decks.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_rate_deck_versions_deck_id", "rate_deck_versions", ["deck_id"])


def _create_subscriptions() -> None:
    op.create_table(
        "subscriptions",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("plan_id", sa.Uuid(), nullable=False),
        sa.Column("agent", sa.Integer(), nullable=False),
        sa.Column("supervisor", sa.Integer(), nullable=False),
        sa.Column("light", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["plan_id"], ["plans.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_subscriptions_tenant_id", "subscriptions", ["tenant_id"])
    op.create_table(
        "number_holdings",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("number_id", sa.Uuid(), nullable=False),
        sa.Column("since", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_number_holdings_number_id", "number_holdings", ["number_id"])
    op.create_index("ix_number_holdings_tenant_id", "number_holdings", ["tenant_id"])


def _create_entries() -> None:
    sides = [
        column
        for side in ("retail", "wholesale")
        for column in (
            sa.Column(f"{side}_quantity", sa.BigInteger(), nullable=True),
            sa.Column(f"{side}_micros", sa.BigInteger(), nullable=True),
            sa.Column(f"{side}_currency", sa.String(length=3), nullable=True),
            sa.Column(f"{side}_label", sa.String(length=100), nullable=True),
            sa.Column(f"{side}_prefix", sa.String(length=15), nullable=True),
        )
    ]
    op.create_table(
        "billing_entries",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("subject_id", sa.Uuid(), nullable=False),
        *sides,
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "event_id", "kind", name="uq_billing_entries_event"),
    )
    op.create_index("ix_billing_entries_kind_at", "billing_entries", ["tenant_id", "kind", "at"])
    op.create_index("ix_billing_entries_order", "billing_entries", ["tenant_id", "id"])
    op.create_table(
        "billing_progress",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )


def _light(table: str, /, *keys: str, **columns: Any) -> sa.TableClause:
    """The columns that are copied; `keys` are UUIDs, None leaves a type open."""
    ids = [sa.column(key, sa.Uuid()) for key in keys]
    return sa.table(table, *ids, *(sa.column(column, kind) for column, kind in columns.items()))


_TENANTS = _light("tenants", "id", "provider_id")
_TERMS = _light("seat_terms", "id", "tenant_id", plan=None, price_minor=None, currency=None, seats=None, since=MOMENT)
_PLANS = _light(
    "plans", "id", "provider_id", name=None, metric=None, interval=None, currency=None, offered=None, revision=None
)
_PRICES = _light("plan_prices", "id", "plan_id", since=MOMENT, prices=sa.JSON(), side=None, peak_seconds=None)
_SUBSCRIPTIONS = _light(
    "subscriptions", "id", "tenant_id", "plan_id", since=MOMENT, agent=None, supervisor=None, light=None
)


def _make_plans_of_terms() -> None:
    """Each price at which a provider's tenants bought a plan becomes a plan; the terms become subscriptions."""
    connection = op.get_bind()
    query = sa.select(_TERMS, _TENANTS.c.provider_id).join(_TENANTS, _TENANTS.c.id == _TERMS.c.tenant_id)
    plans: dict[tuple[Any, ...], Any] = {}
    names: set[tuple[Any, str]] = set()
    for row in connection.execute(query.order_by(_TERMS.c.since, _TERMS.c.id)).all():
        key = (row.provider_id, row.plan, row.currency, row.price_minor)
        if key not in plans:
            plans[key] = row.id
            _make_plan(row, _free_name(row, names))
        values = {"id": row.id, "tenant_id": row.tenant_id, "since": row.since, "plan_id": plans[key]}
        connection.execute(sa.insert(_SUBSCRIPTIONS).values(agent=row.seats, supervisor=0, light=0, **values))


def _free_name(row: Any, names: set[tuple[Any, str]]) -> str:
    name, count = row.plan, 1
    while (row.provider_id, name) in names:
        count += 1
        name = f"{row.plan[:90]} {count}"
    names.add((row.provider_id, name))
    return name


def _make_plan(row: Any, name: str) -> None:
    connection = op.get_bind()
    plan = {"id": row.id, "provider_id": row.provider_id, "name": name, "currency": row.currency}
    kind = {"metric": "named", "interval": "month", "offered": True, "revision": 1}
    connection.execute(sa.insert(_PLANS).values(**plan, **kind))
    prices = {"id": row.id, "plan_id": row.id, "since": row.since, "prices": {"seats.named": str(row.price_minor)}}
    connection.execute(sa.insert(_PRICES).values(side="retail", peak_seconds=PEAK_SECONDS, **prices))


def _hold_numbers() -> None:
    """A number has been held since its row was made, which its id tells."""
    connection = op.get_bind()
    numbers = _light("numbers", "id", "tenant_id")
    holdings = _light("number_holdings", "id", "tenant_id", "number_id", since=MOMENT)
    for row in connection.execute(sa.select(numbers)).all():
        since = datetime.fromtimestamp((row.id.int >> UUID_TIME_BITS) // 1000, UTC)
        connection.execute(
            sa.insert(holdings).values(id=row.id, tenant_id=row.tenant_id, number_id=row.id, since=since)
        )


def downgrade() -> None:
    raise NotImplementedError("billing entries are never thrown away")
