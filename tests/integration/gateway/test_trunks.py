"""Trunks over loopback carriers: fail-over, limits, health and registration; two tenants."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import CALLER, NUMBER, OURS, THEIR_NUMBER, THEIR_TRUNK, THEIRS, TRUNK, Rig
from trunk_calls import CALL, OTHER_CALL, dial, know

from gateway.app.ports import NoProof
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import InviteFailed, InviteReceived, RequestReceived
from gateway.sip.flow import HostPort, Target
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.trunks import registering
from gateway.trunks.arriving import Arrived
from kernel.contracts.calls import Attestation, EndReason
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.directory import CallLimits, DiallingRules
from kernel.contracts.log import LimitReached
from kernel.contracts.telephony import CallArrived, CallEstablished, CallReleased, CallRinging
from kernel.contracts.trunks import FailOver, HealthCheck, Registration, TrunkLimits, TrunkOptions
from kernel.primitives.ids import NO_TRUNK, CallId, TrunkId
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tests.fakes import eventually

SPARE = TrunkId(UUID(int=31))


@pytest.fixture
async def spare() -> AsyncGenerator[FarEnd]:
    async with FarEnd() as end:
        yield end


async def test_the_next_trunk_is_tried_after_503_and_another_tenants_never(
    rig: Rig, far: FarEnd, spare: FarEnd
) -> None:
    await rig.know(THEIRS, THEIR_TRUNK, spare.port)
    await know(rig, SPARE, spare.port, priority=1)
    await dial(rig)
    await far.until(InviteReceived)
    far.do("reject", far.session, 503)
    await spare.until(InviteReceived)
    spare.ring()
    await rig.until(CallRinging)
    spare.do("reject", spare.session, 486)
    assert (await rig.until(CallReleased)).cause.reason is EndReason.BUSY
    assert len(far.saw(InviteReceived)) == len(spare.saw(InviteReceived)) == 1


async def test_a_silent_carrier_is_passed_by(rig: Rig, spare: FarEnd) -> None:
    rig.trunks.all.clear()
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    try:
        port = silent.get_extra_info("sockname")[1]
        await know(rig, TRUNK, port, fail_over=FailOver(answer_within_seconds=0.5))
        await know(rig, SPARE, spare.port, priority=1)
        await dial(rig)
        await spare.until(InviteReceived)
    finally:
        silent.close()


async def test_a_trunk_without_a_free_channel_is_passed_by_and_freed_again(
    rig: Rig, far: FarEnd, spare: FarEnd
) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(channels=1))
    await dial(rig)
    await far.until(InviteReceived)
    await know(rig, SPARE, spare.port, priority=1)
    await dial(rig, OTHER_CALL)
    await spare.until(InviteReceived)
    far.do("reject", far.session, 486)
    await rig.until(CallReleased)
    await dial(rig, CallId(UUID(int=97)))
    await far.until(InviteReceived, 2)


async def test_without_room_a_call_waits_and_then_is_refused(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(channels=1, queue_seconds=0.4))
    await dial(rig)
    await far.until(InviteReceived)
    await dial(rig, OTHER_CALL)
    released = await rig.until(CallReleased)
    assert (released.call, released.cause.sip_code) == (OTHER_CALL, 503)


async def test_a_call_in_beyond_the_trunks_channels_is_told_when_to_come_again(rig: Rig, far: FarEnd) -> None:
    await know(rig, TRUNK, far.port, limits=TrunkLimits(channels=1))
    far.call(rig.port)
    await rig.until(CallArrived)
    first = far.session
    far.call(rig.port)
    refused = await far.until(InviteFailed)
    assert refused.status == 503
    assert refused.response is not None
    assert refused.response.headers.get("retry-after")
    assert rig.gateway.figures()["calls_beyond_trunk"] == 1
    assert len(rig.told(CallArrived)) == 1
    far.do("hang_up", first)
    await rig.until(CallReleased)
    far.call(rig.port)
    await rig.until(CallArrived, 2)


async def test_a_302_is_followed_through_the_same_trunk_as_far_as_the_tenant_may_dial(
    rig: Rig, far: FarEnd, spare: FarEnd
) -> None:
    await know(rig, TRUNK, far.port, redirects="follow")
    await rig.know(THEIRS, THEIR_TRUNK, spare.port)
    await dial(rig)
    await far.until(InviteReceived)
    contacts = f"<sip:{THEIR_NUMBER.e164}@127.0.0.1:{spare.port}>;q=0.5, <sip:+449098790000@127.0.0.1>"
    far.do("reject", far.session, 302, headers=(("Contact", contacts),))
    second = await far.until(InviteReceived, 2)
    assert second.request.uri.user == THEIR_NUMBER.e164
    assert (second.request.headers.get("diversion") or "").startswith(f"<sip:{NUMBER.e164}@")
    far.accept()
    assert (await rig.until(CallEstablished)).call == CALL
    assert spare.saw(InviteReceived) == []
    assert [event.limit for event in await rig.log() if isinstance(event, LimitReached)] == ["premium"]


async def test_a_302_ends_the_call_where_the_trunk_does_not_say_otherwise(rig: Rig, far: FarEnd) -> None:
    await dial(rig)
    await far.until(InviteReceived)
    far.do("reject", far.session, 302, headers=(("Contact", f"<sip:{THEIR_NUMBER.e164}@127.0.0.1>"),))
    assert (await rig.until(CallReleased)).cause.sip_code == 302
    assert len(far.saw(InviteReceived)) == 1


async def test_an_emergency_call_needs_no_named_trunk(rig: Rig, far: FarEnd, spare: FarEnd) -> None:
    await rig.know(THEIRS, THEIR_TRUNK, far.port, options=TrunkOptions(emergency=True))
    await know(rig, SPARE, spare.port, emergency=True, outbound=False)
    await dial(rig, trunk=NO_TRUNK, called=PhoneNumber.parse("999", "GB"))
    invited = await spare.until(InviteReceived)
    assert invited.request.uri.user == "999"
    spare.accept()
    assert (await rig.until(CallEstablished)).call == CALL
    assert far.saw(InviteReceived) == []


async def test_what_the_tenant_may_not_dial_is_refused_by_the_gateway_too(rig: Rig, far: FarEnd) -> None:
    rig.trunks.rules[OURS] = DiallingRules(tenant=OURS, limits=CallLimits(countries=("DE",)))
    await know(rig, TRUNK, far.port)
    await dial(rig)
    assert (await rig.until(CallReleased)).cause.reason is EndReason.NOT_ALLOWED
    assert far.saw(InviteReceived) == []
    assert [event.limit for event in await rig.log() if isinstance(event, LimitReached)] == ["destination"]


async def states(rig: Rig, *wanted: str) -> list[str]:
    """What the tenant's log tells of trunks, once `wanted` are there."""
    found: list[str] = []
    for _ in range(100):
        found = [event.state for event in await rig.log() if isinstance(event, TrunkStateChanged)]
        if set(wanted) <= set(found):
            break
        await asyncio.sleep(0.05)
    return found


