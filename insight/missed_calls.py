"""Who called in vain, how often, and whether they were spoken with since: read from the call records.

So a call whose number is erased takes exactly its own part away, and a recount of what is left shows the same.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from insight.kpi.records import Outcome
from insight.tables import CallRecordRow
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.primitives.ids import CallId, QueueId

KEPT = timedelta(days=14)  # who has not been called back by then does not expect it any more
LISTED = 500  # numbers, those who called last: more is nothing that people work off by hand
_BATCH = 200  # variables of one statement stay below SQLite's limit of old builds (999)

_calls = CallRecordRow.table()
_OUTSIDE = case((_calls.c.direction == Direction.INBOUND.value, _calls.c.caller), else_=_calls.c.called)
_TALKED = _calls.c.outcome == Outcome.ANSWERED.value
_MISSED = and_(_calls.c.direction == Direction.INBOUND.value, ~_TALKED, ~_calls.c.left_message)


class ContactKind(StrEnum):
    MISSED = "missed"  # they called, and talked with nobody
    TRIED = "tried"  # we called, and did not reach them
    TALKED = "talked"
    MESSAGE = "message"  # they called, and said what they want: that is work of its own


class Contact(NamedTuple):
    """`at` is when the call began; `waited` is in seconds."""

    at: datetime
    call: CallId
    kind: ContactKind
    queue: QueueId | None = None
    waited: int = 0


class MissedCalls(NamedTuple):
    """One line of the list: a number whose last calls were missed, with nobody spoken with since.

    `call` and `queue` are those of the last; `tried` is how often we called in vain since the first.
    """

    number: str
    times: int
    first_at: datetime
    last_at: datetime
    call: CallId
    queue: QueueId | None
    longest_wait: int
    tried: int
    last_tried_at: datetime | None


def missed_calls(contacts: Mapping[str, Iterable[Contact]]) -> list[MissedCalls]:
    """By number; longest unanswered first."""
    lines = (_line(number, ones) for number, ones in contacts.items())
    return sorted((line for line in lines if line is not None), key=lambda line: (line.first_at, line.number))


def _line(number: str, contacts: Iterable[Contact]) -> MissedCalls | None:
    """None: they were spoken with after their last call, or never called in vain."""
    known = tuple(contacts)
    talked_at = max((contact.at for contact in known if contact.kind is ContactKind.TALKED), default=None)
    since = [contact for contact in known if talked_at is None or contact.at > talked_at]
    missed = [contact for contact in since if contact.kind is ContactKind.MISSED]
    if not missed:
        return None
    first, last = min(missed), max(missed)
    tried = [contact.at for contact in since if contact.kind is ContactKind.TRIED and contact.at >= first.at]
    return MissedCalls(
        number=number,
        times=len(missed),
        first_at=first.at,
        last_at=last.at,
        call=last.call,
        queue=last.queue,
        longest_wait=max(contact.waited for contact in missed),
        tried=len(tried),
        last_tried_at=max(tried, default=None),
    )


class ContactRepository:
    def __init__(self, connection: AsyncConnection, scope: TenantScope) -> None:
        self._connection = connection
        self._tenant = scope.tenant

    async def missed(self, since: datetime) -> dict[str, list[Contact]]:
        """All contacts since then with the numbers that called in vain after they were spoken with last."""
        mine = and_(_calls.c.tenant_id == self._tenant, _calls.c.offered_at >= since, _calls.c.outcome.is_not(None))
        found: dict[str, list[Contact]] = defaultdict(list)
        numbers = await self._numbers(mine)
        for start in range(0, len(numbers), _BATCH):
            query = select(
                _OUTSIDE.label("number"),
                _calls.c.offered_at,
                _calls.c.call_id,
                _calls.c.direction,
                _calls.c.outcome,
                _calls.c.left_message,
                _calls.c.queue_id,
                _calls.c.wait_seconds,
            ).where(mine, _OUTSIDE.in_(numbers[start : start + _BATCH]))
            for row in await self._connection.execute(query):
                queue = None if row.queue_id is None else QueueId(row.queue_id)
                contact = Contact(row.offered_at, CallId(row.call_id), _kind(row), queue, row.wait_seconds)
                found[row.number].append(contact)
        return found

    async def _numbers(self, mine: ColumnElement[bool]) -> Sequence[str]:
        talked = func.max(case((_TALKED, _calls.c.offered_at)))
        missed = func.max(case((_MISSED, _calls.c.offered_at)))
        since = or_(talked.is_(None), talked < missed)
        query = select(_OUTSIDE).where(mine, _OUTSIDE.is_not(None), _OUTSIDE != "").group_by(_OUTSIDE)
        rows = await self._connection.scalars(
            query.having(missed.is_not(None), since).order_by(missed.desc()).limit(LISTED)
        )
        return rows.all()


def _kind(row: Row[Any, Any, Any, Any, Any, Any, Any, Any]) -> ContactKind:
    if row.outcome == Outcome.ANSWERED.value:
        return ContactKind.TALKED
    if row.direction == Direction.OUTBOUND.value:
        return ContactKind.TRIED
    return ContactKind.MESSAGE if row.left_message else ContactKind.MISSED
