"""Everything that keeps people's data, with privacy above it, on a real database."""

import wave
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypedDict
from uuid import UUID

import msgspec
from sqlalchemy import Uuid, bindparam, insert, text

from api.personal import PersonalParts, keeper
from desk.contacts.model import Contact
from desk.contacts.repository import ContactRepository
from insight.service import InsightService
from kernel.adapters import FolderBlobStore, InProcessBus, Relay, log_doors
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackEnded, CallbackFirst, CallbackOutcome, CallbackRequested
from kernel.contracts.calls import Direction
from kernel.contracts.colleagues import CallPassedOn
from kernel.contracts.directory import TenantDirectory
from kernel.contracts.log import (
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallOffered,
    CallQueued,
    LogEvent,
    PartyLeft,
    RecordingStored,
    TransferBegun,
)
from kernel.contracts.personal import Person
from kernel.contracts.telephony import PartyAddress, TrunkParty
from kernel.contracts.voicemail import VoicemailEnd, VoicemailEnded, VoicemailLeft
from kernel.ports.unit_of_work import UnitOfWork
from kernel.primitives.ids import (
    CallbackId,
    CallId,
    ContactId,
    EventId,
    QueueId,
    RecordingId,
    TenantId,
    UserId,
    VoicemailId,
)
from kernel.primitives.phone import PhoneNumber
from media.recordings import Recording, RecordingLibrary, RecordingRepository, ServerKeys, TenantKeys, Vault
from media.recordings.wav import sha256
from tenants.audit import AuditEntry, AuditRepository, Origin
from tenants.directory import Mark, MarkedCallerService, SecretBox, tables
from tenants.privacy import JobKind, PrivacyJob, PrivacyPorts, PrivacyService, PrivacyWorker
from tenants.unit import TenantUnit
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, SequentialIds
from tests.unit.insight.story import ALICE, BY_CALLER, SALES, TRUNK

KEY = bytes(range(32))
_OF = bindparam("tenant", type_=Uuid())
ADMIN = UserId(UUID(int=99))
DAY = 86_400.0


