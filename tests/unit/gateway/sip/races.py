"""RFC 5407: races; in its words a dialog is preparative, early, in moratorium, established, mortal, in morgue."""

from collections.abc import Callable

from gateway.sip.events import (
    Acknowledged,
    InviteAccepted,
    InviteReceived,
    ProgressReceived,
    ReinviteAccepted,
    ReinviteFailed,
    UpdateAccepted,
    UpdateFailed,
    UpdateReceived,
)
from tests.unit.gateway.sip.network import Network
from tests.unit.gateway.sip.pair import ANSWER
from tests.unit.gateway.sip.stage import (
    HELD,
    Scenario,
    Stage,
    established_proof,
    first_change,
    refused_proof,
    stage,
    target,
    trail_of,
    void,
)


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


def update_meets_reinvite(net: Network) -> None:
    """3.3.2: a's UPDATE and b's re-INVITE, both with offers, cross: one of them gives way with 491."""
    on = stage(net)
    on.answers("b", after=0.5)
    on.agrees("a")
    for name in "ab":
        endpoint = on[name].endpoint
        on.on(
            name,
            UpdateReceived,
            lambda event, now, endpoint=endpoint: endpoint.answer_update(event.session, ANSWER, now),
        )
    on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.update(event.session, HELD, now), 1.0)
    on.on("b", Acknowledged, lambda event, now: first_change(on, "b", event.session, now), 0.99)
    on.on("a", InviteAccepted, lambda event, now: on.hang_up("a", event.session, now), 25.0)
    on.calls("a", "b")


def crossed_proof(net: Network) -> None:
    a, b = net.phones["a"], net.phones["b"]
    assert "491" in {what for _, what in net.trail}
    assert len(a.of(UpdateAccepted)) + len(a.of(UpdateFailed)) == 1
    assert len(b.of(ReinviteAccepted)) + len(b.of(ReinviteFailed)) == 1
    assert a.of(UpdateAccepted) or b.of(ReinviteAccepted), "at least one change holds"


def refer_meets_bye(net: Network) -> None:
    """3.3.3: b's REFER and a's BYE cross."""
    on = stage(net, "abc")
    on.answers("b", after=0.5)
    on.hangs_up("a", InviteAccepted, after=2.0)
    on.on("b", Acknowledged, lambda event, now: void(on["b"].endpoint.refer(event.session, target(on["c"]), now)), 1.97)
    on.calls("a", "b")


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
    Scenario("3.3.2 UPDATE and re-INVITE cross", update_meets_reinvite, proof=crossed_proof),
    Scenario("3.3.3 REFER in mortal", refer_meets_bye, proof=established_proof("a", "b")),
]
