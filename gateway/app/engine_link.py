"""Commands to the engine on a call's behalf: what it refuses is logged and never ends anything by itself."""

import structlog

from gateway.app.ports import MediaEngine
from kernel.contracts.engine import Answer, Command, EngineLost, EngineRefused, Hear

log = structlog.get_logger(__name__)


async def attempt(engine: MediaEngine, command: Command) -> Answer | None:
    """The answer, or None where there was none."""
    try:
        return await engine.request(command)
    except (EngineRefused, EngineLost) as error:
        note(command, error)
    return None


def note(command: Command, error: EngineRefused | EngineLost) -> None:
    name = type(command).__name__
    if isinstance(error, EngineRefused):
        log.warning("engine.refused", command=name, code=error.refusal.code, detail=str(error))
    else:
        log.warning("engine.lost", command=name, detail=str(error))


async def hear(engine: MediaEngine, command: Hear) -> None:
    """One leg that is gone must not keep the others from being heard."""
    if await attempt(engine, command) is None and len(command.hearings) > 1:
        for hearing in command.hearings:
            await attempt(engine, Hear(hearings=(hearing,)))
