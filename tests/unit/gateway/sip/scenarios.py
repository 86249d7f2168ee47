"""Scenarios of RFC 3665, 5359 and 5407 as small plays: who calls whom, who does what then, and what goes over the wire.

A play sets reactions and times; `trail` is the whole of what is sent where nothing is lost, as `who:method-or-status`.
An empty trail: the play checks itself by `proof`, for what is sent hangs on chance.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from gateway.sip.calls import Credentials
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    DialogTerminated,
    InviteAccepted,
    InviteFailed,
    InviteReceived,
    ProgressReceived,
    ReferProgress,
    ReferReceived,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    SipEvent,
)
from gateway.sip.flow import HostPort
from tests.unit.gateway.sip.network import Network, Phone
from tests.unit.gateway.sip.pair import ANSWER, OFFER
from tests.unit.gateway.sip.relay import Relay

Kind = TypeVar("Kind", bound=SipEvent)
Proof = Callable[[Network], None]
HELD = b"v=0 held"


class Scenario(NamedTuple):
    name: str  # begins with the section of its RFC
    play: Callable[[Network], None]
    trail: str = ""
    proof: Proof = lambda _net: None


class Stage:
    """Phones that react."""

    def __init__(self, net: Network, names: str, **settings: object) -> None:
        self.net = net
        self._rules: dict[str, list[tuple[type[SipEvent], Callable[[object, float], None]]]] = {}
        self.accepted: set[str] = set()
        for name in names:
            phone = net.phone(name, **settings)
            self._rules[name] = []
            phone.react = lambda event, now, name=name: self._react(name, event, now)

    def __getitem__(self, name: str) -> Phone:
        return self.net.phones[name]

    def _react(self, name: str, event: SipEvent, now: float) -> None:
        for kind, action in self._rules[name]:
            if isinstance(event, kind):
                action(event, now)

    def on(self, name: str, kind: type[Kind], action: Callable[[Kind, float], None], after: float = 0.0) -> None:
        """React to each event of a kind."""

        def react(event: object, now: float) -> None:
            if after:
                self.net.at(after, lambda later: action(event, later))  # type: ignore[arg-type]
            else:
                action(event, now)  # type: ignore[arg-type]

        self._rules[name].append((kind, react))

    # --- what phones do ---

    def answers(self, name: str, after: float = 1.0) -> None:
        """Ring, answer, and agree to every change."""
        self.rings(name)
        self.on(name, InviteReceived, lambda event, now: self.accept(name, event.session, now), after)
        self.agrees(name)

    def rings(self, name: str) -> None:
        self.on(name, InviteReceived, lambda event, now: self[name].endpoint.ring(event.session, now))

    def agrees(self, name: str) -> None:
        endpoint = self[name].endpoint
        self.on(name, ReinviteReceived, lambda event, now: endpoint.answer_reinvite(event.session, ANSWER, now))

    def refuses(self, name: str, status: int, after: float = 0.0, **more: object) -> None:
        self.on(name, InviteReceived, lambda event, now: self.refuse(name, event.session, status, now, **more), after)

    def accept(self, name: str, session: str, now: float) -> None:
        if not self[name].ends(session):
            self.accepted.add(session)
        self[name].endpoint.accept(session, ANSWER, now)

    def refuse(self, name: str, session: str, status: int, now: float, **more: object) -> None:
        if not self[name].ends(session):
            self[name].closed.add(session)
        self[name].endpoint.reject(session, status, now, **more)  # type: ignore[arg-type]

    def hang_up(self, name: str, session: str, now: float) -> None:
        received = {event.session for event in self[name].of(InviteReceived)}
        if session in received and session not in self.accepted and not self[name].ends(session):
            self[name].closed.add(session)
        self[name].endpoint.hang_up(session, now)

    def all_end(self, name: str, now: float) -> None:
        """One leg of a B2BUA ended: the others follow."""
        for session in self[name].sessions:
            self.hang_up(name, session, now)

    def hangs_up(self, name: str, kind: type[Kind], after: float = 2.0) -> None:
        """End the session of the event, some time after it."""
        self.on(name, kind, lambda event, now: self.hang_up(name, event.session, now), after)  # type: ignore[attr-defined]

    def calls(self, caller: str, called: str, **more: object) -> None:
        self.net.at(0.0, lambda now: void(self[caller].call(self[called], now, **more)))  # type: ignore[arg-type]

    def ends_all(self) -> None:
        """Whatever still stands where messages were lost."""
        for name, phone in self.net.phones.items():
            for session in phone.sessions:
                self.hang_up(name, session, self.net.now)


def void(_result: object) -> None:
    return


def stage(net: Network, names: str = "ab", **settings: object) -> Stage:
    built = Stage(net, names, **settings)
    net.close = built.ends_all
    return built


# --- RFC 3665: basic call flows ---


def basic(net: Network) -> None:
    on = stage(net)
    on.answers("b")
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b")


BASIC = "a:INVITE b:100 b:180 b:200 a:ACK b:BYE a:200"


def through_proxies(net: Network) -> None:
    on = stage(net)
    first, second = Relay(51), Relay(52)
    net.add(first)
    net.add(second)
    on.answers("b")
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b", via=(first, second))


def authenticated(net: Network) -> None:
    """The proxy's challenge comes from b, which is all the same to a."""
    on = stage(net)
    challenge = ("Proxy-Authenticate", 'Digest realm="b", nonce="n", qop="auth", algorithm=MD5')

    def judge(event: InviteReceived, now: float) -> None:
        if event.request.headers.get("proxy-authorization") is None:
            on.refuse("b", event.session, 407, now, headers=(challenge,))
        else:
            on.accept("b", event.session, now)

    on.on("b", InviteReceived, judge)
    on.hangs_up("a", InviteAccepted)
    on.calls("a", "b", credentials=Credentials("a", "secret"))


