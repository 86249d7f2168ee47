"""Telephones that nobody here wrote register, are called, and are banned when they guess."""

import asyncio
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import numpy as np
import pytest
from far_end import FarEnd, listen_for
from gateway_rig import BERT, NUMBER, OURS, RATE, TRUNK, Rig, share, write_tone
from msgspec.structs import replace
from phone_directory import Directory

from gateway.registrar.provisioning import Line, provisioning
from gateway.sip.events import InviteAccepted, InviteReceived
from gateway.sip.flow import Flow
from kernel.contracts.directory import PhoneConfig
from kernel.contracts.telephony import (
    AnswerTransfer,
    CallArrived,
    CallEstablished,
    CallReleased,
    ConnectParty,
    PhoneChanged,
    PhoneDialled,
    PhoneParty,
    TransferAsked,
    TrunkParty,
)
from kernel.primitives.ids import PhoneId
from kernel.primitives.phone import NO_NUMBER
from load_tests.peers.baresip import Baresip
from load_tests.peers.linphone import Linphone
from load_tests.peers.system import free_port, rtp_ports
from tests.certificates import Authority
from tests.databases import ON_SQLITE, Place
from tests.kamailio import SCENARIOS, kamailio

pytestmark = ON_SQLITE

NATIONALLY = "02071838750"  # NUMBER, as dialled in its country
PHONE_HZ, FAR_HZ, OTHER_HZ = 440.0, 700.0, 1100.0  # the far end's is the fixture's


@pytest.fixture
async def rig(tmp_path: Path, place: Place) -> AsyncIterator[Rig]:
    """Listens with TLS too."""
    rig = Rig(tmp_path, place)
    rig.listens = {"tls_port": free_port(), "tls": Authority(tmp_path).issue("pbx.example", "127.0.0.1")}
    async with rig:
        yield rig


def line(config: PhoneConfig, port: int, transport: Literal["udp", "tls"] = "udp") -> Line:
    return Line(
        name=config.name,
        domain=config.domain,
        secret=config.secret.reveal(),
        label="Alice",
        host="127.0.0.1",
        port=port,
        transport=transport,
    )


async def called(rig: Rig, far: FarEnd) -> None:
    """A caller of the trunk is put through to our telephone `alice`, which answers by itself."""
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    await rig.order(ConnectParty, call=call, party="desk", to=PhoneParty(user="alice"))
    await far.until(InviteAccepted)
    await rig.until(CallEstablished)


async def heard_tone(far: FarEnd, hertz: float) -> float:
    return await listen_for(5, far.rtp, lambda heard: share(heard, hertz))


@pytest.mark.peers("baresip")
async def test_baresip_registers_with_md5_and_is_called(
    directory: Directory, rig: Rig, far: FarEnd, tmp_path: Path
) -> None:
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 10)
    text = provisioning("baresip", line(directory.all[0], rig.port)).text.strip()
    async with Baresip(tmp_path / "baresip", voice, "alice", account=f"{text};answermode=auto;audio_codecs=PCMA\n"):
        assert (await rig.until(PhoneChanged, seconds=10)).phone == "alice"
        await called(rig, far)
        assert await heard_tone(far, PHONE_HZ) > 0.8
        far.hang_up()


async def closed_with(phone: Baresip) -> str:
    """What it says about the end of its first call."""
    for _ in range(100):
        ends = [event.get("param", "") for event in phone.events if event.get("type") == "CALL_CLOSED"]
        if ends:
            return ends[0]
        await asyncio.sleep(0.05)
    return ""


@pytest.mark.peers("baresip")
async def test_baresip_calls_another_telephone(directory: Directory, rig: Rig, tmp_path: Path) -> None:
    ours = directory.all[0]
    directory.all.append(replace(ours, phone=PhoneId(UUID(int=33)), name="201", agent=BERT))
    await rig.gateway.telephones.refresh(OURS)
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 10)
    text = provisioning("baresip", line(ours, rig.port)).text.strip()
    async with Baresip(tmp_path / "baresip", voice, "alice", account=f"{text};audio_codecs=PCMA\n") as phone:
        await rig.until(PhoneChanged, seconds=10)
        await phone.command("dial", f"sip:201@{ours.domain}")
        dialled = await rig.until(PhoneDialled)
        assert (dialled.agent, dialled.phone, dialled.called, dialled.party) == (ours.agent, "alice", NO_NUMBER, "201")
        to = PhoneParty(user="201", by="alice")
        await rig.order(ConnectParty, call=dialled.call, party="callee", to=to)
        assert "480 Temporarily Unavailable" in await closed_with(phone)  # it does not register


def sound_in(file: Path) -> Any:
    with wave.open(str(file)) as heard:
        assert (heard.getframerate(), heard.getnchannels()) == (RATE, 1)
        return np.frombuffer(heard.readframes(heard.getnframes()), "<i2").astype(np.float64)


