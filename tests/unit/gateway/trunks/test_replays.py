"""Signatures that come again: with the same call, with another one, after their time, and too many to remember."""

from datetime import datetime, timedelta

import pytest
from carriers import NOW

from gateway.trunks import replays
from gateway.trunks.passport import Unproved
from gateway.trunks.replays import REMEMBERED_SECONDS, Replays

TOKEN = f"header.claims.{'r' * 43}{'s' * 43}"


def is_replay(seen: Replays, token: str, call: str, now: datetime = NOW) -> bool:
    try:
        seen.require_first(token, call, now)
    except Unproved:
        return True
    return False


def test_an_invite_that_comes_again_is_no_replay_and_another_calls_is_one() -> None:
    seen = Replays()
    told = [is_replay(seen, TOKEN, call) for call in ("one", "one", "two", "two", "one")]
    assert told == [False, False, True, True, False]


def test_another_signature_of_the_same_words_is_no_replay() -> None:
    seen = Replays()
    assert not is_replay(seen, TOKEN, "one")
    assert not is_replay(seen, TOKEN.replace("rr", "qq"), "two")


def test_a_signature_whose_second_half_is_changed_is_the_same() -> None:
    seen = Replays()
    assert not is_replay(seen, TOKEN, "one")
    assert is_replay(seen, TOKEN[:-40] + "t" * 40, "two")


def test_what_is_too_old_to_be_believed_is_forgotten() -> None:
    seen = Replays()
    is_replay(seen, TOKEN, "one")
    assert is_replay(seen, TOKEN, "two", NOW + timedelta(seconds=REMEMBERED_SECONDS))
    assert not is_replay(seen, TOKEN, "two", NOW + timedelta(seconds=REMEMBERED_SECONDS + 1))


def test_memory_is_bounded_and_the_oldest_goes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replays, "MOST_REMEMBERED", 2)
    seen = Replays()
    for place, token in enumerate("abc"):
        assert not is_replay(seen, f"h.{token}.s", "one", NOW + timedelta(seconds=place))
    assert not is_replay(seen, "h.a.s", "two"), "forgotten"
    assert is_replay(seen, "h.c.s", "two")
