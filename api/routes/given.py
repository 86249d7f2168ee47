"""What no log tells: shifts, forecasts, costs, staff, evaluations, surveys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, cast
from uuid import UUID

import msgspec
from litestar import delete, get, put
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody, QueryParameter

from api.paging import Paging
from api.routes.responses import given
from api.schemas.common import Page
from api.schemas.given import AnyGiven, GivenEntries, GivenInput, GivenReport
from api.times import aware
from api.work import Work
from insight.given.contracts import Entry
from insight.kept.given import KINDS, Kind, kind_of
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import UserId
from tenants.directory import load_tenant_directory

PATH = "/v1/indicators/given"
_BACK = {theirs: ours for ours, theirs in GivenInput.renamed.items()}


def _entry(place: int, sent: GivenInput) -> Entry:
    """InvalidInput says which, and why."""
    fields = {GivenInput.renamed.get(name, name): value for name, value in given(sent).items()}
    kind = cast(Kind, type(sent).__struct_config__.tag)
    try:
        return KINDS[kind](**fields)
    except ValueError as error:
        problem = {"field": f"entries[{place}]", "code": "wrong_entry", "detail": str(error)}
        raise InvalidInput(f"entries[{place}]: {error}.", errors=[problem]) from error


def _body(entry: Entry) -> AnyGiven:
    fields = {_BACK.get(name, name): value for name, value in msgspec.structs.asdict(entry).items()}
    return msgspec.convert(fields | {"kind": kind_of(entry)}, AnyGiven)


@put(PATH, operation_id="put_given", tags=["Indicators"], status_code=200)
async def put_given(data: JSONBody[GivenEntries], work: NamedDependency[Work]) -> GivenReport:
    """Give entries, or give them anew under their ids. Sending the same twice changes nothing."""
    entries = [_entry(place, sent) for place, sent in enumerate(data.entries)]
    directory = await load_tenant_directory(work.services.database, work.principal.scope, work.services.clock.now())
    async with work.write() as unit:
        kept = await unit.indicators.give(entries)
        agents = _named(data.entries, "agent_id") - {profile.agent for profile in directory.agents}
        agents -= await unit.people.known({UserId(agent) for agent in agents})
    queues = _named(data.entries, "queue_id") - {rules.queue for rules in directory.queues}
    return GivenReport(kept=kept, unknown_agents=tuple(sorted(agents)), unknown_queues=tuple(sorted(queues)))


def _named(sent: Sequence[GivenInput], field: str) -> set[UUID]:
    found: set[UUID | None] = {getattr(each, field, None) for each in sent}
    return {key for key in found if key is not None}


@get(PATH, operation_id="list_given", tags=["Indicators"])
async def list_given(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    kind: FromQuery[Kind],
    since: Annotated[datetime, QueryParameter(description="Entries that touch the span from here on.")],
    until: Annotated[datetime, QueryParameter(description="Up to here, exclusive.")],
) -> Page[AnyGiven]:
    """Entries of one kind that touch a span of time, by their ids."""
    span = aware("since", since), aware("until", until)
    async with work.read() as unit:
        found = await unit.indicators.given(kind, span, paging.after, paging.one_more)
    return paging.page(found, _body)


@delete(f"{PATH}/{{id:uuid}}", operation_id="delete_given", tags=["Indicators"], status_code=204)
async def delete_given(key: NamedDependency[UUID], kind: FromQuery[Kind], work: NamedDependency[Work]) -> None:
    """Take an entry back."""
    async with work.write() as unit:
        await unit.indicators.take_back(kind, key)


HANDLERS = [put_given, list_given, delete_given]
