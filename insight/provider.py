"""A provider's clients as one: their figures added, each call by its own queue's thresholds. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from insight.given.gathering import GivenBook
from insight.judgement.readings import Reader, Reading, Row
from insight.kept.settings import IndicatorSettings
from insight.kpi.figures import Figures, together
from insight.kpi.given_sums import Input
from insight.kpi.spans import Span
from insight.overview import Overview, Spans
from insight.report import Cell, Teams
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.ids import UserId


class Material(NamedTuple):
    """What the readings of one tenant are made of; to be read together, `cells` are those of each agent."""

    directory: TenantDirectory
    settings: IndicatorSettings
    given: GivenBook
    cells: Mapping[Span, Sequence[Cell]]

    def overview(self, teams: Teams) -> Overview:
        book = self.settings.book(self.directory.currency)
        return Overview(self.directory, self.settings.choices, book, self.given, teams)


def read_together(home: Material, clients: Sequence[Material], spans: Spans) -> Sequence[Reading]:
    """By the home's choices and targets. What a guest does in a client counts as time at home, where the log-in is."""
    staff = frozenset(profile.agent for profile in home.directory.agents if profile.home is None)
    whole = [home, *(client._replace(cells=_without_time_of(staff, client.cells)) for client in clients)]
    one_currency = len({each.directory.currency for each in whole}) == 1

    def figures(span: Span) -> Figures:
        found = together(each.overview({}).of_tenant(span, each.cells) for each in whole)
        if not one_currency:
            found.given.costs = found.given.cost_minor = 0  # there is no sum of different moneys
        return found

    reader = Reader(
        home.settings.book(home.directory.currency),
        home.settings.choices,
        frozenset[Input]().union(*(each.given.has for each in whole)),
    )
    row = Row(
        level="tenant",
        scope=home.directory.tenant,
        span=spans.asked,
        figures=figures(spans.asked),
        before=(spans.before, figures(spans.before)),
        weekday=None if spans.weekday is None else (spans.weekday, figures(spans.weekday)),
    )
    return reader.read(row)


def _without_time_of(staff: frozenset[UserId], cells: Mapping[Span, Sequence[Cell]]) -> Mapping[Span, Sequence[Cell]]:
    return {span: list(_timeless(staff, each)) for span, each in cells.items()}


def _timeless(staff: frozenset[UserId], cells: Iterable[Cell]) -> Iterable[Cell]:
    for key, counters in cells:
        guest = key.agent is not None and key.agent in staff and counters.state_ms
        yield (key, msgspec.structs.replace(counters, state_ms={})) if guest else (key, counters)
