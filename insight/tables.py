"""What the folds keep: everything here can be recomputed from the log."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index
from sqlmodel import Field

from kernel.ports.rows import Row, SequenceNumber, UtcDateTime


class CallRecordRow(Row, table=True):
    """`body` is the whole record; the columns beside it are what is searched by."""

    __tablename__ = "call_records"

    tenant_id: UUID = Field(primary_key=True)
    call_id: UUID = Field(primary_key=True)
    offered_at: datetime = Field(sa_type=UtcDateTime)
    direction: str = Field(max_length=10)
    queue_id: UUID | None
    agent_id: UUID | None
    caller: str | None = Field(max_length=20)
    called: str = Field(max_length=20)
    outcome: str | None = Field(max_length=20)
    disposition: str = Field(default="", max_length=60)
    left_message: bool = False
    wait_seconds: int  # rounded up, as thresholds are compared
    body: bytes
    shown: bytes | None  # what readers get (`insight/shown.py`), and in which form
    shown_form: int | None


_calls = CallRecordRow.table()
Index("ix_call_records_offered", _calls.c.tenant_id, _calls.c.offered_at, _calls.c.call_id)
Index("ix_call_records_queue", _calls.c.tenant_id, _calls.c.queue_id, _calls.c.offered_at, _calls.c.call_id)
Index("ix_call_records_caller", _calls.c.tenant_id, _calls.c.caller)
Index("ix_call_records_called", _calls.c.tenant_id, _calls.c.called)
Index("ix_call_records_agent", _calls.c.tenant_id, _calls.c.agent_id, _calls.c.offered_at, _calls.c.call_id)


class IntervalRow(Row, table=True):
    """Sums of one quarter hour, queue and agent; the zero UUID stands for "no queue" and "no agent"."""

    __tablename__ = "kpi_intervals"

    tenant_id: UUID = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    queue_id: UUID = Field(primary_key=True)
    agent_id: UUID = Field(primary_key=True)
    answered: int
    answer_wait_ms: int
    answered_queued: int
    answered_queued_wait_ms: int
    abandoned: int
    abandon_wait_ms: int
    blocked: int
    messages: int
    callbacks: int
    queued: int
    picked_up: int
    ring_ms: int
    handled: int
    talk_ms: int
    hold_ms: int
    wrap_ups: int
    wrap_up_ms: int
    outbound: int
    outbound_answered: int
    messages_done: int
    answer_waits: dict[str, Any] = Field(sa_type=JSON)
    abandon_waits: dict[str, Any] = Field(sa_type=JSON)
    state_ms: dict[str, Any] = Field(sa_type=JSON)
    transfers: dict[str, Any] = Field(sa_type=JSON)


class SumRow(Row, table=True):
    """`hours` is 1, or 24 for a day of UTC; `body` is the packed sum of one queue's cells over all agents.

    The zero UUID stands for "no queue".
    """

    __tablename__ = "kpi_sums"

    tenant_id: UUID = Field(primary_key=True)
    hours: int = Field(primary_key=True)
    start: datetime = Field(primary_key=True, sa_type=UtcDateTime)
    queue_id: UUID = Field(primary_key=True)
    body: bytes


class FoldProgressRow(Row, table=True):
    """How far the tables are folded."""

    __tablename__ = "fold_progress"

    tenant_id: UUID = Field(primary_key=True)
    sequence: int = Field(sa_type=SequenceNumber)


class FoldCheckpointRow(Row, table=True):
    """A state of the fold to go on from after a start: megabytes, beside a number that is written all the time."""

    __tablename__ = "fold_checkpoints"

    tenant_id: UUID = Field(primary_key=True)
    body: bytes


class AgentStateRow(Row, table=True):
    """One state of one agent's log-in at home, whole; `end` exclusive, both in ms of Unix time."""

    __tablename__ = "agent_states"

    tenant_id: UUID = Field(primary_key=True)
    agent_id: UUID = Field(primary_key=True)
    start: int = Field(primary_key=True, sa_type=SequenceNumber)
    end: int = Field(sa_type=SequenceNumber)
    state: str = Field(max_length=20)
    reason: str = Field(max_length=60)


_states = AgentStateRow.table()
Index("ix_agent_states_start", _states.c.tenant_id, _states.c.start)


class GivenRow(Row, table=True):
    """What people gave, and no log tells: `kind` is shift, forecast, cost, employment, evaluation or survey.

    `until` None: open. `body` is the entry in JSON.
    """

    __tablename__ = "kpi_given"

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=20)
    entry_id: UUID = Field(primary_key=True)
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime | None = Field(sa_type=UtcDateTime)
    body: bytes


_given = GivenRow.table()
Index("ix_kpi_given_since", _given.c.tenant_id, _given.c.kind, _given.c.since)


class IndicatorSettingsRow(Row, table=True):
    """A tenant's choices about formulas, and its targets, in JSON."""

    __tablename__ = "kpi_settings"

    tenant_id: UUID = Field(primary_key=True)
    revision: int
    body: bytes


class AlertRow(Row, table=True):
    """One alert from its beginning; `body` is all of it in JSON, `cleared_at` None: it is raised still."""

    __tablename__ = "alerts"

    tenant_id: UUID = Field(primary_key=True)
    alert_id: UUID = Field(primary_key=True)
    raised_at: datetime = Field(sa_type=UtcDateTime)
    cleared_at: datetime | None = Field(sa_type=UtcDateTime)
    queue_id: UUID | None
    body: bytes


class AlertRuleRow(Row, table=True):
    """`body` is the rule in JSON."""

    __tablename__ = "alert_rules"

    tenant_id: UUID = Field(primary_key=True)
    rule_id: UUID = Field(primary_key=True)
    revision: int
    body: bytes
