"""Call flows: drafts, checks, versions, and tests without a telephone."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.params import JSONBody, QueryParameter

from api.conditions import etag
from api.flow_names import check_of
from api.paging import Paging
from api.routes.responses import created, shown
from api.schemas.common import Page
from api.schemas.flows import (
    Document,
    FlowBody,
    FlowCheckBody,
    FlowDocumentBody,
    FlowDraftInput,
    FlowEntryBody,
    FlowInput,
    FlowProblemBody,
    FlowPublishInput,
    FlowRollBackInput,
    FlowSchemaBody,
    FlowTrialInput,
    FlowVersionBody,
    TranscriptBody,
    TranscriptLineBody,
)
from api.work import Unit, Work
from kernel.primitives.errors import InvalidInput
from kernel.primitives.phone import PhoneNumber
from routing.flows.document.flow import Flow, flow_schema, read_flow, write_flow
from routing.flows.document.names import FlowName
from routing.flows.document.numbers import number_of
from routing.flows.errors import NoDraft
from routing.flows.limits import DOCUMENT_BYTES, NOTE_LENGTH
from routing.flows.run.position import CallFacts
from routing.flows.simulate.script import Script
from routing.flows.simulate.simulator import Tried, simulate
from routing.flows.simulate.transcript import Transcript
from routing.flows.versions import version_of
from routing.library import StoredFlow
from routing.library.flows import FlowEntry

COLLECTION = "/v1/flows"
BODY_BYTES = 2 * DOCUMENT_BYTES  # as it is sent, with spaces


def _document(flow: Flow) -> Document:
    return msgspec.json.decode(write_flow(flow))


def _body(stored: StoredFlow) -> FlowBody:
    record = stored.record
    return FlowBody(
        id=stored.id,
        name=record.name,
        live=None if record.live is None else record.live.number,
        draft=None if record.draft is None else _document(record.draft),
        versions=tuple(
            FlowVersionBody(
                number=one.number, published_at=one.published_at, published_by=one.published_by, note=one.note
            )
            for one in record.versions
        ),
    )


def _entry(entry: FlowEntry) -> FlowEntryBody:
    return FlowEntryBody(id=entry.id, name=entry.name, live=entry.live, has_draft=entry.has_draft)


def read_name(name: str) -> str:
    """InvalidInput for what flows could not write."""
    try:
        return msgspec.convert(name, FlowName)
    except msgspec.ValidationError as error:
        problem = {"field": "name", "code": "malformed", "detail": "a-z, 0-9, _ and -, up to 64, no - or _ first"}
        raise InvalidInput("Give a name of small letters, digits, - and _.", errors=[problem]) from error


def _read(document: Document) -> Flow:
    """UnreadableFlow."""
    return read_flow(msgspec.json.encode(document))


@get("/v1/flow-schema", operation_id="get_flow_schema", tags=["Call flows"])
async def get_flow_schema() -> FlowSchemaBody:
    """JSON Schema 2020-12 of the documents that call flows are, for editors and other tools."""
    return FlowSchemaBody(document=flow_schema())


@get(COLLECTION, operation_id="list_flows", tags=["Call flows"])
async def list_flows(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[FlowEntryBody]:
    """Call flows in the order in which they were made, without their documents."""
    async with work.read() as unit:
        found = await unit.flows.page(paging.after, paging.one_more)
    return paging.page(found, _entry)


@post(
    COLLECTION,
    operation_id="create_flow",
    status_code=201,
    request_max_body_size=BODY_BYTES,
    tags=["Call flows"],
)
async def create_flow(data: JSONBody[FlowInput], work: NamedDependency[Work]) -> Response[FlowBody]:
    """Begin a call flow with a draft, which may be half done."""
    name, flow = read_name(data.name), _read(data.document)

    async def add(unit: Unit) -> Response[FlowBody]:
        stored = await unit.flows.create(name, flow)
        return created(_body(stored), stored.revision, COLLECTION, stored.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_flow", tags=["Call flows"])
async def get_flow(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[FlowBody]:
    """A call flow with its draft and what was published."""
    async with work.read() as unit:
        stored = await unit.flows.get(key)
    return shown(_body(stored), stored.revision)


@get(f"{COLLECTION}/{{id:uuid}}/document", operation_id="get_flow_document", tags=["Call flows"])
async def get_flow_document(
    key: NamedDependency[UUID],
    work: NamedDependency[Work],
    version: Annotated[int | None, QueryParameter(description="Without it: the draft, or what is live.", ge=1)] = None,
) -> FlowDocumentBody:
    """One version of a call flow, or its draft."""
    async with work.read() as unit:
        stored = await unit.flows.get(key)
    number, flow = _chosen(stored, version)
    return FlowDocumentBody(version=number or None, document=_document(flow))


def _chosen(stored: StoredFlow, version: int | None) -> tuple[int, Flow]:
    """0: the draft. UnknownVersion, NoDraft."""
    record = stored.record
    if version is not None:
        return version, version_of(record, version).flow
    if record.draft is not None:
        return 0, record.draft
    if record.live is None:
        raise NoDraft("Save a draft first.")
    return record.live.number, record.live.flow


@put(
    f"{COLLECTION}/{{id:uuid}}/draft",
    operation_id="save_flow_draft",
    request_max_body_size=BODY_BYTES,
    tags=["Call flows"],
)
async def save_flow_draft(
    key: NamedDependency[UUID],
    data: JSONBody[FlowDraftInput],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[FlowBody]:
    """Save the draft; calls go on through what is published."""
    flow = _read(data.document)
    async with work.write() as unit:
        stored = await unit.flows.save(key, flow, expected)
    return shown(_body(stored), stored.revision)


@post(f"{COLLECTION}/{{id:uuid}}/check", operation_id="check_flow", status_code=200, tags=["Call flows"])
async def check_flow(key: NamedDependency[UUID], work: NamedDependency[Work]) -> FlowCheckBody:
    """What stands against publishing the draft, each with its node and what to do."""
    async with work.read() as unit:
        stored = await unit.flows.get(key)
        check = await check_of(unit, work.services.lookups)
    _, flow = _chosen(stored, None)
    return FlowCheckBody(
        problems=tuple(
            FlowProblemBody(node=one.node, field=one.field, code=one.code, message=one.message) for one in check(flow)
        )
    )


@post(f"{COLLECTION}/{{id:uuid}}/publish", operation_id="publish_flow", status_code=200, tags=["Call flows"])
async def publish_flow(
    key: NamedDependency[UUID],
    data: JSONBody[FlowPublishInput],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[FlowBody]:
    """Make the draft a version that new calls take at once; calls in progress keep theirs."""
    if len(data.note) > NOTE_LENGTH:
        raise InvalidInput(f"A note has up to {NOTE_LENGTH} characters.")

    async def do(unit: Unit) -> Response[FlowBody]:
        check = await check_of(unit, work.services.lookups)
        stored = await unit.flows.publish(key, check, work.principal.person, data.note, expected)
        return Response(_body(stored), status_code=200, headers={"ETag": etag(stored.revision)})

    return await work.create(do)


@post(f"{COLLECTION}/{{id:uuid}}/roll-back", operation_id="roll_back_flow", status_code=200, tags=["Call flows"])
async def roll_back_flow(
    key: NamedDependency[UUID],
    data: JSONBody[FlowRollBackInput],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[FlowBody]:
    """Let new calls take an earlier version again; the draft stays."""

    async def do(unit: Unit) -> Response[FlowBody]:
        check = await check_of(unit, work.services.lookups)
        stored = await unit.flows.roll_back(key, data.version, check, work.principal.person, expected)
        return Response(_body(stored), status_code=200, headers={"ETag": etag(stored.revision)})

    return await work.create(do)


@post(f"{COLLECTION}/{{id:uuid}}/try", operation_id="try_flow", status_code=200, tags=["Call flows"])
async def try_flow(
    key: NamedDependency[UUID], data: JSONBody[FlowTrialInput], work: NamedDependency[Work]
) -> TranscriptBody:
    """Run a script through the draft, or a version, without a telephone; no server is asked, nobody is called."""
    script = _script(data.script)
    caller = None if data.caller is None else _number("caller", data.caller)
    facts = CallFacts(called=_number("called", data.called), caller=caller)
    async with work.read() as unit:
        stored = await unit.flows.get(key)
        calendars, live = await unit.calendars.all(), await unit.flows.live()
    number, flow = _chosen(stored, data.version)
    tried = Tried(name=stored.record.name, flow=flow, version=number, calendars=calendars, others=live)
    return _transcript(simulate(tried, facts, script, data.at or work.services.clock.now()))


def _script(acts: tuple[Mapping[str, Any], ...]) -> Script:
    try:
        return msgspec.convert(acts, Script)
    except msgspec.ValidationError as error:
        problem = {"field": "script", "code": "malformed", "detail": str(error)}
        raise InvalidInput("The script has an act that nobody can do.", errors=[problem]) from error


def _number(field: str, text: str) -> PhoneNumber:
    """InvalidInput."""
    number = number_of(text)
    if number is None:
        problem = {"field": field, "code": "malformed", "detail": "an international number, such as +442071838750"}
        raise InvalidInput("Give an international telephone number.", errors=[problem])
    return number


def _transcript(found: Transcript) -> TranscriptBody:
    return TranscriptBody(
        lines=tuple(
            TranscriptLineBody(seconds=line.seconds, kind=line.kind, node=line.node, text=line.text, to=line.to)
            for line in found.lines
        ),
        stop=found.stop,
        ending=None if found.ending is None else found.ending.value,
        remark=found.remark,
        variables=found.variables,
    )


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_flow", status_code=204, tags=["Call flows"])
async def delete_flow(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a call flow to which nothing leads any more; calls in it go on."""
    async with work.write() as unit:
        await unit.flows.remove(key, await unit.numbers.through(key), expected)


HANDLERS = [
    get_flow_schema,
    list_flows,
    create_flow,
    get_flow,
    get_flow_document,
    save_flow_draft,
    check_flow,
    publish_flow,
    roll_back_flow,
    try_flow,
    delete_flow,
]
