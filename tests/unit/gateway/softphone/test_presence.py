"""When an agent counts as reachable."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.softphone.presence import GRACE_SECONDS, Presence, Verdict


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


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["up", "silent", "desk", "talking", "wait", "close"]), st.booleans(), st.floats(0, 30)
        )
    )
)
def test_what_is_told_alternates_and_a_grace_always_ends(history: list[tuple[str, bool, float]]) -> None:
    presence, now, told = Presence(), 0.0, [Verdict.UNREACHABLE]
    for field, value, seconds in history:
        now += seconds
        verdicts = [presence.expire(now)]
        if field == "close":
            verdicts.append(presence.close())
        elif field != "wait":
            verdicts.append(presence.update(now, **{field: value}))
        for verdict in verdicts:
            if verdict is not Verdict.NOTHING:
                assert verdict is not told[-1]
                told.append(verdict)
        assert presence.told is (told[-1] is Verdict.REACHABLE)
        if presence.told and not (presence.up and presence.desk):
            assert presence.deadline is not None
            assert presence.deadline <= now + GRACE_SECONDS
