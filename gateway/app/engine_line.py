"""The engine as one call asks it: what nobody waits for leaves with what is asked next."""

from collections.abc import Awaitable, Callable, Sequence

from gateway.app.engine_link import hear_each, note
from gateway.app.ports import EngineRequests, Outcome
from kernel.contracts.engine import Answer, Command, EngineLost, EngineRefused, Hear

Told = Callable[[Outcome], None]


class EngineLine:
    """Called in the order of the call's queue; commands are carried out in the order in which they came here."""

    def __init__(self, engine: EngineRequests) -> None:
        self._engine = engine
        self._later: list[tuple[Command, Told | None]] = []

    def later(self, command: Command, told: Told | None = None) -> None:
        """Ask it before what is asked next, or at the next `send`; a failure is logged, `told` of the outcome."""
        self._later.append((command, told))

    async def request(self, command: Command) -> Answer:
        """EngineRefused, EngineLost."""
        if not self._later:
            return await self._engine.request(command)
        (outcome,) = await self.request_all((command,))
        if isinstance(outcome, EngineRefused | EngineLost):
            raise outcome
        return outcome

    def request_all(self, commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        """What became of each of these."""
        later, self._later = self._later, []
        if not later:
            return self._engine.request_all(commands)
        asked = self._engine.request_all([*(command for command, _ in later), *commands])
        return self._after(later, asked)

    def send(self) -> Awaitable[object] | None:
        """Ask now what was put off; what is returned is over when that is done. None: nothing was."""
        return self.request_all(()) if self._later else None

    async def _after(
        self, later: Sequence[tuple[Command, Told | None]], asked: Awaitable[Sequence[Outcome]]
    ) -> Sequence[Outcome]:
        outcomes = await asked
        for (command, told), outcome in zip(later, outcomes, strict=False):
            if isinstance(outcome, EngineRefused | EngineLost):
                note(command, outcome)
                if isinstance(command, Hear):
                    await hear_each(self._engine, command)
            if told is not None:
                told(outcome)
        return outcomes[len(later) :]
