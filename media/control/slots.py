"""The two places where engines of a folder live, as processes: what the command line may do beside the server."""

import asyncio

from kernel.contracts.engine import EngineLost
from media.control.process import EngineProcess, EngineSettings

TWO_TICKS_SECONDS = 0.02  # processes are told apart by their start in clock ticks of 10 ms, see proc(5)


class EngineSlots:
    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings

    def living(self) -> list[EngineSettings]:
        """Whose engines run, the one that was started last first."""
        slots = (self._settings, self._settings.other())
        found = [(EngineProcess(slot).started_at(), slot) for slot in slots]
        started = [(at, slot) for at, slot in found if at is not None]
        return [slot for _, slot in sorted(started, key=lambda one: -one[0])]

    async def upgrade(self) -> bool:
        """Start another engine beside the one that runs, which a server lets end; False when none ran before.

        EngineLost while two run already: the former one's calls have not ended yet.
        """
        living = await asyncio.to_thread(self.living)
        if len(living) > 1:
            raise EngineLost("an upgrade is under way: the former engine still has calls")
        await asyncio.sleep(TWO_TICKS_SECONDS)  # or nobody could say which of the two is the new one
        await EngineProcess(living[0].other() if living else self._settings).ensure()
        return bool(living)

    async def stop(self) -> bool:
        """End all engines with their calls; False when there was none."""
        living = await asyncio.to_thread(self.living)
        for slot in living:
            await EngineProcess(slot).stop()
        return bool(living)
