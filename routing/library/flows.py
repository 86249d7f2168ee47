"""Use cases: flows with their drafts and versions. What may be done when, `routing.flows.versions` decides."""

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import insert, select
from sqlalchemy.engine import Row

from kernel.primitives.ids import UserId
from kernel.primitives.web_guard import WebRules
from routing.flows.checks.problem import Problem
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow, read_flow, write_flow
from routing.flows.errors import NamedByFlows, TooManyKept, UnknownVersion
from routing.flows.known import KnownNames, NameKind
from routing.flows.limits import FLOWS_KEPT
from routing.flows.versions import (
    Check,
    FlowRecord,
    GoneLive,
    Stamp,
    Version,
    publish,
    roll_back,
    save_draft,
)
from routing.library.naming import LiveFlows, flows_naming
from routing.library.rows import NamedRows, require_revision
from routing.library.tables import FlowLiveRow, FlowRow, FlowVersionRow
from routing.library.unit import LibraryUnit

DOCUMENTS_READ = (
    512  # versions of all tenants that are kept read: they never change, and reading one takes milliseconds
)

_flows = FlowRow.table()
_versions = FlowVersionRow.table()
_history = FlowLiveRow.table()

read_version = lru_cache(DOCUMENTS_READ)(read_flow)
"""Of what was published; UnreadableFlow."""


class FlowEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A flow without its documents."""

    id: UUID
    name: str
    live: int | None
    has_draft: bool
    draft_revision: int
    revision: int


class StoredFlow(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    record: FlowRecord
    revision: int


def _entry(row: Row[Any]) -> FlowEntry:
    return FlowEntry(
        id=row.id,
        name=row.name,
        live=row.live,
        has_draft=row.draft is not None,
        draft_revision=row.draft_revision,
        revision=row.revision,
    )


class FlowService:
    def __init__(self, unit: LibraryUnit) -> None:
        self._unit = unit
        self._tenant = unit.scope.tenant
        self._entries = NamedRows[FlowEntry](unit.session, unit.scope, _flows, _entry)

    # --- reading ---

    async def page(self, after: UUID | None, limit: int) -> Sequence[FlowEntry]:
        return await self._entries.page(after, limit)

    async def get(self, key: UUID) -> StoredFlow:
        """NotFound."""
        entry = await self._entries.get(key, "call flow")
        row = (await self._unit.session.execute(select(_flows.c.draft).where(_flows.c.id == key))).one()
        versions = await self._unit.session.execute(
            select(_versions).where(*self._of(_versions, key)).order_by(_versions.c.number)
        )
        history = await self._unit.session.execute(
            select(_history).where(*self._of(_history, key)).order_by(_history.c.place)
        )
        record = FlowRecord(
            name=entry.name,
            draft=None if row.draft is None else read_flow(row.draft),
            revision=entry.draft_revision,
            versions=tuple(map(_version, versions)),
            history=tuple(map(_gone_live, history)),
        )
        return StoredFlow(id=key, record=record, revision=entry.revision)

    def _of(self, table: Any, key: UUID) -> tuple[Any, ...]:
        return table.c.tenant_id == self._tenant, table.c.flow_id == key

    async def live(self) -> LiveFlows:
        """Of every flow that has one, by name."""
        query = (
            select(_flows.c.name, _flows.c.live, _versions.c.document)
            .join(_versions, (_versions.c.flow_id == _flows.c.id) & (_versions.c.number == _flows.c.live))
            .where(_flows.c.tenant_id == self._tenant, _flows.c.removed_at.is_(None))
        )
        rows = await self._unit.session.execute(query)
        return {name: (number, read_version(document)) for name, number, document in rows}

    # --- changing ---

    async def create(self, name: str, document: Flow) -> StoredFlow:
        """NameInUse, TooManyKept."""
        if await self._entries.count() >= FLOWS_KEPT:
            raise TooManyKept(f"{FLOWS_KEPT} call flows may be kept: remove one first.", allowed=FLOWS_KEPT)
        key = self._unit.new_id()
        record = save_draft(FlowRecord(name=name), document, 0)
        await self._entries.add(
            {"id": key, "name": name, "draft": write_flow(document), "draft_revision": record.revision}
        )
        await self._unit.changed("flow.created", key, name=name)
        return StoredFlow(id=key, record=record, revision=1)

    async def save(self, key: UUID, document: Flow, expected: int | None) -> StoredFlow:
        """The draft, whatever its problems are; NotFound, RevisionMismatch."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        return await self._keep(old, save_draft(old.record, document, old.record.revision), "flow.draft_saved")

    async def publish(
        self, key: UUID, check: Check, by: UserId, note: str = "", expected: int | None = None
    ) -> StoredFlow:
        """NotFound, RevisionMismatch, NoDraft, FlowNotValid."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        return await self._keep(
            old, publish(old.record, check, Stamp(self._unit.now, by), note), "flow.published", note=note
        )

    async def roll_back(
        self, key: UUID, number: int, check: Check, by: UserId, expected: int | None = None
    ) -> StoredFlow:
        """NotFound, RevisionMismatch, UnknownVersion, AlreadyLive, FlowNotValid."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        if not old.record.history:
            raise UnknownVersion("Nothing is published yet.", versions=0)
        return await self._keep(
            old, roll_back(old.record, number, check, Stamp(self._unit.now, by)), "flow.rolled_back"
        )

    async def remove(self, key: UUID, used_by: Sequence[Mapping[str, str]], expected: int | None) -> None:
        """NotFound, RevisionMismatch, NamedByFlows while numbers (`used_by`) or other live flows lead to it."""
        old = await self._entries.get(key, "call flow")
        require_revision(old.revision, expected)
        others = {name: found for name, found in (await self.live()).items() if name != old.name}
        users = [*used_by, *flows_naming(others, NameKind.FLOW, old.name)]
        if users:
            raise NamedByFlows("Lead these elsewhere first.", used_by=users)
        await self._entries.replace(key, old.revision, {"removed_at": self._unit.now, "draft": None, "live": None})
        await self._unit.changed("flow.removed", key, name=old.name)

    async def _keep(self, old: StoredFlow, new: FlowRecord, action: str, **detail: Any) -> StoredFlow:
        live = new.live
        draft = None if new.draft is None else write_flow(new.draft)
        values = {"draft": draft, "draft_revision": new.revision, "live": None if live is None else live.number}
        await self._entries.replace(old.id, old.revision, values)
        fixed = {"flow_id": old.id, "tenant_id": self._tenant}
        for version in new.versions[len(old.record.versions) :]:
            row = {"number": version.number, "document": write_flow(version.flow), "note": version.note}
            by = {"published_at": version.published_at, "published_by": version.published_by}
            await self._unit.session.execute(insert(_versions).values(**fixed, **row, **by))
        for place, gone in list(enumerate(new.history))[len(old.record.history) :]:
            await self._unit.session.execute(
                insert(_history).values(**fixed, place=place, **msgspec.structs.asdict(gone))
            )
        await self._unit.changed(action, old.id, name=new.name, version=values["live"], **detail)
        return StoredFlow(id=old.id, record=new, revision=old.revision + 1)


def checker(known: KnownNames, lookups: WebRules) -> Callable[[Flow], Sequence[Problem]]:
    """As publishing asks it."""
    return lambda flow: validate(flow, known, lookups)


def _version(row: Row[Any]) -> Version:
    return Version(
        number=row.number,
        flow=read_version(row.document),
        published_at=row.published_at,
        published_by=UserId(row.published_by),
        note=row.note,
    )


def _gone_live(row: Row[Any]) -> GoneLive:
    return GoneLive(number=row.number, at=row.at, by=UserId(row.by), rolled_back=row.rolled_back)
