"""A trunk's registration at a carrier that keeps to its flow, over TCP and UDP (RFC 5626)."""

import asyncio
from contextlib import suppress
from uuid import UUID

import pytest
from far_end import FarEnd
from gateway_rig import ANNA, CALLER, NUMBER, OURS, TRUNK, Rig

from gateway.io.driver import SipDriver
from gateway.io.liveness import PONG_SECONDS
from gateway.sip.calls import OutgoingInvite
from gateway.sip.events import InviteReceived, RequestReceived
from gateway.sip.flow import Flow, Transport
from gateway.sip.framing import PING
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from gateway.sip.parser import parse_message
from gateway.trunks import registering
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.carriers import TrunkStateChanged
from kernel.contracts.telephony import CallArrived, CallReleased, EndCall, PlaceCall
from kernel.contracts.trunks import Registration, TrunkOptions
from kernel.primitives.ids import CallId
from kernel.primitives.secret import Secret
from tests.fakes import eventually

CALL = CallId(UUID(int=99))
KEEPS = (("Require", "outbound"), ("Flow-Timer", "60"))


async def know(rig: Rig, port: int, transport: str) -> None:
    options = TrunkOptions(registration=Registration(expires_seconds=3_600))
    account = {"username": "alice", "password": Secret("open sesame")}
    await rig.know(OURS, TRUNK, port, options=options, transport=transport, **account)


async def known(rig: Rig) -> None:
    """Waits until the gateway has read that it is registered."""
    for _ in range(250):
        if any(isinstance(event, TrunkStateChanged) for event in await rig.log()):
            break
        await asyncio.sleep(0.02)


def grant(request: Request, *headers: tuple[str, str]) -> Response:
    response = Response.to_request(request, 200, "carrier")
    for name, value in (("Contact", request.headers.get("contact") or ""), *headers):
        response.headers.add(name, value)
    return response


async def registered(carrier: FarEnd, *headers: tuple[str, str]) -> tuple[str, Flow]:
    """Grants our REGISTER; returns its Contact URI and by what it came."""
    event = await carrier.until(RequestReceived)
    response = grant(event.request, *headers)
    carrier.driver.do(lambda endpoint, now: endpoint.send_response(event.transaction, response, now))
    return event.request.contacts[0].uri_text, event.flow


@pytest.mark.parametrize("transport", ["TCP", "UDP"])
async def test_calls_of_both_directions_take_the_flow_that_we_keep(
    gateways: list[SipDriver], rig: Rig, transport: Transport
) -> None:
    async with FarEnd(transport=transport, methods=frozenset({"REGISTER"})) as carrier:
        await know(rig, carrier.port, transport.lower())
        contact, flow = await registered(carrier, *KEEPS)
        await known(rig)
        gateway = gateways[0]
        gateway.look_after()
        if transport == "UDP":
            await eventually(lambda: carrier.driver.io_counters.stun_answered == 1)
        else:
            gateway.pool.sweep(asyncio.get_running_loop().time() + 61)
            await eventually(lambda: carrier.driver.endpoint.counters.keep_alives == 1)

        invite = OutgoingInvite(
            target=contact,
            from_=NameAddr.of(f"sip:{CALLER.e164}@carrier"),
            to=NameAddr.of(f"sip:{NUMBER.e164}@carrier"),
            destination=flow,
            body=carrier.negotiation.make_offer(),
        )
        carrier.session = carrier.do("invite", invite)
        arrived = await rig.until(CallArrived)
        assert (arrived.tenant, arrived.trunk, arrived.called) == (OURS, TRUNK, NUMBER)
        await rig.order(EndCall, call=arrived.call, cause=EndCause(EndResult.CALLEE, EndReason.BUSY))
        await rig.until(CallReleased)

        await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
        assert (await carrier.until(InviteReceived)).flow == flow


