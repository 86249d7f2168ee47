"""A new engine beside a running one: calls keep their sound, and whoever is killed, the next one goes on."""

import asyncio
import os
import signal
import socket
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from real_engine import NEEDS_ENGINE
from structlog.testing import capture_logs

from kernel.contracts.engine import (
    Address,
    ConfigureLeg,
    CreateRtpLeg,
    DeleteLeg,
    EngineEvent,
    EngineLost,
    GetHealth,
    Health,
    Hear,
    Hearing,
    LegEnded,
    LegSource,
    Payload,
    RtpLegCreated,
    Snapshot,
    TakeSnapshot,
    Welcome,
)
from media.control import EngineClient, EngineFleet, EngineProcess, EngineSettings, EngineSlots, fleet
from tests.fakes import eventually

pytestmark = NEEDS_ENGINE

PAYLOADS = (Payload(number=8, codec="PCMA"),)
SOUND = bytes(range(160))


class Phone:
    """A far end of one leg."""

    def __init__(self, leg: str, created: RtpLegCreated, near: socket.socket) -> None:
        self.leg = leg
        self._to = (created.rtp.host, created.rtp.port)
        self._near = near
        self._number = 0

    @classmethod
    async def call(cls, engine: EngineFleet, leg: str, group: str) -> "Phone":
        near = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        near.bind(("127.0.0.1", 0))
        near.setblocking(False)
        created = await engine.request(CreateRtpLeg(leg=leg, group=group))
        assert isinstance(created, RtpLegCreated)
        remote = Address(host="127.0.0.1", port=near.getsockname()[1])
        await engine.request(ConfigureLeg(leg=leg, payloads=PAYLOADS, remote=remote))
        return cls(leg, created, near)

    def say(self) -> None:
        self._number += 1
        header = bytes((0x80, 8)) + self._number.to_bytes(2) + (self._number * 160).to_bytes(4) + b"\0\0\0\7"
        self._near.sendto(header + SOUND, self._to)

    async def hears(self, other: "Phone") -> bool:
        """Whether what `other` says arrives within a second."""
        with_rtp = b"\x80"
        for _ in range(50):
            other.say()
            await asyncio.sleep(0.02)
            while True:
                try:
                    packet = self._near.recv(2000)
                except BlockingIOError:
                    break
                if packet[:1] == with_rtp and packet[12:] == SOUND:
                    return True
        return False

    def forget(self) -> None:
        """What was heard so far."""
        while True:
            try:
                self._near.recv(2000)
            except BlockingIOError:
                return

    def close(self) -> None:
        self._near.close()


async def joined(engine: EngineFleet, one: Phone, two: Phone) -> None:
    hearings = (
        Hearing(leg=one.leg, sources=(LegSource(leg=two.leg),)),
        Hearing(leg=two.leg, sources=(LegSource(leg=one.leg),)),
    )
    await engine.request(Hear(hearings=hearings))


async def legs(engine: EngineFleet | EngineClient) -> set[str]:
    snapshot = await engine.request(TakeSnapshot())
    assert isinstance(snapshot, Snapshot)
    return {state.leg for state in snapshot.legs}


async def has_legs(engine: EngineFleet, expected: set[str]) -> None:
    async with asyncio.timeout(10):
        while await legs(engine) != expected:  # noqa: ASYNC110 the engine is asked
            await asyncio.sleep(0.05)


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fleet, "WATCH_SECONDS", 0.05)


class Heard:
    def __init__(self) -> None:
        self.welcomes: list[Welcome] = []
        self.events: list[EngineEvent] = []


@pytest.fixture
async def heard() -> Heard:
    return Heard()


@pytest.fixture
async def engine(settings: EngineSettings, heard: Heard) -> AsyncIterator[EngineFleet]:
    engine = EngineFleet(settings)
    engine.subscribe(heard.events.append, heard.welcomes.append)
    await engine.start()
    yield engine
    await engine.close()
    await EngineSlots(settings).stop()


@pytest.fixture
async def call(engine: EngineFleet) -> AsyncIterator[tuple[Phone, Phone]]:
    """In the engine that runs before the upgrade."""
    caller, agent = await Phone.call(engine, "caller", "old"), await Phone.call(engine, "agent", "old")
    await joined(engine, caller, agent)
    yield caller, agent
    caller.close()
    agent.close()


async def upgraded(settings: EngineSettings, engine: EngineFleet) -> tuple[int, int]:
    """The processes of the former and the new engine, when the server knows of both."""
    former = EngineProcess(settings).pid()
    assert await EngineSlots(settings).upgrade()
    new = EngineProcess(settings.other()).pid()
    assert former is not None
    assert new is not None
    async with asyncio.timeout(10):
        while not await is_empty(engine):  # noqa: ASYNC110 the engine is asked
            await asyncio.sleep(0.02)
    return former, new


async def is_empty(engine: EngineFleet) -> bool:
    health = await engine.request(GetHealth())
    assert isinstance(health, Health)
    return health.legs == 0


