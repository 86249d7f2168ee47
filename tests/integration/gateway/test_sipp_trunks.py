"""SIPp as the peer of a trunk, over UDP and TCP: digest, hold, another codec; called and calling."""

import asyncio
from pathlib import Path
from uuid import UUID

import pytest
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig
from phone_directory import Directory

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.directory import PhoneConfig
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallReleased,
    EndCall,
    FarEndHeld,
    PlaceCall,
    PlayToCaller,
)
from kernel.contracts.trunks import InboundAccount, TrunkOptions
from kernel.primitives.ids import CallId, PhoneId
from kernel.primitives.secret import Secret
from load_tests.peers.system import free_port
from tests.databases import ON_SQLITE

pytestmark = [pytest.mark.peers("sipp"), ON_SQLITE, pytest.mark.parametrize("transport", ["udp", "tcp"])]

SCENARIOS = Path(__file__).parents[2] / "interop" / "scenarios"
SIPP_TRANSPORTS = {"udp": "u1", "tcp": "t1"}
USER, PASSWORD = "headquarters", "open sesame"


async def start_sipp(scenario: str, folder: Path, transport: str, port: int, *more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *("sipp", *more, "-sf", str(SCENARIOS / scenario), "-i", "127.0.0.1", "-p", str(port), "-m", "1"),
        *("-t", SIPP_TRANSPORTS[transport], "-nostdin", "-trace_err", "-timeout", "15"),
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )


async def succeeded(sipp: asyncio.subprocess.Process, folder: Path) -> None:
    code = await sipp.wait()
    assert code == 0, "".join(path.read_text(errors="replace") for path in folder.glob("*_errors.log"))[-2000:]


async def test_a_peer_proves_who_it_is_and_changes_its_call(
    directory: Directory, rig: Rig, tmp_path: Path, transport: str
) -> None:
    secret, domain = Secret(PASSWORD), "ours.example"
    phone = PhoneId(TRUNK)
    directory.all = [
        PhoneConfig(phone=phone, tenant=OURS, agent=None, name=USER, domain=domain, secret=secret, trunk=TRUNK)
    ]
    options, port = TrunkOptions(inbound=InboundAccount(domain=domain, username=USER)), free_port()
    await rig.know(OURS, TRUNK, port, transport=transport, options=options)
    words = (f"127.0.0.1:{rig.port}", "-au", USER, "-ap", PASSWORD)
    sipp = await start_sipp("digest_reinvite_uac.xml", tmp_path, transport, port, *words)
    arrived = await rig.until(CallArrived)
    assert (arrived.trunk, arrived.called, arrived.caller) == (TRUNK, NUMBER, CALLER)
    await rig.order(AnswerCall, call=arrived.call)
    await rig.order(PlayToCaller, call=arrived.call, prompts=(), music="music")
    await rig.until(CallReleased)
    await succeeded(sipp, tmp_path)
    assert [report.held for report in rig.told(FarEndHeld)] == [True, False]


async def test_a_peer_challenges_us_holds_and_is_hung_up(rig: Rig, tmp_path: Path, transport: str) -> None:
    port, call = free_port(), CallId(UUID(int=99))
    await rig.know(OURS, TRUNK, port, transport=transport, username=USER, password=Secret(PASSWORD))
    sipp = await start_sipp("challenging_holding_uas.xml", tmp_path, transport, port)
    await asyncio.sleep(0.5)  # SIPp says nowhere that it listens
    await rig.order(PlaceCall, call=call, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await rig.until(CallEstablished)
    await rig.until(FarEndHeld, 2)
    await rig.order(EndCall, call=call, cause=EndCause(EndResult.CALLER, EndReason.HANGUP_BY_AGENT))
    await succeeded(sipp, tmp_path)
    assert [report.held for report in rig.told(FarEndHeld)] == [True, False]