@pytest.mark.peers("baresip")
@pytest.mark.parametrize("asks", ["far", "callee"])
async def test_two_telephones_hear_each_other_and_transfer_as_they_may(
    directory: Directory, rig: Rig, tmp_path: Path, asks: str
) -> None:
    """The one that calls may not; its callee may. A baresip that is refused hangs up, so each asks in its own call."""
    ours = directory.all[0] = replace(directory.all[0], may_transfer=False)
    other = replace(ours, phone=PhoneId(UUID(int=33)), name="201", agent=BERT, may_transfer=True)
    directory.all.append(other)
    await rig.gateway.telephones.refresh(OURS)
    phones: list[Baresip] = []
    for config, hertz, more in ((ours, PHONE_HZ, ""), (other, OTHER_HZ, "answermode=auto;")):
        voice = tmp_path / f"{config.name}.wav"
        write_tone(voice, hertz, 10)
        text = provisioning("baresip", line(config, rig.port)).text.strip()
        account = f"{text};{more}audio_codecs=PCMA\n"
        phones.append(Baresip(tmp_path / config.name, voice, config.name, account=account))
    async with phones[0] as calling, phones[1] as called:
        await rig.until(PhoneChanged, 2, seconds=10)
        await calling.command("dial", f"sip:201@{ours.domain}")
        dialled = await rig.until(PhoneDialled)
        to = PhoneParty(user="201", by="alice")
        await rig.order(ConnectParty, call=dialled.call, party="callee", to=to)
        await rig.until(CallEstablished, seconds=10)
        await asyncio.sleep(1)  # of sound
        phone = calling if asks == "far" else called
        await phone.command("transfer", f"sip:{NUMBER.e164}@{ours.domain}")
        asked = await rig.until(TransferAsked)
        assert (asked.leg, asked.allowed) == (asks, phone is called)
        await rig.order(AnswerTransfer, call=asked.call, leg=asks, accepted=False)
        await calling.command("hangup")
        await rig.until(CallReleased)
    assert share(sound_in(calling.heard()), OTHER_HZ) > 0.8
    assert share(sound_in(called.heard()), PHONE_HZ) > 0.8


@pytest.mark.peers("baresip")
async def test_baresip_calls_a_number_as_its_agent(directory: Directory, rig: Rig, far: FarEnd, tmp_path: Path) -> None:
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 10)
    ours = directory.all[0]
    text = provisioning("baresip", line(ours, rig.port)).text.strip()
    async with Baresip(tmp_path / "baresip", voice, "alice", account=f"{text};audio_codecs=PCMA\n") as phone:
        await rig.until(PhoneChanged, seconds=10)
        await phone.command("dial", f"sip:nobody@{ours.domain}")
        assert "404 Not Found" in await closed_with(phone)
        await phone.command("dial", f"sip:{NATIONALLY}@{ours.domain}")
        dialled = await rig.until(PhoneDialled)
        assert (dialled.tenant, dialled.agent, dialled.phone, dialled.called) == (OURS, ours.agent, "alice", NUMBER)
        to = TrunkParty(called=NUMBER, caller=None, trunk=TRUNK)
        await rig.order(ConnectParty, call=dialled.call, party="callee", to=to)
        await far.until(InviteReceived)
        far.accept()
        await rig.until(CallEstablished)
        assert await heard_tone(far, PHONE_HZ) > 0.8
        await phone.command("hangup")
        await rig.until(CallReleased)


@pytest.mark.peers("baresip")
async def test_baresip_registers_and_is_called_over_tls(
    directory: Directory, rig: Rig, far: FarEnd, tmp_path: Path
) -> None:
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 10)
    text = provisioning("baresip", line(directory.all[0], rig.listens["tls_port"], "tls")).text.strip()
    async with Baresip(tmp_path / "baresip", voice, "alice", account=f"{text};answermode=auto;audio_codecs=PCMA\n"):
        assert (await rig.until(PhoneChanged, seconds=10)).phone == "alice"
        (place,) = rig.gateway.telephones.places(OURS, "alice")
        assert isinstance(place.destination, Flow)
        assert place.destination.transport == "TLS"
        await called(rig, far)
        assert await heard_tone(far, PHONE_HZ) > 0.8
        far.hang_up()


LINPHONE = """\
[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port=0
register_only_when_network_is_up=0
guess_hostname=0
use_ipv6=0
default_proxy=0
[rtp]
audio_rtp_port={rtp}
"""


ACCOUNT = """\
[proxy_0]
reg_proxy=<sip:127.0.0.1:{port};transport=udp>
reg_route=<sip:127.0.0.1:{port};lr>
reg_identity=sip:{name}@{domain}
reg_sendregister=1
[auth_info_0]
username={name}
passwd={secret}
realm={domain}
domain={domain}
algorithm={algorithm}
"""


