"""An agent of one tenant takes calls of another: the leg is found at home, all else belongs to the call's tenant."""

import asyncio
from contextlib import AsyncExitStack

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import ANNA, OURS, THEIR_NUMBER, THEIR_TRUNK, THEIRS, Rig, read_wav, recordings, share
from web_end import WebEnd, page

from gateway.sip.events import InviteAccepted
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.softphone import SoftphoneReady, SoftphoneResume, SoftphoneTransmit
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallReleased,
    CallsAnnounced,
    ConnectAgent,
    EndCall,
    PlaceCall,
)
from kernel.primitives.ids import CallId

FAR_HZ, ANNA_HZ, NEW_PAGE_HZ = 700.0, 1300.0, 1700.0
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)


@pytest.fixture
async def client(rig: Rig, far: FarEnd) -> FarEnd:
    """A telephone behind the client's trunk: it shares the carrier's address with ours."""
    await rig.know(THEIRS, THEIR_TRUNK, far.port)
    return far


async def connected(rig: Rig, client: FarEnd) -> CallId:
    client.call(rig.port, THEIR_NUMBER.e164)
    arrived = await rig.until(CallArrived)
    assert arrived.tenant == THEIRS
    await rig.order(AnswerCall, tenant=THEIRS, call=arrived.call)
    await client.until(InviteAccepted)
    await rig.order(ConnectAgent, tenant=THEIRS, call=arrived.call, agent=ANNA, home=OURS)
    return arrived.call


def far_hears(far: FarEnd, hertz: float) -> asyncio.Task[float]:
    return asyncio.ensure_future(listen_for(3, far.rtp, lambda heard: share(heard, hertz), 0.7))


async def test_both_hear_each_other_and_the_recording_is_the_clients(rig: Rig, client: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        await connected(rig, client)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await far_hears(client, ANNA_HZ) > 0.7
        await asyncio.sleep(0.7)
        client.hang_up()
        assert (await rig.until(CallReleased)).tenant == THEIRS
        await anna.until_sender(on=False)
    (spooled,) = await recordings(rig.folder, rig.place)
    assert str(THEIRS) in str(spooled)
    assert share(read_wav(spooled)[1][-4000:], ANNA_HZ) > 0.7
    assert {one.party for one in await rig.measured(2, THEIRS)} == {"caller", "agent"}
    assert await rig.log(OURS) == []


async def test_without_a_home_the_leg_is_looked_for_in_the_calls_tenant(rig: Rig, client: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        client.call(rig.port, THEIR_NUMBER.e164)
        call = (await rig.until(CallArrived)).call
        await rig.order(AnswerCall, tenant=THEIRS, call=call)
        await client.until(InviteAccepted)
        await rig.order(ConnectAgent, tenant=THEIRS, call=call, agent=ANNA)
        await asyncio.sleep(0.3)
        assert anna.saw(SoftphoneTransmit) == []


async def test_a_reloaded_page_is_back_in_the_clients_call(rig: Rig, client: FarEnd) -> None:
    async with AsyncExitStack() as pages:
        before = await pages.enter_async_context(page(rig, ANNA, ANNA_HZ))
        await before.log_in()
        await connected(rig, client)
        assert await far_hears(client, ANNA_HZ) > 0.7
        await rig.gateway.softphones.disconnected(OURS, ANNA)
        await before.close()
        reloaded = await pages.enter_async_context(page(rig, ANNA, NEW_PAGE_HZ))
        await reloaded.log_in()
        assert await reloaded.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await far_hears(client, NEW_PAGE_HZ) > 0.7


async def test_after_a_restart_each_tenant_is_told_its_own_and_the_call_goes_on(rig: Rig, client: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        call = await connected(rig, client)
        assert await far_hears(client, ANNA_HZ) > 0.7
        rig.reports.clear()
        await rig.stop()
        await rig.start()
        await rig.until(CallsAnnounced, 2)
        announced = {report.tenant: (report.calls, report.agents) for report in rig.told(CallsAnnounced)}
        assert announced == {OURS: ((), (ANNA,)), THEIRS: ((call,), ())}
        await resume(rig, anna)
        await anna.until_sender(on=True)
        await rig.order(EndCall, tenant=THEIRS, call=call, cause=BY_AGENT)
        await anna.until_sender(on=False)


async def resume(rig: Rig, anna: WebEnd) -> None:
    """As a browser does whose desk came back to a new process."""
    anna._softphones = rig.gateway.softphones  # pyright: ignore[reportPrivateUsage]
    anna.received.clear()
    await anna.say(SoftphoneResume(leg=anna.leg))
    await anna.until(SoftphoneReady)


async def test_a_call_that_a_guest_dials_rings_at_the_guests_desk(rig: Rig, client: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        call = CallId(rig.ids.new())
        numbers = {"called": THEIR_NUMBER, "caller": None}
        await rig.order(PlaceCall, tenant=THEIRS, call=call, agent=ANNA, home=OURS, trunk=THEIR_TRUNK, **numbers)
        await anna.until_sender(on=True)
        await rig.order(EndCall, tenant=THEIRS, call=call, cause=BY_AGENT)
        assert (await rig.until(CallReleased)).tenant == THEIRS
        await anna.until_sender(on=False)
