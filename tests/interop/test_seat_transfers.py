"""Agents at SIP telephones transfer their callers there: baresip at once, linphone after a second call."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.demo.desk import Desk
from load_tests.peers.linphone import Linphone
from load_tests.peers.seats import CALLER_HZ, DOMAIN, MOBILE, MOBILE_HZ, PHONE, Seats, is_, saw, shows
from load_tests.peers.sound import read, seconds_of
from load_tests.peers.system import eventually, free_port, rtp_ports

pytestmark = [pytest.mark.peers("baresip"), pytest.mark.timeout(120)]

TALK_SECONDS = 1.5
HEARD_SECONDS = 0.8
LINPHONE = """[sip]
sip_port={port}
sip_tcp_port=-1
sip_tls_port=-1
register_only_when_network_is_up=0
guess_hostname=0
use_ipv6=0
default_proxy=0
[rtp]
audio_rtp_port={rtp}
[proxy_0]
reg_proxy=<sip:{domain}:{gateway};maddr=127.0.0.1;transport=udp>
reg_route=<sip:127.0.0.1:{gateway};transport=udp;lr>
reg_identity=sip:{user}@{domain}
reg_expires=60
reg_sendregister=1
[auth_info_0]
username={user}
passwd={secret}
realm={domain}
domain={domain}
"""


def hears(seats: Seats, peer: str, hertz: float) -> float:
    files = (seats.folder / peer / "heard").glob("*-dec.wav")
    return max((seconds_of(read(file)[0], hertz) for file in files), default=0.0)


async def record_of(seats: Seats, call: str) -> dict[str, Any]:
    return await seats.system.get(f"/v1/calls/{call}")


async def talks(seats: Seats, desk: Desk) -> str:
    """The call that the agent has."""
    await desk.intend("log_in", telephone=True)
    assert await shows(desk, lambda state: state["me"]["reachable"], 20)
    await desk.intend("request_state", state="available")
    await seats.dial()
    assert await shows(desk, is_("connected"))
    return str(desk.state["call"]["id"])


async def test_a_caller_is_passed_on_to_a_number_outside(seats: Seats) -> None:
    async with seats.phone, seats.desk("agent1@example.org") as desk:
        call = await talks(seats, desk)
        await seats.phone.command("transfer", f"sip:{MOBILE}@{DOMAIN}")
        assert await eventually(lambda: saw(seats.phone, "CALL_CLOSED"))
        assert await shows(desk, is_("available"))
        assert await eventually(lambda: saw(seats.mobile, "CALL_ESTABLISHED"))
        await asyncio.sleep(TALK_SECONDS)
        await seats.mobile.command("hangup")
        assert await eventually(lambda: saw(seats.caller, "CALL_CLOSED"))
    assert hears(seats, "mobile", CALLER_HZ) > HEARD_SECONDS
    assert hears(seats, "caller", MOBILE_HZ) > HEARD_SECONDS
    record = await record_of(seats, call)
    assert record["outcome"] == "answered"
    agents = dict.fromkeys(segment["agent_id"] for segment in record["segments"])
    assert seats.centre.agents[0]["id"] in agents


@asynccontextmanager
async def linphone(home: Path, seats: Seats) -> AsyncGenerator[Linphone]:
    """The first agent's telephone, which answers by itself and logs all that it sends and receives."""
    settings = LINPHONE.format(
        port=free_port(),
        rtp=rtp_ports(20),
        gateway=seats.system.sip_port,
        domain=DOMAIN,
        user=PHONE,
        secret=seats.registered["secret"],
    )
    async with Linphone(home, settings, "-a", "-d", "5", "-l", str(home / "log")) as phone:
        await asyncio.sleep(1)  # it reads its commands once it is up
        await phone.says("soundcard use files")
        yield phone


async def logged(phone: Linphone, line: str) -> bool:
    return f"\n{line}" in (phone.home / "log").read_text(errors="replace")


@pytest.mark.peers("linphonec")
async def test_a_caller_is_joined_with_whom_the_agent_asked_by_a_second_call(seats: Seats, tmp_path: Path) -> None:
    async with linphone(tmp_path / "linphone", seats) as phone, seats.desk("agent1@example.org") as desk:
        call = await talks(seats, desk)
        await phone.says("pause")
        await asyncio.sleep(1)  # its re-INVITE is answered
        await phone.says(f"call sip:{MOBILE}@{DOMAIN}")
        assert await eventually(lambda: saw(seats.mobile, "CALL_ESTABLISHED"))
        assert desk.state["call"]["id"] == call
        assert is_("connected")(desk.state)
        await asyncio.sleep(TALK_SECONDS)
        await phone.says("transfer 1 --to-call 2")
        assert await shows(desk, is_("available"))
        assert not seats.mobile.saw("CALL_CLOSED")
        await asyncio.sleep(TALK_SECONDS)
        await seats.caller.command("hangup")
        assert await eventually(lambda: saw(seats.mobile, "CALL_CLOSED"))
    assert hears(seats, "mobile", CALLER_HZ) > HEARD_SECONDS
    assert hears(seats, "caller", MOBILE_HZ) > HEARD_SECONDS
    record = await record_of(seats, call)
    assert record["outcome"] == "answered"


@pytest.mark.peers("linphonec")
async def test_a_telephone_that_may_not_transfer_keeps_its_caller(seats: Seats, tmp_path: Path) -> None:
    """baresip would hang up on the refusal by itself."""
    answer = await seats.system.owner.patch(f"/v1/phones/{seats.registered['id']}", json={"may_transfer": False})
    assert answer.is_success, answer.text
    await seats.system.settled()
    async with linphone(tmp_path / "linphone", seats) as phone, seats.desk("agent1@example.org") as desk:
        call = await talks(seats, desk)
        await phone.says(f"transfer sip:{MOBILE}@{DOMAIN}")
        assert await eventually(lambda: logged(phone, "SIP/2.0 403"))
        await asyncio.sleep(TALK_SECONDS)
        assert is_("connected")(desk.state)
        assert not seats.mobile.saw("CALL_ESTABLISHED")
        await desk.intend("hang_up", call=call)
        assert await eventually(lambda: saw(seats.caller, "CALL_CLOSED"))
