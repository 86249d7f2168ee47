"""Two demonstration carriers call each other over real sockets: what one says, the other hears."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import msgspec
import pytest

from api.demo.carrier import random_call
from api.demo.plans import AnswerPlan, CallFinished, CallPlaced, CallPlan, CarrierEvent, CarrierPlan, Listening, Traffic
from api.demo.sound import VOICES, find, loudest, read_mono, seconds_of
from gateway.io.driver import DriverSettings, Listener, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.events import InviteAccepted, InviteFailed, SipEvent
from gateway.sip.flow import HostPort, Target
from gateway.sip.name_addr import NameAddr
from kernel.primitives.phone import PhoneNumber

ANSWER = AnswerPlan(voice="agent-1.wav", rings_for=0.1)


class RunningCarrier:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.port = 0

    async def next_event(self) -> CarrierEvent:
        assert self.process.stdout is not None
        async with asyncio.timeout(20):
            return msgspec.json.decode(await self.process.stdout.readline(), type=CarrierEvent)

    async def next_finished(self) -> CallFinished:
        while not isinstance(event := await self.next_event(), CallFinished):
            assert isinstance(event, CallPlaced)
        return event


@asynccontextmanager
async def carrier(plan: CarrierPlan) -> AsyncGenerator[RunningCarrier]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "api.demo.carrier",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(plan) + b"\n")
    await process.stdin.drain()
    running = RunningCarrier(process)
    first = await running.next_event()
    assert isinstance(first, Listening)
    running.port = first.port
    yield running
    process.stdin.close()
    async with asyncio.timeout(10):
        assert await process.wait() == 0


def plan(
    gateway: int = 0, answer: AnswerPlan = ANSWER, calls: tuple[CallPlan, ...] = (), folder: Path | None = None
) -> CarrierPlan:
    return CarrierPlan(
        host="127.0.0.1",
        port=0,
        gateway_host="127.0.0.1",
        gateway_port=gateway,
        answer=answer,
        calls=calls,
        folder=str(folder) if folder else None,
    )


def call(**more: object) -> CallPlan:
    return CallPlan(
        name="one",
        caller="+442079460001",
        called="+442079460100",
        voice="caller-1.wav",
        **more,  # type: ignore[arg-type]
    )


async def both(folder: Path, placed: CallPlan, answer: AnswerPlan) -> tuple[CallFinished, CallFinished]:
    """Let one carrier call the other; the reports of the caller's and of the callee's side."""
    for side in ("caller", "callee"):
        (folder / side).mkdir()
    async with (
        carrier(plan(answer=answer, folder=folder / "callee")) as callee,
        carrier(plan(callee.port, calls=(placed,), folder=folder / "caller")) as caller,
    ):
        return await caller.next_finished(), await callee.next_finished()


@pytest.mark.parametrize("codec", ["PCMU", "PCMA"])
async def test_each_side_hears_the_other_whoever_hangs_up(tmp_path: Path, codec: str) -> None:
    ours, theirs = await both(tmp_path, call(codec=codec, leaves_after=3.5), ANSWER)
    assert (ours.status, ours.hung_up_by, theirs.hung_up_by) == (200, "carrier", "centre")
    for report, folder, voice in ((ours, "caller", ANSWER.voice), (theirs, "callee", "caller-1.wav")):
        assert report.heard is not None
        heard = read_mono(tmp_path / folder / report.heard)
        assert find(loudest(read_mono(VOICES / voice)), heard).score > 0.95
        assert seconds_of(heard) == pytest.approx(3.5, abs=0.2)
    assert ours.packets_sent == pytest.approx(3.5 * 50, abs=5)


async def test_the_called_side_may_hang_up_too(tmp_path: Path) -> None:
    ours, theirs = await both(tmp_path, call(), AnswerPlan(voice="agent-1.wav", rings_for=0, leaves_after=0.5))
    assert (ours.status, ours.hung_up_by, theirs.hung_up_by) == (200, "centre", "carrier")


async def test_a_caller_without_patience_cancels(tmp_path: Path) -> None:
    ours, theirs = await both(tmp_path, call(patience=0.5), AnswerPlan(voice="agent-1.wav", rings_for=10))
    assert (ours.status, theirs.status) == (487, 487)
    assert ours.answered_at is None


@pytest.mark.parametrize(("password", "status"), [("secret", None), ("wrong", 401)])
async def test_who_calls_out_through_the_carrier_needs_the_password(password: str, status: int | None) -> None:
    answer = AnswerPlan(voice="agent-1.wav", username="centre", password="secret", rings_for=0)
    events: asyncio.Queue[SipEvent] = asyncio.Queue()
    driver = await open_driver(
        DriverSettings(listeners=(Listener(transport="UDP", host="127.0.0.1", port=0),)),
        lambda flow: True,
        events.put_nowait,
        SystemResolver(["UDP"]),
    )
    media = OfferAnswer(LocalMedia(host="127.0.0.1", port=9), OfferAnswerState(session_id=1))
    async with carrier(plan(answer=answer)) as callee, asyncio.timeout(10):
        invite = OutgoingInvite(
            target=f"sip:+442079460001@127.0.0.1:{callee.port}",
            from_=NameAddr.of("sip:centre@127.0.0.1"),
            destination=Target("UDP", HostPort("127.0.0.1", callee.port)),
            body=media.make_offer(),
            credentials=Credentials("centre", password),
        )
        session = driver.do(lambda endpoint, now: endpoint.invite(invite, now))
        while not isinstance(event := await events.get(), InviteAccepted | InviteFailed):
            pass
        assert getattr(event, "status", None) == status
        driver.do(lambda endpoint, now: endpoint.hang_up(session, now))
        if status is None:
            await callee.next_finished()
    await driver.close()


async def test_random_traffic_of_one_seed_is_the_same_every_time() -> None:
    traffic = Traffic(seed=7, calls_per_minute=60, called=("+442079460100", "+442079460101"))
    days = [[random_call(number, traffic, chance) for number in range(50)] for chance in (Random(7), Random(7))]
    assert days[0] == days[1]
    assert {each.codec for each in days[0]} == {"PCMU", "PCMA"}
    assert any(each.leaves_after is None for each in days[0])
    assert PhoneNumber.parse(days[0][0].caller).e164 == days[0][0].caller


async def test_the_end_of_its_parent_ends_the_carrier() -> None:
    async with carrier(plan()) as running:
        pass
    assert running.process.returncode == 0
