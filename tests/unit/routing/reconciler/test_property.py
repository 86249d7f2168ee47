"""Whatever is broken heals, and what is consistent or only under way is never touched."""

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from routing.reconciler.differences import compare
from routing.reconciler.patience import PATIENCE, Verdict, Watch
from tests.unit.routing.reconciler.world import AGENTS, FAULTS, World

EVERY = 3.0
LONGEST = max(patience.total_seconds() for patience in PATIENCE.values())
ACTS = st.lists(st.tuples(st.sampled_from(("arrive", "answer", "ring", "end", "free")), st.integers(0, 5)), max_size=12)
BROKEN = st.lists(st.tuples(st.integers(0, len(FAULTS) - 1), st.integers(0, 5)), min_size=1, max_size=6)


def act(world: World, what: str, place: int) -> None:
    agent = AGENTS[place % len(AGENTS)]
    call = world.some_call(place)
    if what == "arrive":
        world.arrive()
    elif what == "free":
        world.free(agent)
    elif call is not None and what == "end":
        world.end(call)
    elif call is not None and world.calls[call].agent is None:
        (world.answer if what == "answer" else world.ring)(call, agent)


def worked(acts: list[tuple[str, int]]) -> World:
    world = World()
    for what, place in acts:
        act(world, what, place)
    return world


def heal(world: World, watch: Watch, rounds: int) -> list[Verdict]:
    verdicts: list[Verdict] = []
    for _ in range(rounds):
        found = watch.look(world.picture())
        for verdict in found:
            if verdict.cure is not None:
                world.carry_out(verdict.cure)
        verdicts += found
        world.tick(EVERY)
    return verdicts


@settings(max_examples=80, deadline=None)
@given(acts=ACTS)
def test_a_world_that_works_is_never_touched(acts: list[tuple[str, int]]) -> None:
    world, watch = World(), Watch()
    for what, place in acts:
        act(world, what, place)
        assert compare(world.picture()) == []
        assert heal(world, watch, 4) == []


@settings(max_examples=150, deadline=None)
@given(acts=ACTS, broken=BROKEN)
def test_whatever_is_broken_heals_and_stays_healed(acts: list[tuple[str, int]], broken: list[tuple[int, int]]) -> None:
    world, watch = worked(acts), Watch()
    for fault, place in broken:
        FAULTS[fault](world, place)
    verdicts = heal(world, watch, int(4 * LONGEST / EVERY))
    assert compare(world.picture()) == []
    assert None not in [verdict.cure for verdict in verdicts]
    assert heal(world, watch, 10) == []


@settings(max_examples=80, deadline=None)
@given(acts=ACTS, broken=BROKEN)
def test_calls_in_which_no_difference_was_found_go_on(
    acts: list[tuple[str, int]], broken: list[tuple[int, int]]
) -> None:
    world, watch = worked(acts), Watch()
    for fault, place in broken:
        FAULTS[fault](world, place)
    hurt = {difference.call for difference in compare(world.picture())}
    sound = world.calls.keys() - hurt
    heal(world, watch, int(4 * LONGEST / EVERY))
    assert sound <= world.calls.keys()


@settings(max_examples=80, deadline=None)
@given(acts=ACTS, lag=st.integers(1, 2))
def test_a_gateway_that_tells_late_is_not_taken_for_broken(acts: list[tuple[str, int]], lag: int) -> None:
    """Its part of each picture is `lag` pictures old: for so long everybody is right about another moment."""
    world, watch = World(), Watch()
    told = [world.picture()]
    for what, place in [*acts, *[("free", 9)] * 4]:
        act(world, what, place)
        told.append(world.picture())
        old = told[max(0, len(told) - 1 - lag)]
        own = {"agents": told[-1].agents, "calls": told[-1].calls, "timer": told[-1].timer}
        verdicts = watch.look(replace(old, at=world.now, **own))
        assert verdicts == []
        world.tick(EVERY)