class Deaf:
    """A carrier over TCP that grants every REGISTER with `headers`, and answers no ping."""

    def __init__(self, *headers: tuple[str, str]) -> None:
        self._headers = headers
        self.registered: list[Request] = []
        self.pings = 0
        self._writers: list[asyncio.StreamWriter] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                data = await reader.readuntil(b"\r\n\r\n")
                if data == PING:
                    self.pings += 1
                    continue
                request = parse_message(data)
                assert isinstance(request, Request)
                self.registered.append(request)
                writer.write(bytes(grant(request, *self._headers)))

    def close(self) -> None:
        for writer in self._writers:
            writer.close()


@pytest.mark.parametrize(("headers", "times"), [(KEEPS, 2), ((), 1)])
async def test_a_flow_without_a_pong_is_replaced_where_the_carrier_keeps_to_it(
    gateways: list[SipDriver],
    rig: Rig,
    monkeypatch: pytest.MonkeyPatch,
    headers: tuple[tuple[str, str], ...],
    times: int,
) -> None:
    monkeypatch.setattr(registering, "BASE_SECONDS", 0.1)
    monkeypatch.setattr(registering, "FLOW_SECONDS", 0.1)
    carrier = Deaf(*headers)
    server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
    await know(rig, server.sockets[0].getsockname()[1], "tcp")
    await known(rig)
    pool, now = gateways[0].pool, asyncio.get_running_loop().time()
    pool.sweep(now + 200)
    await eventually(lambda: carrier.pings == 1)
    pool.sweep(asyncio.get_running_loop().time() + PONG_SECONDS + 1)
    await eventually(lambda: len(carrier.registered) == times)
    assert pool.counters.connections_dead == times - 1
    assert len({request.headers.get("contact") for request in carrier.registered}) == 1
    carrier.close()
    server.close()


@pytest.mark.parametrize(("status", "kept"), [(200, 1), (423, 1), (503, 0)])
async def test_a_flow_by_which_no_refresh_succeeds_is_kept_no_longer(
    gateways: list[SipDriver], rig: Rig, monkeypatch: pytest.MonkeyPatch, status: int, kept: int
) -> None:
    monkeypatch.setattr(registering, "REFRESH_AT", 0.0001)
    async with FarEnd(methods=frozenset({"REGISTER"})) as carrier:
        await know(rig, carrier.port, "udp")
        await registered(carrier, *KEEPS)
        refresh = await carrier.until(RequestReceived, 2)
        response = grant(refresh.request, *KEEPS)
        if status != 200:
            response = Response.to_request(refresh.request, status, "carrier")
        carrier.driver.do(lambda endpoint, now: endpoint.send_response(refresh.transaction, response, now))
        await eventually(lambda: gateways[0].endpoint.counters.received == 2)
        gateways[0].look_after()
        assert gateways[0].io_counters.keep_alives_sent == kept


class Hasty(Deaf):
    """Closes the connection on which the first INVITE comes, and says nothing to the second."""

    def __init__(self) -> None:
        super().__init__(*KEEPS)
        self.invited: list[Request] = []

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while (request := parse_message(await reader.readuntil(b"\r\n\r\n"))) and isinstance(request, Request):
                if request.method == "REGISTER":
                    self.registered.append(request)
                    writer.write(bytes(grant(request, *KEEPS)))
                    continue
                await reader.readexactly(int(request.headers.get("content-length") or 0))
                self.invited.append(request)
                if len(self.invited) == 1:
                    writer.close()
                    return


async def test_a_call_says_that_it_keeps_to_its_flow_and_goes_on_without_it(rig: Rig) -> None:
    carrier = Hasty()
    server = await asyncio.start_server(carrier.serve, "127.0.0.1", 0)
    await know(rig, server.sockets[0].getsockname()[1], "tcp")
    await known(rig)
    await rig.order(PlaceCall, call=CALL, agent=ANNA, trunk=TRUNK, called=NUMBER, caller=CALLER)
    await eventually(lambda: len(carrier.invited) == 2)
    first, second = carrier.invited
    contacts = [request.contacts[0].uri for request in carrier.invited]
    assert [uri.has_param("ob") for uri in contacts] == [True, False]
    assert first.call_id != second.call_id
    carrier.close()
    server.close()
