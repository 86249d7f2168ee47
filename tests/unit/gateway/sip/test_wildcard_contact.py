"""`Contact: *` leads nowhere: it is refused in a request and passed over in an answer (RFC 3261 20.10)."""

from gateway.sip.events import ReinviteAccepted, ReinviteReceived
from tests.unit.gateway.sip.pair import ANSWER, Pair


def starred(data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(b"Contact: *" if line.startswith(b"Contact:") else line for line in lines)


def test_a_request_with_it_is_refused() -> None:
    pair = Pair()
    pair.distort = starred
    pair.invite()
    pair.run(1)
    assert pair.callee.sent_start_lines()[0].startswith("SIP/2.0 400")


def test_a_dialog_whose_answer_has_it_can_be_changed_and_ended() -> None:
    pair = Pair()
    pair.distort = lambda data: starred(data) if data.startswith(b"SIP/2.0 200") else data
    session, _ = pair.established()
    pair.callee.react = lambda event, now: (
        pair.callee.endpoint.answer_reinvite(event.session, ANSWER, now)
        if isinstance(event, ReinviteReceived)
        else None
    )
    pair.do(lambda now: pair.caller.endpoint.reinvite(session, b"v=0", now))
    pair.run(2)
    assert len(pair.caller.of(ReinviteAccepted)) == 1
    pair.do(lambda now: pair.caller.endpoint.hang_up(session, now))
    pair.run(100)
    assert pair.caller.endpoint.counters.sessions == pair.callee.endpoint.counters.sessions == 0
