"""What nobody waits for leaves with what is asked next, in its place, and its failure is told."""

from collections.abc import Awaitable, Sequence

import pytest
from structlog.testing import capture_logs

from gateway.app.engine_line import EngineLine
from gateway.app.ports import Outcome
from kernel.contracts.engine import (
    Answer,
    Command,
    DeleteLeg,
    DeletePlayer,
    Done,
    EngineRefused,
    Hear,
    Hearing,
    Refusal,
)

LEG, PLAYER = DeleteLeg(leg="leg"), DeletePlayer(player="player")
ONE, OTHER = Hearing(leg="one", sources=()), Hearing(leg="other", sources=())
REFUSED = EngineRefused(Refusal(code="unknown_leg", message="none of that name"))


class Engine:
    """Notes what reaches it in one go; refuses what it is told to."""

    def __init__(self) -> None:
        self.asked: list[tuple[Command, ...]] = []
        self.refuses: tuple[Command, ...] = ()

    async def request(self, command: Command) -> Answer:
        (outcome,) = await self.request_all((command,))
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    def request_all(self, commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        self.asked.append(tuple(commands))

        async def outcomes() -> Sequence[Outcome]:
            return [REFUSED if command in self.refuses else Done() for command in commands]

        return outcomes()


@pytest.fixture
def engine() -> Engine:
    return Engine()


@pytest.fixture
def line(engine: Engine) -> EngineLine:
    return EngineLine(engine)


async def test_what_was_put_off_goes_before_what_is_asked(engine: Engine, line: EngineLine) -> None:
    line.later(PLAYER)
    assert await line.request(LEG) == Done()
    assert engine.asked == [(PLAYER, LEG)]
    assert await line.request_all((LEG,)) == [Done()]
    assert engine.asked[1:] == [(LEG,)]


async def test_who_asks_hears_of_their_own_commands_alone(engine: Engine, line: EngineLine) -> None:
    engine.refuses = (LEG,)
    line.later(PLAYER)
    with pytest.raises(EngineRefused):
        await line.request(LEG)


async def test_what_was_put_off_leaves_when_it_is_sent_and_not_when_that_is_awaited(
    engine: Engine, line: EngineLine
) -> None:
    assert line.send() is None
    line.later(PLAYER)
    line.later(LEG)
    sent = line.send()
    assert engine.asked == [(PLAYER, LEG)]
    assert sent is not None
    await sent
    assert line.send() is None


async def test_a_failure_of_what_was_put_off_is_logged_and_told(engine: Engine, line: EngineLine) -> None:
    told: list[Outcome] = []
    engine.refuses = (PLAYER,)
    line.later(PLAYER, told.append)
    line.later(LEG, told.append)
    with capture_logs() as logs:
        sent = line.send()
        assert sent is not None
        await sent
    assert [(entry["event"], entry["command"]) for entry in logs] == [("engine.refused", "DeletePlayer")]
    assert told == [REFUSED, Done()]


async def test_one_leg_that_is_gone_keeps_no_other_from_hearing(engine: Engine, line: EngineLine) -> None:
    both = Hear(hearings=(ONE, OTHER))
    engine.refuses = (both,)
    line.later(both)
    await line.request(LEG)
    assert engine.asked == [(both, LEG), (Hear(hearings=(ONE,)),), (Hear(hearings=(OTHER,)),)]