def unauthorized(net: Network) -> None:
    on = stage(net)
    on.refuses("b", 401, headers=(("WWW-Authenticate", 'Digest realm="b", nonce="n"'),))
    on.calls("a", "b")


def no_offer(net: Network) -> None:
    """3665 3.6: the SDP of the caller comes in the ACK."""
    on = stage(net)
    on.answers("b")
    on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.acknowledge(event.session, ANSWER, now))
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b", body=b"")


def changed_address(net: Network) -> None:
    on = stage(net)
    on.answers("b")
    on.on("b", Acknowledged, lambda event, now: first_change(on, "b", event.session, now), 1.0)
    on.agrees("a")
    on.hangs_up("b", ReinviteAccepted)
    on.calls("a", "b")


def first_change(on: Stage, name: str, session: str, now: float, body: bytes = HELD) -> None:
    if not on[name].of(ReinviteAccepted) and not on[name].of(ReinviteFailed):
        on[name].endpoint.reinvite(session, body, now)


def no_answer(net: Network) -> None:
    on = stage(net)
    on.rings("b")
    on.hangs_up("a", ProgressReceived, after=10.0)
    on.calls("a", "b")


def refused(status: int) -> Callable[[Network], None]:
    def play(net: Network) -> None:
        on = stage(net)
        on.refuses("b", status, after=0.5)
        on.calls("a", "b")

    return play


def nobody_there(net: Network) -> None:
    on = stage(net)
    net.delay = lambda node, _data: None if node is on["b"] or node is on["a"] else 0.0
    on.calls("a", "b")


def silent_first_place(net: Network) -> None:
    """3665 3.4: the first of two proxies does not answer; after timer B the second is tried."""
    on = stage(net)
    on.answers("b")
    on["a"].names = {"proxies.example": (HostPort("192.0.2.99", 5060), on["b"].address)}
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b", host="proxies.example")


def refused_proof(status: int) -> Proof:
    def proof(net: Network) -> None:
        assert [event.status for event in net.phones["a"].of(InviteFailed)] == [status]

    return proof


def established_proof(*names: str) -> Proof:
    """Each of these had a call that both ended."""

    def proof(net: Network) -> None:
        for name in names:
            assert net.phones[name].of(DialogTerminated), name

    return proof


# --- RFC 5359: services, as a B2BUA has them ---


def hold(net: Network) -> None:
    on = stage(net)
    on.answers("b")
    on.agrees("a")
    on.on("b", Acknowledged, lambda event, now: held_and_back(on, event.session, now), 1.0)
    on.hangs_up("a", ReinviteReceived, after=6.0)
    on.calls("a", "b")


def held_and_back(on: Stage, session: str, now: float) -> None:
    done = len(on["b"].of(ReinviteAccepted))
    if done < 2 and not on["b"].of(ReinviteFailed):
        on["b"].endpoint.reinvite(session, (HELD, OFFER)[done], now)
        on.net.at(2.0, lambda later: held_and_back(on, session, later))


