"""The recorder of a call's far leg: armed while the call is set up, begun with its answer."""

import msgspec
import structlog

from gateway.app.engine_link import attempt
from gateway.app.ports import GatewayPorts
from gateway.app.saved import SavedCall
from kernel.contracts.engine import PauseRecorder

log = structlog.get_logger(__name__)


class CallRecorder:
    def __init__(self, ports: GatewayPorts, saved: SavedCall) -> None:
        self._ports = ports
        self._saved = saved
        self._armed = False

    async def arm(self) -> None:
        """Have the file opened before the answer: what a slow disk takes for it is not missing in the recording.

        What fails is tried again with the answer. A call that is not answered leaves no file.
        """
        self._armed = await self._start(armed=True)

    async def begin(self, *, another: bool = False) -> bool:
        """Record from now on; False: there is no recording, and the call goes on."""
        armed, self._armed = self._armed, False
        if not armed:
            return await self._start(another=another)
        resume = PauseRecorder(recorder=self._saved.far.recorder, paused=False)
        return await attempt(self._ports.engine, resume) is not None

    async def _start(self, *, armed: bool = False, another: bool = False) -> bool:
        call, far = self._saved.call, self._saved.far
        try:
            start = await self._ports.recordings.prepare(
                call.tenant, call.id, call.far.name, self._ports.clock.now(), another=another
            )
        except Exception:  # a disk, or a tenant's key that does not open: the call goes on, and its log says it
            log.exception("call.no_place_to_record", call=str(call.id))
            return False
        far.recorder = start.recorder
        return await attempt(self._ports.engine, msgspec.structs.replace(start, armed=armed)) is not None
