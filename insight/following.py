"""One tenant's fold in memory, and what of it is not yet in the tables."""

import asyncio
from collections.abc import Callable
from datetime import tzinfo

from insight.kpi.live import LiveView
from insight.kpi.records import CallRecord
from insight.kpi.state import Changes
from insight.repository import CallRecordRepository, ProgressRepository
from insight.saving import Folded, Tables
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import pack
from kernel.contracts.log import CallErased, Logged
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId

READ_CHUNK = 10_000  # events held at once while catching up: some 10 MB
CHECKPOINT_EVENTS = 10_000  # replayed at most after a start, or as many as calls are kept: half a second

Told = Callable[[Changes], None]


class Following:
    """Folds events as they come; `save` brings the tables up to them.

    The caller serialises `fold` and `catch_up` of one tenant; `save` may run beside them.
    """

    def __init__(self, database: Database, scope: TenantScope, view: LiveView) -> None:
        self.view = view
        self._database = database
        self._scope = scope
        self._pending: list[tuple[int, Changes]] = []
        self._checkpointed = view.state.sequence
        self._tables = Tables(database, scope)
        self._saving = asyncio.Lock()

    @classmethod
    async def start(cls, database: Database, scope: TenantScope, zone: tzinfo) -> "Following":
        """Go on from the checkpoint and read what the log has after it."""
        async with database.read(scope) as unit:
            state = await ProgressRepository(unit.session, scope).checkpoint()
        following = cls(database, scope, LiveView(zone, state))
        await following.catch_up()
        return following

    @property
    def unsaved(self) -> bool:
        return bool(self._pending)

    async def catch_up(self, told: Told | None = None) -> None:
        """Fold what the log has and this has not."""
        while chunk := await self._database.read_log(self._scope.tenant, self.view.state.sequence, READ_CHUNK):
            for logged in chunk:
                await self.fold(logged, told)
            if len(self._pending) >= READ_CHUNK:
                await self.save()

    async def fold(self, logged: Logged, told: Told | None = None) -> None:
        """SequenceGap when events before it are missing."""
        wanted = self.view.missing(logged)
        if wanted is not None:
            record = await self._retired(wanted)
            if record is not None:
                self.view.adopt(record)
        before = self.view.state.sequence
        changes = self.view.apply(logged)
        if self.view.state.sequence == before:
            return
        self._pending.append((logged.sequence, changes))
        if isinstance(logged.event, CallErased):
            self._checkpointed = -CHECKPOINT_EVENTS  # the stored one may know what was erased: write it anew at once
        if told is not None:
            told(changes)

    async def _retired(self, call: CallId) -> CallRecord | None:
        for _, changes in reversed(self._pending):
            if call in changes.retired:
                return changes.retired[call]
        async with self._database.read(self._scope) as unit:
            return await CallRecordRepository(unit.session, self._scope).get(call)

    async def save(self, *, patient: bool = False) -> None:
        """Write what is pending; `patient`: nobody waits for it."""
        async with self._saving:
            batch, state = list(self._pending), self.view.state
            if not batch:
                return
            sequence = state.sequence
            due = max(CHECKPOINT_EVENTS, len(state.calls))  # so that writing the calls costs little of each event
            checkpoint = pack(state) if sequence - self._checkpointed >= due else None
            await self._tables.bring_up(Folded(batch, state.calls, checkpoint), patient=patient)
            del self._pending[: len(batch)]
            if checkpoint is not None:
                self._checkpointed = sequence