def consultation(net: Network) -> None:
    """Hold a, ask c, come back to a: two sessions of b at once."""
    on = stage(net, "abc")
    on.answers("b")
    on.answers("c")
    on.agrees("a")
    on.on("b", Acknowledged, lambda event, now: first_change(on, "b", event.session, now))
    on.on("b", ReinviteAccepted, lambda _event, now: consult(on, now))
    on.hangs_up("b", InviteAccepted, after=3.0)
    on.hangs_up("a", ReinviteReceived, after=9.0)
    on.calls("a", "b")


def consult(on: Stage, now: float) -> None:
    if len(on["b"].sessions) == 1:
        on["b"].call(on["c"], now)


def blind_transfer(net: Network) -> None:
    """b sends a to c; we are a, who calls c and tells b what becomes of it."""
    on = stage(net, "abc")
    on.answers("b")
    on.answers("c")
    on.agrees("a")
    on.on("b", Acknowledged, lambda event, now: void(on["b"].endpoint.refer(event.session, target(on["c"]), now)), 1.0)
    on.on("a", ReferReceived, lambda event, now: follow(on, event, now))
    on.on("b", ReferProgress, lambda event, now: on.hang_up("b", event.session, now) if event.done else None)
    on.hangs_up("c", Acknowledged, after=5.0)
    on.calls("a", "b")


def target(phone: Phone) -> str:
    return f"sip:{phone.name}@{phone.address.host}"


def follow(on: Stage, event: ReferReceived, now: float) -> None:
    """Do what a REFER asks for, and tell of it."""
    endpoint = on["a"].endpoint
    endpoint.accept_refer(event.session, now)
    replaces = event.refer_to.replaces
    called = on["a"].call(on["c"], now, replaces=replaces)
    asked = event.session

    def accepted(told: InviteAccepted, later: float) -> None:
        if told.session == called:
            endpoint.notify_refer(asked, 200, later)

    def failed(told: InviteFailed, later: float) -> None:
        if told.session == called:
            endpoint.notify_refer(asked, told.status, later)

    on.on("a", InviteAccepted, accepted)
    on.on("a", InviteFailed, failed)


def attended_transfer(net: Network) -> None:
    """b has a and c, and puts a in its own place at c by Replaces."""
    on = stage(net, "abc")
    on.answers("b")
    on.rings("c")
    on.agrees("c")
    on.on("c", InviteReceived, lambda event, now: take_over(on, event, now), 0.5)
    on.on("b", Acknowledged, lambda _event, now: consult(on, now))
    on.on("b", InviteAccepted, lambda event, now: hand_over(on, event.session, now), 1.0)
    on.on("a", ReferReceived, lambda event, now: follow(on, event, now))
    on.on("b", ReferProgress, lambda event, now: on.hang_up("b", event.session, now) if event.done else None)
    on.on("c", Acknowledged, lambda _event, now: on.hang_up("c", on["c"].sessions[-1], now), 8.0)
    on.calls("a", "b")


def take_over(on: Stage, event: InviteReceived, now: float) -> None:
    on.accept("c", event.session, now)
    if event.replaces_session:
        on.hang_up("c", event.replaces_session, now)


def hand_over(on: Stage, consulted: str, now: float) -> None:
    first = on["b"].sessions[0]
    on["b"].endpoint.refer(first, target(on["c"]), now, replaces=consulted)


def forward_on(status: int, after: float) -> Callable[[Network], None]:
    """We are b: what fails at c is tried at d, for the same caller, who hears ringing all the time."""

    def play(net: Network) -> None:
        on = stage(net, "abcd")
        if status == 408:
            on.rings("c")
        else:
            on.refuses("c", status, after)
        on.answers("d")
        on.on("b", InviteReceived, lambda _event, now: void(on["b"].call(on["c"], now)))
        on.on("b", ProgressReceived, lambda _event, now: on["b"].endpoint.ring(on["b"].sessions[0], now))
        if status == 408:
            on.on("b", InviteReceived, lambda _event, now: on.hang_up("b", on["b"].sessions[1], now), 12.0)
        on.on("b", InviteFailed, lambda event, now: next_place(on, event, now))
        on.on("b", InviteAccepted, lambda _event, now: on.accept("b", on["b"].sessions[0], now))
        on.hangs_up("a", InviteAccepted, after=4.0)
        on.on("b", DialogTerminated, lambda _event, now: on.all_end("b", now))
        on.calls("a", "b")

    return play


