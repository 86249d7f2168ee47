"""The SIP core by itself, bytes in and bytes out: what parsing, transactions, dialogs and traces cost of a call."""

import gc
import itertools
import time
import tracemalloc
from collections.abc import Callable, Sequence
from uuid import UUID

from api.collector import settle
from gateway.io.tokens import SystemTokens
from gateway.registrar.admission import PhoneAdmission
from gateway.registrar.book import PhoneBook
from gateway.registrar.digest import DigestServer
from gateway.registrar.registrar import Registrar
from gateway.registrar.registrations import Registrations
from gateway.sdp.negotiation import LocalMedia
from gateway.sdp.offer_answer import OfferAnswer, OfferAnswerState
from gateway.sip.calls import EndpointSettings, ListenAddress, OutgoingInvite
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import (
    DialogTerminated,
    InviteAccepted,
    InviteReceived,
    ProgressReceived,
    RequestReceived,
    SipEvent,
)
from gateway.sip.flow import Flow, HostPort, Target
from gateway.sip.gate import Gate, Refusal
from gateway.sip.message import Request
from gateway.sip.name_addr import NameAddr
from gateway.traces.book import TraceBook
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import PhoneId, TenantId, UserId
from kernel.primitives.secret import Secret
from load_tests.peers.sip_wire import SDP, WireCaller, WirePhone, respond
from load_tests.report import Row, row

CALLS = 4_000
CALLS_PER_LOOK = 6  # as at 300 per second
STANDING_CALLS = 1_000
PHONES = 2_000
REFRESHES = 5  # of each phone
SHORT = 20  # the short form has this part of it all
CALL_SECONDS = 0.02  # from one call to the next: fifty a second, so that ended ones wait for their timers as in life
SETTLED_SECONDS = 40.0  # 64*T1 and more: the transactions that set a call up are gone

US = HostPort("192.0.2.1", 5060)
CALLER = Flow("UDP", US, HostPort("198.51.100.10", 5060))
CALLEE = Flow("UDP", US, HostPort("198.51.100.20", 5060))
TENANT = TenantId(UUID(int=1))
DOMAIN = "centre.example"


