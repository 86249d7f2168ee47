"""Alerts are found by the queue whose figure went beyond its limit.

Revision ID: 0031
Revises: 0027
"""

from uuid import UUID

import msgspec
import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

ALERTS = sa.table(
    "alerts",
    sa.column("tenant_id", sa.Uuid()),
    sa.column("alert_id", sa.Uuid()),
    sa.column("queue_id", sa.Uuid()),
    sa.column("body", sa.LargeBinary()),
)


def upgrade() -> None:
    op.add_column("alerts", sa.Column("queue_id", sa.Uuid(), nullable=True))
    connection = op.get_bind()
    known = sa.select(ALERTS.c.tenant_id, ALERTS.c.alert_id, ALERTS.c.body)
    for tenant, alert, body in connection.execute(known).all():
        queue = queue_of(body)
        if queue is not None:
            mine = sa.update(ALERTS).where(ALERTS.c.tenant_id == tenant, ALERTS.c.alert_id == alert)
            connection.execute(mine.values(queue_id=queue))


class _Alert(msgspec.Struct):
    queue: UUID | None = None


class _Entry(msgspec.Struct):
    alert: _Alert


def queue_of(body: bytes) -> UUID | None:
    """None: of the whole tenant, or not told."""
    try:
        return msgspec.json.decode(body, type=_Entry).alert.queue
    except msgspec.MsgspecError:
        return None
