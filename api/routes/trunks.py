"""Trunks. A password goes in and never comes out."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import FromQuery, JSONBody

from api.paging import Paging
from api.routes.responses import created, given, shown
from api.schemas.certificates import TlsCertificateBody
from api.schemas.common import Page
from api.schemas.trunks import (
    NamedTrunkStatesBody,
    Transport,
    TrunkBody,
    TrunkChange,
    TrunkInput,
    TrunkPreviewBody,
    TrunkPreviewInput,
    TrunkStateBody,
    TrunkStatesBody,
)
from api.trunk_preview import preview
from api.work import Unit, Work
from gateway.app.trunk_states import TrunkState
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import TrunkId
from kernel.primitives.secret import Secret
from tenants.directory import Trunk, TrunkSecrets, config_of, facts_of, load_dialling_rules

COLLECTION = "/v1/trunks"


def _body(trunk: Trunk) -> TrunkBody:
    facts = facts_of(trunk.options.tls.certificate) if trunk.options.tls is not None else None
    return TrunkBody(
        id=trunk.id,
        name=trunk.name,
        sources=trunk.sources,
        host=trunk.host,
        port=trunk.port,
        transport=trunk.transport,
        username=trunk.username,
        has_password=trunk.sealed_password is not None,
        codecs=trunk.codecs,
        region=trunk.region,
        srtp=trunk.srtp,
        tls_expires_at=facts.expires_at if facts is not None else None,
        tls_certificate=TlsCertificateBody(**msgspec.structs.asdict(facts)) if facts is not None else None,
        **msgspec.structs.asdict(trunk.options),
    )


def _secrets(fields: dict[str, Any]) -> dict[str, Secret | None]:
    """Taken out of the fields, as far as they are there."""
    told = {name: fields.pop(name) for name in TrunkSecrets.__struct_fields__ if name in fields}
    return {name: None if text is None else Secret(text) for name, text in told.items()}


@get(COLLECTION, operation_id="list_trunks", tags=["Trunks"])
async def list_trunks(
    work: NamedDependency[Work], paging: NamedDependency[Paging], transport: FromQuery[Transport | None] = None
) -> Page[TrunkBody]:
    """Trunks in the order in which they were added."""
    async with work.read() as unit:
        found = await unit.trunks.page(paging.after, paging.one_more, transport)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_trunk", status_code=201, tags=["Trunks"])
async def create_trunk(data: JSONBody[TrunkInput], work: NamedDependency[Work]) -> Response[TrunkBody]:
    """Connect a carrier: calls from its sources are ours from now on."""
    fields = given(data)
    secrets = TrunkSecrets(**_secrets(fields))
    options = TrunkOptions(**{name: fields.pop(name) for name in TrunkOptions.__struct_fields__ if name in fields})

    async def add(unit: Unit) -> Response[TrunkBody]:
        trunk = await unit.trunks.create(Trunk(id=TrunkId(unit.new_id()), options=options, **fields), secrets)
        return created(_body(trunk), trunk.revision, COLLECTION, trunk.id)

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_trunk", tags=["Trunks"])
async def get_trunk(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[TrunkBody]:
    """One trunk."""
    async with work.read() as unit:
        trunk = await unit.trunks.get(TrunkId(key))
    return shown(_body(trunk), trunk.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_trunk", tags=["Trunks"])
async def update_trunk(
    key: NamedDependency[UUID],
    data: JSONBody[TrunkChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[TrunkBody]:
    """Change a trunk; `password: null` removes the password."""
    changes = given(data)
    changes |= _secrets(changes)
    async with work.write() as unit:
        trunk = await unit.trunks.change(TrunkId(key), changes, expected)
    return shown(_body(trunk), trunk.revision)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_trunk", status_code=204, tags=["Trunks"])
async def delete_trunk(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a trunk; calls in progress go on."""
    async with work.write() as unit:
        await unit.trunks.remove(TrunkId(key), expected)


@post(f"{COLLECTION}/{{id:uuid}}/preview", operation_id="preview_trunk", status_code=200, tags=["Trunks"])
async def preview_trunk(
    key: NamedDependency[UUID], data: JSONBody[TrunkPreviewInput], work: NamedDependency[Work]
) -> TrunkPreviewBody:
    """What a call through this trunk would say, and how a number that comes in by it is read. Nothing is dialled."""
    async with work.read() as unit:
        trunk = await unit.trunks.get(TrunkId(key))
    rules = await load_dialling_rules(work.services.database, work.principal.scope)
    return preview(config_of(trunk, work.principal.scope.tenant), rules, data)


@get(f"{COLLECTION}/{{id:uuid}}/state", operation_id="get_trunk_state", tags=["Trunks"])
async def get_trunk_state(key: NamedDependency[UUID], work: NamedDependency[Work]) -> TrunkStatesBody:
    """Whether the carrier answers and knows where we are."""
    async with work.read() as unit:
        trunk = await unit.trunks.get(TrunkId(key))
    found = await work.services.trunk_states.of(work.principal.scope.tenant, [trunk.id])
    return TrunkStatesBody(gateways=_gateways(found[trunk.id]))


@get("/v1/trunk-states", operation_id="list_trunk_states", tags=["Trunks"])
async def list_trunk_states(
    work: NamedDependency[Work], paging: NamedDependency[Paging], transport: FromQuery[Transport | None] = None
) -> Page[NamedTrunkStatesBody]:
    """The same of all trunks, page by page as they are listed."""
    async with work.read() as unit:
        trunks = await unit.trunks.page(paging.after, paging.one_more, transport)
    found = await work.services.trunk_states.of(work.principal.scope.tenant, [trunk.id for trunk in trunks])
    return paging.page(
        trunks,
        lambda trunk: NamedTrunkStatesBody(trunk_id=trunk.id, name=trunk.name, gateways=_gateways(found[trunk.id])),
    )


def _gateways(found: Sequence[TrunkState]) -> tuple[TrunkStateBody, ...]:
    return tuple(_state(state) for state in found)


def _state(state: TrunkState) -> TrunkStateBody:
    return msgspec.convert(state, TrunkStateBody, from_attributes=True)


HANDLERS = [
    list_trunks,
    create_trunk,
    get_trunk,
    update_trunk,
    delete_trunk,
    preview_trunk,
    get_trunk_state,
    list_trunk_states,
]
