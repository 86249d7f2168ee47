"""Digits towards a far end that negotiated no telephone events.

One that presses its own keys by INFO gets ours so; for the others tones take the place of what it hears, one by one.
"""

from collections import deque
from collections.abc import Callable

from gateway.app.engine_link import attempt, hear, note
from gateway.app.legs_of_call import LegsOfCall
from gateway.app.ports import EngineRequests
from gateway.app.sessions import SipLink
from gateway.calls.dtmf import dtmf
from gateway.calls.model import Call
from kernel.contracts.engine import (
    CreatePlayer,
    DeletePlayer,
    EngineLost,
    EngineRefused,
    Hear,
    Hearing,
    PlayerSource,
    SendDigits,
    Source,
)

# The engine takes 64 tones at once; each digit is a tone and a pause.
DIGITS_PER_PLAYER = 30


class ToneDigits:
    """Of one call; called in the order of its queue. What a former process began to play is not gone on with."""

    def __init__(self, call: Call, engine: EngineRequests, by_info: Callable[[str], None]) -> None:
        """`by_info(digits)` sends them as signalling, which is done once the far end has shown that it knows that."""
        self._call = call
        self._engine = engine
        self._by_info = by_info
        self._knows_info = False
        self._waiting: deque[tuple[str, SendDigits]] = deque()
        self._player: str | None = None

    def note_info(self, leg: str) -> None:
        """This leg's far end pressed a key by INFO, so that it will understand ours."""
        self._knows_info = self._knows_info or leg == self._call.far.name

    async def send(self, command: SendDigits) -> None:
        """As telephone events where the far end takes them, else by INFO or as tones."""
        try:
            await self._engine.request(command)
        except (EngineRefused, EngineLost) as error:
            if isinstance(error, EngineLost) or error.refusal.code != "not_negotiated":
                note(command, error)
                return
            if self._knows_info:
                self._by_info(command.digits)
                return
            self._put(command)
            if self._player is None:
                await self._next()

    async def over(self, player: str) -> bool:
        """Whether it was one of ours; then the next one plays, or the far end hears again what it heard before."""
        if player != self._player:
            return False
        await attempt(self._engine, DeletePlayer(player=player))
        await self._next()
        return True

    async def interrupted(self, command: Hear) -> None:
        """The far end was given something else to hear: digits that did not sound by then never will."""
        if self._player is None or all(hearing.leg != self._call.far.name for hearing in command.hearings):
            return
        self._waiting.clear()
        player, self._player = self._player, None
        await attempt(self._engine, DeletePlayer(player=player))

    def _put(self, command: SendDigits) -> None:
        for start in range(0, len(command.digits), DIGITS_PER_PLAYER):
            self._waiting.append((command.digits[start : start + DIGITS_PER_PLAYER], command))

    async def _next(self) -> None:
        self._player = None
        while self._waiting and self._player is None:
            digits, command = self._waiting.popleft()
            await self._play(digits, command)
        if self._player is None and not self._call.over:
            await self._let_hear(self._call.hearing.get(self._call.far.name, ()))

    async def _play(self, digits: str, command: SendDigits) -> None:
        player = self._call.name_player()
        play = dtmf(digits, command.milliseconds, command.pause_milliseconds)
        create = CreatePlayer(player=player, group=str(self._call.id), play=play)
        if await attempt(self._engine, create) is not None:
            self._player = player
            await self._let_hear((PlayerSource(player=player),))

    async def _let_hear(self, sources: tuple[Source, ...]) -> None:
        await hear(self._engine, Hear(hearings=(Hearing(leg=self._call.far.name, sources=sources),)))


def press_by_info(sip: SipLink, legs: LegsOfCall, digits: str) -> None:
    session = legs.far.state.session
    sip.driver.do(lambda endpoint, now: endpoint.send_digits(session, digits, now))