def next_place(on: Stage, event: InviteFailed, now: float) -> None:
    if len(on["b"].sessions) == 2 and not on["b"].ends(on["b"].sessions[0]):
        on["b"].call(on["d"], now)
    elif event.session == on["b"].sessions[-1]:
        on.hang_up("b", on["b"].sessions[0], now)


def find_me(net: Network) -> None:
    """c and d ring at once; the first to answer wins, the other is cancelled."""
    on = stage(net, "abcd")
    on.answers("c", after=2.0)
    on.rings("d")

    def search(_event: InviteReceived, now: float) -> None:
        on["b"].call(on["c"], now)
        on["b"].call(on["d"], now)

    def won(event: InviteAccepted, now: float) -> None:
        for other in on["b"].sessions[1:]:
            if other != event.session:
                on.hang_up("b", other, now)
        on.accept("b", on["b"].sessions[0], now)

    on.on("b", InviteReceived, search)
    on.on("b", InviteAccepted, won)
    on.hangs_up("a", InviteAccepted, after=4.0)
    on.on("b", DialogTerminated, lambda _event, now: on.all_end("b", now))
    on.calls("a", "b")


def screened(net: Network) -> None:
    on = stage(net)
    on.refuses("b", 403)
    on.calls("a", "b")


def click_to_dial(net: Network) -> None:
    """We are b and call both; the first without an offer, for we do not know the second's yet (RFC 3725 flow I)."""
    on = stage(net, "abc")
    on.answers("a")
    on.answers("c")
    net.at(0.0, lambda now: void(on["b"].call(on["a"], now, body=b"")))

    def joined(event: InviteAccepted, now: float) -> None:
        if event.answer_needed:
            on["b"].call(on["c"], now, body=event.body)
        else:
            on["b"].endpoint.acknowledge(on["b"].sessions[0], event.body, now)

    on.on("b", InviteAccepted, joined)
    on.hangs_up("c", Acknowledged, after=3.0)
    on.on("b", DialogTerminated, lambda _event, now: on.all_end("b", now))


# --- RFC 5407: races ---


def lost_once(net: Network, who: str, label: bytes, extra: float | None) -> None:
    """The first message of this form is late by `extra` seconds, or lost where that is None."""
    done: list[bytes] = []

    def delay(node: object, data: bytes) -> float | None:
        if node is net.phones[who] and data.startswith(label) and not done:
            done.append(data)
            return extra
        return 0.0

    net.delay = delay


def late_invite_copy(net: Network) -> None:
    """3.1.1: a's INVITE is sent again while b's 200 is under way."""
    on = stage(net)
    on.on("b", InviteReceived, lambda event, now: on.accept("b", event.session, now), 0.49)
    net.default_latency = 0.3
    on.hangs_up("a", InviteAccepted)
    on.calls("a", "b")


def cancel_meets_200(net: Network) -> None:
    """3.1.2: CANCEL and 200 cross; a hangs up what came about."""
    on = stage(net)
    on.rings("b")
    on.on("b", InviteReceived, lambda event, now: on.accept("b", event.session, now), 2.0)
    on.hangs_up("a", ProgressReceived, after=1.965)
    on.calls("a", "b")


def early_bye_meets_200(net: Network) -> None:
    """3.1.3: a BYE in the early dialog arrives when b has sent its 200 (raw: our own UAC sends CANCEL)."""
    on = stage(net)
    on.answers("b", after=1.0)

    def bye(event: ProgressReceived, now: float) -> None:
        response = event.response
        via = "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKraw"
        lines = [f"BYE {response.contacts[0].uri_text} SIP/2.0", via, "Max-Forwards: 70"]
        lines += [f"{name}: {response.headers.get(name)}" for name in ("From", "To", "Call-ID")]
        data = "\r\n".join([*lines, "CSeq: 2 BYE", "", ""]).encode()
        on["b"].receive(data, on["a"].address, now)

    on.on("a", ProgressReceived, bye, 0.99)
    on.calls("a", "b")


def reinvite_before_ack(body: bytes) -> Callable[[Network], None]:
    """3.1.4, 3.1.5: a's ACK is late, its re-INVITE is there first."""

    def play(net: Network) -> None:
        on = stage(net)
        on.answers("b", after=0.5)
        lost_once(net, "a", b"ACK", 0.3)
        on.agrees("b")
        on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.reinvite(event.session, body, now), 0.01)
        on.on("a", ReinviteAccepted, lambda event, now: answer_if_asked(on, event, now))
        on.on("a", InviteAccepted, lambda event, now: on.hang_up("a", event.session, now), 12.0)
        on.calls("a", "b")

    return play


