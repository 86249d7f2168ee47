"""Conditions as Hypothesis makes them."""

from hypothesis import strategies as st

from kernel.contracts.queues import AllOf, AnyOf, AtLeast, Condition, Not

SKILLS = ("german", "french", "billing")
AT_LEAST = st.builds(AtLeast, st.sampled_from(SKILLS), st.integers(1, 4))


def _wider(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    parts = st.lists(inner, min_size=1, max_size=3).map(tuple)
    return st.one_of(st.builds(AllOf, parts), st.builds(AnyOf, parts), st.builds(Not, inner))


CONDITIONS: st.SearchStrategy[Condition] = st.recursive(AT_LEAST, _wider, max_leaves=6)
