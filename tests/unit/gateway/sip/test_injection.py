"""No text of the application can become a header line of its own, and no byte of the peer's tags is changed."""

from collections.abc import Callable

import pytest

from gateway.sip.calls import Credentials, OutgoingInvite
from gateway.sip.endpoint import SipEndpoint
from gateway.sip.errors import MisuseError, SipError
from gateway.sip.events import InviteReceived
from gateway.sip.flow import Target
from gateway.sip.headers import Headers
from gateway.sip.message import Request, Response
from gateway.sip.name_addr import NameAddr
from tests.unit.gateway.sip.pair import ANSWER, CALLEE, OFFER, Pair

BREAKS = ["\r\nInjected: x", "\nInjected: x", "\rInjected: x", "\r\n\r\nInjected: x", "\x00\r\n Injected: x"]
FROM = NameAddr.of("sip:a@h")


def placed(**more: Callable[[str], object]) -> Callable[[SipEndpoint, str, str, float], object]:
    """An INVITE with a bad text in one field, which is made of the text."""

    def verb(endpoint: SipEndpoint, _session: str, bad: str, now: float) -> object:
        fields: dict[str, object] = {"target": "sip:b@192.0.2.2", "from_": FROM, "body": OFFER}
        fields |= {name: make(bad) for name, make in more.items()}
        return endpoint.invite(OutgoingInvite(destination=Target("UDP", CALLEE), **fields), now)  # type: ignore[arg-type]

    return verb


VERBS: dict[str, Callable[[SipEndpoint, str, str, float], object]] = {
    "target": placed(target=lambda bad: f"sip:b{bad}@192.0.2.2"),
    "from": placed(from_=lambda bad: NameAddr.of(f"sip:{bad}@h")),
    "display name": placed(from_=lambda bad: NameAddr.of("sip:a@h", bad)),
    "to": placed(to=lambda bad: NameAddr.of(f"sip:{bad}@h")),
    "route": placed(route=lambda bad: (f"<sip:{bad}@192.0.2.9;lr>",)),
    "header value": placed(headers=lambda bad: (("X", bad),)),
    "header name": placed(headers=lambda bad: ((f"X{bad}", "y"),)),
    "content type": placed(content_type=lambda bad: bad),
    "contact user": placed(contact_user=lambda bad: bad),
    "ring": lambda endpoint, session, bad, now: endpoint.ring(session, now, headers=(("X", bad),)),
    "accept": lambda endpoint, session, bad, now: endpoint.accept(session, ANSWER, now, headers=(("X", bad),)),
    "reason phrase": lambda endpoint, session, bad, now: endpoint.reject(session, 486, now, reason=bad),
    "reject": lambda endpoint, session, bad, now: endpoint.reject(session, 486, now, headers=(("X", bad),)),
    "hang up": lambda endpoint, session, bad, now: endpoint.hang_up(session, now, headers=(("Reason", bad),)),
    "request target": lambda endpoint, _session, bad, now: endpoint.send_request(
        endpoint.make_request("OPTIONS", f"sip:{bad}", FROM), Target("UDP", CALLEE), now
    ),
    "request method": lambda endpoint, _session, bad, now: endpoint.send_request(
        endpoint.make_request(f"OPTIONS{bad}", "sip:h", FROM), Target("UDP", CALLEE), now
    ),
    "credentials": lambda endpoint, _session, bad, now: endpoint.invite(
        OutgoingInvite(target="sip:b@192.0.2.2", from_=FROM, credentials=Credentials(bad, bad)), now
    ),
}


def lines(pair: Pair) -> list[bytes]:
    """All that either side wrote, cut wherever a lenient reader may cut it."""
    return [line for side in (pair.caller, pair.callee) for _, data in side.sent for line in data.splitlines()]


@pytest.mark.parametrize("bad", BREAKS)
@pytest.mark.parametrize("name", sorted(VERBS))
def test_no_text_becomes_a_line_of_its_own(name: str, bad: str) -> None:
    pair = Pair()
    pair.invite()
    pair.run(1)
    session = pair.callee.only(InviteReceived).session
    try:
        pair.do(lambda now: VERBS[name](pair.callee.endpoint, session, bad, now))
    except (MisuseError, SipError):
        return
    finally:
        pair.drain()
        pair.run(1)
        assert not [line for line in lines(pair) if line.strip().startswith(b"Injected")]


@pytest.mark.parametrize("bad", BREAKS)
def test_no_text_in_an_established_call_does(bad: str) -> None:
    pair = Pair()
    ours, _ = pair.established()
    endpoint = pair.caller.endpoint
    verbs: list[Callable[[float], object]] = [
        lambda now: endpoint.reinvite(ours, OFFER, now, headers=(("X", bad),)),
        lambda now: endpoint.send_in_dialog(ours, "INFO", now, b"x", bad),
        lambda now: endpoint.refer(ours, f"sip:{bad}", now, referred_by=bad),
        lambda now: endpoint.hang_up(ours, now, headers=(("Reason", bad),)),
    ]
    for verb in verbs:
        try:
            pair.do(verb)
        except (MisuseError, SipError):
            pair.drain()
        pair.run(1)
    assert not [line for line in lines(pair) if line.strip().startswith(b"Injected")]


@pytest.mark.parametrize("bad", BREAKS)
def test_a_message_with_a_broken_line_is_never_written(bad: str) -> None:
    writers: list[Callable[[], object]] = [
        lambda: bytes(Request("OPTIONS", f"sip:{bad}", Headers())),
        lambda: bytes(Request(bad, "sip:h", Headers())),
        lambda: bytes(Response(200, bad, Headers())),
        lambda: Headers().add("X", bad),
        lambda: Headers().set("X", bad),
        lambda: Headers().prepend(f"X{bad}", "y"),
        lambda: Headers().set_first("X", bad),
        lambda: Headers.of([("X", bad)]),
    ]
    for write in writers:
        with pytest.raises(MisuseError):
            write()


TAG = "-.!%*_+`'~%41%0d%0a"
BRANCH = "z9hG4bK-.!%*_+`'~%41"


def test_tags_and_branches_come_back_byte_for_byte() -> None:
    pair = Pair()
    call_id = 'w%ZD"<>/[]?{}:\\()@a%0d'
    data = (
        f"OPTIONS sip:x@192.0.2.2 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch={BRANCH};x=%61\r\n"
        f'From: <sip:a%40b@h>;tag={TAG}\r\nTo: "\\"é" <sip:b@h>\r\nCall-ID: {call_id}\r\nCSeq: 1 OPTIONS\r\n\r\n'
    ).encode()
    pair.inject(pair.callee, data.replace("é".encode(), b"\xe9"))
    (answer,) = [sent for _, sent in pair.callee.sent]
    for kept in (f";branch={BRANCH};x=%61", f"From: <sip:a%40b@h>;tag={TAG}\r\n", f"Call-ID: {call_id}\r\n"):
        assert kept.encode() in answer
    assert b'To: "\\"\xe9" <sip:b@h>;tag=' in answer


def test_a_dialog_uses_the_peers_tag_byte_for_byte() -> None:
    pair = Pair()
    pair.distort = lambda data: data.replace(b";tag=", b";tag=%41~") if data.startswith(b"SIP/2.0 200") else data
    pair.invite()
    pair.run(1)
    pair.do(lambda now: pair.callee.endpoint.accept(pair.callee.only(InviteReceived).session, ANSWER, now))
    pair.run(0.1)
    assert not [data for _, data in pair.caller.sent if b"tag=A~" in data]
