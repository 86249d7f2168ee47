"""Subjects match patterns word by word."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.adapters.subjects import checked_pattern, checked_subject, matches

words = st.text("ab", min_size=1, max_size=2)
subjects = st.lists(words, min_size=1, max_size=4).map(".".join)
patterns = st.tuples(st.lists(words | st.just("*"), max_size=3), st.sampled_from(["a", "*", ">"])).map(
    lambda parts: ".".join((*parts[0], parts[1]))
)


@given(patterns, subjects)
def test_matching_is_what_the_regular_expression_says(pattern: str, subject: str) -> None:
    expression = re.escape(pattern).replace(r"\*", r"[^.]+").replace(">", r".+")
    assert matches(pattern, subject) == bool(re.fullmatch(expression, subject))


@given(subjects)
def test_a_subject_matches_itself_and_everything(subject: str) -> None:
    assert checked_subject(subject) == checked_pattern(subject) == subject
    assert matches(subject, subject)
    assert matches(">", subject)


@pytest.mark.parametrize("subject", ["", ".", "a.", ".a", "a..b", "a b", "*", "a.>"])
def test_a_subject_nobody_could_hear_is_refused(subject: str) -> None:
    with pytest.raises(ValueError, match="not a subject"):
        checked_subject(subject)
