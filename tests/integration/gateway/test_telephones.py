"""Telephones at the gateway: registered on real sockets, reported, saved, found again after a restart."""

import asyncio
from typing import Any

import pytest
from gateway_rig import ANNA, OURS, THEIRS, Rig
from phone_directory import Directory

from gateway.sip.auth_value import AuthValue
from gateway.sip.digest_hash import digest_response, hash_password
from gateway.sip.message import Response
from gateway.sip.parser import parse_message
from kernel.contracts.codec import pack
from kernel.contracts.directory import DirectoryChanged, PhoneConfig
from kernel.contracts.telephony import PhoneChanged
from kernel.primitives.ids import EventId


class Telephone(asyncio.DatagramProtocol):
    """Registers over UDP."""

    def __init__(self, config: PhoneConfig, gateway: int) -> None:
        self.config, self.gateway = config, gateway
        self.answers: asyncio.Queue[Response] = asyncio.Queue()
        self.cseq = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport
        self.port = transport.get_extra_info("sockname")[1]

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        message = parse_message(data)
        assert isinstance(message, Response)
        self.answers.put_nowait(message)

    async def send(self, authorization: str = "", domain: str = "", expires: int = 600) -> Response:
        self.cseq += 1
        domain = domain or self.config.domain
        address = f"sip:alice@{domain}"
        lines = [
            f"REGISTER sip:{domain} SIP/2.0",
            f"Via: SIP/2.0/UDP 127.0.0.1:{self.port};branch=z9hG4bK{self.port}x{self.cseq};rport",
            "Max-Forwards: 70",
            f"From: <{address}>;tag=a",
            f"To: <{address}>",
            f"Call-ID: {self.port}",
            f"CSeq: {self.cseq} REGISTER",
            f"Contact: <sip:alice@127.0.0.1:{self.port}>;expires={expires}",
            *([f"Authorization: {authorization}"] if authorization else []),
            "Content-Length: 0",
        ]
        self.transport.sendto("\r\n".join([*lines, "", ""]).encode(), ("127.0.0.1", self.gateway))
        async with asyncio.timeout(5):
            return await self.answers.get()

    async def register(self, expires: int = 600) -> Response:
        challenge = await self.send()
        assert challenge.status == 401
        asked = AuthValue.parse(challenge.headers.get("www-authenticate") or "").params
        config = self.config
        fields = {"username": "alice", "realm": config.domain, "nonce": asked["nonce"], "uri": f"sip:{config.domain}"}
        fields |= {"qop": "auth", "nc": "00000001", "cnonce": "mine"}
        ha1 = hash_password("MD5", "alice", config.domain, config.secret.reveal())
        fields |= {"response": digest_response("MD5", ha1, "REGISTER", fields), "opaque": asked["opaque"]}
        return await self.send(str(AuthValue("Digest", fields, frozenset({"qop", "nc"}))), expires=expires)


async def telephone(rig: Rig, config: PhoneConfig) -> Telephone:
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_datagram_endpoint(lambda: Telephone(config, rig.port), local_addr=("127.0.0.1", 0))
    return protocol


async def test_a_registered_telephone_is_told_saved_and_found_after_a_restart(directory: Directory, rig: Rig) -> None:
    ours, theirs = [await telephone(rig, config) for config in directory.all]
    assert (await ours.register()).status == 200
    told = await rig.until(PhoneChanged)
    assert (told.tenant, told.agent, told.phone, told.registered) == (OURS, ANNA, "alice", True)
    (place,) = rig.gateway.telephones.places(OURS, "alice")
    assert place.destination.remote.port == ours.port
    assert rig.gateway.telephones.places(THEIRS, "alice") == []

    await rig.stop()
    await rig.start()
    (again,) = rig.gateway.telephones.places(OURS, "alice")
    assert (again.uri, again.destination.remote) == (place.uri, place.destination.remote)
    assert (await theirs.register()).status == 200
    assert (await rig.until(PhoneChanged, 2)).tenant == THEIRS  # nothing was told anew of ours

    assert (await ours.register(expires=0)).status == 200
    gone = await rig.until(PhoneChanged, 3)
    assert (gone.tenant, gone.registered) == (OURS, False)
    for one in (ours, theirs):
        one.transport.close()


async def test_a_revoked_telephone_is_called_no_more(directory: Directory, rig: Rig) -> None:
    ours = await telephone(rig, directory.all[0])
    await ours.register()
    await rig.until(PhoneChanged)
    revoked = directory.all.pop(0)
    changed = DirectoryChanged(id=EventId(rig.ids.new()), tenant=OURS, at=rig.clock.now())
    await rig.bus.publish(f"directory.{OURS}", pack(changed))
    gone = await rig.until(PhoneChanged, 2)
    assert (gone.agent, gone.registered) == (revoked.agent, False)
    assert rig.gateway.telephones.places(OURS, "alice") == []
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await ours.send()
    ours.transport.close()


async def test_a_refresh_writes_nothing(directory: Directory, rig: Rig) -> None:
    ours = await telephone(rig, directory.all[0])
    await ours.register()
    await rig.until(PhoneChanged)
    rig.disk.writes_left = 0
    for _ in range(3):
        assert (await ours.register()).status == 200
    await rig.gateway.telephones.close()  # would save what there is to save
    assert rig.disk.writes_left == 0
    ours.transport.close()
