"""Commands to the engine on a call's behalf: what it refuses is logged and never ends anything by itself."""

from collections.abc import Sequence

import structlog

from gateway.app.ports import EngineRequests
from kernel.contracts.engine import Answer, Command, EngineLost, EngineRefused, Hear

log = structlog.get_logger(__name__)


async def attempt(engine: EngineRequests, command: Command) -> Answer | None:
    """The answer, or None where there was none."""
    try:
        return await engine.request(command)
    except (EngineRefused, EngineLost) as error:
        note(command, error)
    return None


async def attempt_all(engine: EngineRequests, commands: Sequence[Command]) -> list[Answer | None]:
    """In their order; the answer to each, or None where there was none."""
    answers: list[Answer | None] = []
    for command, outcome in zip(commands, await engine.request_all(commands), strict=True):
        if isinstance(outcome, EngineRefused | EngineLost):
            note(command, outcome)
            answers.append(None)
        else:
            answers.append(outcome)
    return answers


def note(command: Command, error: EngineRefused | EngineLost) -> None:
    name = type(command).__name__
    if isinstance(error, EngineRefused):
        log.warning("engine.refused", command=name, code=error.refusal.code, detail=str(error))
    else:
        log.warning("engine.lost", command=name, detail=str(error))


async def hear(engine: EngineRequests, command: Hear) -> None:
    """One leg that is gone must not keep the others from being heard."""
    if await attempt(engine, command) is None:
        await hear_each(engine, command)


async def hear_each(engine: EngineRequests, command: Hear) -> None:
    """What failed as a whole, one leg after the other."""
    if len(command.hearings) > 1:
        for hearing in command.hearings:
            await attempt(engine, Hear(hearings=(hearing,)))
