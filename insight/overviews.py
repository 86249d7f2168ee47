"""The indicators as people read them: asked of one tenant, with what was given, targets, comparisons and causes."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from insight.billed import as_costs, unentered
from insight.given.contracts import Cost, Employment, Evaluation, Forecast, Given, Shift, Survey
from insight.given.gathering import GivenBook
from insight.judgement.readings import Reading
from insight.kept.contacts import ContactRepository
from insight.kept.given import GivenRepository
from insight.kept.settings import IndicatorSettings, SettingsRepository
from insight.kpi.spans import Span, Unit, span_at
from insight.overview import Spans, spans_of
from insight.provider import Material, read_together
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


class Billed(Protocol):
    async def cost(self, scope: TenantScope, span: Span) -> int | None:
        """What the tenant was billed for the span, in minor units of its currency; None: it is not billed."""
        ...


class Overviews:
    """`billed` None: costs are those that were entered, and no others."""

    def __init__(
        self,
        *,
        database: Database,
        insight: InsightService,
        directory: Directory,
        clock: Clock,
        billed: Billed | None = None,
    ) -> None:
        self._billed = billed
        self._database = database
        self._insight = insight
        self._directory = directory
        self._clock = clock

    async def read(self, scope: TenantScope, question: Question, teams: Teams) -> Answer:
        """Figures are up to the last event of the log; the arithmetic is done beside the loop."""
        directory = await self._directory.directory(scope.tenant)
        spans = _spans(question, ZoneInfo(directory.time_zone))
        material = await self._material(scope, question.by, spans)

        def work() -> Mapping[UUID, Sequence[Reading]]:
            return material.overview(teams).read(question.by, spans, material.cells)

        return Answer(spans=spans, readings=await asyncio.to_thread(work))

    async def read_clients(self, home: TenantScope, clients: Sequence[TenantScope], question: Question) -> Answer:
        """Every client as it reads itself, then all of them with the provider's home, by the home's clock and choices.

        By tenant; the readings of all together stand under the home's id.
        """
        directory = await self._directory.directory(home.tenant)
        spans = _spans(question, ZoneInfo(directory.time_zone))
        own = await self._material(home, "tenant", spans)
        others = [await self._material(client, "agent", spans) for client in clients]  # whose time it was counts

        def work() -> Mapping[UUID, Sequence[Reading]]:
            apart: dict[UUID, Sequence[Reading]] = {
                each.directory.tenant: each.overview({}).read("tenant", spans, each.cells)[each.directory.tenant]
                for each in others
            }
            return apart | {home.tenant: read_together(own, others, spans)}

        return Answer(spans=spans, readings=await asyncio.to_thread(work))

    async def _material(self, scope: TenantScope, by: By, spans: Spans) -> Material:
        directory = await self._directory.directory(scope.tenant)
        await self._insight.settle(scope)
        settings, given = await self._given(scope, spans)
        given = msgspec.structs.replace(given, costs=await self._costs(scope, given.costs, spans))
        cells = await self._cells(scope, by, spans)
        since, until = _around(spans)
        states = await self._insight.stretches(scope, since, until)
        book = GivenBook(given, states, ZoneInfo(directory.time_zone), self._clock.now())
        return Material(directory, settings, book, cells)

    async def _costs(self, scope: TenantScope, entered: Sequence[Cost] | None, spans: Spans) -> tuple[Cost, ...] | None:
        """What was entered, and for spans of which nothing was, what was billed."""
        billed: list[tuple[Span, int]] = []
        if self._billed is not None:
            for span in unentered(spans.each, entered, self._clock.now()):
                cost = await self._billed.cost(scope, span)
                billed += [] if cost is None else [(span, cost)]
        return (*(entered or ()), *as_costs(billed)) if billed or entered is not None else None

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
