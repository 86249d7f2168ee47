"""When an agent counts as reachable."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.softphone.presence import GRACE_SECONDS, Presence, Verdict
from kernel.contracts.calls import Fault


def reachable() -> Presence:
    presence = Presence()
    assert presence.update(0.0, desk=True) is Verdict.NOTHING
    assert presence.update(1.0, up=True) is Verdict.REACHABLE
    return presence


def test_needs_leg_and_desk_and_is_told_once() -> None:
    presence = reachable()
    assert presence.update(2.0, up=True, desk=True) is Verdict.NOTHING


def test_a_reload_within_the_grace_is_not_told() -> None:
    presence = reachable()
    presence.update(10.0, desk=False)
    presence.update(11.0, up=False)
    assert presence.deadline == 10.0 + GRACE_SECONDS
    presence.update(12.0, desk=True)
    assert presence.update(13.0, up=True) is Verdict.NOTHING
    assert presence.deadline is None


def test_after_the_grace_it_is_told_once() -> None:
    presence = reachable()
    presence.update(10.0, up=False)
    assert presence.expire(10.0 + GRACE_SECONDS - 0.1) is Verdict.NOTHING
    assert presence.expire(10.0 + GRACE_SECONDS) is Verdict.UNREACHABLE
    assert presence.expire(100.0) is Verdict.NOTHING
    assert presence.update(101.0, up=True) is Verdict.REACHABLE


def test_a_talking_agent_survives_a_broken_desk_as_long_as_there_is_sound() -> None:
    presence = reachable()
    presence.update(5.0, talking=True)
    presence.update(10.0, desk=False)
    assert presence.expire(20.0) is Verdict.NOTHING
    assert presence.deadline == 20.0 + GRACE_SECONDS
    presence.update(25.0, silent=True)
    assert presence.expire(30.0) is Verdict.UNREACHABLE


def test_after_the_call_a_broken_desk_counts_again() -> None:
    presence = reachable()
    presence.update(5.0, talking=True)
    presence.update(10.0, desk=False)
    assert presence.expire(20.0) is Verdict.NOTHING
    presence.update(21.0, talking=False)
    assert presence.expire(30.0) is Verdict.UNREACHABLE


def test_logging_out_knows_no_grace() -> None:
    presence = reachable()
    assert presence.close() is Verdict.UNREACHABLE
    assert presence.close() is Verdict.NOTHING


def test_a_lost_microphone_is_told_at_once_with_its_reason() -> None:
    presence = reachable()
    assert presence.update(2.0, microphone=False) is Verdict.UNREACHABLE
    assert (presence.told, presence.fault, presence.deadline) == (False, Fault.MICROPHONE, None)
    assert presence.update(3.0, microphone=False) is Verdict.NOTHING
    assert presence.update(4.0, microphone=True) is Verdict.REACHABLE


def test_a_path_that_a_probe_finds_dead_is_told_until_one_finds_it_alive() -> None:
    presence = reachable()
    assert presence.update(2.0, heard=False) is Verdict.UNREACHABLE
    assert presence.fault is Fault.AUDIO_PATH
    assert presence.update(3.0, heard=True) is Verdict.REACHABLE


def test_who_talks_and_is_not_heard_has_no_path_and_has_to_show_one_after_the_call() -> None:
    presence = reachable()
    presence.update(2.0, talking=True)
    assert presence.update(9.0, silent=True) is Verdict.UNREACHABLE
    assert presence.fault is Fault.AUDIO_PATH
    assert presence.update(10.0, talking=False) is Verdict.NOTHING
    assert not presence.heard
    assert presence.update(11.0, heard=True) is Verdict.REACHABLE


def test_a_connection_that_is_lost_too_is_told_after_the_grace() -> None:
    presence = reachable()
    presence.update(2.0, microphone=False)
    assert presence.update(3.0, up=False) is Verdict.NOTHING
    assert presence.expire(3.0 + GRACE_SECONDS) is Verdict.UNREACHABLE
    assert presence.fault is Fault.CONNECTION
    presence.update(20.0, up=True)
    assert presence.fault is Fault.MICROPHONE


HAPPENINGS = ["up", "silent", "desk", "talking", "microphone", "heard", "wait", "close"]


@given(st.lists(st.tuples(st.sampled_from(HAPPENINGS), st.booleans(), st.floats(0, 30))))
def test_what_is_told_alternates_and_a_grace_always_ends(history: list[tuple[str, bool, float]]) -> None:
    presence, now, told = Presence(), 0.0, [(Verdict.UNREACHABLE, Fault.CONNECTION)]
    for field, value, seconds in history:
        now += seconds
        said = [(presence.expire(now), presence.fault)]
        if field == "close":
            said.append((presence.close(), presence.fault))
        elif field != "wait":
            said.append((presence.update(now, **{field: value}), presence.fault))
        for verdict, fault in said:
            if verdict is not Verdict.NOTHING:
                assert (verdict, fault) != told[-1]
                told.append((verdict, fault))
        assert presence.told is (told[-1][0] is Verdict.REACHABLE)
        if presence.up and presence.desk:
            assert presence.told <= (presence.microphone and presence.heard)
        if presence.told and not (presence.up and presence.desk):
            assert presence.deadline is not None
            assert presence.deadline <= now + GRACE_SECONDS
