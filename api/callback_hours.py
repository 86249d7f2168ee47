"""The calendars by which queues ring customers back: modules that do not know each other keep the two."""

from api.work import Unit
from kernel.contracts.queues import CALLBACK_CALENDAR, WaitingRules
from kernel.primitives.errors import InvalidInput
from tenants.directory.errors import StillInUse

QUEUES_READ = 10_000  # more than any tenant has
FIELD = "waiting.callbacks.calendar"


async def require_calendar(unit: Unit, waiting: WaitingRules | None) -> None:
    """InvalidInput: customers would be rung at any hour. Without one of the usual name a tenant wants just that."""
    name = CALLBACK_CALENDAR if waiting is None else waiting.callbacks.calendar
    if name == CALLBACK_CALENDAR:
        return
    calendars = await unit.calendars.all()
    if name not in calendars:
        there = f"choose one of {', '.join(sorted(calendars))}" if calendars else "make it first, at /v1/calendars"
        detail = f"There is no calendar {name!r}: {there}."
        raise InvalidInput(detail, errors=[{"field": FIELD, "code": "no_such_calendar", "detail": detail}])


async def require_no_queue(unit: Unit, calendar: str) -> None:
    """StillInUse: without its calendar a queue would ring customers at any hour."""
    queues = [
        queue for queue in await unit.queues.page(None, QUEUES_READ) if queue.waiting.callbacks.calendar == calendar
    ]
    if queues and calendar != CALLBACK_CALENDAR:
        used_by = [{"kind": "queue", "id": str(queue.id)} for queue in queues]
        raise StillInUse("Let these queues call back by another calendar first.", used_by=used_by)
