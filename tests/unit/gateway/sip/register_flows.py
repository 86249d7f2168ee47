"""RFC 3665 2: registrations, by the client that registers us at carriers, with the registrar of our telephones."""

from collections.abc import Callable

from gateway.sip.calls import Credentials, HeaderLines
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.events import RequestFailed, RequestReceived, ResponseReceived, SipEvent
from gateway.sip.flow import Target, Transport
from gateway.sip.name_addr import NameAddr
from tests.unit.gateway.registrar.rig import ALICE, AdmissionGate, Site
from tests.unit.gateway.sip.network import Network, Phone
from tests.unit.gateway.sip.stage import Proof, Scenario

ACCOUNT = NameAddr.of(f"sip:{ALICE.name}@{ALICE.domain}")
DESK, LAPTOP = ("<sip:alice@192.0.2.2>", "<sip:alice@192.0.2.2:5070>")
RIGHT = Credentials(ALICE.name, ALICE.secret.reveal())


class RegistrarNode(Phone):
    """An endpoint with the registrar behind its gate, as telephones meet it."""

    def __init__(self, number: int, seed: int, transport: Transport) -> None:
        self.site = Site()
        super().__init__("registrar", number, seed, transport, methods=frozenset({"REGISTER"}))
        self.react = self._answer

    def new_endpoint(self) -> SipEndpoint:
        gate = AdmissionGate(self.site.admission)
        self.endpoint = SipEndpoint(self.settings, self.tokens, lambda _flow: True, gate)
        return self.endpoint

    def _answer(self, event: SipEvent, now: float) -> None:
        if isinstance(event, RequestReceived):
            answer = self.site.registrar.answer(event.request, event.flow, "tag", now)
            self.endpoint.send_response(event.transaction, answer, now)

    @property
    def bound(self) -> list[str]:
        return sorted(f"<{binding.uri}>" for binding in self.site.registrations.of(ALICE.phone))


def registrations(*steps: HeaderLines, credentials: Credentials = RIGHT) -> Callable[[Network], None]:
    """One REGISTER after the other, each once the one before is answered, or given up."""

    def play(net: Network) -> None:
        registrar = RegistrarNode(1, net.seed, net.transport)
        net.phones["registrar"] = registrar
        net.add(registrar)
        phone = net.phone("a")
        waiting = list(enumerate(steps))

        def send(now: float) -> None:
            number, lines = waiting.pop(0)
            fields = (("To", str(ACCOUNT)), *lines)
            request = phone.endpoint.make_request("REGISTER", f"sip:{ALICE.domain}", ACCOUNT, fields)
            request.headers.set("Call-ID", "one for all")
            request.headers.set("CSeq", f"{10 * number + 1} REGISTER")
            phone.endpoint.send_request(request, Target(net.transport, registrar.address), now, credentials)

        def react(event: SipEvent, now: float) -> None:
            over = isinstance(event, RequestFailed) or (
                isinstance(event, ResponseReceived) and event.response.status >= 200
            )
            if over and waiting:
                send(now)

        phone.react = react
        net.at(0.0, send)

    return play


def told(net: Network) -> list[tuple[int, list[str]]]:
    """Status and Contacts of each answer."""
    answers = [event.response for event in net.phones["a"].of(ResponseReceived)]
    return [(one.status, sorted(f"<{contact.uri_text}>" for contact in one.contacts)) for one in answers]


def registered_proof(*answers: tuple[int, list[str]]) -> Proof:
    def proof(net: Network) -> None:
        registrar = net.phones["registrar"]
        assert isinstance(registrar, RegistrarNode)
        assert told(net) == list(answers)
        assert registrar.bound == answers[-1][1]

    return proof


NEW = (("Contact", DESK), ("Expires", "3600"))
MORE = (("Contact", LAPTOP), ("Expires", "3600"))
NONE = (("Contact", "*"), ("Expires", "0"))
FIRST = "a:REGISTER registrar:401 a:REGISTER registrar:200"

REGISTRATIONS = [
    Scenario("2.1 a new registration", registrations(NEW), FIRST, registered_proof((200, [DESK]))),
    Scenario(
        "2.2 another contact",
        registrations(NEW, MORE),
        f"{FIRST} {FIRST}",
        registered_proof((200, [DESK]), (200, sorted([DESK, LAPTOP]))),
    ),
    Scenario(
        "2.3 which contacts there are",
        registrations(NEW, ()),
        f"{FIRST} {FIRST}",
        registered_proof((200, [DESK]), (200, [DESK])),
    ),
    Scenario(
        "2.4 all contacts taken away",
        registrations(NEW, NONE),
        f"{FIRST} {FIRST}",
        registered_proof((200, [DESK]), (200, [])),
    ),
    Scenario(
        "2.5 a wrong password",
        registrations(NEW, credentials=Credentials(ALICE.name, "wrong")),
        "a:REGISTER registrar:401 a:REGISTER registrar:401",
        registered_proof((401, [])),
    ),
]