async def test_a_trunk_that_does_not_answer_is_down_and_up_again(rig: Rig, far: FarEnd) -> None:
    loop = asyncio.get_running_loop()
    silent, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("127.0.0.1", 0))
    port = silent.get_extra_info("sockname")[1]
    check = HealthCheck(interval_seconds=0.2, down_after=2, up_after=1)
    await know(rig, SPARE, port, health=check)
    assert await states(rig, "down") == ["down"]
    silent.close()
    await know(rig, SPARE, far.port, health=check)
    assert await states(rig, "up") == ["down", "up"]
    assert [event for event in await rig.log(THEIRS) if isinstance(event, TrunkStateChanged)] == []


def _respond(far: FarEnd, event: RequestReceived, status: int, *headers: tuple[str, str]) -> None:
    response = Response.to_request(event.request, status, "carrier")
    for name, value in headers:
        response.headers.add(name, value)
    far.driver.do(lambda endpoint, now: endpoint.send_response(event.transaction, response, now))


async def test_we_register_with_a_password_and_calls_find_the_trunk_by_our_contact(rig: Rig) -> None:
    async with FarEnd(methods=frozenset({"REGISTER"})) as carrier:
        await rig.know(THEIRS, THEIR_TRUNK, carrier.port)
        account = {"username": "alice", "password": Secret("open sesame")}
        await know(rig, SPARE, carrier.port, registration=Registration(expires_seconds=60), **account)
        challenge = ("WWW-Authenticate", 'Digest realm="carrier", nonce="n1", qop="auth", algorithm=MD5')
        _respond(carrier, await carrier.until(RequestReceived), 401, challenge)
        brief = await carrier.until(RequestReceived, 2)
        assert 'username="alice"' in (brief.request.headers.get("authorization") or "")
        _respond(carrier, brief, 423, ("Min-Expires", "120"))
        longer = await carrier.until(RequestReceived, 3)
        assert longer.request.headers.get("expires") == "120"
        assert longer.request.call_id == brief.request.call_id
        contact = longer.request.headers.get("contact") or ""
        _respond(carrier, longer, 200, ("Contact", f"<sip:other@192.0.2.9>;expires=9, {contact}"))
        assert await states(rig, "registered") == ["registered"]
        user = contact.partition(":")[2].partition("@")[0]
        carrier.do(
            "invite",
            OutgoingInvite(
                target=f"sip:{user}@127.0.0.1:{rig.gateway.sip_port}",
                from_=NameAddr.of(f"sip:{CALLER.e164}@carrier"),
                to=NameAddr.of(f"sip:{THEIR_NUMBER.e164}@carrier"),
                destination=Target("UDP", HostPort("127.0.0.1", rig.gateway.sip_port)),
                body=carrier.negotiation.make_offer(),
            ),
        )
        arrived = await rig.until(CallArrived)
        assert (arrived.tenant, arrived.trunk, arrived.called) == (OURS, SPARE, THEIR_NUMBER)


