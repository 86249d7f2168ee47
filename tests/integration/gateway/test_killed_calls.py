"""A call of two SIP legs whose gateway is killed: what talks goes on, what rings stops, every leg ends once."""

import asyncio
import random
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from far_end import FarEnd, listen_for
from gateway_rig import CALLER, SECOND_TRUNK, share
from remote_rig import RemoteRig

from gateway.app.turn import LEASE_SECONDS
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogChanged,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ReinviteAccepted,
)
from kernel.contracts.calls import EndReason
from kernel.contracts.engine import Snapshot, TakeSnapshot
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallReleased,
    CallsAnnounced,
    ConnectParty,
    PartyEstablished,
    PartyReleased,
    TrunkParty,
)
from kernel.primitives.ids import CallId
from kernel.primitives.phone import PhoneNumber
from media.control.client import EngineClient
from tests.databases import Place
from tests.fakes import eventually

pytestmark = pytest.mark.timeout(60)

FAR_HZ, PARTY_HZ = 700.0, 1100.0
TO_PARTY = TrunkParty(called=PhoneNumber("+442071838760"), caller=CALLER, trunk=SECOND_TRUNK)
SEED = 20250303
KILLS = 4  # moments within the some 60 ms that the set-up of a call with two legs takes
SETUP_SECONDS = 0.06


@pytest.fixture
async def far() -> AsyncIterator[FarEnd]:
    async with FarEnd(FAR_HZ) as far:
        yield far


@pytest.fixture
async def party() -> AsyncIterator[FarEnd]:
    async with FarEnd(PARTY_HZ) as party:
        yield party


@pytest.fixture
async def remote(tmp_path: Path, place: Place, far: FarEnd, party: FarEnd) -> AsyncIterator[RemoteRig]:
    remote = RemoteRig(tmp_path, place, far.port, party.port)
    await remote.start()
    yield remote
    await remote.stop()


async def forward(remote: RemoteRig, far: FarEnd, count: int = 1) -> CallId:
    far.call(remote.port)
    call = (await remote.until(CallArrived, count)).call
    await remote.order(ConnectParty, call=call, party="out", to=TO_PARTY)
    return call


async def bridged(remote: RemoteRig, far: FarEnd, party: FarEnd) -> CallId:
    call = await forward(remote, far)
    await party.until(InviteReceived)
    party.accept()
    await far.until(InviteAccepted)
    await remote.until(CallEstablished)
    return call


async def media_left(remote: RemoteRig) -> tuple[str, ...]:
    """The engine's legs, once the gateway has let go of it: asked when that is killed."""
    client = EngineClient(remote.settings.engine(remote.folder).socket)
    await client.start()
    snapshot = await client.request(TakeSnapshot())
    await client.close()
    assert isinstance(snapshot, Snapshot)
    return tuple(state.leg for state in snapshot.legs)


async def test_a_bridged_call_goes_on_with_everything(remote: RemoteRig, far: FarEnd, party: FarEnd) -> None:
    call = await bridged(remote, far, party)
    await remote.kill()
    assert await listen_for(3, far.rtp, lambda heard: share(heard, PARTY_HZ)) > 0.8
    await remote.start()
    assert (await remote.until(CallsAnnounced, 2)).calls == (call,)
    party.hold("sendonly")
    await party.until(ReinviteAccepted)
    party.hold("sendrecv")
    await party.until(ReinviteAccepted, 2)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8
    party.hang_up()
    assert (await far.until(DialogTerminated)).cause == "bye_received"
    await remote.until(CallReleased)
    assert len(remote.told(PartyReleased)) == 1
    await remote.kill()
    assert await media_left(remote) == ()


async def test_another_process_stands_by_and_takes_the_call_over(remote: RemoteRig, far: FarEnd, party: FarEnd) -> None:
    if not remote.place.url:
        pytest.skip("processes that share a SQLite file have no lease to agree by")
    call = await bridged(remote, far, party)
    standby = RemoteRig(remote.folder, remote.place, far.port, party.port)
    standby.settings = remote.settings
    starting = asyncio.create_task(standby.start())
    await asyncio.sleep(LEASE_SECONDS + 1.0)
    assert not starting.done()  # as long as the other renews its lease
    await remote.kill()
    await starting
    assert (await standby.until(CallsAnnounced)).calls == (call,)
    party.hold("sendonly")
    await party.until(ReinviteAccepted)
    far.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    assert (await standby.until(CallReleased)).call == call
    await standby.kill()


