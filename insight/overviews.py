"""The indicators as people read them: asked of one tenant, with what was given, targets, comparisons and causes."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from insight.given.contracts import Cost, Employment, Evaluation, Forecast, Given, Shift, Survey
from insight.given.gathering import GivenBook
from insight.judgement.readings import Reading
from insight.kept.contacts import ContactRepository
from insight.kept.given import GivenRepository
from insight.kept.settings import IndicatorSettings, SettingsRepository
from insight.kpi.spans import Span, Unit, span_at
from insight.overview import Overview, Spans, spans_of
from insight.questions import By, Directory, IndicatorFilter
from insight.report import Cell, Teams
from insight.service import InsightService
from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.clock import Clock

A_DAY = timedelta(days=1)  # the shifts of a day may begin before a span, or end after it


class Question(msgspec.Struct, frozen=True, kw_only=True):
    """The unit by the tenant's clock that holds `since`; or, where `until` is told, the span from one to the other."""

    by: By
    since: datetime
    until: datetime | None = None
    unit: Unit = Unit.DAY


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """All 23 by scope, in the order of the trade's list. `weekday` None: the clock never showed that hour then."""

    spans: Spans
    readings: Mapping[UUID, Sequence[Reading]]


class Overviews:
    def __init__(self, *, database: Database, insight: InsightService, directory: Directory, clock: Clock) -> None:
        self._database = database
        self._insight = insight
        self._directory = directory
        self._clock = clock

    async def read(self, scope: TenantScope, question: Question, teams: Teams) -> Answer:
        """Figures are up to the last event of the log; the arithmetic is done beside the loop."""
        directory = await self._directory.directory(scope.tenant)
        zone = ZoneInfo(directory.time_zone)
        spans = _spans(question, zone)
        await self._insight.settle(scope)
        settings, given = await self._given(scope, spans)
        cells = await self._cells(scope, question.by, spans)
        since, until = _around(spans)
        states = await self._insight.stretches(scope, since, until)
        now = self._clock.now()

        def work() -> Mapping[UUID, Sequence[Reading]]:
            book = GivenBook(given, states, zone, now)
            overview = Overview(directory, settings.choices, settings.book(directory.currency), book, teams)
            return overview.read(question.by, spans, cells)

        return Answer(spans=spans, readings=await asyncio.to_thread(work))

    async def _cells(self, scope: TenantScope, by: By, spans: Spans) -> Mapping[Span, Sequence[Cell]]:
        return {
            span: await self._insight.cells(scope, IndicatorFilter(since=span.start, until=span.end, by=by))
            for span in dict.fromkeys(spans.each)
        }

    async def _given(self, scope: TenantScope, spans: Spans) -> tuple[IndicatorSettings, Given]:
        since, until = _around(spans)
        async with self._database.read(scope) as unit:
            settings = await SettingsRepository(unit.session, scope).get()
            rows, calls = GivenRepository(unit.session, scope), ContactRepository(unit.session, scope)
            given = Given(
                shifts=await rows.between(Shift, since, until),
                forecasts=await rows.between(Forecast, since, until),
                staff=await rows.between(Employment, since, until),
                costs=await rows.between(Cost, since, until),
                scores=await rows.between(Evaluation, since, until),
                surveys=await rows.between(Survey, since, until),
                contacts=tuple([each async for each in calls.between(since, until + settings.rule.window)]),
                rule=settings.rule,
            )
        return settings, given


def _spans(question: Question, zone: ZoneInfo) -> Spans:
    if question.until is not None:
        return spans_of(None, Span(question.since, question.until), zone)
    return spans_of(question.unit, span_at(question.unit, question.since, zone), zone)


def _around(spans: Spans) -> tuple[datetime, datetime]:
    return min(span.start for span in spans.each) - A_DAY, max(span.end for span in spans.each) + A_DAY
