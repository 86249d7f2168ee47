"""From agent states to seconds per client: pure, in whole seconds, each counted exactly once.

`docs/billing-agent-time.md` states the rules in plain words.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from kernel.contracts.calls import AgentState
from kernel.contracts.log import AgentStateChanged
from kernel.primitives.ids import TenantId, UserId
from tenants.billing.periods import moment_of, stamp

UNPAID_REASONS = ("meal",)  # the usual unpaid break; a provider changes it in its billing settings

HANDLING = frozenset({AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP})


class Span(NamedTuple):
    """Seconds of one state, from `start` to `end` in epoch seconds; `client` None: no one client's."""

    agent: UserId
    state: AgentState
    reason: str
    client: TenantId | None
    start: int
    end: int

    @property
    def seconds(self) -> int:
        return self.end - self.start


class Availability(NamedTuple):
    """An agent could get calls of `client` from `start` to `end` (None: still)."""

    agent: UserId
    client: TenantId
    start: datetime
    end: datetime | None


class Share(NamedTuple):
    """A client's part of an agent's day, in seconds; `idle` is its own, `shared_idle` its part of the common one."""

    client: TenantId
    handled: int
    idle: int
    shared_idle: int
    paid_away: int

    @property
    def billable(self) -> int:
        """What the client can be asked to pay: handling its calls, and standing ready for them."""
        return self.handled + self.idle + self.shared_idle

    @property
    def payable(self) -> int:
        """What the agent is paid for on the client's account: paid breaks and training too."""
        return self.billable + self.paid_away


class AgentDay(NamedTuple):
    """One agent's calendar day: the clients' shares and the unpaid seconds are together `logged_in`."""

    agent: UserId
    day: date
    logged_in: int
    unpaid: int
    shares: tuple[Share, ...]


def spans(events: Iterable[AgentStateChanged], start: datetime, end: datetime) -> Iterator[Span]:
    """The time logged in between `start` and `end`; events in the order of the log, from before `start` on."""
    first, last = stamp(start), stamp(end)
    present: dict[UserId, AgentStateChanged] = {}
    for event in events:
        former = present.get(event.agent)
        if former is not None:
            yield from _between(former, stamp(event.at), first, last)
        present[event.agent] = event
    for event in present.values():
        yield from _between(event, last, first, last)


def _between(event: AgentStateChanged, until: int, first: int, last: int) -> Iterator[Span]:
    start, end = max(stamp(event.at), first), min(until, last)
    if start < end and event.state is not AgentState.LOGGED_OUT:
        yield Span(event.agent, event.state, event.reason, event.client, start, end)


def by_day(found: Iterable[Span], zone: ZoneInfo) -> Iterator[tuple[date, Span]]:
    """Cut at the zone's midnights, days of 23 and 25 hours included."""
    for span in found:
        start = span.start
        while start < span.end:
            day = moment_of(start).astimezone(zone).date()
            end = min(span.end, _next_midnight(day, zone))
            yield day, span._replace(start=start, end=end)
            start = end


def _next_midnight(day: date, zone: ZoneInfo) -> int:
    following = day + timedelta(days=1)
    return stamp(datetime(following.year, following.month, following.day, tzinfo=zone))


def split(whole: int, weights: Mapping[TenantId, int]) -> dict[TenantId, int]:
    """Whole seconds in proportion to the weights (equal shares where all are 0) that add up to `whole`.

    By the largest remainder; of equal ones the smaller id comes first.
    """
    clients = sorted(weights)
    total = sum(weights.values())
    parts = {client: weights[client] if total else 1 for client in clients}
    sum_of_parts = total or len(clients)
    found = {client: whole * parts[client] // sum_of_parts for client in clients}
    rest = whole - sum(found.values())
    by_remainder = sorted(clients, key=lambda client: -(whole * parts[client] % sum_of_parts))
    for client in by_remainder[:rest]:
        found[client] += 1
    return found


def days_of(
    found: Iterable[Span],
    availability: Sequence[Availability],
    home: TenantId,
    zone: ZoneInfo,
    unpaid_reasons: Collection[str] = UNPAID_REASONS,
) -> list[AgentDay]:
    """Every agent's days, in order of day and agent; who serves no client works for `home`."""
    days: dict[tuple[date, UserId], list[Span]] = {}
    for day, span in by_day(found, zone):
        days.setdefault((day, span.agent), []).append(span)
    stood = _stood(availability)
    return [_day(day, agent, days[day, agent], stood, home, unpaid_reasons) for day, agent in sorted(days)]


Stood = Callable[[Span], set[TenantId]]


def _stood(availability: Sequence[Availability]) -> Stood:
    """For which clients an agent stood available in a span."""
    by_agent: dict[UserId, list[tuple[int, int | None, TenantId]]] = {}
    for one in availability:
        end = None if one.end is None else stamp(one.end)
        by_agent.setdefault(one.agent, []).append((stamp(one.start), end, one.client))

    def stood(span: Span) -> set[TenantId]:
        return {
            client
            for start, end, client in by_agent.get(span.agent, ())
            if start < span.end and (end is None or end > span.start)
        }

    return stood


def _day(
    day: date, agent: UserId, found: Sequence[Span], stood: Stood, home: TenantId, unpaid_reasons: Collection[str]
) -> AgentDay:
    handled: dict[TenantId, int] = {}
    idle: dict[TenantId, int] = {}
    away: dict[TenantId, int] = {}
    clients: set[TenantId] = set()
    shared_idle = shared_away = unpaid = 0
    for span in found:
        if span.state in HANDLING:
            _add(handled, span.client or home, span.seconds)
        elif span.state is AgentState.AVAILABLE and span.client is not None:
            _add(idle, span.client, span.seconds)
        elif span.state is AgentState.AVAILABLE:
            shared_idle += span.seconds
            clients |= stood(span)
        elif span.reason in unpaid_reasons:
            unpaid += span.seconds
        elif span.client is not None:
            _add(away, span.client, span.seconds)
        else:
            shared_away += span.seconds
            clients |= stood(span)
    clients |= handled.keys() | idle.keys() | away.keys()
    weights = {client: handled.get(client, 0) for client in clients or {home}}
    idle_parts, away_parts = split(shared_idle, weights), split(shared_away, weights)
    shares = tuple(
        Share(
            client,
            handled.get(client, 0),
            idle.get(client, 0),
            idle_parts[client],
            away.get(client, 0) + away_parts[client],
        )
        for client in sorted(weights)
    )
    return AgentDay(agent, day, sum(span.seconds for span in found), unpaid, shares)


def _add(sums: dict[TenantId, int], client: TenantId, seconds: int) -> None:
    sums[client] = sums.get(client, 0) + seconds
