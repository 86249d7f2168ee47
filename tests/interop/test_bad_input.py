"""Bad input on every socket: a clear error or a counter; nothing crashes, and the next call goes through."""

import asyncio
import json
import secrets
import socket
import struct
from collections.abc import AsyncIterator

import msgspec
import pytest
import pytest_asyncio
import websockets

from kernel.contracts.engine import MAX_FRAME_BYTES
from load_tests.peers.raw_caller import RawCaller
from load_tests.peers.sound import tone
from load_tests.peers.system import Centre, System, eventually, make_centre, new_system

pytestmark = [pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

VOICE = tone(700, 1)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def system(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[System]:
    """One for all: whatever it got before, it goes on serving."""
    running = await new_system(tmp_path_factory.mktemp("system"))
    await make_centre(running)
    yield running
    await running.stop()


async def counter(system: System, name: str) -> float:
    text = (await system.owner.get("/metrics")).text
    return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith(name))


async def a_call_goes_through(system: System) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE) as caller:

        async def hears() -> bool:
            return len(caller.packets) > 10

        assert await eventually(hears)


MALFORMED = (
    b"",
    b"\r\n\r\n",
    b"\x00" * 64,
    b"INVITE",
    b"INVITE sip:x SIP/2.0\r\n\r\n",
    b"INVITE sip:+442071838750@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKx\r\n"
    b"CSeq: 99999999999 INVITE\r\n\r\n",
    b"SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 127.0.0.1;branch=z9hG4bKnobody\r\nCSeq: 1 INVITE\r\n\r\n",
    b"INVITE sip:a@b SIP/2.0\r\nAuthorization: Digest "
    + b",".join(b'a%d="x"' % n for n in range(2000))
    + b" !\r\n\r\n",
    secrets.token_bytes(1400),
)


async def test_malformed_sip_is_counted_and_the_next_call_goes_through(system: System) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
        for datagram in (*MALFORMED, b"A" * 65_000):
            sender.sendto(datagram, ("127.0.0.1", system.sip_port))
    await a_call_goes_through(system)
    assert await counter(system, "cordboard_sip_malformed") > 0


async def test_an_oversized_sip_stream_is_closed(system: System) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", system.sip_port)
    writer.write(b"INVITE sip:x@y SIP/2.0\r\nSubject: " + b"x" * 300_000)
    try:
        await writer.drain()
        assert await asyncio.wait_for(reader.read(), 10) is not None
    except ConnectionError:
        pass
    writer.close()
    await a_call_goes_through(system)


async def test_a_stranger_gets_no_answer_but_a_counter(system: System) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.2", 0))
        stranger.setblocking(False)
        before = await counter(system, "cordboard_sip_unknown_source")
        stranger.sendto(b"OPTIONS sip:x@127.0.0.1 SIP/2.0\r\n\r\n", ("127.0.0.1", system.sip_port))

        async def counted() -> bool:
            return await counter(system, "cordboard_sip_unknown_source") > before

        assert await eventually(counted)
        with pytest.raises(BlockingIOError):
            stranger.recv(2000)


async def test_rtp_from_a_third_address_is_not_heard(system: System) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE) as caller:
        await asyncio.sleep(0.5)
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as third:
            third.bind(("127.0.0.1", 0))
            for number in range(50):
                header = struct.pack("!BBHII", 0x80, 8, number, number * 160, 0xBAD)
                third.sendto(header + b"\x55" * 160, caller.remote_rtp)
        before = len(caller.packets)

        async def still_hears() -> bool:
            return len(caller.packets) > before + 20

        assert await eventually(still_hears)

    async def measured() -> dict[str, int] | None:
        return (await system.get("/v1/calls"))["items"][0]["quality"]["caller"]

    quality = await eventually(measured)
    assert quality["packets_received"] <= caller.sent + 2


async def test_garbage_on_the_media_ports_is_dropped(system: System) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE) as caller:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sender:
            for port in (caller.remote_rtp[1], caller.remote_rtp[1] + 1, system.webrtc_port):
                for datagram in (b"", b"\x80", b"\x00\x01" * 10, b"\x16" + b"\xff" * 60_000, secrets.token_bytes(1400)):
                    sender.sendto(datagram, ("127.0.0.1", port))
        before = len(caller.packets)

        async def still_hears() -> bool:
            return len(caller.packets) > before + 20

        assert await eventually(still_hears)


async def test_wrong_passwords_and_oversized_requests_are_refused(system: System) -> None:
    async with system.client() as stranger:
        wrong = await stranger.post("/v1/session", json={"email": "owner@example.org", "password": "no"})
    assert wrong.status_code == 401
    assert wrong.json()["code"] == "wrong_credentials"
    assert wrong.headers["content-type"].startswith("application/problem+json")
    large = await system.owner.post(
        "/v1/queues", content=b"{" + b" " * 12_000_000, headers={"content-type": "application/json"}
    )
    assert large.status_code == 413


async def test_an_oversized_desk_frame_ends_that_desk_only(system: System) -> None:
    cookies = "; ".join(f"{name}={value}" for name, value in system.owner.cookies.items())
    address = system.url.replace("http", "ws") + "/v1/desk"
    async with websockets.connect(address, additional_headers={"Cookie": cookies}, origin=system.url) as desk:  # type: ignore[arg-type]
        await desk.send(json.dumps({"op": "hello", "stream": None, "last": 0}))
        assert json.loads(await desk.recv())["op"] == "snapshot"
        await desk.send("x" * 5_000_000)
        await asyncio.wait_for(desk.wait_closed(), 10)
    await a_call_goes_through(system)


async def test_the_engine_refuses_unknown_and_oversized_commands(system: System) -> None:
    async with RawCaller(system.sip_port, Centre.NUMBER, VOICE) as caller:
        path = next(system.storage.rglob("*.sock"))
        reader, writer = await asyncio.open_unix_connection(str(path))
        body = msgspec.msgpack.encode({"request": 1, "command": {"type": "make_coffee"}})
        writer.write(len(body).to_bytes(4, "big") + body)
        answer = msgspec.msgpack.decode(await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big")))
        assert answer["refusal"]["code"] == "unknown_command"
        assert "make_coffee" in answer["refusal"]["message"]
        writer.write((MAX_FRAME_BYTES + 1).to_bytes(4, "big") + b"x")
        await asyncio.wait_for(reader.read(), 5)
        writer.close()
        before = len(caller.packets)

        async def still_hears() -> bool:
            return len(caller.packets) > before + 20

        assert await eventually(still_hears)
    await a_call_goes_through(system)
