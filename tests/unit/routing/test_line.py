"""Keys in order."""

from hypothesis import given
from hypothesis import strategies as st

from routing.queues.line import Line


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 9))))
def test_a_line_is_a_sorted_set(changes: list[tuple[bool, int]]) -> None:
    line: Line[tuple[int]] = Line()
    model: set[tuple[int]] = set()
    for add, number in changes:
        (line.add if add else line.discard)((number,))
        (model.add if add else model.discard)((number,))
        assert list(line) == sorted(model)
        assert line.first == (min(model) if model else None)
        assert len(line) == len(model)
