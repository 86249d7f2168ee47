"""Taking personal fields out of stored events; see docs/decisions/0006-personal-data-in-the-log.md."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from msgspec.structs import replace
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.adapters.tables import PERSONAL_EVENTS, event_log
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Direction
from kernel.contracts.codec import pack, unpack
from kernel.contracts.colleagues import CallPassedOn
from kernel.contracts.log import CallDisposed, CallOffered, LogEvent, PartyLeft, TransferBegun
from kernel.contracts.telephony import PartyAddress, PhoneParty
from kernel.contracts.voicemail import VoicemailLeft
from kernel.ports.redaction import CallRedaction
from kernel.primitives.ids import CallId
from kernel.primitives.phone import ERASED


class EventLogRedaction:
    """kernel.ports.redaction.LogRedaction on the event log's table."""

    async def redact(self, session: AsyncSession, scope: TenantScope, calls: Sequence[CallRedaction]) -> None:
        wanted = {call.call: call for call in calls}
        for since, until in _spans(calls):
            await self._redact_span(session, scope, wanted, (since, until))

    async def _redact_span(
        self,
        session: AsyncSession,
        scope: TenantScope,
        wanted: dict[CallId, CallRedaction],
        span: tuple[datetime, datetime],
    ) -> None:
        since, until = span
        mine = event_log.c.tenant_id == scope.tenant
        query = select(event_log.c.sequence, event_log.c.body).where(
            mine, text(PERSONAL_EVENTS), event_log.c.at >= since, event_log.c.at <= until
        )
        for sequence, body in (await session.execute(query)).all():
            event: LogEvent = unpack(body, LogEvent)
            redacted = _redacted(event, wanted)
            if redacted != event:
                place = update(event_log).where(mine, event_log.c.sequence == sequence)
                await session.execute(place.values(body=pack(redacted)))


def _redacted(event: LogEvent, wanted: dict[CallId, CallRedaction]) -> LogEvent:
    if isinstance(event, CallOffered) and event.call in wanted and wanted[event.call].number:
        return _without_number(event)
    if isinstance(event, CallDisposed | CallPassedOn) and event.call in wanted and wanted[event.call].note:
        return replace(event, note="")
    if isinstance(event, TransferBegun | PartyLeft) and event.call in wanted and wanted[event.call].number:
        return replace(event, to=_nobody(event.to))
    if isinstance(event, VoicemailLeft) and event.call in wanted and wanted[event.call].number:
        return replace(event, caller=None)
    return event


def _nobody(to: PartyAddress | None) -> PartyAddress | None:
    """Whoever a call was handed to, and whose number was shown to them."""
    if to is None or isinstance(to, PhoneParty):
        return to and replace(to, caller=None)
    return replace(to, called=ERASED, caller=None)


def _without_number(event: CallOffered) -> CallOffered:
    """A party that the call is forwarded to was shown the caller's number too; who forwarded it to us goes along."""
    if event.direction is Direction.OUTBOUND:
        return replace(event, called=ERASED)
    forward = event.forward and replace(event.forward, caller=None)
    return replace(event, caller=None, forward=forward, diverted_by=None)


def _spans(calls: Sequence[CallRedaction]) -> Iterator[tuple[datetime, datetime]]:
    """What the calls cover, each moment once: calls of one batch overlap."""
    covered: tuple[datetime, datetime] | None = None
    for call in sorted(calls, key=lambda one: one.since):
        if covered is not None and call.since <= covered[1]:
            covered = covered[0], max(covered[1], call.until)
            continue
        if covered is not None:
            yield covered
        covered = call.since, call.until
    if covered is not None:
        yield covered
