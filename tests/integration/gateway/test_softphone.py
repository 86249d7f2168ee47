"""The nailed-up leg with a real WebRTC far side: sound both ways, reloads, resumes, log-outs."""

import asyncio
from contextlib import AsyncExitStack
from uuid import UUID

import pytest
from far_end import FarEnd, listen_for
from gateway_rig import (
    ANNA,
    BERT,
    CALLER,
    MUSIC_HZ,
    NUMBER,
    OURS,
    SECOND_TRUNK,
    Rig,
    read_wav,
    recordings,
    share,
)
from web_end import page

from gateway.sip.events import InviteAccepted, InviteReceived
from gateway.softphone import presence
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.softphone import (
    SoftphoneBye,
    SoftphoneGone,
    SoftphoneOffer,
    SoftphoneReady,
    SoftphoneRefused,
    SoftphoneResume,
    SoftphoneTransmit,
)
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallReleased,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    HoldCall,
    PlaceCall,
    PlayToCaller,
    RetrieveCall,
    ShutSoftphone,
    SoftphoneChanged,
)
from kernel.primitives.ids import CallId
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

FAR_HZ, ANNA_HZ, NEW_PAGE_HZ, LINE_HZ = 700.0, 1300.0, 1700.0, 1100.0
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)


async def connected(rig: Rig, far: FarEnd) -> CallId:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await rig.order(ConnectAgent, call=call, agent=ANNA)
    return call


def far_hears(far: FarEnd, hertz: float, seconds: float = 3.0) -> asyncio.Task[float]:
    return asyncio.ensure_future(listen_for(seconds, far.rtp, lambda heard: share(heard, hertz), 0.7))


async def test_logging_in_makes_the_agent_reachable(rig: Rig) -> None:
    async with page(rig, ANNA) as anna:
        await anna.log_in()
        changed = await rig.until(SoftphoneChanged)
        assert (changed.tenant, changed.agent, changed.reachable) == (OURS, ANNA, True)


async def test_an_idle_leg_is_silent_and_its_sender_is_off(rig: Rig) -> None:
    async with page(rig, ANNA) as anna:
        await anna.log_in()
        await asyncio.sleep(0.3)
        assert anna.saw(SoftphoneTransmit) == []
        assert anna.heard().size == 0


