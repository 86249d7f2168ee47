"""Telephones of two tenants, and a SIP endpoint with the registrar behind its gate; time is a number."""

from uuid import UUID

from gateway.app.texts import TextRelay
from gateway.registrar.admission import PhoneAdmission
from gateway.registrar.binding import Place
from gateway.registrar.book import PhoneBook
from gateway.registrar.digest import DigestServer
from gateway.registrar.registrar import Registrar
from gateway.registrar.registrations import Registrations
from gateway.sip.auth_value import AuthValue
from gateway.sip.calls import EndpointSettings, ListenAddress
from gateway.sip.digest_hash import Algorithm, digest_response, hash_password
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import (
    FlowClosed,
    InviteReceived,
    RequestFailed,
    RequestReceived,
    ResponseReceived,
    SipEvent,
)
from gateway.sip.flow import Destination, Flow, HostPort
from gateway.sip.gate import Refusal
from gateway.sip.headers import Headers
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import PhoneId, TenantId, UserId
from kernel.primitives.secret import Secret
from tests.unit.gateway.sip.pair import SeededTokens

ONE, TWO = TenantId(UUID(int=1)), TenantId(UUID(int=2))
US = HostPort("192.0.2.1", 5060)
KEY = b"a key of this process"
TOKENS = frozenset({"algorithm", "qop", "nc", "stale"})


def phone(number: int, tenant: TenantId, name: str, domain: str, algorithm: Algorithm = "MD5") -> PhoneConfig:
    return PhoneConfig(
        phone=PhoneId(UUID(int=number)),
        tenant=tenant,
        agent=UserId(UUID(int=number + 100)),
        name=name,
        domain=domain,
        secret=Secret(f"secret {number}"),
        algorithm=algorithm,
    )


ALICE = phone(1, ONE, "alice", "one.example")
OTHER_ALICE = phone(2, TWO, "alice", "two.example", "SHA-256")
BOB = phone(3, ONE, "bob", "one.example", "SHA-512-256")
PHONES = (ALICE, OTHER_ALICE, BOB)


def flow(port: int = 5060, host: str = "198.51.100.7", transport: str = "UDP") -> Flow:
    return Flow("TCP" if transport == "TCP" else "WSS" if transport == "WSS" else "UDP", US, HostPort(host, port))


class Strikes:
    def __init__(self) -> None:
        self.all: list[tuple[str, float]] = []

    def strike(self, host: str, weight: float, _now: float, /) -> None:
        self.all.append((host, weight))


class AdmissionGate:
    """The gate of an endpoint that telephones come to."""

    def __init__(self, admission: PhoneAdmission) -> None:
        self._admission = admission

    def trusts(self, one: Flow, /) -> bool:
        return self._admission.trusts(one)

    def screen(self, request: Request, one: Flow, now: float, /) -> Refusal | bool:
        return self._admission.screen(request, one, now) or False

    def way_to(self, contact: str, /) -> Flow | None:
        return self._admission.way_to(contact)


class _Telephony:
    """What `Telephones` tells of a site."""

    def __init__(self, site: "Site") -> None:
        self._site = site

    def caller(self, event: RequestReceived, /) -> PhoneConfig | None:
        return self._site.admission.caller(event.request)

    def has(self, tenant: TenantId, user: str, /) -> bool:
        return self._site.book.of_tenant(tenant, user) is not None

    def places(self, tenant: TenantId, user: str, /) -> list[Place]:
        return self._site.registrations.places(tenant, user)


