"""RFC 5359: services, as a B2BUA has them."""

from collections.abc import Callable

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
)
from tests.unit.gateway.sip.network import Network
from tests.unit.gateway.sip.pair import OFFER
from tests.unit.gateway.sip.stage import (
    HELD,
    Scenario,
    Stage,
    established_proof,
    first_change,
    refused_proof,
    stage,
    target,
    void,
)


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


RFC_5359 = [
    Scenario("2.1 hold", hold, proof=established_proof("a", "b")),
    Scenario("2.2 consultation hold", consultation, proof=established_proof("a", "b", "c")),
    Scenario("2.4 transfer, unattended", blind_transfer, proof=transferred_proof),
    Scenario("2.5 transfer, attended", attended_transfer, proof=transferred_proof),
    Scenario("2.7 forward, unconditional", forward_on(302, 0.0), proof=forwarded_proof),
    Scenario("2.8 forward on busy", forward_on(486, 0.5), proof=forwarded_proof),
    Scenario("2.9 forward on no answer", forward_on(408, 0.0), proof=forwarded_proof),
    Scenario("2.12 find-me", find_me, proof=found_proof),
    Scenario("2.13 screening of who calls", screened, "a:INVITE b:100 b:403 a:ACK", refused_proof(403)),
    Scenario("2.18 click to dial", click_to_dial, proof=established_proof("a", "b", "c")),
]
