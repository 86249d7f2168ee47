"""Calls out whose other side is a queue: the callee hears prompts and music, then an agent, whatever is killed."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import UUID

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, CALLER, NUMBER, SECOND_TRUNK, TRUNK, Ears, Rig, read_wav, recordings, share
from remote_rig import RemoteRig
from web_end import page

from gateway.sip.events import Cancelled, DialogTerminated, InviteReceived
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.telephony import (
    CallDigit,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallRinging,
    CallsAnnounced,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    PartyEstablished,
    PlaceCall,
    PlayToCaller,
    TrunkParty,
)
from kernel.primitives.ids import CallId
from kernel.primitives.phone import PhoneNumber
from tests.databases import Place

pytestmark = pytest.mark.timeout(60)

CALL = CallId(UUID(int=99))
FAR_HZ, SEAT_HZ, ANNA_HZ, GREETING_HZ, MUSIC_HZ = 700.0, 1100.0, 1300.0, 500.0, 900.0
AT_HOME = TrunkParty(called=PhoneNumber("+442071838760"), caller=CALLER, trunk=SECOND_TRUNK)
BY_SYSTEM = EndCause(EndResult.OURS, EndReason.HANGUP_BY_SYSTEM)


@pytest.fixture
async def seat() -> AsyncIterator[FarEnd]:
    async with FarEnd(SEAT_HZ) as seat:
        yield seat


@pytest.fixture
async def customer() -> AsyncIterator[FarEnd]:
    async with FarEnd(FAR_HZ) as customer:
        yield customer


@pytest.fixture
async def remote(tmp_path: Path, place: Place, customer: FarEnd, seat: FarEnd) -> AsyncIterator[RemoteRig]:
    remote = RemoteRig(tmp_path, place, customer.port, seat.port)
    await remote.start()
    yield remote
    await remote.stop()


async def ring(rig: Rig | RemoteRig, far: FarEnd) -> None:
    await rig.order(PlaceCall, call=CALL, agent=None, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await far.until(InviteReceived)
    far.ring()
    await rig.until(CallRinging)


async def answered(rig: Rig | RemoteRig, far: FarEnd) -> None:
    await ring(rig, far)
    far.accept()
    await rig.until(CallEstablished)


async def hears(end: FarEnd, hertz: float) -> bool:
    return await listen_for(3, end.rtp, lambda heard: share(heard, hertz), 0.7) > 0.7


async def test_the_callee_hears_prompts_music_and_an_agent_and_is_recorded(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        await answered(rig, far)
        await rig.order(PlayToCaller, call=CALL, prompts=("hello",), music="music", token="greeting")
        assert await hears(far, GREETING_HZ)
        assert (await rig.until(CallPlayed)).token == "greeting"
        assert await hears(far, MUSIC_HZ)
        far.rtp.press(1)
        assert (await rig.until(CallDigit)).digit == "1"
        await rig.order(ConnectAgent, call=CALL, agent=ANNA)
        assert await hears(far, ANNA_HZ)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        await rig.order(DisconnectAgent, call=CALL, agent=ANNA)
        await rig.order(PlayToCaller, call=CALL, prompts=(), music="music")
        assert await hears(far, MUSIC_HZ)
        far.hang_up()
        await rig.until(CallReleased)
    assert len(rig.told(CallReleased)) == 1
    _, ours = read_wav((await recordings(rig.folder, rig.place))[0])
    assert max(share(ours[at : at + 800], ANNA_HZ) for at in range(0, len(ours), 800)) > 0.7


async def test_nobody_is_left_ringing_when_routing_gives_up(rig: Rig, far: FarEnd) -> None:
    await ring(rig, far)
    await rig.order(EndCall, call=CALL, cause=BY_SYSTEM)
    await far.until(Cancelled)
    assert (await rig.until(CallReleased)).cause == BY_SYSTEM


async def test_the_next_process_goes_on_where_the_killed_one_was(
    remote: RemoteRig, customer: FarEnd, seat: FarEnd
) -> None:
    await answered(remote, customer)
    await remote.order(PlayToCaller, call=CALL, prompts=(), music="music")
    assert await hears(customer, MUSIC_HZ)
    await remote.kill()
    assert await hears(customer, MUSIC_HZ)
    await remote.start()
    assert (await remote.until(CallsAnnounced, 2)).calls == (CALL,)
    await remote.order(ConnectAgent, call=CALL, agent=ANNA, seat=AT_HOME, party="seat.anna")
    await seat.until(InviteReceived)
    assert await hears(customer, MUSIC_HZ)  # until the telephone is answered
    seat.accept()
    await remote.until(PartyEstablished)
    assert await hears(customer, SEAT_HZ)
    assert await hears(seat, FAR_HZ)
    customer.hang_up()
    assert (await seat.until(DialogTerminated)).cause == "bye_received"
    await ends_once(remote)


async def test_a_customer_who_rings_when_the_process_is_killed_is_not_left_ringing(
    remote: RemoteRig, customer: FarEnd
) -> None:
    await ring(remote, customer)
    await remote.kill()
    await remote.start()
    await customer.until(Cancelled)
    assert (await ends_once(remote)).cause.reason is EndReason.LOST_IN_RESTART


async def ends_once(ears: Ears) -> CallReleased:
    released = await ears.until(CallReleased)
    assert (len(ears.told(CallReleased)), released.call) == (1, CALL)
    return released