class Site:
    """A gateway's SIP side as far as telephones need it."""

    def __init__(self, *phones: PhoneConfig) -> None:
        self.book = PhoneBook()
        self.book.load(phones or PHONES)
        self.registrations = Registrations(self.book)
        self.strikes = Strikes()
        self.digest = DigestServer(KEY)
        self.admission = PhoneAdmission(self.book, self.registrations, self.digest, KEY, self.strikes)
        self.registrar = Registrar(self.book, self.registrations)
        addresses = tuple(ListenAddress(transport, US) for transport in ("UDP", "TCP", "WSS"))
        settings = EndpointSettings(addresses=addresses, methods=frozenset({"REGISTER", "MESSAGE"}))
        self.endpoint = SipEndpoint(settings, SeededTokens(1), lambda _flow: True, AdmissionGate(self.admission))
        self.texts = TextRelay(_Telephony(self), lambda: "tag")
        self.invites: list[InviteReceived] = []
        self.requests: list[tuple[Destination, Request]] = []
        self.now = 1000.0
        self._branches = 0

    def send(self, request: Request | Response, via: Flow) -> list[Response]:
        """Everything that comes back at once."""
        self.endpoint.receive(bytes(request), via, self.now)
        return self._settle()

    def pass_time(self) -> list[Response]:
        """What is sent because of timers that are due by now."""
        while (due := self.endpoint.next_timer()) is not None and due <= self.now:
            self.endpoint.handle_timer(due)
        return self._settle()

    def _settle(self) -> list[Response]:
        while (event := self.endpoint.next_event()) is not None:
            self._react(event)
        sent = [(transmit.destination, parse_message(transmit.data)) for transmit in self.endpoint.outgoing()]
        self.requests += [(place, message) for place, message in sent if isinstance(message, Request)]
        return [message for _, message in sent if isinstance(message, Response)]

    def _react(self, event: SipEvent) -> None:
        match event:
            case RequestReceived() if event.request.method == "MESSAGE":
                self.texts.receive(self.endpoint, event, self.now)
            case RequestReceived():
                answer = self.registrar.answer(event.request, event.flow, "tag", self.now)
                self.endpoint.send_response(event.transaction, answer, self.now)
            case ResponseReceived() | RequestFailed():
                self.texts.follow(self.endpoint, event, self.now)
            case InviteReceived():
                self.invites.append(event)
            case FlowClosed():
                self.registrations.flow_closed(event.flow)
            case _:
                pass

    def close(self, one: Flow) -> None:
        self.endpoint.flow_closed(one, self.now)
        while (event := self.endpoint.next_event()) is not None:
            if isinstance(event, FlowClosed):
                self.registrations.flow_closed(event.flow)

    def request(
        self, method: str, target: str, from_: str, to: str, cseq: int = 1, call_id: str = "c", **more: str
    ) -> Request:
        self._branches += 1
        lines = [
            ("Via", f"SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK{self._branches};rport"),
            ("Max-Forwards", "70"),
            ("From", f"<sip:{from_}>;tag=f"),
            ("To", f"<sip:{to}>"),
            ("Call-ID", call_id),
            ("CSeq", f"{cseq} {method}"),
            ("Content-Length", "0"),
        ]
        lines += [(name.replace("_", "-").title(), value) for name, value in more.items()]
        return Request(method, target, Headers.of(lines))


def authorize(
    request: Request,
    challenge: Response,
    config: PhoneConfig,
    nc: int = 1,
    qop: str = "auth",
    secret: str = "",
    uri: str = "",
) -> Request:
    """The same request with credentials, in a transaction of its own; `uri` is what they are for, where not for it."""
    proxy = challenge.status == 407
    value = AuthValue.parse(challenge.headers.get("proxy-authenticate" if proxy else "www-authenticate") or "").params
    algorithm = config.algorithm
    fields = {"username": config.name, "realm": value["realm"], "nonce": value["nonce"]}
    fields["uri"] = uri or request.target
    fields |= {"qop": qop, "nc": f"{nc:08x}", "cnonce": "mine"} if qop else {}
    ha1 = hash_password(algorithm, config.name, value["realm"], secret or config.secret.reveal())
    fields["response"] = digest_response(algorithm, ha1, request.method, fields, request.body)
    fields |= {"algorithm": algorithm, "opaque": value["opaque"]}
    again = request.copy()
    via = again.headers.get("via") or ""
    again.headers.set("Via", via.replace("z9hG4bK", f"z9hG4bK{nc}a{qop}"))
    again.headers.set("CSeq", f"{again.cseq.number + 1} {again.method}")
    again.headers.add("Proxy-Authorization" if proxy else "Authorization", str(AuthValue("Digest", fields, TOKENS)))
    return again


def register(
    site: Site, config: PhoneConfig, via: Flow, contact: str = "", cseq: int = 1, call_id: str = "", **more: str
) -> Response:
    """REGISTER, be challenged, register again."""
    address = f"{config.name}@{config.domain}"
    shown = contact or f"<sip:{config.name}@{via.remote.host}:{via.remote.port}>"
    fields = {} if shown == "-" else {"contact": shown}
    name = call_id or config.domain
    request = site.request("REGISTER", f"sip:{config.domain}", address, address, cseq, name, **fields, **more)
    (challenge,) = site.send(request, via)
    (answer,) = site.send(authorize(request, challenge, config), via)
    return answer