def linphone(folder: Path, account: str = "") -> Linphone:
    """One that answers by itself."""
    return Linphone(folder, LINPHONE.format(port=free_port(), rtp=rtp_ports(20)) + account, "-a")


@pytest.mark.peers("linphonec")
async def test_linphone_registers_with_sha_256_and_is_called(
    directory: Directory, rig: Rig, far: FarEnd, tmp_path: Path
) -> None:
    ours = directory.all[0] = replace(directory.all[0], algorithm="SHA-256")
    await rig.gateway.telephones.refresh(OURS)
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 20)
    async with linphone(tmp_path / "linphone") as phone:
        await asyncio.sleep(1)  # it reads its commands once it is up
        proxy = f"<sip:127.0.0.1:{rig.port};lr>"
        await phone.says("soundcard use files", f"play {voice}")
        await phone.says(f"register sip:alice@{ours.domain} {proxy} {ours.secret.reveal()}")
        assert (await rig.until(PhoneChanged, seconds=10)).phone == "alice"
        await called(rig, far)
        assert await heard_tone(far, PHONE_HZ) > 0.5
        far.hang_up()


def account(config: PhoneConfig, port: int) -> str:
    """A section of linphone's settings."""
    return ACCOUNT.format(
        name=config.name,
        domain=config.domain,
        port=port,
        secret=config.secret.reveal(),
        algorithm=config.algorithm,
    )


@pytest.mark.peers("linphonec")
async def test_a_text_goes_from_one_telephone_to_another(directory: Directory, rig: Rig, tmp_path: Path) -> None:
    ours = directory.all[0] = replace(directory.all[0], algorithm="SHA-256")
    other = replace(ours, phone=PhoneId(UUID(int=33)), name="201", agent=BERT, algorithm="MD5")
    directory.all.append(other)
    await rig.gateway.telephones.refresh(OURS)
    reader = linphone(tmp_path / "reader", account(other, rig.port))
    async with reader, linphone(tmp_path / "writer", account(ours, rig.port)) as writer:
        await rig.until(PhoneChanged, 2, seconds=10)
        await writer.says(f"chat sip:201@{ours.domain} Grüß Gott")
        for _ in range(100):
            if "Gott" in reader.shows():
                break
            await asyncio.sleep(0.05)
        assert f"Message received from sip:alice@{ours.domain}: Grüß Gott" in reader.shows()
        assert rig.gateway.figures()["texts_delivered"] >= 1  # and what the reader's telephone says of it


@pytest.mark.peers("baresip", "kamailio")
async def test_a_telephone_behind_kamailio_registers_and_is_called(
    directory: Directory, rig: Rig, far: FarEnd, tmp_path: Path
) -> None:
    voice = tmp_path / "voice.wav"
    write_tone(voice, PHONE_HZ, 10)
    names = (f"GATEWAY_PORT={rig.port}", f'GATEWAY_URI="sip:127.0.0.1:{rig.port}"')
    async with kamailio("kamailio_in_front.cfg", tmp_path / "kamailio", "KAMAILIO_PORT", *names) as proxy:
        text = provisioning("baresip", line(directory.all[0], proxy.port)).text.strip()
        account = f"{text};answermode=auto;audio_codecs=PCMA\n"
        async with Baresip(tmp_path / "baresip", voice, "alice", account=account):
            await rig.until(PhoneChanged, seconds=10)
            (place,) = rig.gateway.telephones.places(OURS, "alice")
            assert place.destination.remote.port == proxy.port
            assert len(place.route) == 1
            await called(rig, far)
            assert await heard_tone(far, PHONE_HZ) > 0.8
            far.hang_up()


@pytest.mark.peers("sipp")
async def test_a_flood_of_wrong_passwords_is_banned(directory: Directory, rig: Rig, tmp_path: Path) -> None:
    scenario = SCENARIOS / "register_wrong_password.xml"
    guesser = await asyncio.create_subprocess_exec(
        "sipp",
        f"127.0.0.1:{rig.port}",
        *("-sf", str(scenario), "-i", "127.0.0.1", "-p", str(free_port()), "-nostdin"),
        *("-m", "200", "-r", "50", "-au", "alice", "-ap", "guess", "-s", "alice"),
        cwd=tmp_path,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        for _ in range(100):
            if rig.gateway.figures()["sip_banned"] > 10:  # what comes now is not even read
                break
            await asyncio.sleep(0.05)
    finally:
        guesser.kill()
        await guesser.wait()
    figures = rig.gateway.figures()
    assert figures["sip_banned"] > 10
    assert figures["registrations_accepted"] == 0
    assert rig.gateway.telephones.places(OURS, "alice") == []
