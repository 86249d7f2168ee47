"""Any flow, any words in any order: it waits or has ended, stays within its limits, and replays to the same bytes."""

from datetime import timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from kernel.contracts.codec import pack, unpack
from routing.flows import limits
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow, read_flow, write_flow
from routing.flows.document.nodes import Queue
from routing.flows.run.interpreter import begin, enter, step
from routing.flows.run.position import Ending, Phase, Position
from routing.flows.run.walk import Step
from routing.flows.run.words import AnyWord, TimeOut
from tests.unit.routing.flows import strategies
from tests.unit.routing.flows.documents import FACTS, NOW, Known
from tests.unit.routing.flows.strategies import of_turn

STEPS_OF_SILENCE = 200  # 8 nodes, each with at most 3 attempts of prompt and pause, or 4 words; with room


def check(flow: Flow, result: Step) -> None:
    position = result.position
    assert position.steps <= limits.STEPS_ALONE
    assert len(position.ahead) <= limits.KEYS_AHEAD
    assert len(pack(position)) <= limits.VARIABLES * limits.VALUE_LENGTH
    assert unpack(pack(position), Position) == position
    if position.phase is Phase.ENDED:
        assert position.ending is not None
        assert position.deadline is None
    else:
        waits_in_queue = isinstance(flow.nodes[position.node], Queue)
        assert position.deadline is not None or waits_in_queue, f"nobody wakes {position}"
        assert position.ending is None


def walk(flow: Flow, words: list[tuple[AnyWord, int, float]]) -> list[bytes]:
    """The bytes of every step; each word is of the present or of an earlier turn, some time after the one before."""
    now = NOW
    result = begin(flow, "main", 3, FACTS, now)
    check(flow, result)
    kept = [pack((result.position, result.effects, result.moves))]
    for word, age, seconds in words:
        now += timedelta(seconds=seconds)
        result = step(flow, result.position, of_turn(word, result.position.turn - age), now)
        check(flow, result)
        kept.append(pack((result.position, result.effects, result.moves)))
    return kept


scripts = st.lists(
    st.tuples(strategies.any_word, st.sampled_from([0, 0, 0, 1]), st.sampled_from([0.0, 0.5, 4.0, 70.0, 1000.0])),
    max_size=40,
)


@settings(max_examples=40, deadline=None)
@given(strategies.flows())
def test_flows_made_to_be_valid_are_found_valid_and_survive_writing(flow: Flow) -> None:
    assert validate(flow, Known()) == ()
    assert read_flow(write_flow(flow)) == flow


@settings(max_examples=70, deadline=None)
@given(strategies.flows(), scripts)
def test_a_valid_flow_waits_or_ends_and_replays_to_the_same_bytes(
    flow: Flow, words: list[tuple[AnyWord, int, float]]
) -> None:
    assert walk(flow, words) == walk(read_flow(write_flow(flow)), words)


@settings(max_examples=70, deadline=None)
@given(strategies.drafts(), scripts)
def test_a_draft_never_crashes_either(flow: Flow, words: list[tuple[AnyWord, int, float]]) -> None:
    walk(flow, words)


@settings(max_examples=70, deadline=None)
@given(strategies.flows(), st.data())
def test_a_valid_flow_lets_go_of_who_does_nothing(flow: Flow, data: st.DataObject) -> None:
    """Prompts end, others answer somehow or not at all, no key is pressed: the call comes to an end by itself."""
    now = NOW
    result = begin(flow, "main", 3, FACTS, now)
    others = st.one_of(strategies.answers, strategies.played)
    for _ in range(STEPS_OF_SILENCE):
        if result.position.phase is Phase.ENDED:
            break
        waits_in_queue = isinstance(flow.nodes[result.position.node], Queue)
        if waits_in_queue or data.draw(st.booleans()):
            word = of_turn(data.draw(others), result.position.turn)
        else:
            assert result.position.deadline is not None
            now, word = max(now, result.position.deadline), TimeOut()
        result = step(flow, result.position, word, now)
    assert result.position.phase is Phase.ENDED or isinstance(flow.nodes[result.position.node], Queue)
    if result.position.ending is Ending.FAILED:
        assert flow.nodes[result.position.node].__struct_config__.tag == "go_to", "only a missing flow may fail it"


@settings(max_examples=30, deadline=None)
@given(strategies.flows(), strategies.flows(), scripts)
def test_entering_another_flow_from_anywhere_keeps_the_promises(
    flow: Flow, other: Flow, words: list[tuple[AnyWord, int, float]]
) -> None:
    result = begin(flow, "main", 3, FACTS, NOW)
    for word, _, _ in words[:10]:
        result = step(flow, result.position, of_turn(word, result.position.turn), NOW)
    entered = enter(other, "other", 1, result.position, NOW)
    check(other if entered.position.flow == "other" else flow, entered)
