"""The engine's client against a peer on a real socket: order, refusals, lost connections, broken frames."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import msgspec
import pytest
import uvloop
from loopback_engine import LoopbackEngine, listening

from kernel.contracts.engine import (
    MAX_ANSWER_BYTES,
    MAX_FRAME_BYTES,
    Command,
    ControllerReplaced,
    CreateRtpLeg,
    DeleteLeg,
    DeletePlayer,
    DigitReceived,
    Done,
    EngineEvent,
    EngineLost,
    EngineRefused,
    Hello,
    PlayerFinished,
    Refusal,
    SendDtls,
    Snapshot,
    TakeSnapshot,
    Welcome,
)
from media.control import EngineClient, client
from tests.fakes import eventually

TOO_LONG = (MAX_ANSWER_BYTES + 1).to_bytes(4, "big")


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:  # a Unix socket's path has 107 bytes at most
        yield Path(folder) / "engine.sock"


@pytest.fixture
async def engine(socket: Path) -> AsyncIterator[LoopbackEngine]:
    async with listening(socket) as engine:
        yield engine


@asynccontextmanager
async def connected(socket: Path, engine: LoopbackEngine) -> AsyncGenerator[EngineClient]:
    client = EngineClient(socket, token="sesame")
    await client.start()
    await engine.greeted()
    yield client
    await client.close()


@pytest.fixture
async def controller(socket: Path, engine: LoopbackEngine) -> AsyncIterator[EngineClient]:
    async with connected(socket, engine) as client:
        yield client


class Ears:
    def __init__(self, client: EngineClient) -> None:
        self.heard: list[EngineEvent | Welcome] = []
        client.subscribe(self.heard.append, self.heard.append)


def digits(count: int) -> list[EngineEvent]:
    return [DigitReceived(leg="a", digit="1", milliseconds=number) for number in range(count)]


class TestRequest:
    async def test_hello_with_the_token_comes_first(self, engine: LoopbackEngine, controller: EngineClient) -> None:
        await controller.request(DeleteLeg(leg="a"))
        assert engine.heard == [Hello(token="sesame"), DeleteLeg(leg="a")]

    async def test_answers_reach_their_own_requests_whatever_their_order(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        snapshot = Snapshot(legs=(), players=("music",), recorders=())
        engine.reply = lambda command: snapshot if isinstance(command, TakeSnapshot) else Done()
        answers = await asyncio.gather(controller.request(DeleteLeg(leg="a")), controller.request(TakeSnapshot()))
        assert answers == [Done(), snapshot]

    async def test_a_refusal_is_an_error_with_its_code(self, engine: LoopbackEngine, controller: EngineClient) -> None:
        engine.reply = lambda _: Refusal(code="no_port_free", message="all 500 are in use")
        with pytest.raises(EngineRefused) as refused:
            await controller.request(CreateRtpLeg(leg="a", group="g"))
        assert refused.value.refusal.code == "no_port_free"

    async def test_of_several_a_refused_one_stops_no_other(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        no = Refusal(code="no_port_free", message="all 500 are in use")
        engine.reply = lambda command: no if isinstance(command, CreateRtpLeg) else Done()
        commands = (DeleteLeg(leg="a"), CreateRtpLeg(leg="b", group="g"), DeletePlayer(player="p"))
        first, second, third = await controller.request_all(commands)
        assert engine.heard[1:] == [*commands]
        assert isinstance(second, EngineRefused)
        assert (first, second.refusal, third) == (Done(), no, Done())

    async def test_several_leave_when_they_are_asked_and_not_when_that_is_awaited(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        outcomes = controller.request_all((DeleteLeg(leg="a"), DeletePlayer(player="p")))
        await eventually(lambda: engine.heard[1:] == [DeleteLeg(leg="a"), DeletePlayer(player="p")])
        assert await outcomes == [Done(), Done()]

    async def test_of_several_none_is_answered_when_the_connection_breaks(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        engine.reply = lambda command: Done() if isinstance(command, DeleteLeg) else None
        waiting = asyncio.ensure_future(controller.request_all((DeleteLeg(leg="a"), TakeSnapshot())))
        await eventually(lambda: TakeSnapshot() in engine.heard)
        engine.hang_up()
        first, second = await waiting
        assert first == Done()
        assert isinstance(second, EngineLost)

    async def test_a_message_too_large_for_a_frame_is_never_sent(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        with pytest.raises(ValueError, match="larger"):
            await controller.request(SendDtls(leg="a", datagram=bytes(MAX_FRAME_BYTES)))
        await controller.request(DeleteLeg(leg="a"))
        assert engine.heard[1:] == [DeleteLeg(leg="a")]

    async def test_without_an_engine_it_waits_for_one_and_then_says_so(
        self, socket: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "CONNECT_WAIT_SECONDS", 0.05)
        lonely = EngineClient(socket)
        await lonely.start()
        with pytest.raises(EngineLost):
            await lonely.request(TakeSnapshot())
        monkeypatch.setattr(client, "CONNECT_WAIT_SECONDS", 2)
        waiting = asyncio.ensure_future(lonely.request(TakeSnapshot()))
        async with listening(socket):
            assert await waiting == Done()
        await lonely.close()

    async def test_a_request_in_flight_fails_when_the_connection_breaks(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        engine.reply = lambda _: None
        waiting = asyncio.ensure_future(controller.request(TakeSnapshot()))
        await eventually(lambda: TakeSnapshot() in engine.heard)
        engine.hang_up()
        with pytest.raises(EngineLost):
            await waiting

    async def test_an_engine_that_hangs_is_not_waited_for_for_ever(
        self, engine: LoopbackEngine, controller: EngineClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "ANSWER_SECONDS", 0.02)
        engine.reply = lambda _: None
        with pytest.raises(EngineLost, match="no answer to TakeSnapshot"):
            await controller.request(TakeSnapshot())

    async def test_after_closing_nothing_is_asked(
        self, controller: EngineClient, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(client, "CONNECT_WAIT_SECONDS", 0.01)
        await controller.close()
        with pytest.raises(EngineLost):
            await controller.request(TakeSnapshot())
        assert controller.welcome is None


class TestEvents:
    async def test_they_arrive_in_order_after_the_welcome_and_before_a_later_answer(
        self, engine: LoopbackEngine, socket: Path
    ) -> None:
        client = EngineClient(socket)
        ears = Ears(client)

        def reply(command: Command) -> Done:
            engine.send(*digits(100))
            return Done()

        engine.reply = reply
        await client.start()
        await client.request(DeletePlayer(player="p"))
        assert ears.heard == [engine.welcome, *digits(100)]
        await client.close()

    async def test_what_came_before_the_first_subscriber_is_kept_for_it(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        engine.send(PlayerFinished(player="p"))
        await controller.request(DeletePlayer(player="p"))
        first, second = Ears(controller), Ears(controller)
        assert first.heard == [engine.welcome, PlayerFinished(player="p")]
        assert second.heard == [engine.welcome]

    async def test_what_came_before_each_expected_listener_is_kept_for_it(
        self, engine: LoopbackEngine, socket: Path
    ) -> None:
        client = EngineClient(socket, listeners=2)
        first = Ears(client)
        await client.start()
        await engine.greeted()
        engine.send(*digits(2))
        await client.request(TakeSnapshot())
        second = Ears(client)
        third = Ears(client)
        engine.send(PlayerFinished(player="p"))
        await client.request(TakeSnapshot())
        assert first.heard == second.heard == [engine.welcome, *digits(2), PlayerFinished(player="p")]
        assert third.heard == [engine.welcome, PlayerFinished(player="p")]
        await client.close()

    async def test_a_failing_listener_does_not_deafen_the_others(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        def fail(_: object) -> None:
            raise RuntimeError("a bug")

        controller.subscribe(fail, lambda _: None)
        ears = Ears(controller)
        engine.send(*digits(2))
        await eventually(lambda: len(ears.heard) == 3)

    async def test_an_event_of_a_newer_engine_is_passed_over(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        ears = Ears(controller)
        strange = msgspec.msgpack.encode({"event": {"type": "became_sentient", "leg": "a"}})
        engine.send_bytes(len(strange).to_bytes(4, "big") + strange)
        engine.send(*digits(1))
        await eventually(lambda: ears.heard == [engine.welcome, *digits(1)])
        assert engine.connections == 1


class TestReconnect:
    async def test_a_broken_connection_is_made_again_and_the_welcome_tells_whether_it_is_the_same_engine(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        ears = Ears(controller)
        engine.hang_up()
        await engine.greeted()
        engine.hang_up()
        engine.welcome = msgspec.structs.replace(engine.welcome, engine="second")
        await engine.greeted()
        await controller.request(DeleteLeg(leg="a"))
        engines = [heard.engine for heard in ears.heard if isinstance(heard, Welcome)]
        assert engines == ["first", "first", "second"]

    async def test_it_asks_for_an_engine_to_be_brought_to_life(self, socket: Path) -> None:
        revived: list[str] = []

        async def revive() -> None:
            revived.append("again")

        client = EngineClient(socket, revive=revive)
        await client.start()
        await eventually(lambda: len(revived) >= 3)
        async with listening(socket) as engine:
            await engine.greeted()
            await eventually(lambda: client.welcome is not None)
        await client.close()

    @pytest.mark.parametrize("frame", [b"\xff\xff\xff\xff", TOO_LONG, b"\x00\x00\x00\x01\xc1", b"\0\0\0\0"])
    async def test_a_broken_frame_ends_the_connection_and_a_new_one_is_made(
        self, engine: LoopbackEngine, controller: EngineClient, frame: bytes
    ) -> None:
        engine.send_bytes(frame)
        await engine.greeted()
        await eventually(lambda: controller.welcome is not None)
        assert await controller.request(TakeSnapshot()) == Done()

    async def test_a_controller_that_was_replaced_keeps_away(
        self, engine: LoopbackEngine, controller: EngineClient
    ) -> None:
        ears = Ears(controller)
        engine.send(ControllerReplaced())
        await eventually(lambda: ControllerReplaced() in ears.heard)
        engine.hang_up()
        with pytest.raises(EngineLost, match="took over"):
            await controller.request(TakeSnapshot())
        await asyncio.sleep(0.1)
        assert engine.connections == 1


def test_it_speaks_over_uvloops_sockets_too(socket: Path) -> None:
    async def ask() -> object:
        async with listening(socket) as engine, connected(socket, engine) as client:
            return await client.request(DeleteLeg(leg="a"))

    assert uvloop.run(ask()) == Done()