async def test_a_ringing_party_is_cancelled_and_its_caller_refused(
    remote: RemoteRig, far: FarEnd, party: FarEnd
) -> None:
    call = await forward(remote, far)
    await party.until(InviteReceived)
    party.ring()
    await far.until(ProgressReceived)
    await remote.kill()
    await remote.start()
    await party.until(Cancelled)
    assert (await far.until(InviteFailed)).status == 500
    released = await remote.until(CallReleased)
    assert (released.call, released.cause.reason) == (call, EndReason.LOST_IN_RESTART)
    assert (await remote.until(PartyReleased)).cause == released.cause


async def test_an_answer_that_was_not_saved_is_not_acknowledged_until_somebody_ends_it(
    remote: RemoteRig, far: FarEnd, party: FarEnd
) -> None:
    await forward(remote, far)
    await party.until(InviteReceived)
    remote.process.send_signal(19)  # SIGSTOP: the 200 meets a process that does nothing any more
    party.accept()
    await asyncio.sleep(0.1)
    await remote.kill()
    await remote.start()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    assert (await far.until(InviteFailed)).status == 500
    await remote.until(CallReleased)


async def test_who_got_our_ack_is_in_a_call_that_goes_on(remote: RemoteRig, far: FarEnd, party: FarEnd) -> None:
    """The dialog is on disk before the ACK leaves."""
    far.call(remote.port)
    call = (await remote.until(CallArrived)).call
    await remote.order(AnswerCall, call=call)
    await far.until(InviteAccepted)
    await remote.order(ConnectParty, call=call, party="out", to=TO_PARTY)
    await party.until(InviteReceived)
    party.accept()
    await party.until(Acknowledged)
    await remote.kill()
    await remote.start()
    assert (await remote.until(CallsAnnounced, 2)).calls == (call,)
    assert await listen_for(3, party.rtp, lambda heard: share(heard, FAR_HZ)) > 0.8
    far.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"


async def test_killed_at_any_moment_of_its_set_up_nothing_is_left(
    remote: RemoteRig, far: FarEnd, party: FarEnd
) -> None:
    moments = random.Random(SEED)
    for number in range(1, KILLS + 1):
        asked = asyncio.create_task(forward(remote, far, number))
        answering = asyncio.create_task(_answer(party, number))
        await remote.until(CallArrived, number)
        await asyncio.sleep(moments.uniform(0, SETUP_SECONDS))
        await remote.kill()
        await remote.start()
        await remote.until(CallsAnnounced, number + 1)
        call = await asked
        if len(far.saw(InviteAccepted)) > len(far.saw(DialogTerminated)):
            far.hang_up()
        await remote.until(CallReleased, number)
        assert len(remote.told(CallReleased, call)) == 1
        await _over(far, number)
        answering.cancel()
        await _over(party, len(party.saw(InviteReceived)))
        assert len(remote.told(PartyReleased, call)) <= 1
        assert len(remote.told(PartyEstablished, call)) <= 1
    await remote.kill()
    assert await media_left(remote) == ()


async def _answer(party: FarEnd, number: int) -> None:
    await party.until(InviteReceived, number)
    party.ring()
    await asyncio.sleep(0.01)
    party.accept()


async def _over(end: FarEnd, calls: int) -> None:
    """Each of these calls has come to an end there: refused, cancelled or hung up."""
    await end.until_any((InviteFailed, Cancelled, DialogTerminated), calls)


async def test_another_process_at_another_address_is_told_to_both_and_hung_up_there(
    remote: RemoteRig, far: FarEnd, party: FarEnd
) -> None:
    if not remote.place.url:
        pytest.skip("processes that share a SQLite file have no lease to agree by")
    call = await bridged(remote, far, party)
    standby = RemoteRig(remote.folder, remote.place, far.port, party.port)
    standby.settings = msgspec.structs.replace(remote.settings, sip=standby.port)
    starting = asyncio.create_task(standby.start())
    await remote.kill()
    await starting
    here = f"127.0.0.1:{standby.port}"
    await eventually(lambda: all(here in end.saw(DialogChanged)[-1].state.remote_target for end in (far, party)))
    # The last one: what its predecessor told just before the kill comes again.
    await eventually(lambda: [told.calls for told in standby.told(CallsAnnounced)][-1:] == [(call,)])
    far.hang_up()
    assert (await party.until(DialogTerminated)).cause == "bye_received"
    assert (await standby.until(CallReleased)).call == call
    await standby.kill()
