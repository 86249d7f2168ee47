"""Every state of a session meets everything that an application, a peer or a timer can do to it, with real endpoints.

What comes of each pair stands in `session_walk.txt`, which `python -m tests.unit.gateway.sip.test_session_walk` writes.
Whatever the pair: no error, and in the end each session ended once and nothing is left.
"""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pytest

from gateway.sip.errors import MisuseError
from gateway.sip.message import Request, Response
from gateway.sip.parser import parse_message
from gateway.sip.redirects import RedirectRule
from gateway.sip.session import Life
from tests.unit.gateway.sip.network import QUIET, Network, Phone
from tests.unit.gateway.sip.pair import ANSWER, OFFER
from tests.unit.gateway.sip.stage import HELD, Stage

WALK = Path(__file__).with_name("session_walk.txt")
UNANSWERED = frozenset({Life.RECEIVED, Life.ACCEPTING})

ELSEWHERE = RedirectRule(hosts=frozenset({"192.0.2.77"}), same_user=False)  # where nobody is

Act = Callable[[Stage, str, str], None]


class Place(NamedTuple):
    """How a session comes to stand there: the side that has it, what is done before, and what our INVITE offers."""

    state: Life
    side: str
    reach: Callable[[Stage, Network, bytes], None]
    offer: bytes = OFFER

    @property
    def name(self) -> str:
        return f"{self.state} at {self.side}{'' if self.offer else ', without an offer'}"


def calling(on: Stage, net: Network, body: bytes = OFFER, seconds: float = 0.01) -> None:
    on["a"].call(on["b"], net.now, body=body, redirects=ELSEWHERE)
    net.run(seconds)


def first(on: Stage, side: str) -> str:
    return on[side].sessions[0]


def ringing(on: Stage, net: Network, offer: bytes) -> None:
    calling(on, net, offer, 0.1)
    on["b"].endpoint.ring(first(on, "b"), net.now)
    net.run(0.2)


def hung_up_early(on: Stage, net: Network, offer: bytes) -> None:
    calling(on, net, offer)
    on.hang_up("a", first(on, "a"), net.now)


def cancelling(on: Stage, net: Network, offer: bytes) -> None:
    ringing(on, net, offer)
    on.hang_up("a", first(on, "a"), net.now)
    net.run(0.001)


def answered(on: Stage, net: Network, body: bytes = OFFER, seconds: float = 0.03) -> None:
    calling(on, net, body, seconds=0.1)
    on.accept("b", first(on, "b"), net.now)
    net.run(seconds)


def accepting(on: Stage, net: Network, offer: bytes) -> None:
    calling(on, net, offer, 0.1)
    on["b"].endpoint.ring(first(on, "b"), net.now, 183, ANSWER)
    on.accept("b", first(on, "b"), net.now)
    net.run(0.001)


def established(on: Stage, net: Network, offer: bytes) -> None:
    answered(on, net, offer, 0.5)


def answering(on: Stage, net: Network, offer: bytes) -> None:
    answered(on, net, offer, 0.1)


def awaiting_ack(on: Stage, net: Network, offer: bytes) -> None:
    answered(on, net, offer, 0.001)


def bye_pending(on: Stage, net: Network, offer: bytes) -> None:
    awaiting_ack(on, net, offer)
    on.hang_up("b", first(on, "b"), net.now)


def ending(on: Stage, net: Network, offer: bytes) -> None:
    established(on, net, offer)
    on.hang_up("a", first(on, "a"), net.now)
    net.run(0.001)


def ended(on: Stage, net: Network, offer: bytes) -> None:
    ending(on, net, offer)
    net.run(1.0)


