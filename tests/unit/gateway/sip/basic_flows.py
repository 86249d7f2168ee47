"""RFC 3665: basic call flows."""

from collections.abc import Callable

from gateway.sip.calls import Credentials
from gateway.sip.events import (
    Acknowledged,
    Cancelled,
    InviteAccepted,
    InviteReceived,
    ProgressReceived,
    ReinviteAccepted,
)
from gateway.sip.flow import HostPort
from gateway.sip.redirects import RedirectRule
from tests.unit.gateway.sip.network import Network
from tests.unit.gateway.sip.pair import ANSWER
from tests.unit.gateway.sip.relay import Relay
from tests.unit.gateway.sip.stage import (
    Scenario,
    established_proof,
    first_change,
    refused_proof,
    stage,
    trail_of,
)


def basic(net: Network) -> None:
    on = stage(net)
    on.answers("b")
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b")


BASIC = "a:INVITE b:100 b:180 a:PRACK b:200 b:200 a:ACK b:BYE a:200"


def through_proxies(net: Network) -> None:
    on = stage(net)
    first, second = Relay(51), Relay(52)
    net.add(first)
    net.add(second)
    on.answers("b")
    on.hangs_up("b", Acknowledged)
    on.calls("a", "b", via=(first, second))


def authenticated(net: Network) -> None:
    """Both proxies' challenges come from b, which is all the same to a: one after the other, each of its realm."""
    on = stage(net)

    def judge(event: InviteReceived, now: float) -> None:
        proved = "".join(event.request.headers.get_all("proxy-authorization"))
        for realm in ("atlanta", "biloxi"):
            if f'realm="{realm}"' not in proved:
                challenge = f'Digest realm="{realm}", nonce="n", qop="auth", algorithm=MD5'
                on.refuse("b", event.session, 407, now, headers=(("Proxy-Authenticate", challenge),))
                return
        on.accept("b", event.session, now)

    on.on("b", InviteReceived, judge)
    on.hangs_up("a", InviteAccepted)
    on.calls("a", "b", credentials=Credentials("a", "secret"))


def unauthorized(net: Network) -> None:
    on = stage(net)
    on.refuses("b", 401, headers=(("WWW-Authenticate", 'Digest realm="b", nonce="n"'),))
    on.calls("a", "b")


def redirected_without_offer(net: Network) -> None:
    """3665 3.6: c sends a to the proxy before b, and the SDP of the caller comes in the ACK."""
    on = stage(net, "abc")
    proxy = Relay(51)
    proxy.reroute["b"] = on["b"].address
    net.add(proxy)
    on.refuses("c", 302, headers=(("Contact", f"<sip:b@{proxy.address.host}>"),))
    on.answers("b")
    on.on("a", InviteAccepted, lambda event, now: on["a"].endpoint.acknowledge(event.session, ANSWER, now))
    on.hangs_up("b", Acknowledged)
    rule = RedirectRule(hosts=frozenset({proxy.address.host}), same_user=False)
    on.calls("a", "c", body=b"", redirects=rule)


def changed_address(net: Network) -> None:
    on = stage(net)
    on.answers("b")
    on.on("b", Acknowledged, lambda event, now: first_change(on, "b", event.session, now), 1.0)
    on.agrees("a")
    on.hangs_up("b", ReinviteAccepted)
    on.calls("a", "b")


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


def cancelled_proof(net: Network) -> None:
    assert net.phones["b"].of(Cancelled)
    refused_proof(487)(net)


def proxied_proof(net: Network) -> None:
    relays = [node for node in net.nodes.values() if isinstance(node, Relay)]
    for relay in relays:
        assert relay.passed == ["INVITE", "PRACK", "ACK", "BYE"], (
            "every request of the dialog goes by the recorded route"
        )


def redirected_proof(net: Network) -> None:
    trail = trail_of(net)
    assert trail.startswith("a:INVITE c:100 c:302 a:ACK a:INVITE proxy:INVITE b:100 ")
    (acknowledged,) = net.phones["b"].of(Acknowledged)
    assert acknowledged.body == ANSWER
    proxied_proof(net)


RFC_3665 = [
    Scenario("3.1 session establishment", basic, BASIC),
    Scenario("3.2 through two proxies", through_proxies, proof=proxied_proof),
    Scenario(
        "3.3 with two proxies' authentication",
        authenticated,
        "a:INVITE b:100 b:407 a:ACK " * 2 + "a:INVITE b:100 b:200 a:ACK a:BYE b:200",
    ),
    Scenario(
        "3.4 the first place is silent, the second answers",
        silent_first_place,
        " ".join(["a:INVITE"] * 4) + " " + BASIC,
        established_proof("a", "b"),
    ),
    Scenario(
        "3.6 redirected, through a proxy, the caller's description in the ACK",
        redirected_without_offer,
        proof=redirected_proof,
    ),
    Scenario(
        "3.7 re-INVITE for another address",
        changed_address,
        "a:INVITE b:100 b:180 a:PRACK b:200 b:200 a:ACK b:INVITE a:100 a:200 b:ACK b:BYE a:200",
    ),
    Scenario(
        "3.8 no answer",
        no_answer,
        "a:INVITE b:100 b:180 a:PRACK b:200 a:CANCEL b:200 b:487 a:ACK",
        cancelled_proof,
    ),
    Scenario("3.9 busy", refused(486), "a:INVITE b:100 b:486 a:ACK", refused_proof(486)),
    Scenario("3.10 no response", nobody_there, " ".join(["a:INVITE"] * 7), refused_proof(408)),
    Scenario("3.11 temporarily unavailable", refused(480), "a:INVITE b:100 b:480 a:ACK", refused_proof(480)),
    Scenario("3.3 without credentials", unauthorized, "a:INVITE b:100 b:401 a:ACK", refused_proof(401)),
]
