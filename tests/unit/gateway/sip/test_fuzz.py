"""What fuzzing found once, again; a few batches of it; and that its checks can fail."""

from pathlib import Path

import pytest

from gateway.sip.endpoint import SipEndpoint
from gateway.sip.parser import parse_message
from tests.fuzz.sip import BATCH, Victim, run_batch
from tests.unit.gateway.sip.leaks import leaks
from tests.unit.gateway.sip.pair import ANSWER, OFFER

FOLDER = Path(__file__).parents[3] / "fuzz"
CORPUS = sorted((FOLDER / "corpus").glob("*.sip"))


@pytest.mark.parametrize("path", CORPUS, ids=lambda path: path.stem)
def test_a_call_survives_what_was_found(path: Path) -> None:
    """`{tag}` in a file stands for our tag in an established call."""
    victim = Victim.quiet()
    invite = _read(FOLDER / "call.sip")
    victim.take(invite)
    (session,) = victim.sessions
    victim.endpoint.accept(session, ANSWER, victim.now)
    victim.drain()
    tag = parse_message(victim.sent[-1]).to.tag.encode()
    acknowledgement = invite.replace(b"INVITE", b"ACK").replace(b"192.0.2.2>", b"192.0.2.2>;tag=" + tag)
    victim.take(acknowledgement.replace(b"z9hG4bKfirst", b"z9hG4bKack"))
    victim.take(_read(path).replace(b"{tag}", tag))
    victim.endpoint.reinvite(session, OFFER, victim.now)
    victim.drain()
    victim.finish()
    assert leaks(victim.endpoint) == []


def _read(path: Path) -> bytes:
    return path.read_bytes().replace(b"\n", b"\r\n")


def test_some_batches_find_nothing() -> None:
    assert [found for number in range(3) if (found := run_batch(number, BATCH)) is not None] == []


def test_the_same_batch_is_the_same_every_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_self: SipEndpoint, _data: bytes, _flow: object, _now: float) -> None:
        raise KeyError("broken")

    monkeypatch.setattr(SipEndpoint, "receive", broken)
    first, second = run_batch(7), run_batch(7)
    assert first == second
    assert first is not None
    assert first.reason == "KeyError: 'broken'"


def test_an_answer_to_a_stranger_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = SipEndpoint.__init__

    def trusting(self: SipEndpoint, settings: object, tokens: object, _is_known: object) -> None:
        whole(self, settings, tokens, lambda _flow: True)  # type: ignore[arg-type]

    monkeypatch.setattr(SipEndpoint, "__init__", trusting)
    found = run_batch(1)
    assert found is not None
    assert found.reason == "a stranger was answered"