PLACES = [
    Place(Life.INVITING, "a", calling),
    Place(Life.PROCEEDING, "a", ringing),
    Place(Life.CANCEL_PENDING, "a", hung_up_early),
    Place(Life.CANCELLING, "a", cancelling),
    Place(Life.ANSWERING, "a", answering, b""),
    Place(Life.INVITING, "a", calling, b""),
    Place(Life.PROCEEDING, "a", ringing, b""),
    Place(Life.CANCEL_PENDING, "a", hung_up_early, b""),
    Place(Life.CANCELLING, "a", cancelling, b""),
    Place(Life.ESTABLISHED, "a", established),
    Place(Life.ENDING, "a", ending),
    Place(Life.ENDED, "a", ended),
    Place(Life.RECEIVED, "b", ringing),
    Place(Life.ACCEPTING, "b", accepting),
    Place(Life.AWAITING_ACK, "b", awaiting_ack),
    Place(Life.BYE_PENDING, "b", bye_pending),
    Place(Life.ESTABLISHED, "b", established),
    Place(Life.ENDED, "b", ended),
]

# --- inputs ---


def verb(name: str, *arguments: object) -> Act:
    """A verb of the endpoint: its arguments after the session; NOW stands for the time."""

    def act(on: Stage, side: str, session: str) -> None:
        given = [on.net.now if one is NOW else one for one in arguments]
        with suppress(MisuseError):  # what the protocol does not allow now is told to the application
            getattr(on[side].endpoint, name)(session, *given)

    return act


NOW = object()
VERBS: dict[str, Act] = {
    "ring": verb("ring", NOW),
    "ring with sound": verb("ring", NOW, 183, ANSWER),
    "accept": lambda on, side, session: on.accept(side, session, on.net.now),
    "reject": verb("reject", 486, NOW),
    "hang up": verb("hang_up", NOW),
    "acknowledge": verb("acknowledge", ANSWER, NOW),
    "reinvite": verb("reinvite", HELD, NOW),
    "reinvite without offer": verb("reinvite", b"", NOW),
    "answer reinvite": verb("answer_reinvite", ANSWER, NOW),
    "reject reinvite": verb("reject_reinvite", 488, NOW),
    "update": verb("update", HELD, NOW),
    "answer update": verb("answer_update", ANSWER, NOW),
    "reject update": verb("reject_update", 488, NOW),
    "info": verb("send_in_dialog", "INFO", NOW, b"5", "application/dtmf-relay"),
    "digits": verb("send_digits", "12", NOW),
    "refer": verb("refer", "sip:c@192.0.2.9", NOW),
    "accept refer": verb("accept_refer", NOW),
    "reject refer": verb("reject_refer", 603, NOW),
    "notify refer": verb("notify_refer", 200, NOW),
}


def messages_of(phone: Phone) -> list[Request | Response]:
    return [parse_message(data) for _, data in phone.sent]


def request_to(on: Stage, side: str, method: str) -> bytes:
    """What the peer could send inside the dialog, as far as it is known on the wire."""
    invite = next(one for one in messages_of(on["a"]) if isinstance(one, Request))
    answers = [one for one in messages_of(on["b"]) if isinstance(one, Response) and one.to.tag]
    caller, callee = str(invite.from_), str(answers[-1].to if answers else invite.to)
    ours, theirs = (caller, callee) if side == "a" else (callee, caller)
    fields = [
        f"Via: SIP/2.0/UDP {on['b' if side == 'a' else 'a'].address.host}:5060;branch=z9hG4bKwalk{method}",
        "Max-Forwards: 70",
        f"From: {theirs}",
        f"To: {ours}",
        f"Call-ID: {invite.call_id}",
        f"CSeq: {invite.cseq.number if method in ('ACK', 'CANCEL') else 900} {method}",
        f"Contact: <sip:x@{on['b' if side == 'a' else 'a'].address.host}>",
    ]
    if method == "CANCEL":
        fields[0] = f"Via: {invite.headers.get('via')}"
    if method == "PRACK":
        fields.append(f"RAck: 1 {invite.cseq.number} INVITE")
    if method == "REFER":
        fields.append("Refer-To: <sip:c@192.0.2.9>")
    if method == "NOTIFY":
        fields += ["Event: refer", "Subscription-State: terminated;reason=noresource"]
    target = f"{method} sip:{side}@{on[side].address.host} SIP/2.0"
    return "\r\n".join([target, *fields, "Content-Length: 0", "", ""]).encode()