class BareB2bua:
    """Joins each call that comes with one that it places; `spent` is the CPU that our side took, in seconds."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.spent = 0.0
        self.sent: list[bytes] = []
        settings = EndpointSettings(addresses=(ListenAddress("UDP", US),))
        self._tokens = SystemTokens()
        self.endpoint = SipEndpoint(settings, self._tokens, lambda _flow: True, watch=TraceBook(lambda: self.now))
        self._others: dict[str, str] = {}
        self._offers: dict[str, OfferAnswer] = {}
        self._numbers = itertools.count(1)

    def feed(self, data: bytes, flow: Flow) -> list[bytes]:
        """Give it one datagram; returns what it sends at once."""
        return self._timed(lambda: self.endpoint.receive(data, flow, self.now))

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
        self._timed(lambda: self.endpoint.handle_timer(self.now))

    def look_for_circles(self) -> None:
        """As the server does by its clock."""
        self._timed(lambda: gc.collect(0))

    def _timed(self, happen: Callable[[], object]) -> list[bytes]:
        sent: list[bytes] = []
        start = time.thread_time()
        happen()
        while (event := self.endpoint.next_event()) is not None:
            self._follow(event)
        sent += [transmit.data for transmit in self.endpoint.outgoing()]
        self.endpoint.next_timer()
        self.spent += time.thread_time() - start
        return sent

    def _follow(self, event: SipEvent) -> None:
        match event:
            case InviteReceived():
                self._place(event)
            case ProgressReceived():
                self.endpoint.ring(self._others[event.session], self.now, event.status, reliable=False)
            case InviteAccepted():
                self._offers.pop(event.session).receive_answer(event.body)
                other = self._others[event.session]
                answer = self._offers.pop(other).make_answer()
                self.endpoint.acknowledge(event.session, b"", self.now)
                self.endpoint.accept(other, answer, self.now)
            case DialogTerminated(cause="bye_received"):
                self.endpoint.hang_up(self._others.pop(event.session), self.now)
            case DialogTerminated():
                self._others.pop(event.session)
            case _:
                pass

    def _place(self, event: InviteReceived) -> None:
        ours, theirs = self._negotiation(), self._negotiation()
        theirs.receive_offer(event.request.body)
        call = OutgoingInvite(
            target="sip:+442071838760@198.51.100.20",
            from_=NameAddr.of("sip:+442071838759@192.0.2.1"),
            destination=Target("UDP", CALLEE.remote),
            body=ours.make_offer(),
            headers=(("P-Asserted-Identity", "<sip:+442071838759@192.0.2.1>"),),
            identity=self._tokens.token(),
            hold_ack=True,
        )
        session = self.endpoint.invite(call, self.now)
        self._others |= {event.session: session, session: event.session}
        self._offers |= {event.session: theirs, session: ours}

    def _negotiation(self) -> OfferAnswer:
        number = next(self._numbers)
        return OfferAnswer(LocalMedia(host=US.host, port=20_000), OfferAnswerState(session_id=number))


def _starting(sent: Sequence[bytes], start: bytes) -> bytes:
    return next(data for data in sent if data.startswith(start))


def establish(b2bua: BareB2bua, number: int) -> WireCaller:
    """INVITE, 100, 180, 200 and ACK on both legs."""
    caller = WireCaller(number)
    invite = _starting(b2bua.feed(caller.invite(), CALLER), b"INVITE ")
    tag = b"b%d" % number
    b2bua.feed(respond(invite, b"100 Trying"), CALLEE)
    b2bua.feed(respond(invite, b"180 Ringing", tag), CALLEE)
    success = _starting(b2bua.feed(respond(invite, b"200 OK", tag, SDP), CALLEE), b"SIP/2.0 200 ")
    b2bua.feed(caller.acknowledge(success), CALLER)
    return caller


def end(b2bua: BareB2bua, caller: WireCaller) -> None:
    """BYE and 200 on both legs."""
    bye = _starting(b2bua.feed(caller.hang_up(), CALLER), b"BYE ")
    b2bua.feed(respond(bye, b"200 OK"), CALLEE)


def call_cost(calls: int) -> Row:
    b2bua = BareB2bua()
    gc.collect()
    for number in range(calls):
        end(b2bua, establish(b2bua, number))
        b2bua.wait(CALL_SECONDS)
        if number % CALLS_PER_LOOK == 0:
            b2bua.look_for_circles()
    b2bua.wait(SETTLED_SECONDS)
    assert b2bua.endpoint.counters.transactions == 0
    return row("bare B2BUA CPU per call", calls, "us", b2bua.spent / calls * 1e6)


def call_memory(calls: int) -> list[Row]:
    """Of calls that stand, in their first half minute and later; what is kept for their traces is in it."""
    b2bua = BareB2bua()
    end(b2bua, establish(b2bua, calls))  # what is made once
    gc.collect()
    tracemalloc.start()
    before = tracemalloc.get_traced_memory()[0]
    callers = [establish(b2bua, number) for number in range(calls)]
    gc.collect()
    fresh = tracemalloc.get_traced_memory()[0] - before
    b2bua.wait(SETTLED_SECONDS)
    gc.collect()
    settled = tracemalloc.get_traced_memory()[0] - before
    tracemalloc.stop()
    for caller in callers:
        end(b2bua, caller)
    return [
        row("memory per call, just set up", calls, "bytes", fresh / calls),
        row("memory per call", calls, "bytes", settled / calls),
    ]


class _PhonesOnly(Gate):
    def __init__(self, admission: PhoneAdmission) -> None:
        self._admission = admission

    def trusts(self, flow: Flow, /) -> bool:
        return self._admission.trusts(flow)

    def screen(self, request: Request, flow: Flow, now: float, /) -> Refusal | bool:
        return self._admission.screen(request, flow, now) or False

    def way_to(self, contact: str, /) -> Flow | None:
        return self._admission.way_to(contact)


class _NoStrikes:
    def strike(self, _host: str, _weight: float, _now: float, /) -> None:
        raise AssertionError("no phone here does wrong")


class RegistrarSite:
    """A gateway as telephones see it."""

    def __init__(self, phones: Sequence[PhoneConfig]) -> None:
        book = PhoneBook()
        book.load(phones)
        self.registrations = Registrations(book)
        secret = b"a key of this process"
        admission = PhoneAdmission(book, self.registrations, DigestServer(secret), secret, _NoStrikes())
        self._registrar = Registrar(book, self.registrations)
        settings = EndpointSettings(addresses=(ListenAddress("UDP", US),), methods=frozenset({"REGISTER"}))
        self._endpoint = SipEndpoint(settings, SystemTokens(), lambda _flow: True, _PhonesOnly(admission))
        self.now = 1000.0
        self.spent = 0.0

    def feed(self, data: bytes, port: int) -> bytes:
        start = time.thread_time()
        endpoint, now = self._endpoint, self.now
        endpoint.handle_timer(now)
        endpoint.receive(data, Flow("UDP", US, HostPort("198.51.100.7", port)), now)
        while (event := endpoint.next_event()) is not None:
            if isinstance(event, RequestReceived):
                answer = self._registrar.answer(event.request, event.flow, "tag", now)
                endpoint.send_response(event.transaction, answer, now)
        (answer,) = [transmit.data for transmit in endpoint.outgoing()]
        self.spent += time.thread_time() - start
        return answer


def refresh_cost(phones: int) -> Row:
    """Of a registered telephone, once a minute; every nonce is in use already, and nothing has to be stored."""
    configs = [
        PhoneConfig(
            phone=PhoneId(UUID(int=number + 1)),
            tenant=TENANT,
            agent=UserId(UUID(int=number + 1)),
            name=f"phone{number}",
            domain=DOMAIN,
            secret=Secret(f"secret {number}"),
            algorithm="MD5",
        )
        for number in range(phones)
    ]
    site = RegistrarSite(configs)
    wires = [WirePhone(config, number) for number, config in enumerate(configs)]
    for wire in wires:
        wire.challenged(site.feed(wire.register(), wire.port))
        site.feed(wire.register(), wire.port)
    site.registrations.changed.clear()
    gc.collect()
    site.spent = 0.0
    for _ in range(REFRESHES):
        for wire in wires:
            site.now += 60 / phones
            answer = site.feed(wire.register(), wire.port)
            assert answer.startswith(b"SIP/2.0 200 ")
    assert not site.registrations.changed
    return row("refresh CPU", phones, "us", site.spent / phones / REFRESHES * 1e6)


ADVERSARIAL_BYTES = 64_000
_PIECES = (
    b" ",
    b'"',
    b'\\"',
    b"<",
    b";",
    b",",
    b";a",
    b";a=b",
    b"a,",
    b'a="x",',
    b"[:",
    b"sip:a@b,",
    b"<sip:a@b>,",
    b"0",
)
_BEGINNINGS = (b"", b'"', b"<sip:a@b>", b'Digest a="', b"SIP/2.0/UDP h;branch=z9hG4bKb")
_NAMES = (
    b"Via",
    b"From",
    b"To",
    b"Contact",
    b"Record-Route",
    b"CSeq",
    b"Expires",
    b"Date",
    b"Require",
    b"Authorization",
)
_NEEDED = {
    b"Via": b"SIP/2.0/UDP 198.51.100.10;branch=z9hG4bKb",
    b"From": b"<sip:a@b>;tag=a",
    b"To": b"<sip:a@b>",
    b"Call-ID": b"c",
    b"CSeq": b"1 INVITE",
}


def adversarial_cost(pieces: Sequence[bytes]) -> Row:
    """The slowest of many INVITEs that have one header of 64 kB; those that become a call count with it."""
    slowest = 0.0
    for piece, beginning, name in itertools.product(pieces, _BEGINNINGS, _NAMES):
        long = beginning + piece * ((ADVERSARIAL_BYTES - 1_000) // len(piece))
        headers = {**_NEEDED, name: long}
        head = b"".join(b"%s: %s\r\n" % line for line in headers.items())
        b2bua = BareB2bua()
        with_body = b"INVITE sip:a@192.0.2.1 SIP/2.0\r\n" + head + b"Content-Type: application/sdp\r\n\r\n" + SDP
        b2bua.feed(with_body, CALLER)
        slowest = max(slowest, b2bua.spent)
    return row("adversarial header", ADVERSARIAL_BYTES, "ms", slowest * 1000)


def measure_core(short: bool) -> list[Row]:
    settle()
    share = SHORT if short else 1
    return [
        call_cost(CALLS // share),
        *call_memory(STANDING_CALLS // share),
        refresh_cost(PHONES // share),
        adversarial_cost(_PIECES[-1:] if short else _PIECES),
    ]


if __name__ == "__main__":
    from load_tests.report import Report, machine, show

    show(Report(area="sip core", machine=machine(), rows=measure_core(short=False)))
