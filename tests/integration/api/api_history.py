"""Calls and recordings that happened in a test's tenants."""

import hashlib
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from api_server import START, Centre
from sqlalchemy import insert

from gateway.traces.model import Trace, TraceEntry, TraceLeg
from gateway.traces.tables import CallTraceRow
from kernel.contracts.base import TenantScope
from kernel.contracts.callbacks import CallbackFirst, CallbackRequested
from kernel.contracts.calls import Actor, AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack
from kernel.contracts.log import (
    AgentStateChanged,
    AlertRaised,
    CallAnswered,
    CallConnected,
    CallEnded,
    CallOffered,
    CallQueued,
    LogEvent,
)
from kernel.contracts.voicemail import VoicemailLeft
from kernel.primitives.ids import (
    CallbackId,
    CallId,
    EventId,
    QueueId,
    RecordingId,
    TenantId,
    TrunkId,
    UserId,
    VoicemailId,
)
from kernel.primitives.phone import PhoneNumber
from media.recordings import Recording, RecordingRepository

CALLED = PhoneNumber("+442071838750")
CALLER = PhoneNumber("+442079460018")
WAV = bytes(range(256)) * 4


class History:
    """Writes to one tenant's log as routing would."""

    def __init__(self, centre: Centre, tenant: TenantId) -> None:
        self._centre = centre
        self._tenant = tenant

    @property
    def tenant(self) -> TenantId:
        return self._tenant

    def _head(self, seconds: float) -> dict[str, object]:
        at = START + timedelta(seconds=seconds)
        return {"id": EventId(self._centre.ids.new()), "tenant": self._tenant, "at": at}

    async def write(self, *events: LogEvent) -> None:
        async with self._centre.database.write() as uow:
            await uow.append(*events)

    def new_call(self) -> CallId:
        return CallId(self._centre.ids.new())

    def offered(self, call: CallId, at: float = 0.0) -> CallOffered:
        trunk = TrunkId(UUID(int=1))
        inbound = Direction.INBOUND
        return CallOffered(**self._head(at), call=call, direction=inbound, trunk=trunk, called=CALLED, caller=CALLER)  # type: ignore[arg-type]

    def queued(self, call: CallId, queue: QueueId, at: float = 2.0) -> CallQueued:
        since = START + timedelta(seconds=at)
        return CallQueued(**self._head(at), call=call, queue=queue, priority=0, since=since)  # type: ignore[arg-type]

    def connected(self, call: CallId, agent: UserId, queue: QueueId, at: float = 6.0) -> CallConnected:
        return CallConnected(**self._head(at), call=call, agent=agent, queue=queue)  # type: ignore[arg-type]

    def answered(self, call: CallId, at: float = 1.0) -> CallAnswered:
        return CallAnswered(**self._head(at), call=call)  # type: ignore[arg-type]

    def ended(self, call: CallId, agent: UserId | None = None, at: float = 36.0) -> CallEnded:
        cause = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER, 200, 16)
        return CallEnded(**self._head(at), call=call, cause=cause, agent=agent)  # type: ignore[arg-type]

    def left(self, call: CallId, queue: QueueId, at: float = 30.0) -> VoicemailLeft:
        due = START + timedelta(hours=4)
        message = VoicemailId(self._centre.ids.new())
        return VoicemailLeft(
            **self._head(at), voicemail=message, call=call, queue=queue, caller=CALLER, seconds=20.0, due=due  # type: ignore[arg-type]
        )  # fmt: skip

    def promised(self, call: CallId, queue: QueueId, at: float = 30.0) -> CallbackRequested:
        due = START + timedelta(hours=1)
        return CallbackRequested(
            **self._head(at),  # type: ignore[arg-type]
            callback=CallbackId(self._centre.ids.new()),
            queue=queue,
            number=CALLER,
            first=CallbackFirst.AGENT,
            priority=0,
            since=START,
            expires=due,
            origin=call,
        )

    def state(self, agent: UserId, state: AgentState, at: float = 0.0) -> AgentStateChanged:
        return AgentStateChanged(
            **self._head(at),  # type: ignore[arg-type]
            agent=agent,
            state=state,
            previous=AgentState.NOT_READY,
            reason="",
            actor=Actor.AGENT,
        )

    async def whole_call(self, agent: UserId, queue: QueueId, at: float = 0.0) -> CallId:
        """Answered after 1 s, queued at 2 s, connected at 6 s, ended at 36 s."""
        call = self.new_call()
        await self.write(
            self.offered(call, at),
            self.answered(call, at + 1),
            self.queued(call, queue, at + 2),
            self.connected(call, agent, queue, at + 6),
            self.ended(call, agent, at + 36),
        )
        return call

    async def alert(self) -> EventId:
        """A caller waits for more than a minute."""
        event = AlertRaised(
            **self._head(61),  # type: ignore[arg-type]
            rule=UUID(int=7),
            name="Long wait",
            measure="longest_wait",
            queue=None,
            side="above",
            limit=60.0,
            value=61.0,
            begun=START,
        )
        await self.write(event)
        return event.id

    async def trace(self, call: CallId) -> None:
        """An INVITE that was answered 486."""
        leg = TraceLeg("a84b4c76e66710", "inbound")
        at, remote = START.timestamp(), "198.51.100.7:5060"
        invite = TraceEntry(at, 0, False, "INVITE", 0, 1, "UDP", remote)
        busy = TraceEntry(at + 0.25, 0, True, "INVITE", 486, 1, "UDP", remote, 17)
        row = {"call_id": call, "tenant_id": self._tenant, "ended_at": START, "packets": None}
        async with self._centre.database.write() as uow:
            body = pack(Trace(legs=(leg,), entries=(invite, busy)))
            await uow.session.execute(insert(CallTraceRow.table()).values(body=body, **row))

    async def recording(self, call: CallId, folder: Path) -> RecordingId:
        key = RecordingId(self._centre.ids.new())
        source = folder / f"{key}.wav"
        source.write_bytes(WAV)
        blob = f"recordings/{self._tenant}/{key}.wav"
        await self._centre.blobs.put(blob, source)
        recording = Recording(
            id=key,
            call_id=call,
            key=blob,
            started_at=START,
            seconds=1.0,
            channels=2,
            bytes=len(WAV),
            sha256=hashlib.sha256(WAV).hexdigest(),
            gaps=((0.5, 0.1),),
        )
        async with self._centre.database.write() as uow:
            await RecordingRepository(uow.session, TenantScope(self._tenant)).add(recording, START)
        return key

    async def sealed_recording(self, call: CallId, source: Path) -> RecordingId:
        """Stored as the product does: sealed with the tenant's key."""
        scope = TenantScope(self._tenant)
        key = RecordingId(self._centre.ids.new())
        blob = f"recordings/{self._tenant}/{key}.wav"
        recording = Recording(
            id=key,
            call_id=call,
            key=blob,
            started_at=START,
            seconds=1.0,
            channels=2,
            bytes=source.stat().st_size,
            sha256=hashlib.sha256(source.read_bytes()).hexdigest(),
            key_version=await self._centre.vault.put(scope, blob, source),
        )
        async with self._centre.database.write(scope) as uow:
            await RecordingRepository(uow.session, scope).add(recording, START)
        return key
