"""Reliable provisional responses and session timers with linphone (RFC 3262, RFC 4028)."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.io.driver import DriverSettings, Listener, SipDriver, open_driver
from gateway.io.resolver import SystemResolver
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.events import Acknowledged, DialogTerminated, InviteReceived, ProvisionalAcknowledged, SipEvent
from load_tests.peers.linphone import Linphone
from load_tests.peers.system import free_port, rtp_ports
from tests.fakes import eventually

pytestmark = [pytest.mark.peers("linphonec"), pytest.mark.timeout(60)]

HOST = "127.0.0.1"
INTERVAL = 4  # seconds; the RFC's floor of 90 would be the length of the test
SETTINGS = """[sip]
sip_port={port}
sip_tcp_port={port}
sip_tls_port=0
register_only_when_network_is_up=0
guess_hostname=0
use_ipv6=0
supported=replaces, outbound, gruu, path, 100rel, timer
session_expires_enabled=1
session_expires_value={interval}
session_expires_refresher_value=uac
[rtp]
audio_rtp_port={rtp}
"""


class Phone:
    """Sends its description in a 183, and answers when that is acknowledged."""

    def __init__(self) -> None:
        self.driver: SipDriver | None = None
        self.events: list[SipEvent] = []

    def on_event(self, event: SipEvent) -> None:
        assert self.driver is not None
        self.events.append(event)
        if isinstance(event, InviteReceived):
            negotiation = OfferAnswer(LocalMedia(host=HOST, port=free_port()), OfferAnswerState(session_id=1))
            negotiation.receive_offer(event.request.body)
            body = negotiation.make_answer()
            self.driver.do(lambda endpoint, now: endpoint.ring(event.session, now, 183, body))
        elif isinstance(event, ProvisionalAcknowledged):
            self.driver.do(lambda endpoint, now: endpoint.accept(event.session, b"", now))

    def saw(self, kind: type[SipEvent]) -> bool:
        return any(isinstance(event, kind) for event in self.events)


@pytest.fixture
async def phone() -> AsyncIterator[Phone]:
    phone = Phone()
    listeners = (Listener(transport="UDP", host=HOST, port=0),)
    settings = DriverSettings(listeners=listeners, session_expires=INTERVAL, min_se=INTERVAL)
    phone.driver = await open_driver(settings, lambda _flow: True, phone.on_event, SystemResolver(("UDP",)))
    yield phone
    await phone.driver.close()


def linphone(home: Path) -> Linphone:
    return Linphone(home, SETTINGS.format(port=free_port(), rtp=rtp_ports(20), interval=INTERVAL))


async def test_it_acknowledges_our_183_and_lives_through_refreshes(phone: Phone, tmp_path: Path) -> None:
    assert phone.driver is not None
    port = phone.driver.addresses[0].address.port
    async with linphone(tmp_path / "linphone") as far:
        await asyncio.sleep(1)  # it reads its commands once it is up
        await far.says("soundcard use files", f"call sip:desk@{HOST}:{port}")
        await eventually(lambda: phone.saw(Acknowledged), 10)
        assert phone.saw(ProvisionalAcknowledged)
        await asyncio.sleep(1.5 * INTERVAL)  # it would be over without a refresh, whoever sends it
        assert not phone.saw(DialogTerminated)
        await far.says("terminate")
        await eventually(lambda: phone.saw(DialogTerminated), 10)
    (ended,) = [event for event in phone.events if isinstance(event, DialogTerminated)]
    assert ended.cause == "bye_received"