def answer_if_asked(on: Stage, event: ReinviteAccepted, now: float) -> None:
    if event.answer_needed:
        on["a"].endpoint.acknowledge(event.session, ANSWER, now)


def bye_before_ack(net: Network) -> None:
    """3.1.6: a's ACK is lost, and its BYE is there first."""
    on = stage(net)
    on.answers("b", after=0.5)
    lost_once(net, "a", b"ACK", None)
    on.hangs_up("a", InviteAccepted, after=0.1)
    on.calls("a", "b")


def both_hang_up(net: Network) -> None:
    """3.2.1: BYE meets BYE."""
    on = stage(net)
    on.answers("b", after=0.5)
    on.on("a", InviteAccepted, lambda event, now: on.hang_up("a", event.session, now), 2.02)
    on.on("b", Acknowledged, lambda event, now: on.hang_up("b", event.session, now), 2.0 - 0.02 + 0.01)
    on.calls("a", "b")


def reinvite_meets_bye(net: Network) -> None:
    """3.2.2: b's re-INVITE and a's BYE cross."""
    on = stage(net)
    on.answers("b", after=0.5)
    on.agrees("a")
    on.hangs_up("a", InviteAccepted, after=2.0)
    on.on("b", Acknowledged, lambda event, now: on["b"].endpoint.reinvite(event.session, HELD, now), 1.97)
    on.calls("a", "b")


def reinvite_answer_meets_bye(net: Network) -> None:
    """3.2.3: a hangs up while the 200 to its re-INVITE is under way."""
    on = stage(net)
    on.answers("b", after=0.5)
    on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.reinvite(event.session, HELD, now), 1.0)
    on.on("a", InviteAccepted, lambda event, now: on.hang_up("a", event.session, now), 1.03)
    on.calls("a", "b")


def bye_meets_ack(net: Network) -> None:
    """3.2.4: b wants to end what it has just answered; its BYE waits for the ACK (RFC 3261 15)."""
    on = stage(net)
    on.rings("b")
    on.on("b", InviteReceived, lambda event, now: on.accept("b", event.session, now), 1.0)
    on.on("b", InviteReceived, lambda event, now: on.hang_up("b", event.session, now), 1.01)
    on.calls("a", "b")


def glare(net: Network) -> None:
    """3.3.1: both change the session at once: 491 for both, and each tries again at another time."""
    on = stage(net)
    on.answers("b", after=0.5)
    on.agrees("a")
    on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.reinvite(event.session, HELD, now), 1.0)
    on.on("b", Acknowledged, lambda event, now: first_change(on, "b", event.session, now), 0.99)
    on.on("a", InviteAccepted, lambda event, now: on.hang_up("a", event.session, now), 25.0)
    on.calls("a", "b")


def glare_proof(net: Network) -> None:
    told = [event for name in "ab" for event in net.phones[name].of(ReinviteAccepted)]
    failed = [event.status for name in "ab" for event in net.phones[name].of(ReinviteFailed)]
    assert {"a:491", "b:491"} <= set(trail_of(net).split())
    assert len(told) + len(failed) == 2
    assert len(told) >= 1, "at least one change holds"
    assert set(failed) <= {491}


def refer_meets_bye(net: Network) -> None:
    """3.3.3: b's REFER and a's BYE cross."""
    on = stage(net, "abc")
    on.answers("b", after=0.5)
    on.hangs_up("a", InviteAccepted, after=2.0)
    on.on("b", Acknowledged, lambda event, now: void(on["b"].endpoint.refer(event.session, target(on["c"]), now)), 1.97)
    on.calls("a", "b")


def trail_of(net: Network) -> str:
    return " ".join(f"{who}:{what}" for who, what in net.trail)


def cancelled_proof(net: Network) -> None:
    assert net.phones["b"].of(Cancelled)
    refused_proof(487)(net)


def proxied_proof(net: Network) -> None:
    relays = [node for node in net.nodes.values() if isinstance(node, Relay)]
    for relay in relays:
        assert relay.passed == ["INVITE", "ACK", "BYE"], "every request of the dialog goes by the recorded route"


def forwarded_proof(net: Network) -> None:
    assert net.phones["a"].of(InviteAccepted)
    assert net.phones["d"].of(DialogTerminated)