class Closing:
    """A carrier over TCP that grants every REGISTER; `close` ends its connections."""

    def __init__(self) -> None:
        self.registered: list[Request] = []
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError):
            while True:
                request = parse_message((await reader.readuntil(b"\r\n\r\n")).lstrip())
                if isinstance(request, Request) and request.method == "REGISTER":
                    self.registered.append(request)
                    response = Response.to_request(request, 200, "carrier")
                    response.headers.add("Contact", request.headers.get("contact") or "")
                    writer.write(bytes(response))

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


async def test_we_register_again_when_the_connection_to_the_carrier_is_lost(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registering, "BASE_SECONDS", 0.1)
    monkeypatch.setattr(registering, "FLOW_SECONDS", 0.1)
    carrier = Closing()
    server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    options = TrunkOptions(registration=Registration(expires_seconds=3_600))
    account = {"username": "alice", "password": Secret("open sesame")}
    await rig.know(OURS, SPARE, port, options=options, transport="tcp", **account)
    assert await states(rig, "registered") == ["registered"]
    carrier.close()
    await eventually(lambda: len(carrier.registered) == 2)
    first, second = carrier.registered
    assert (first.call_id, first.headers.get("expires")) == (second.call_id, "3600")
    assert second.cseq.number > first.cseq.number
    carrier.close()
    server.close()


async def test_what_is_found_of_a_callers_signature_is_told(
    rig: Rig, far: FarEnd, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def check(_self: NoProof, request: Request, arrived: Arrived) -> Attestation | None:
        return "B" if request.headers.get("identity") == "signed" and arrived.caller == CALLER else None

    monkeypatch.setattr(NoProof, "check", check)
    far.call(rig.port, headers=(("Identity", "signed"), ("Diversion", f"<sip:{THEIR_NUMBER.e164}@carrier>")))
    arrived = await rig.until(CallArrived)
    assert (arrived.attestation, arrived.diverted_by) == ("B", THEIR_NUMBER)
