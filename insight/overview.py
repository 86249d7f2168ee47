"""The 23 indicators of every queue, team, agent or the tenant in one span, as they are read. Pure."""

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from insight.given.gathering import GivenBook, Place
from insight.judgement.readings import Reader, Reading, Row
from insight.judgement.targets import TargetBook
from insight.kpi.figures import Choices, Figures
from insight.kpi.queues import serving
from insight.kpi.spans import Span, Unit, span_before, span_of_weekday
from insight.questions import By, IndicatorFilter
from insight.report import Cell, IndicatorReport, Teams
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import QueueId, UserId


class Spans(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked for, and what it is compared with: the cells of all of it are needed."""

    asked: Span
    before: Span
    weekday: Span | None

    @property
    def each(self) -> tuple[Span, ...]:
        return tuple(span for span in (self.asked, self.before, self.weekday) if span is not None)


def spans_of(unit: Unit | None, asked: Span, zone: ZoneInfo) -> Spans:
    """`unit` None: a span of any length."""
    return Spans(asked=asked, before=span_before(unit, asked, zone), weekday=span_of_weekday(unit, asked, zone))


class Overview:
    """`given` knows all three spans; `teams` are the tenant's with their members."""

    def __init__(
        self, directory: TenantDirectory, choices: Choices, targets: TargetBook, given: GivenBook, teams: Teams
    ) -> None:
        self._directory = directory
        self._choices = choices
        self._given = given
        self._teams = teams
        self._reader = Reader(targets, choices, given.has)
        self._serving = serving(directory)

    def read(self, by: By, spans: Spans, cells: Mapping[Span, Sequence[Cell]]) -> Mapping[UUID, Sequence[Reading]]:
        """Readings by scope; `cells` are those of each of the spans, in any order."""
        now = self._figures(by, spans.asked, cells)
        before = self._figures(by, spans.before, cells)
        weekday = None if spans.weekday is None else self._figures(by, spans.weekday, cells)
        return {
            scope: self._reader.read(
                Row(
                    level=by,
                    scope=scope,
                    span=spans.asked,
                    figures=figures,
                    before=(spans.before, before.get(scope, Figures())),
                    weekday=(spans.weekday, weekday.get(scope, Figures())) if spans.weekday and weekday else None,
                )
            )
            for scope, figures in now.items()
        }

    def of_tenant(self, span: Span, cells: Mapping[Span, Sequence[Cell]]) -> Figures:
        """All of the tenant in one span."""
        return self._figures("tenant", span, cells)[self._directory.tenant]

    def _figures(self, by: By, span: Span, cells: Mapping[Span, Sequence[Cell]]) -> dict[UUID, Figures]:
        wanted = IndicatorFilter(since=span.start, until=span.end, by=by)
        report = IndicatorReport(self._directory, wanted, self._choices, self._teams)
        found: dict[UUID, Figures] = {}
        for (scope, _, _), figures in report.figures(cells[span]):
            figures.given = self._given.sums(self._place(by, scope, span))
            found[scope] = figures
        return found

    def _place(self, by: By, scope: UUID, span: Span) -> Place:
        match by:
            case "tenant":
                return Place(since=span.start, until=span.end)
            case "queue":
                queue = QueueId(scope)
                serving = self._serving.get(queue, frozenset())
                return Place(since=span.start, until=span.end, queue=queue, of_queue=serving)
            case "agent":
                return Place(since=span.start, until=span.end, agents=frozenset({UserId(scope)}))
            case "team":
                return Place(since=span.start, until=span.end, agents=self._teams.get(scope, frozenset()))
