"""The agent-time report of a provider, read from the log of its home tenant."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple, Protocol
from zoneinfo import ZoneInfo

from kernel.contracts.log import AgentStateChanged
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId, UserId
from tenants.billing.agent_time.rules import UNPAID_REASONS, AgentDay, Availability, days_of, spans

MAX_DAYS = 92  # a quarter; more is asked for in parts
LOOK_BACK = timedelta(days=7)  # nobody stays logged in for a week without any change of state
READ_AT_ONCE = 10_000


class AgentTimeReport(NamedTuple):
    """`names` are those of agents and of clients; times are of days in `time_zone`."""

    days: Sequence[AgentDay]
    time_zone: str
    agents: Mapping[UserId, str]
    clients: Mapping[TenantId, str]


class Staff(Protocol):
    """What the report needs to know of a provider's people."""

    async def availability(self, start: datetime, end: datetime) -> Sequence[Availability]:
        """Which clients' calls each agent could get, when."""
        ...

    async def agent_names(self) -> Mapping[UserId, str]: ...

    async def client_names(self) -> Mapping[TenantId, str]: ...


class AgentTimeService:
    def __init__(self, database: Database, home: TenantId, time_zone: str, staff: Staff) -> None:
        self._database = database
        self._home = home
        self._time_zone = time_zone
        self._zone = ZoneInfo(time_zone)
        self._staff = staff

    async def report(
        self, first: date, last: date, now: datetime, unpaid_reasons: Sequence[str] = UNPAID_REASONS
    ) -> AgentTimeReport:
        """From the first to the last day, both included, but not beyond `now`; InvalidInput."""
        if not 0 <= (last - first).days < MAX_DAYS:
            problem = {"field": "last", "code": "out_of_range", "detail": f"1 to {MAX_DAYS} days"}
            raise InvalidInput(f"Ask for 1 to {MAX_DAYS} days.", errors=[problem])
        start = datetime(first.year, first.month, first.day, tzinfo=self._zone).astimezone(UTC)
        following = last + timedelta(days=1)
        end = min(datetime(following.year, following.month, following.day, tzinfo=self._zone).astimezone(UTC), now)
        events = [event async for event in self._events(start, end)]
        availability = await self._staff.availability(start, end)
        days = days_of(spans(events, start, end), availability, self._home, self._zone, unpaid_reasons)
        return AgentTimeReport(days, self._time_zone, await self._staff.agent_names(), await self._staff.client_names())

    async def _events(self, start: datetime, end: datetime) -> AsyncIterator[AgentStateChanged]:
        after = await self._place(start - LOOK_BACK)
        while True:
            logged = await self._database.read_log(self._home, after, READ_AT_ONCE)
            for entry in logged:
                if isinstance(entry.event, AgentStateChanged) and entry.event.at < end:
                    yield entry.event
            if len(logged) < READ_AT_ONCE or logged[-1].event.at >= end + LOOK_BACK:
                return
            after = logged[-1].sequence

    async def _place(self, moment: datetime) -> int:
        """A sequence before the first event of that moment: the log is in the order of time, but for seconds."""
        low, high = 0, 1
        while await self._at(high, moment):
            low, high = high, high * 2
        while high - low > 1:
            middle = (low + high) // 2
            if await self._at(middle, moment):
                low = middle
            else:
                high = middle
        return low

    async def _at(self, sequence: int, moment: datetime) -> bool:
        """Whether there is an event of this sequence and it is older."""
        found = await self._database.read_log(self._home, sequence - 1, 1)
        return bool(found) and found[0].event.at < moment