def transferred_proof(net: Network) -> None:
    statuses = [event.status for event in net.phones["b"].of(ReferProgress)]
    assert statuses[-1] == 200
    assert len(net.phones["a"].of(InviteAccepted)) == 2
    established_proof("a", "b", "c")(net)


def found_proof(net: Network) -> None:
    assert net.phones["d"].of(Cancelled)
    established_proof("a", "b", "c")(net)


RFC_3665 = [
    Scenario("3.1 session establishment", basic, BASIC),
    Scenario("3.2 through two proxies", through_proxies, proof=proxied_proof),
    Scenario(
        "3.3 with a proxy's authentication",
        authenticated,
        "a:INVITE b:100 b:407 a:ACK a:INVITE b:100 b:200 a:ACK a:BYE b:200",
    ),
    Scenario(
        "3.4 the first place is silent, the second answers",
        silent_first_place,
        " ".join(["a:INVITE"] * 7) + " " + BASIC,
        established_proof("a", "b"),
    ),
    Scenario("3.6 the caller's description in the ACK", no_offer, BASIC),
    Scenario(
        "3.7 re-INVITE for another address",
        changed_address,
        "a:INVITE b:100 b:180 b:200 a:ACK b:INVITE a:100 a:200 b:ACK b:BYE a:200",
    ),
    Scenario(
        "3.8 no answer",
        no_answer,
        "a:INVITE b:100 b:180 a:CANCEL b:200 b:487 a:ACK",
        cancelled_proof,
    ),
    Scenario("3.9 busy", refused(486), "a:INVITE b:100 b:486 a:ACK", refused_proof(486)),
    Scenario("3.10 no response", nobody_there, " ".join(["a:INVITE"] * 7), refused_proof(408)),
    Scenario("3.11 temporarily unavailable", refused(480), "a:INVITE b:100 b:480 a:ACK", refused_proof(480)),
    Scenario("2.5 no credentials for a challenge", unauthorized, "a:INVITE b:100 b:401 a:ACK", refused_proof(401)),
]
RFC_5359 = [
    Scenario("2.1 hold", hold, proof=established_proof("a", "b")),
    Scenario("2.2 consultation hold", consultation, proof=established_proof("a", "b", "c")),
    Scenario("2.4 transfer, unattended", blind_transfer, proof=transferred_proof),
    Scenario("2.5 transfer, attended", attended_transfer, proof=transferred_proof),
    Scenario("2.7 forward, unconditional", forward_on(302, 0.0), proof=forwarded_proof),
    Scenario("2.8 forward on busy", forward_on(486, 0.5), proof=forwarded_proof),
    Scenario("2.9 forward on no answer", forward_on(408, 0.0), proof=forwarded_proof),
    Scenario("2.13 find-me", find_me, proof=found_proof),
    Scenario("2.14 screening", screened, "a:INVITE b:100 b:403 a:ACK", refused_proof(403)),
    Scenario("2.19 click to dial", click_to_dial, proof=established_proof("a", "b", "c")),
]
RFC_5407 = [
    Scenario("3.1.1 INVITE again in moratorium", late_invite_copy, proof=established_proof("a", "b")),
    Scenario("3.1.2 CANCEL in moratorium", cancel_meets_200, proof=refused_proof(487)),
    Scenario("3.1.3 early BYE in moratorium", early_bye_meets_200, proof=established_proof("b")),
    Scenario("3.1.4 re-INVITE in moratorium", reinvite_before_ack(HELD), proof=established_proof("a", "b")),
    Scenario("3.1.5 re-INVITE without offer in moratorium", reinvite_before_ack(b""), proof=established_proof("a")),
    Scenario("3.1.6 BYE in moratorium", bye_before_ack, proof=established_proof("a", "b")),
    Scenario("3.2.1 BYE in mortal", both_hang_up, proof=established_proof("a", "b")),
    Scenario("3.2.2 re-INVITE in mortal", reinvite_meets_bye, proof=established_proof("a", "b")),
    Scenario("3.2.3 200 to a re-INVITE in mortal", reinvite_answer_meets_bye, proof=established_proof("a", "b")),
    Scenario("3.2.4 ACK in mortal", bye_meets_ack, proof=established_proof("a", "b")),
    Scenario("3.3.1 crossing re-INVITEs", glare, proof=glare_proof),
    Scenario("3.3.3 REFER in mortal", refer_meets_bye, proof=established_proof("a", "b")),
]
