"""What a far end changes without a new INVITE, and sessions that are kept alive."""

from uuid import UUID

from far_end import FarEnd, Rtp, listen_for
from gateway_rig import ANNA, CALLER, MUSIC_HZ, NUMBER, TRUNK, Rig, share

from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer
from gateway.sip.calls import SESSION_EXPIRES
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteReceived,
    ProvisionalAcknowledged,
    RefreshNeeded,
    ReinviteReceived,
    UpdateAccepted,
)
from gateway.sip.session_timer import RESUME_WITHIN
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallReleased,
    PlaceCall,
    PlayToCaller,
)
from kernel.primitives.ids import CallId
from tests.databases import ON_SQLITE
from tests.fakes import eventually

pytestmark = ON_SQLITE

CALL = CallId(UUID(int=98))


async def music_at(rig: Rig, rtp: Rtp, call: CallId) -> float:
    await rig.order(PlayToCaller, call=call, prompts=(), music="music")
    return await listen_for(3, rtp, lambda heard: share(heard, MUSIC_HZ))


async def test_a_callee_moves_its_media_before_it_answers(rig: Rig, far: FarEnd) -> None:
    await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await far.until(InviteReceived)
    far.ring_with_sound()
    moved = await Rtp(900.0).open()
    try:
        media = LocalMedia(host="127.0.0.1", port=moved.port)
        offer = OfferAnswer(media, far.negotiation.state, ("PCMU",)).make_offer()
        await far.until(ProvisionalAcknowledged)
        far.do("update", far.session, offer)
        answer = await far.until(UpdateAccepted)
        far.negotiation.receive_answer(answer.body)
        far.rtp.speaking, moved.remote = False, far.rtp.remote
        far.accept(body=b"")
        await rig.until(CallEstablished)
        assert await music_at(rig, moved, CALL) > 0.8
    finally:
        moved.close()


async def test_a_session_is_refreshed_and_the_sound_goes_on(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    (worker,) = rig.gateway._calls.workers  # pyright: ignore
    rig.gateway._sip_event(RefreshNeeded(worker.far.state.session))  # pyright: ignore
    refresh = await far.until(ReinviteReceived)
    assert b"m=audio" in refresh.body
    assert await music_at(rig, far.rtp, call) > 0.8


def let_pass(rig: Rig, seconds: float) -> None:
    """For the gateway's SIP."""
    rig.gateway._opened_driver().do(lambda endpoint, now: endpoint.handle_timer(now + seconds))  # pyright: ignore


async def test_the_next_process_refreshes_what_is_ours_to_refresh(rig: Rig, far: FarEnd) -> None:
    await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await far.until(InviteReceived)
    far.accept()
    await rig.until(CallEstablished)
    await rig.stop()
    await rig.start()
    received = far.driver.endpoint.counters.received
    let_pass(rig, RESUME_WITHIN)
    await eventually(lambda: far.driver.endpoint.counters.received > received)
    assert far.saw(DialogTerminated) == []
    assert await music_at(rig, far.rtp, CALL) > 0.8


async def test_the_next_process_hangs_up_where_nobody_refreshes(rig: Rig, far: FarEnd) -> None:
    far.call(rig.port)
    call = (await rig.until(CallArrived)).call
    await rig.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await rig.stop()
    await rig.start()
    received = far.driver.endpoint.counters.received
    let_pass(rig, RESUME_WITHIN)
    assert far.saw(DialogTerminated) == [], "it is the caller's to refresh"
    let_pass(rig, SESSION_EXPIRES)
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    assert far.driver.endpoint.counters.received == received + 1
    assert (await rig.until(CallReleased)).call == call
