"""Invoices, credit notes, payments and standings, and what the database refuses to change of them."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

KEPT = ("credit_notes", "payments", "invoice_entries", "invoice_runs")
FIXED = (
    *("id", "tenant_id", "issuer_id", "side", "period", "currency"),
    *("number", "issued_at", "due_at", "total_minor", "document", "sha256"),
)


def upgrade() -> None:
    _create_settings()
    _create_invoices()
    _create_what_was_invoiced()
    _create_money()
    for statement in _refusals(op.get_bind().dialect.name):
        op.execute(statement)


def _create_settings() -> None:
    op.create_table(
        "invoice_issuers",
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer_id"),
    )
    op.create_table(
        "invoice_recipients",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("settings", sa.LargeBinary(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )
    op.create_table(
        "invoice_counters",
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("series", sa.String(length=20), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("issuer_id", "series", "year"),
    )


def _create_invoices() -> None:
    op.create_table(
        "invoices",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("tenant_id", "side", "period", "currency", name="uq_invoices_period"),
        sa.UniqueConstraint("issuer_id", "number", name="uq_invoices_number"),
    )
    for column in ("tenant_id", "issuer_id", "state"):
        op.create_index(f"ix_invoices_{column}", "invoices", [column])


def _create_what_was_invoiced() -> None:
    op.create_table(
        "invoice_entries",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("entry_id", sa.Uuid(), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "side", "entry_id"),
    )
    op.create_table(
        "invoice_runs",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("side", sa.String(length=9), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_zone", sa.String(length=64), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "side", "period"),
    )


def _create_money() -> None:
    op.create_table(
        "credit_notes",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("total_minor", sa.BigInteger(), nullable=False),
        sa.Column("document", sa.LargeBinary(), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("issuer_id", "number", name="uq_credit_notes_number"),
    )
    op.create_table(
        "payments",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("issuer_id", sa.Uuid(), nullable=False),
        sa.Column("invoice_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("received_on", sa.String(length=10), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("counterpart_id", sa.Uuid(), nullable=True),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["invoice_id"], ["invoices.id"]),
        sa.PrimaryKeyConstraint("id"),
    )
    for table in ("credit_notes", "payments"):
        for column in ("tenant_id", "issuer_id", "invoice_id"):
            op.create_index(f"ix_{table}_{column}", table, [column])
    op.create_table(
        "tenant_standings",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("standing", sa.String(length=10), nullable=False),
        sa.Column("step", sa.String(length=40), nullable=True),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id"),
    )


def _refusals(dialect: str) -> list[str]:
    return _on_sqlite() if dialect == "sqlite" else _on_postgresql()


def _changed(operator: str) -> str:
    return " OR ".join([*(f"NEW.{name} {operator} OLD.{name}" for name in FIXED), "NEW.state = 'draft'"])


def _on_sqlite() -> list[str]:
    refuse = "BEGIN SELECT RAISE(ABORT, 'an issued invoice is immutable'); END"
    return [
        f"CREATE TRIGGER invoices_no_update BEFORE UPDATE ON invoices "
        f"WHEN OLD.state <> 'draft' AND ({_changed('IS NOT')}) {refuse}",
        f"CREATE TRIGGER invoices_no_delete BEFORE DELETE ON invoices WHEN OLD.state <> 'draft' {refuse}",
        *(
            f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            for table in KEPT
            for verb in ("UPDATE", "DELETE")
        ),
    ]


def _on_postgresql() -> list[str]:
    refuse = "RAISE EXCEPTION 'an issued invoice is immutable'; END IF;"
    found = [
        f"CREATE FUNCTION invoices_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF TG_OP = 'DELETE' THEN IF OLD.state <> 'draft' THEN {refuse} RETURN OLD; END IF; "
        f"IF OLD.state <> 'draft' AND ({_changed('IS DISTINCT FROM')}) THEN {refuse} RETURN NEW; END $$",
        "CREATE TRIGGER invoices_immutable BEFORE UPDATE OR DELETE ON invoices "
        "FOR EACH ROW EXECUTE FUNCTION invoices_refuse()",
    ]
    for table in KEPT:
        found += [
            f"CREATE FUNCTION {table}_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{table} is append-only'; END $$",
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            f"FOR EACH ROW EXECUTE FUNCTION {table}_refuse()",
        ]
    return found