def requested(method: str) -> Act:
    def act(on: Stage, side: str, _session: str) -> None:
        peer = on["b" if side == "a" else "a"]
        on[side].receive(request_to(on, side, method), peer.address, on.net.now)

    return act


def responded(status: int) -> Act:
    """To the last INVITE that this side has sent, or to its BYE."""

    def act(on: Stage, side: str, _session: str) -> None:
        sent = [one for one in messages_of(on[side]) if isinstance(one, Request)]
        requests = [one for one in sent if one.method in ("INVITE", "BYE")]
        if requests:
            answer = Response.to_request(requests[-1], status, "another")
            if status == 422:
                answer.headers.add("Min-SE", "3600")
            if status == 200 and not requests[-1].body and requests[-1].method == "INVITE":
                answer.headers.add("Content-Type", "application/sdp")
                answer.body = OFFER
            answer.headers.add("Contact", "<sip:b@192.0.2.2>" if status < 300 else "<sip:z@192.0.2.77>")
            on[side].receive(bytes(answer), on["b" if side == "a" else "a"].address, on.net.now)

    return act


METHODS = (
    *("INVITE", "ACK", "BYE", "CANCEL", "OPTIONS", "PRACK", "UPDATE", "INFO"),
    *("REFER", "NOTIFY", "MESSAGE", "SUBSCRIBE", "REGISTER", "PUBLISH", "FROB"),
)
STATUSES = [100, 180, 183, 199, 200, 302, 401, 407, 408, 422, 481, 486, 487, 491, 500, 503, 603, 699]


def silence(on: Stage, _side: str, _session: str) -> None:
    """Nothing arrives any more, until all has timed out."""
    on.net.delay = lambda _node, _data: None
    on.net.run(QUIET)


INPUTS: dict[str, Act] = {
    **VERBS,
    **{f"peer: {method}": requested(method) for method in METHODS},
    **{f"peer: {status}": responded(status) for status in STATUSES},
    "time": lambda on, _side, _session: on.net.run(40.0),
    "silence": silence,
}


def state_of(phone: Phone, session: str) -> Life:
    found = phone.endpoint._registry.find(session)  # pyright: ignore[reportPrivateUsage]
    return Life.ENDED if found is None else found.state


def outcome(place: Place, happened: str) -> str:
    """Play it to its end, and tell what came of it within 100 ms: the state, what was told, what was sent."""
    net = Network()
    on = Stage(net, "ab", session_expires=1800)
    place.reach(on, net, place.offer)
    session, phone = first(on, place.side), on[place.side]
    assert state_of(phone, session) is place.state
    net.run(0.0)
    told, sent = len(phone.events), len(net.trail)
    if happened in ("reject", "hang up") and place.state in UNANSWERED:
        phone.closed.add(session)  # whoever refuses is told nothing more
    INPUTS[happened](on, place.side, session)
    net.run(0.1)
    after = state_of(phone, session)
    labels = [label for who, label in net.trail[sent:] if who == place.side]
    news = [type(event).__name__ for event in phone.events[told:]]
    net.run(60.0)
    for _ in range(2):
        on.ends_all()
        net.run(QUIET)
    net.assert_settled()
    return f"{after}; told {' '.join(news) or 'nothing'}; sent {' '.join(labels) or 'nothing'}"


def walk(place: Place) -> str:
    """All inputs of one state, those with the same outcome together."""
    found: dict[str, list[str]] = {}
    for happened in INPUTS:
        found.setdefault(outcome(place, happened), []).append(happened)
    lines = (f"{came}: {', '.join(names)}" for came, names in found.items())
    return "\n".join([f"# {place.name}", *lines, ""])


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.name)
def test_every_input_of_a_state_has_the_outcome_that_is_written_down(place: Place) -> None:
    assert f"{walk(place)}\n" in WALK.read_text()


def test_every_state_is_walked() -> None:
    assert {place.state for place in PLACES} == set(Life)
    assert WALK.read_text().count("\n# ") + 1 == len(PLACES)


def main() -> None:
    WALK.write_text("".join(f"{walk(place)}\n" for place in PLACES))


if __name__ == "__main__":
    main()
