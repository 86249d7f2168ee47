"""A supervisor takes part in a call: what caller, agent and supervisor hear is measured; the sounds are tones."""

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from typing import Any

from far_end import FarEnd, listen_for
from gateway_rig import ANNA, BERT, MUSIC_HZ, NUMBER, OURS, Rig, share
from web_end import WebEnd, page

from gateway.sip.events import InviteAccepted
from kernel.contracts.softphone import SoftphoneTransmit
from kernel.contracts.supervision import LeaveSupervision, Manner, SuperviseCall
from kernel.contracts.telephony import AnswerCall, CallArrived, ConnectAgent, HoldCall
from kernel.primitives.ids import CallId
from tests.databases import ON_SQLITE

pytestmark = ON_SQLITE

FAR_HZ, ANNA_HZ, BERT_HZ = 700.0, 1300.0, 2100.0
PRESENT = 0.2  # of the energy, where another tone of the same strength is heard too


async def connected(rig: Rig, far: FarEnd) -> CallId:
    far.call(rig.port, NUMBER.e164)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await rig.order(ConnectAgent, call=call, agent=ANNA)
    return call


Check = Callable[[Any], float]


def tones(*hertz: float) -> Check:
    """How much of the weakest of these tones is in the sound."""
    return lambda heard: min(share(heard, one) for one in hertz)


async def far_hears(far: FarEnd, check: Check, wanted: float) -> float:
    return await listen_for(3, far.rtp, check, wanted)


async def take_part(rig: Rig, call: CallId, manner: Manner) -> None:
    await rig.order(SuperviseCall, call=call, supervisor=BERT, home=OURS, manner=manner)


async def test_listen_whisper_barge_leave_and_take_over(rig: Rig, far: FarEnd) -> None:
    async with AsyncExitStack() as pages:
        anna = await pages.enter_async_context(page(rig, ANNA, ANNA_HZ))
        bert = await pages.enter_async_context(page(rig, BERT, BERT_HZ))
        await asyncio.gather(anna.log_in(), bert.log_in())
        call = await connected(rig, far)

        await take_part(rig, call, Manner.LISTEN)
        assert await bert.hears(tones(FAR_HZ, ANNA_HZ), wanted=PRESENT) > PRESENT
        assert bert.saw(SoftphoneTransmit) == []
        assert await anna.hears(tones(FAR_HZ)) > 0.7

        await take_part(rig, call, Manner.WHISPER)
        await bert.until_sender(on=True)
        assert await anna.hears(tones(FAR_HZ, BERT_HZ), wanted=PRESENT) > PRESENT
        assert await far_hears(far, tones(ANNA_HZ), 0.9) > 0.9

        await take_part(rig, call, Manner.BARGE)
        assert await far_hears(far, tones(ANNA_HZ, BERT_HZ), PRESENT) > PRESENT

        await rig.order(LeaveSupervision, call=call, supervisor=BERT)
        await bert.until_sender(on=False)
        assert await far_hears(far, tones(ANNA_HZ), 0.9) > 0.9
        await silent(bert)
        await asked_aside(rig, far, call, (anna, bert))
        await take_over(rig, far, call, (anna, bert))


async def test_a_supervisor_whose_page_is_reloaded_hears_the_call_again(rig: Rig, far: FarEnd) -> None:
    async with AsyncExitStack() as pages:
        anna = await pages.enter_async_context(page(rig, ANNA, ANNA_HZ))
        before = await pages.enter_async_context(page(rig, BERT, BERT_HZ))
        await asyncio.gather(anna.log_in(), before.log_in())
        call = await connected(rig, far)
        await take_part(rig, call, Manner.LISTEN)
        assert await before.hears(tones(FAR_HZ, ANNA_HZ), wanted=PRESENT) > PRESENT
        await rig.gateway.softphones.disconnected(OURS, BERT)
        await before.close()
        reloaded = await pages.enter_async_context(page(rig, BERT, BERT_HZ))
        await reloaded.log_in()
        assert await reloaded.hears(tones(FAR_HZ, ANNA_HZ), wanted=PRESENT) > PRESENT


async def asked_aside(rig: Rig, far: FarEnd, call: CallId, pages: tuple[WebEnd, WebEnd]) -> None:
    """A colleague who whispers while the caller is on hold has the agent's ear alone; and may get the caller."""
    anna, bert = pages
    await rig.order(HoldCall, call=call, music="music")
    await take_part(rig, call, Manner.WHISPER)
    assert await anna.hears(tones(BERT_HZ), wanted=0.9) > 0.9
    assert await bert.hears(tones(ANNA_HZ), wanted=0.9) > 0.9
    assert await far_hears(far, tones(MUSIC_HZ), 0.9) > 0.9
    await rig.order(ConnectAgent, call=call, agent=BERT)
    await rig.order(LeaveSupervision, call=call, supervisor=BERT)
    assert await far_hears(far, tones(BERT_HZ), 0.9) > 0.9
    await rig.order(ConnectAgent, call=call, agent=ANNA)
    assert await far_hears(far, tones(ANNA_HZ), 0.9) > 0.9


async def take_over(rig: Rig, far: FarEnd, call: CallId, pages: tuple[WebEnd, WebEnd]) -> None:
    """From whispering, without a gap in the sender; then the end."""
    anna, bert = pages
    await take_part(rig, call, Manner.WHISPER)
    await bert.until_sender(on=True)
    bert.received.clear()
    await rig.order(ConnectAgent, call=call, agent=BERT)
    await rig.order(LeaveSupervision, call=call, supervisor=BERT)
    await anna.until_sender(on=False)
    assert await far_hears(far, tones(BERT_HZ), 0.9) > 0.9
    assert await bert.hears(tones(FAR_HZ)) > 0.7
    assert SoftphoneTransmit(on=False) not in bert.saw(SoftphoneTransmit)
    far.hang_up()
    await bert.until_sender(on=False)


async def silent(bert: WebEnd) -> None:
    """Nothing of the call any more."""
    loop = asyncio.get_running_loop()
    begun = loop.time()
    await asyncio.sleep(0.4)
    heard = bert.heard(begun + 0.1)
    assert max(share(heard, FAR_HZ), share(heard, ANNA_HZ)) < 0.05