async def test_caller_and_agent_hear_each_other_and_both_are_recorded(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        await connected(rig, far)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await far_hears(far, ANNA_HZ) > 0.7
        await asyncio.sleep(0.7)
        far.hang_up()
        await rig.until(CallReleased)
        assert (await anna.until(SoftphoneTransmit, 2)).on is False
        await asyncio.sleep(0.2)
    caller, ours = read_wav((await recordings(rig.folder, rig.place))[0])
    assert share(caller[-4000:], FAR_HZ) > 0.7
    assert share(ours[-4000:], ANNA_HZ) > 0.7
    figures = {one.party: one for one in await rig.measured(2)}
    assert figures.keys() == {"caller", "agent"}
    assert figures["agent"].packets_received > 20


async def test_hold_and_retrieve(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        call = await connected(rig, far)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        await rig.order(HoldCall, call=call, music="music")
        assert await far_hears(far, MUSIC_HZ) > 0.7
        await asyncio.sleep(0.4)
        quiet_since = asyncio.get_running_loop().time() - 0.2
        assert share(anna.heard(quiet_since), FAR_HZ) < 0.3
        await rig.order(RetrieveCall, call=call)
        assert await anna.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await far_hears(far, ANNA_HZ) > 0.7


async def test_the_agent_leaves_and_the_caller_waits_with_music(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as anna:
        await anna.log_in()
        call = await connected(rig, far)
        assert await far_hears(far, ANNA_HZ) > 0.7
        await rig.order(DisconnectAgent, call=call, agent=ANNA)
        await rig.order(PlayToCaller, call=call, prompts=(), music="music")
        assert await far_hears(far, MUSIC_HZ) > 0.7
        assert anna.saw(SoftphoneTransmit)[-1].on is False
        await rig.order(EndCall, call=call, cause=BY_AGENT)
        assert (await rig.until(CallReleased)).cause == BY_AGENT


async def test_a_reloaded_page_brings_the_sound_back_and_nobody_is_told(rig: Rig, far: FarEnd) -> None:
    async with AsyncExitStack() as pages:
        before = await pages.enter_async_context(page(rig, ANNA, ANNA_HZ))
        await before.log_in()
        await connected(rig, far)
        assert await far_hears(far, ANNA_HZ) > 0.7
        await rig.gateway.softphones.disconnected(OURS, ANNA)
        await before.close()

        reloaded = await pages.enter_async_context(page(rig, ANNA, NEW_PAGE_HZ))
        await reloaded.log_in()
        assert (await reloaded.until(SoftphoneTransmit)).on is True
        assert await reloaded.hears(lambda heard: share(heard, FAR_HZ)) > 0.7
        assert await far_hears(far, NEW_PAGE_HZ) > 0.7
        far.hang_up()
        await rig.until(CallReleased)
    assert [report.reachable for report in rig.told(SoftphoneChanged)] == [True]
    assert len(await recordings(rig.folder, rig.place)) == 1


async def test_a_page_that_opens_leaves_the_call_to_the_line_that_is_kept_up(rig: Rig, far: FarEnd) -> None:
    async with FarEnd(LINE_HZ) as mobile, page(rig, ANNA, ANNA_HZ) as anna:
        await rig.know(OURS, SECOND_TRUNK, mobile.port)
        await rig.order(
            PlaceCall,
            call=CallId(UUID(int=98)),
            agent=None,
            trunk=SECOND_TRUNK,
            called=NUMBER,
            caller=CALLER,
            record=False,
            line_of=ANNA,
        )
        await mobile.until(InviteReceived)
        mobile.accept()
        await rig.until(CallEstablished)
        await connected(rig, far)
        assert await far_hears(far, LINE_HZ) > 0.7
        await anna.log_in()
        assert await far_hears(far, ANNA_HZ, 1.0) < 0.3
        assert await far_hears(far, LINE_HZ) > 0.7


async def test_a_second_log_in_takes_the_place_of_the_first(rig: Rig, far: FarEnd) -> None:
    async with page(rig, ANNA, ANNA_HZ) as first, page(rig, ANNA, NEW_PAGE_HZ) as second:
        rig.desks.listeners[ANNA] = first._take  # pyright: ignore[reportPrivateUsage]
        await first.log_in()
        await connected(rig, far)
        rig.desks.listeners[ANNA] = second._take  # pyright: ignore[reportPrivateUsage]
        await second.log_in()
        gone = await second.until(SoftphoneGone)
        assert (gone.leg, gone.reason) == (first.leg, "replaced")
        assert await far_hears(far, NEW_PAGE_HZ) > 0.7


async def test_resume_of_a_living_leg_and_of_an_unknown_one(rig: Rig) -> None:
    async with page(rig, ANNA) as anna:
        await anna.log_in()
        await rig.gateway.softphones.disconnected(OURS, ANNA)
        await anna.say(SoftphoneResume(leg=anna.leg))
        await anna.until(SoftphoneReady, 2)
        assert (await anna.until(SoftphoneTransmit)).on is False
        await anna.say(SoftphoneResume(leg="softphone.unknown"))
        gone = await anna.until(SoftphoneGone)
        assert (gone.leg, gone.reason) == ("softphone.unknown", "unknown")
        assert len(rig.told(SoftphoneChanged)) == 1


async def test_a_page_that_does_not_come_back_is_told_after_the_grace(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(presence, "GRACE_SECONDS", 0.3)
    async with page(rig, ANNA) as anna:
        await anna.log_in()
        await rig.until(SoftphoneChanged)
        await rig.gateway.softphones.disconnected(OURS, ANNA)
        await anna.close()
        assert (await rig.until(SoftphoneChanged, 2)).reachable is False
    assert rig.gateway.figures()["softphones_live"] == 0


async def test_logging_out_by_the_browser_and_by_routing(rig: Rig) -> None:
    async with page(rig, ANNA) as anna, page(rig, BERT) as bert:
        await anna.log_in()
        await bert.log_in()
        await anna.say(SoftphoneBye())
        await rig.order(ShutSoftphone, agent=BERT)
        gone = await bert.until(SoftphoneGone)
        assert (gone.leg, gone.reason) == (bert.leg, "closed")
        told = {(report.agent, report.reachable) for report in rig.told(SoftphoneChanged)}
        await rig.until(SoftphoneChanged, 4)
        told = {(report.agent, report.reachable) for report in rig.told(SoftphoneChanged)}
        assert told == {(ANNA, True), (BERT, True), (ANNA, False), (BERT, False)}


@pytest.mark.parametrize("sdp", ["", "v=0", "nonsense\r\n" * 1000])
async def test_an_unusable_offer_is_refused_with_a_code(rig: Rig, sdp: str) -> None:
    async with page(rig, ANNA) as anna:
        await anna.say(SoftphoneOffer(sdp=sdp))
        assert (await anna.until(SoftphoneRefused)).code == "unusable_offer"
