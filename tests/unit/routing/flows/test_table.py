"""The machine's table: a row for every pair, and the page tells the same."""

import re
from typing import get_args

import pytest

from routing.flows.document.nodes import NODE_KINDS, AnyNode, Node
from routing.flows.run.effects import AnyEffect
from routing.flows.run.position import Phase, Position
from routing.flows.run.table import ARRIVALS, EXPECTED, TABLE, hung_up, ignore
from routing.flows.run.walk import Walk
from routing.flows.run.words import WORD_KINDS, AnyWord, CallerHungUp, KeyPressed, Report, TimeOut, Word
from tests.unit.routing.flows.documents import NOW, PAGE, flow


def test_every_pair_has_a_row_and_every_kind_an_arrival() -> None:
    assert set(TABLE) == {(node, word) for node in NODE_KINDS for word in WORD_KINDS}
    assert set(ARRIVALS) == set(NODE_KINDS) == set(get_args(AnyNode))
    assert set(WORD_KINDS) == set(get_args(AnyWord))


def test_tags_are_told_apart() -> None:
    for union in (AnyNode, AnyWord, AnyEffect):
        tags = [kind.__struct_config__.tag for kind in get_args(union)]
        assert len(set(tags)) == len(tags)


@pytest.mark.parametrize("kind", NODE_KINDS, ids=lambda kind: kind.__name__)
def test_who_hangs_up_is_let_go_everywhere(kind: type[Node]) -> None:
    assert TABLE[kind, CallerHungUp] is not ignore


def test_every_word_is_expected_somewhere() -> None:
    expected = {word for _, word in EXPECTED} | {CallerHungUp}
    assert expected == set(WORD_KINDS)


def test_what_can_wait_can_time_out() -> None:
    """Whoever is asked may fail to report: the queue alone keeps its own time."""
    waits = {node for node, word in EXPECTED if issubclass(word, Report)}
    timed = {node for node, word in EXPECTED if word is TimeOut}
    assert {kind.__name__ for kind in waits - timed} == {"Queue"}


def test_what_is_ignored_changes_nothing() -> None:
    document = flow({"end": {"kind": "hang_up"}})
    position = Position(flow="main", version=1, node="end", phase=Phase.WAITING)
    walk = Walk(document, position, NOW)
    ignore(walk, document.nodes["end"], KeyPressed(key="1"))
    assert (walk.position, walk.result.effects, walk.result.moves) == (position, (), ())
    assert {TABLE[pair] for pair in set(TABLE) - set(EXPECTED)} == {ignore, hung_up}


def test_the_page_tells_every_word() -> None:
    rows = [line for line in PAGE.read_text().splitlines() if line.startswith("| `")]
    told = {name for row in rows for name in re.findall(r"`(\w+)`", row.split("|")[1])}
    assert {_tag(word) for word in WORD_KINDS} <= told
    assert {_tag(kind) for kind in NODE_KINDS} <= told


def _tag(kind: type[Word] | type[Node]) -> str:
    return str(kind.__struct_config__.tag)
