"""Phones with reactions, of which scenarios are made, and how a scenario is written down."""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from gateway.sip.events import (
    DialogTerminated,
    InviteFailed,
    InviteReceived,
    ReinviteAccepted,
    ReinviteFailed,
    ReinviteReceived,
    SipEvent,
)
from tests.unit.gateway.sip.network import Network, Phone
from tests.unit.gateway.sip.pair import ANSWER

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


def trail_of(net: Network) -> str:
    return " ".join(f"{who}:{what}" for who, what in net.trail)


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


def first_change(on: Stage, name: str, session: str, now: float, body: bytes = HELD) -> None:
    if not on[name].of(ReinviteAccepted) and not on[name].of(ReinviteFailed):
        on[name].endpoint.reinvite(session, body, now)


def target(phone: Phone) -> str:
    return f"sip:{phone.name}@{phone.address.host}"
