"""The recorders of a call's far leg: of the call, begun with its answer, and of a message, begun after the tone.

Both are armed before: what a slow disk takes to open a file is not missing in the recording.
"""

from collections.abc import Awaitable

import msgspec
import structlog

from gateway.app.engine_link import attempt
from gateway.app.ports import EngineRequests, GatewayPorts
from gateway.app.saved import SavedCall
from kernel.contracts.engine import PauseRecorder, StartRecorder, StopRecorder
from kernel.primitives.ids import RecordingId

log = structlog.get_logger(__name__)


class CallRecorder:
    def __init__(self, ports: GatewayPorts, engine: EngineRequests, saved: SavedCall) -> None:
        self._ports = ports
        self._engine = engine
        self._saved = saved
        self._armed = False

    async def arm(self) -> None:
        """What fails is tried again with the answer. A call that is not answered leaves no file."""
        self._armed = await self._start(armed=True)

    async def begin(self, *, another: bool = False) -> bool:
        """Record from now on; False: there is no recording, and the call goes on."""
        armed, self._armed = self._armed, False
        if not armed:
            return await self._start(another=another)
        resume = PauseRecorder(recorder=self._saved.far.recorder, paused=False)
        return await attempt(self._engine, resume) is not None

    async def pause(self, *, paused: bool) -> None:
        """Nothing for a call that is not recorded."""
        recorder = self._saved.far.recorder
        if recorder:
            await attempt(self._engine, PauseRecorder(recorder=recorder, paused=paused))

    async def _start(self, *, armed: bool = False, another: bool = False) -> bool:
        call, far = self._saved.call, self._saved.far
        now = self._ports.clock.now()
        preparing = self._ports.recordings.prepare(call.tenant, call.id, call.far.name, now, another=another)
        start = await _place(self._saved, preparing)
        if start is None:
            return False
        far.recorder = start.recorder
        return await attempt(self._engine, msgspec.structs.replace(start, armed=armed)) is not None


class MessageRecorder:
    def __init__(self, ports: GatewayPorts, engine: EngineRequests, saved: SavedCall) -> None:
        self._ports = ports
        self._engine = engine
        self._saved = saved
        self._armed = False

    async def arm(self, recording: RecordingId) -> None:
        """What fails is tried again after the tone."""
        self._armed = await self._start(recording)

    async def begin(self, recording: RecordingId) -> bool:
        """Record from now on; False: the caller cannot be recorded."""
        armed, self._armed = self._armed, False
        if not armed and not await self._start(recording):
            return False
        resume = PauseRecorder(recorder=self._saved.far.message, paused=False)
        return await attempt(self._engine, resume) is not None

    async def stop(self) -> None:
        recorder, self._saved.far.message = self._saved.far.message, ""
        if recorder:
            await attempt(self._engine, StopRecorder(recorder=recorder))

    async def _start(self, recording: RecordingId) -> bool:
        call, far = self._saved.call, self._saved.far
        now = self._ports.clock.now()
        preparing = self._ports.recordings.prepare_message(call.tenant, call.id, call.far.name, recording, now)
        start = await _place(self._saved, preparing)
        if start is None:
            return False
        far.message = start.recorder
        return await attempt(self._engine, msgspec.structs.replace(start, armed=True)) is not None


async def _place(saved: SavedCall, preparing: Awaitable[StartRecorder]) -> StartRecorder | None:
    """None where there is none."""
    try:
        return await preparing
    except Exception:  # a disk, or a tenant's key that does not open: the call goes on, and its log says it
        log.exception("call.no_place_to_record", call=str(saved.call.id))
        return None
