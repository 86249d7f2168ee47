"""Business hours."""

from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.callback_hours import require_no_queue
from api.paging import Paging
from api.routes.flows import read_name
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.flows import CalendarBody, CalendarChange, CalendarInput
from api.work import Unit, Work
from routing.flows.calendars.calendar import Calendar, read_calendar
from routing.library import StoredCalendar

COLLECTION = "/v1/calendars"
BODY_BYTES = 256 * 1024  # a thousand exceptions with their reasons


def _body(stored: StoredCalendar) -> CalendarBody:
    return CalendarBody(id=stored.id, name=stored.name, calendar=msgspec.to_builtins(stored.calendar, str_keys=True))


def _read(document: object) -> Calendar:
    """WrongCalendar."""
    return read_calendar(msgspec.json.encode(document))


@get(COLLECTION, operation_id="list_calendars", tags=["Call flows"])
async def list_calendars(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[CalendarBody]:
    """Business hours in the order in which they were made."""
    async with work.read() as unit:
        found = await unit.calendars.page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(
    COLLECTION, operation_id="create_calendar", status_code=201, request_max_body_size=BODY_BYTES, tags=["Call flows"]
)
async def create_calendar(data: JSONBody[CalendarInput], work: NamedDependency[Work]) -> Response[CalendarBody]:
    """Add business hours: weekly openings, public holidays of a place, exceptions, a switch for emergencies."""
    name, calendar = read_name(data.name), _read(data.calendar)

    async def add(unit: Unit) -> Response[CalendarBody]:
        stored = await unit.calendars.create(name, calendar)
        return created(_body(stored), stored.revision, COLLECTION, stored.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_calendar", tags=["Call flows"])
async def get_calendar(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[CalendarBody]:
    """One calendar of business hours."""
    async with work.read() as unit:
        stored = await unit.calendars.get(key)
    return shown(_body(stored), stored.revision)


@put(
    f"{COLLECTION}/{{id:uuid}}", operation_id="replace_calendar", request_max_body_size=BODY_BYTES, tags=["Call flows"]
)
async def replace_calendar(
    key: NamedDependency[UUID],
    data: JSONBody[CalendarChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[CalendarBody]:
    """Change business hours; the next call that asks follows."""
    calendar = _read(data.calendar)
    async with work.write() as unit:
        stored = await unit.calendars.change(key, calendar, expected)
    return shown(_body(stored), stored.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_calendar", status_code=204, tags=["Call flows"])
async def delete_calendar(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove business hours that no live call flow asks, and by which no queue calls back."""
    async with work.write() as unit:
        await require_no_queue(unit, (await unit.calendars.get(key)).name)
        await unit.calendars.remove(key, await unit.flows.live(), expected)


HANDLERS = [list_calendars, create_calendar, get_calendar, replace_calendar, delete_calendar]
