"""Contacts with the keys by which they are found; sums of hours and days; indexes in the order of lists."""

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

SORTED_BY_CODE_POINT = sa.String(600).with_variant(sa.String(600, collation="C"), "postgresql")
LISTS = {
    "ix_call_records_queue": ("queue_id", "offered_at", "call_id"),
    "ix_call_records_agent": ("agent_id", "offered_at", "call_id"),
    "ix_call_records_caller": ("caller",),
    "ix_call_records_called": ("called",),
}
SUMS = (
    "answered",
    "answer_wait_ms",
    "answered_queued",
    "answered_queued_wait_ms",
    "abandoned",
    "abandon_wait_ms",
    "blocked",
    "queued",
    "picked_up",
    "ring_ms",
    "handled",
    "talk_ms",
    "hold_ms",
    "wrap_ups",
    "wrap_up_ms",
    "outbound",
    "outbound_answered",
)
WAITS = ("answer_waits", "abandon_waits")
STATES = "state_ms"
KEY = {"tenant_id": sa.Uuid(), "start": sa.DateTime(timezone=True), "queue_id": sa.Uuid()}
SUM_KEY = {"tenant_id": sa.Uuid(), "hours": sa.Integer(), "start": sa.DateTime(timezone=True), "queue_id": sa.Uuid()}

SumKey = tuple[UUID, int, datetime, UUID]


def upgrade() -> None:
    _create_contacts()
    with op.batch_alter_table("call_records") as batch:  # filled as records are written; until then made when read
        batch.add_column(sa.Column("shown", sa.LargeBinary(), nullable=True))
        batch.add_column(sa.Column("shown_form", sa.Integer(), nullable=True))
    for name in ("ix_call_records_queue", "ix_call_records_agent"):
        op.drop_index(name, "call_records")
    for name, columns in LISTS.items():
        op.create_index(name, "call_records", ["tenant_id", *columns])
    op.create_table(
        "kpi_sums",
        *(sa.Column(name, kind, nullable=False) for name, kind in SUM_KEY.items()),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint(*SUM_KEY),
    )
    _sum_up()


def _create_contacts() -> None:
    op.create_table(
        "contacts",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_key", SORTED_BY_CODE_POINT, nullable=False),
        sa.Column("company", sa.String(200), nullable=False),
        sa.Column("language", sa.String(20), nullable=True),
        sa.Column("external_id", sa.String(100), nullable=True),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("numbers", sa.JSON(), nullable=False),
        sa.Column("emails", sa.JSON(), nullable=False),
        sa.Column("tags", sa.JSON(), nullable=False),
        sa.Column("custom_fields", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "id"),
    )
    op.create_index("ix_contacts_name", "contacts", ["tenant_id", "name_key", "id"])
    op.create_index("uq_contacts_external_id", "contacts", ["tenant_id", "external_id"], unique=True)
    op.create_table(
        "contact_keys",
        sa.Column("tenant_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(1), nullable=False),
        sa.Column("value", sa.String(300), nullable=False),
        sa.Column("contact_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("tenant_id", "kind", "value", "contact_id"),
    )
    op.create_index("ix_contact_keys_contact", "contact_keys", ["tenant_id", "contact_id"])


def _sum_up() -> None:
    """Hours and days of the quarter hours that are there, as the fold keeps them from now on."""
    cells = sa.table(
        "kpi_intervals",
        *(sa.column(name, kind) for name, kind in KEY.items()),
        *(sa.column(name, sa.Integer()) for name in SUMS),
        *(sa.column(name, sa.JSON()) for name in (*WAITS, STATES)),
    )
    sums: dict[SumKey, dict[str, Any]] = {}
    for row in op.get_bind().execute(sa.select(cells)).mappings():
        hour = row["start"].replace(minute=0)
        for hours, start in ((1, hour), (24, hour.replace(hour=0))):
            _add(sums.setdefault((row["tenant_id"], hours, start, row["queue_id"]), {}), row)
    rows = [
        {
            "tenant_id": key[0],
            "hours": key[1],
            "start": key[2],
            "queue_id": key[3],
            "body": msgspec.msgpack.encode(body),
        }
        for key, body in sums.items()
    ]
    if rows:
        kept = sa.table("kpi_sums", *(sa.column(name, kind) for name, kind in SUM_KEY.items()), sa.column("body"))
        op.get_bind().execute(sa.insert(kept), rows)


def _add(body: dict[str, Any], cell: sa.RowMapping) -> None:
    """What is zero or empty is not written down."""
    for name in SUMS:
        if cell[name]:
            body[name] = body.get(name, 0) + cell[name]
    for name in (*WAITS, STATES):
        for key, count in cell[name].items():
            into = body.setdefault(name, {})
            place = key if name == STATES else int(key)
            into[place] = into.get(place, 0) + count


def downgrade() -> None:
    for table in ("kpi_sums", "contact_keys", "contacts"):
        op.drop_table(table)
    for name in LISTS:
        op.drop_index(name, "call_records")
    for name in ("ix_call_records_queue", "ix_call_records_agent"):
        op.create_index(name, "call_records", ["tenant_id", *LISTS[name][:2]])
    with op.batch_alter_table("call_records") as batch:
        batch.drop_column("shown")
        batch.drop_column("shown_form")
