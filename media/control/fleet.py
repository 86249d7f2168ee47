"""The engine behind one face, while a new one takes the place of the one that runs.

Two engines live side by side, each in a slot of the folder: the one that was started last takes what is new, the former
one keeps its calls. Which is which is read from the processes and their snapshots, never from a file of ours, so that
whoever is killed, the next one finds it again. Sound between the two goes over ties: pairs of RTP legs.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Sequence
from functools import partial
from itertools import chain

import msgspec
import structlog

from kernel.contracts.engine import (
    Answer,
    Command,
    DeleteLeg,
    Done,
    Drain,
    Drained,
    EngineEvent,
    EngineLost,
    EngineRefused,
    Hear,
    LegEnded,
    LegStatistics,
    RtpStarted,
    RtpStopped,
    Snapshot,
    TakeSnapshot,
    Welcome,
)
from media.control.client import EngineClient, Outcome
from media.control.listeners import EventListener, Listeners, WelcomeListener
from media.control.process import EngineProcess, EngineSettings
from media.control.residents import TIE, Residents, idle_browsers
from media.control.slots import EngineSlots
from media.control.ties import Ties

WATCH_SECONDS = 1.0  # how long a new engine waits for its first call, and a former one's last word for its end

log = structlog.get_logger(__name__)


class EngineFleet:
    """What the gateway and the recordings ask and hear: as `EngineClient`, over one engine or two."""

    def __init__(self, settings: EngineSettings, *, listeners: int = 1) -> None:
        self._listeners = Listeners(listeners)
        self._current = _Engine(settings)
        self._former: _Engine | None = None
        self._residents = Residents()  # of the former engine
        self._switching = False
        self._shown = ""  # the engine's name as the listeners know it
        self._tying = asyncio.Lock()  # a tie is made before it is heard
        self._watcher: asyncio.Task[None] | None = None

    @property
    def welcome(self) -> Welcome | None:
        welcome = self._current.client.welcome
        return None if welcome is None else msgspec.structs.replace(welcome, engine=self._shown or welcome.engine)

    def subscribe(self, on_event: EventListener, on_welcome: WelcomeListener) -> None:
        """As `EngineClient.subscribe`. The engine's name changes only when calls were lost with it."""
        self._listeners.add(on_event, on_welcome, self.welcome)

    async def start(self) -> None:
        """Find the engines that live, or start one; EngineLost when that cannot be done."""
        living = await asyncio.to_thread(EngineSlots(self._current.settings).living)
        if living:
            self._current = _Engine(living[0])
        self._listen(self._current)
        await self._current.client.start()
        if len(living) > 1:
            with contextlib.suppress(EngineLost):
                await self._keep(_Engine(living[1]))
        self._watcher = asyncio.get_running_loop().create_task(self._watch())

    async def close(self) -> None:
        """The engines and their calls go on."""
        if self._watcher is not None:
            self._watcher.cancel()
            await asyncio.wait({self._watcher})
        for engine in (self._current, self._former):
            if engine is not None:
                await engine.client.close()

    def request(self, command: Command) -> Awaitable[Answer]:
        """Carry it out where what it names lives: EngineRefused when the engine says no, EngineLost without one."""
        if self._former is not None:
            return self._request_of_either(self._former, command)
        if self._switching:
            self._residents.note(command)
        return self._current.client.request(command)

    async def _request_of_either(self, former: "_Engine", command: Command) -> Answer:
        match command:
            case TakeSnapshot():
                return await self._snapshot(former)
            case Hear():
                async with self._tying:
                    await self._ties(former).hear(command)
                return Done()
            case _ if self._residents.concerns(command):
                answer = await former.client.request(command)
                self._residents.note(command)
                return answer
            case _:
                return await self._current.client.request(command)

    def request_all(self, commands: Sequence[Command]) -> Awaitable[Sequence[Outcome]]:
        """In their order, whatever becomes of the others; what became of each."""
        if self._former is None and not self._switching:
            return self._current.client.request_all(commands)
        return self._one_by_one(commands)

    async def _one_by_one(self, commands: Sequence[Command]) -> Sequence[Outcome]:
        return [await self._outcome(command) for command in commands]

    async def _outcome(self, command: Command) -> Outcome:
        try:
            return await self.request(command)
        except (EngineRefused, EngineLost) as error:
            return error

    def _ties(self, former: "_Engine") -> Ties:
        host = self._current.settings.rtp_host
        return Ties(self._current.client, former.client, self._residents, host)

    async def _snapshot(self, former: "_Engine") -> Snapshot:
        parts = [await _snapshot_of(self._current.client)]
        with contextlib.suppress(EngineLost):
            parts.append(await _snapshot_of(former.client))
        return Snapshot(
            legs=tuple(leg for part in parts for leg in part.legs if not leg.leg.startswith(TIE)),
            players=tuple(chain.from_iterable(part.players for part in parts)),
            recorders=tuple(chain.from_iterable(part.recorders for part in parts)),
        )

    # --- what the engines say ---

    def _listen(self, engine: "_Engine") -> None:
        engine.client.subscribe(partial(self._event, engine), partial(self._greeted, engine))

    def _event(self, engine: "_Engine", event: EngineEvent) -> None:
        if isinstance(event, LegStatistics | LegEnded | RtpStarted | RtpStopped) and event.leg.startswith(TIE):
            return
        if isinstance(event, LegEnded) and engine is self._former:
            self._residents.legs.pop(event.leg, None)
        if not isinstance(event, Drained):
            self._listeners.event(event)

    def _greeted(self, engine: "_Engine", welcome: Welcome) -> None:
        if engine is not self._current:
            return
        if self._former is None and not self._switching:
            self._shown = welcome.engine
        # Else calls live in the other engine: which of them are lost is what a snapshot tells.
        self._listeners.welcome(msgspec.structs.replace(welcome, engine=self._shown or welcome.engine))

    # --- upgrade ---

    async def _watch(self) -> None:
        await self._compare_versions()
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                if self._former is None:
                    await self._look_for_successor()
                else:
                    await self._tend(self._former)
            except (EngineLost, EngineRefused) as error:
                log.warning("engine.upgrade_waits", reason=str(error))

    async def _compare_versions(self) -> None:
        """An engine outlives an installation: say at our start that the installed one is not the one that runs."""
        try:
            running = (await self._current.client.connected()).version
            installed = await asyncio.to_thread(self._current.process.installed_version)
        except EngineLost as error:
            log.warning("engine.version_unknown", reason=str(error))
            return
        if running != installed:
            log.warning("engine.outdated", running=running, installed=installed, upgrade="cordboard engine upgrade")

    async def _look_for_successor(self) -> None:
        other = _Engine(self._current.settings.other())
        started = await asyncio.to_thread(other.process.started_at)
        own = None if started is None else await asyncio.to_thread(self._current.process.started_at)
        if started is not None and own is not None and started > own:
            await self._hand_over_to(other)

    async def _hand_over_to(self, successor: "_Engine") -> None:
        """From now on what is new goes there."""
        former = self._current
        await successor.client.start()
        try:
            welcome = await successor.client.connected()
            self._residents, self._switching = Residents(), True
            meanwhile = self._residents
            snapshot = await _snapshot_of(former.client)
        except (EngineLost, EngineRefused):
            await successor.client.close()
            raise
        finally:
            self._switching = False
        made, self._residents = meanwhile, Residents()
        self._residents.update(snapshot)
        self._residents.legs |= made.legs
        self._residents.players |= made.players
        former.client.let_die()
        self._former, self._current = former, successor
        self._listen(successor)
        log.info("engine.upgrade_began", engine=welcome.engine, version=welcome.version, legs=len(snapshot.legs))

    async def _keep(self, former: "_Engine") -> None:
        """Found at our start: an upgrade is under way."""
        former.client.let_die()
        self._former = former
        self._listen(former)
        await former.client.start()
        self._residents.update(await _snapshot_of(former.client))

    async def _tend(self, former: "_Engine") -> None:
        """Let go of who is idle in the former engine; end it when it is empty."""
        if await asyncio.to_thread(former.process.pid) is None:
            await self._forget(former)
            return
        async with self._tying:
            await self._ties(former).drop_idle()
        snapshot = await _snapshot_of(former.client)
        self._residents.update(snapshot)
        for leg in idle_browsers(snapshot):
            await former.client.request(DeleteLeg(leg=leg))  # its `leg_ended` lets the page connect anew
        if not snapshot.legs:
            await former.client.request(Drain())

    async def _forget(self, former: "_Engine") -> None:
        await former.client.close()
        lost = len(self._residents.legs)
        self._former, self._residents = None, Residents()
        log.info("engine.former_ended", legs_lost=lost)
        welcome = self.welcome
        if welcome is not None:
            self._listeners.welcome(welcome)  # who had something there looks for it


class _Engine:
    """One slot: how its engine is started, found and asked."""

    def __init__(self, settings: EngineSettings) -> None:
        self.settings = settings
        self.process = EngineProcess(settings)
        self.client = EngineClient(settings.socket, revive=self.process.ensure)


async def _snapshot_of(client: EngineClient) -> Snapshot:
    answer = await client.request(TakeSnapshot())
    assert isinstance(answer, Snapshot)
    return answer