class TestUpgrade:
    async def test_a_call_keeps_its_sound_and_the_former_engine_ends_with_it(
        self, settings: EngineSettings, engine: EngineFleet, call: tuple[Phone, Phone], heard: Heard
    ) -> None:
        caller, agent = call
        assert await caller.hears(agent)
        name = heard.welcomes[-1].engine
        former, new = await upgraded(settings, engine)
        assert await caller.hears(agent)
        assert await agent.hears(caller)
        other = await Phone.call(engine, "other", "new")
        assert await legs(engine) == {"caller", "agent", "other"}
        assert {welcome.engine for welcome in heard.welcomes} == {name}, "nobody takes its calls for lost"
        with pytest.raises(EngineLost, match="under way"):
            await EngineSlots(settings).upgrade()
        for phone in call:
            await engine.request(DeleteLeg(leg=phone.leg))
        await eventually(lambda: EngineProcess(settings).pid() is None, seconds=10)
        assert EngineProcess(settings.other()).pid() == new != former
        assert await legs(engine) == {"other"}
        ended = [event.leg for event in heard.events if isinstance(event, LegEnded)]
        assert sorted(ended) == ["agent", "caller"]
        other.close()
        assert await EngineSlots(settings).upgrade(), "and back into the first place"
        await engine.request(DeleteLeg(leg="other"))
        await eventually(lambda: EngineProcess(settings.other()).pid() is None, seconds=10)
        assert EngineProcess(settings).pid() not in (None, former)

    async def test_who_waits_in_the_former_engine_is_heard_by_who_is_in_the_new_one(
        self, settings: EngineSettings, engine: EngineFleet, call: tuple[Phone, Phone]
    ) -> None:
        caller, agent = call
        await upgraded(settings, engine)
        desk = await Phone.call(engine, "desk", "session")
        await joined(engine, caller, desk)
        assert await caller.hears(desk)
        assert await desk.hears(caller)
        assert await legs(engine) == {"caller", "agent", "desk"}, "ties are nobody's business"
        await engine.request(Hear(hearings=(Hearing(leg="desk", sources=()), Hearing(leg="caller", sources=()))))
        await joined(engine, caller, agent)
        assert await agent.hears(caller)
        await engine.request(DeleteLeg(leg="caller"))
        await engine.request(DeleteLeg(leg="agent"))
        await eventually(lambda: EngineProcess(settings).pid() is None, seconds=10)
        health = await engine.request(GetHealth())
        assert isinstance(health, Health)
        assert health.legs == 1, "and no tie is left"
        desk.close()

    async def test_the_end_of_the_former_engine_is_told_and_the_new_one_goes_on(
        self, settings: EngineSettings, engine: EngineFleet, call: tuple[Phone, Phone], heard: Heard
    ) -> None:
        former, _ = await upgraded(settings, engine)
        one, two = await Phone.call(engine, "one", "new"), await Phone.call(engine, "two", "new")
        await joined(engine, one, two)
        told = len(heard.welcomes)
        os.kill(former, signal.SIGKILL)
        await eventually(lambda: len(heard.welcomes) > told, seconds=10)
        assert heard.welcomes[-1].engine == heard.welcomes[0].engine, "who asks for a snapshot learns what is lost"
        assert await legs(engine) == {"one", "two"}
        assert await one.hears(two)
        one.close()
        two.close()

    async def test_a_new_engine_that_dies_is_started_again_and_the_former_one_goes_on(
        self, settings: EngineSettings, engine: EngineFleet, call: tuple[Phone, Phone], heard: Heard
    ) -> None:
        caller, agent = call
        _, new = await upgraded(settings, engine)
        lost = await Phone.call(engine, "lost", "new")
        told = len(heard.welcomes)
        os.kill(new, signal.SIGKILL)
        await eventually(lambda: len(heard.welcomes) > told, seconds=10)
        assert heard.welcomes[-1].engine == heard.welcomes[0].engine, "not all is lost"
        await has_legs(engine, {"caller", "agent"})
        assert await caller.hears(agent)
        lost.close()

    async def test_a_new_engine_is_known_from_one_that_was_started_a_moment_before(
        self, settings: EngineSettings
    ) -> None:
        slots = EngineSlots(settings)
        for _ in range(5):
            await EngineProcess(settings).ensure()
            await slots.upgrade()
            assert [slot.slot for slot in slots.living()] == ["b", "a"]
            await slots.stop()

    async def test_a_controller_that_is_started_meanwhile_finds_both(
        self, settings: EngineSettings, engine: EngineFleet, call: tuple[Phone, Phone]
    ) -> None:
        caller, agent = call
        await upgraded(settings, engine)
        other = await Phone.call(engine, "other", "new")
        await engine.close()
        successor = EngineFleet(settings)
        await successor.start()
        assert await legs(successor) == {"caller", "agent", "other"}
        assert await caller.hears(agent)
        await successor.request(Hear(hearings=(Hearing(leg="caller", sources=(LegSource(leg="other"),)),)))
        caller.forget()
        assert await caller.hears(other)
        for phone in call:
            await successor.request(DeleteLeg(leg=phone.leg))
        await eventually(lambda: EngineProcess(settings).pid() is None, seconds=10)
        await successor.close()
        other.close()


async def test_a_server_says_that_another_version_is_installed_than_runs(
    settings: EngineSettings, engine: EngineFleet, tmp_path: Path
) -> None:
    assert await is_empty(engine)
    welcome = engine.welcome
    assert welcome is not None
    for installed, told in (("99.0.0", 1), (welcome.version, 0)):
        binary, asked = tmp_path / f"engine-{installed}", tmp_path / f"asked-{installed}"
        binary.write_text(f"#!/bin/sh\necho cordboard-media {installed}\n: > {asked}\n")
        binary.chmod(0o700)
        server = EngineFleet(msgspec.structs.replace(settings, binary=binary))
        with capture_logs() as logs:
            await server.start()
            await eventually(asked.exists)
            await asyncio.sleep(0.1)
            await server.close()
        outdated = [line for line in logs if line["event"] == "engine.outdated"]
        assert len(outdated) == told
        assert all((line["running"], line["installed"]) == (welcome.version, installed) for line in outdated)