class Head(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime
    call: CallId


class Forwarded(TypedDict):
    forward: TrunkParty | None
    diverted_by: PhoneNumber | None


def _sent_on(head: Callable[[float], Head], to: PartyAddress | None, since: datetime, note: str) -> list[LogEvent]:
    passed = CallPassedOn(**head(30), by=ALICE, note=f"{note}, she says" if note else "")
    if to is None:
        return [passed]
    begun = TransferBegun(**head(10), leg="far", party="transfer1", to=to)
    return [begun, PartyLeft(**head(20), party="transfer1", to=to, since=since), passed]


def _forwarded(forward: TrunkParty | None, caller: PhoneNumber) -> Forwarded:
    """Wherever the caller's number may stand."""
    if forward is None:
        return Forwarded(forward=None, diverted_by=None)
    return Forwarded(forward=msgspec.structs.replace(forward, caller=caller), diverted_by=caller)


class OneDirectory:
    async def directory(self, tenant: TenantId) -> TenantDirectory:
        return TenantDirectory(
            tenant=tenant,
            name="Example",
            time_zone="UTC",
            currency="EUR",
            queues=(),
            agents=(),
            numbers=(),
            outbound_trunk=None,
            outbound_caller=None,
        )


class PrivacyRig:
    def __init__(
        self, database: StoringDatabase, buses: tuple[InProcessBus, Relay], clock: FakeClock, folder: Path
    ) -> None:
        self.database, self.clock = database, clock
        self.bus, self.relay = buses
        self.ids = SequentialIds(10_000)
        self.secrets = SecretBox(KEY)
        self.folder = folder
        self.blobs = folder / "blobs"
        self.vault = Vault(FolderBlobStore(self.blobs), TenantKeys(database, ServerKeys([KEY]), clock), folder)
        self.library = RecordingLibrary(database, self.vault)
        self.insight = InsightService(database=database, bus=self.bus, directory=OneDirectory(), clock=clock)
        parts = PersonalParts(database, log_doors(database), clock, self.ids)
        self.keeper = keeper(parts, self.insight, self.vault)
        self.tenants: list[TenantId] = []
        self.worker = PrivacyWorker(
            PrivacyPorts(
                database=database,
                bus=self.bus,
                keeper=self.keeper,
                exports=self.vault,
                tenants=self,
                folder=folder / "work",
                clock=clock,
                ids=self.ids,
            )
        )

    async def all(self) -> list[TenantId]:
        return self.tenants

    def service(self, unit: UnitOfWork, scope: TenantScope) -> PrivacyService:
        origin = Origin(ADMIN, "192.0.2.9", "test")
        return PrivacyService(TenantUnit(unit, scope, origin, self.clock, self.ids), self.secrets)

    async def job(self, scope: TenantScope, kind: JobKind, person: Person) -> PrivacyJob:
        """Asked for and carried out."""
        async with self.database.write(scope) as unit:
            asked = await self.service(unit, scope).request(kind, person)
        await self.worker.run_jobs()
        async with self.database.read(scope) as unit:
            return await self.service(unit, scope).job(asked.id)

    async def audit(self, scope: TenantScope) -> list[AuditEntry]:
        """Newest first; the chain is whole."""
        async with self.database.read(scope) as unit:
            audit = AuditRepository(unit.session, scope)
            assert (await audit.verify())[1] is None
            return list(await audit.page(None, 100))

    async def stored(self, tenant: TenantId) -> bytes:
        """All that the database keeps of the tenant's calls."""
        async with self.database.read(TenantScope(tenant)) as unit:
            rows: list[bytes] = []
            for query in ("SELECT body FROM event_log", "SELECT body FROM fold_checkpoints"):
                rows += (
                    await unit.session.scalars(
                        text(f"{query} WHERE tenant_id = :tenant").bindparams(_OF), {"tenant": tenant}
                    )
                ).all()
            columns = text("SELECT body, caller, called FROM call_records WHERE tenant_id = :tenant").bindparams(_OF)
            for body, caller, called in await unit.session.execute(columns, {"tenant": tenant}):
                rows += [body, str(caller).encode(), str(called).encode()]
        return b"|".join(rows)

    # --- what happened ---

    async def call(
        self,
        tenant: TenantId,
        number: int,
        outside: str,
        *,
        note: str = "",
        outbound: bool = False,
        ended: bool = True,
        queue: QueueId = SALES,
        forward: TrunkParty | None = None,
    ) -> CallId:
        """At the clock's present time; `forward` is told who calls."""
        call = CallId(UUID(int=tenant.int + 1000 + number))
        ours, theirs = PhoneNumber("+442071838750"), PhoneNumber(outside)
        offered = CallOffered(
            id=self._id(),
            tenant=tenant,
            at=self.clock.now(),
            call=call,
            direction=Direction.OUTBOUND if outbound else Direction.INBOUND,
            trunk=TRUNK,
            called=theirs if outbound else ours,
            caller=ours if outbound else theirs,
            agent=ALICE if outbound else None,
            queue=None if outbound else queue,
            **_forwarded(forward, theirs),
        )

        def head(second: float) -> Head:
            at = self.clock.now() + timedelta(seconds=second)
            return {"id": self._id(), "tenant": tenant, "at": at, "call": call}

        events: list[LogEvent] = [
            offered,
            CallAnswered(**head(1)),
            CallQueued(**head(2), queue=queue, priority=0, since=self.clock.now() + timedelta(seconds=2)),
            CallConnected(**head(5), agent=ALICE, queue=queue),
        ]
        events += _sent_on(head, offered.forward, self.clock.now(), note)
        if ended:
            events.append(CallEnded(**head(40), cause=BY_CALLER, agent=ALICE))
        if note:
            events.append(CallDisposed(**head(50), agent=ALICE, disposition="resolved", note=note))
        async with self.database.write(TenantScope(tenant)) as unit:
            await unit.append(*events)
        return call

    def _id(self) -> EventId:
        return EventId(self.ids.new())

    async def callback(
        self, tenant: TenantId, number: str, *, origin: CallId | None = None, ended: bool = True, queue: QueueId = SALES
    ) -> CallbackId:
        """Promised at the clock's present time."""
        key, now = CallbackId(self.ids.new()), self.clock.now()
        requested = CallbackRequested(
            id=self._id(),
            tenant=tenant,
            at=now,
            callback=key,
            queue=queue,
            number=PhoneNumber(number),
            first=CallbackFirst.AGENT,
            priority=0,
            since=now,
            expires=now + timedelta(days=1),
            origin=origin,
        )
        await self._append(tenant, requested)
        if ended:
            await self.end_callback(tenant, key)
        return key

    async def end_callback(self, tenant: TenantId, key: CallbackId) -> None:
        """An hour later."""
        at = self.clock.now() + timedelta(hours=1)
        over = CallbackEnded(id=self._id(), tenant=tenant, at=at, callback=key, outcome=CallbackOutcome.EXPIRED)
        await self._append(tenant, over)

    async def message(self, tenant: TenantId, call: CallId, caller: str, note: str = "") -> VoicemailId:
        """The caller left one; with a note somebody finished it the day after."""
        now, name = self.clock.now(), VoicemailId(self.ids.new())
        left = VoicemailLeft(
            id=self._id(),
            tenant=tenant,
            at=now + timedelta(seconds=40),
            voicemail=name,
            call=call,
            queue=SALES,
            caller=PhoneNumber(caller),
            seconds=7.0,
            due=now,
        )
        await self._append(tenant, left)
        if note:
            head: dict[str, Any] = {"id": self._id(), "tenant": tenant, "at": now + timedelta(days=1)}
            await self._append(
                tenant, VoicemailEnded(**head, voicemail=name, end=VoicemailEnd.DONE, note=note, origin=call)
            )
        return name

    async def _append(self, tenant: TenantId, *events: LogEvent) -> None:
        async with self.database.write(TenantScope(tenant)) as unit:
            await unit.append(*events)

    async def found(self) -> None:
        """The directory's rows of the tenants, to which marks belong."""
        provider = UUID(int=77)
        async with self.database.write() as unit:
            await unit.session.execute(insert(tables.Provider.table()).values(id=provider, name="P", revision=1))
            for tenant in self.tenants:
                one = {"id": tenant, "provider_id": provider, "name": "T", "time_zone": "UTC", "currency": "EUR"}
                one |= {"locale": "en", "not_ready_reasons": [], "revision": 1}
                await unit.session.execute(insert(tables.Tenant.table()).values(**one))

    async def mark(self, tenant: TenantId, number: str, mark: Mark) -> None:
        """Once they are founded."""
        scope = TenantScope(tenant)
        async with self.database.write(scope) as unit:
            await self._marks(unit, scope).create(self.ids.new(), number, mark, "a word")

    async def marked(self, scope: TenantScope) -> list[str]:
        async with self.database.read(scope) as unit:
            return [one.number.e164 for one in await self._marks(unit, scope).page(None, 50)]

    def _marks(self, unit: UnitOfWork, scope: TenantScope) -> MarkedCallerService:
        return MarkedCallerService(TenantUnit(unit, scope, Origin(ADMIN, "", "test"), self.clock, self.ids))

    async def recording(self, tenant: TenantId, call: CallId) -> Recording:
        scope = TenantScope(tenant)
        key = RecordingId(self.ids.new())
        source = self.folder / f"{key}.wav"
        with wave.open(str(source), "wb") as file:
            file.setparams((2, 2, 8000, 0, "NONE", ""))
            file.writeframes(bytes(range(256)) * 200)
        blob = f"recordings/{tenant}/{key}.wav"
        recording = Recording(
            id=key,
            call_id=call,
            key=blob,
            started_at=self.clock.now(),
            seconds=1.6,
            channels=2,
            bytes=source.stat().st_size,
            sha256=sha256(source),
            key_version=await self.vault.put(scope, blob, source),
        )
        source.unlink()
        stored = RecordingStored(
            id=self._id(),
            tenant=tenant,
            at=self.clock.now(),
            recording=key,
            call=call,
            key=blob,
            seconds=1.6,
            channels=2,
            bytes=recording.bytes,
            sha256=recording.sha256,
            started_at=recording.started_at,
        )
        async with self.database.write(scope) as unit:
            await RecordingRepository(unit.session, scope).add(recording, self.clock.now())
            await unit.append(stored)
        return recording

    async def contact(self, tenant: TenantId, name: str, phone: str, email: str) -> ContactId:
        key = ContactId(self.ids.new())
        now = self.clock.now()
        contact = Contact(
            id=key, name=name, numbers=(PhoneNumber(phone),), emails=(email,), created_at=now, updated_at=now
        )
        scope = TenantScope(tenant)
        async with self.database.write(scope) as unit:
            await ContactRepository(unit.session, scope).add([contact])
        return key
