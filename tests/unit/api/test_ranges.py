"""Range requests (RFC 9110 14)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.errors import RangeNotSatisfiable
from api.ranges import Span, wanted_span

TAG = '"tag"'


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (None, None),
        ("bytes=0-0", Span(0, 1)),
        ("bytes=0-9", Span(0, 10)),
        ("bytes=5-", Span(5, 5)),
        ("bytes=-3", Span(7, 3)),
        ("bytes=-99", Span(0, 10)),
        ("bytes=0-99", Span(0, 10)),
        ("BYTES = 2 - 3", Span(2, 2)),
        ("bytes=3-2", None),
        ("bytes=-", None),
        ("bytes=", None),
        ("bytes=a-b", None),
        ("bytes=0-1,3-4", None),
        ("seconds=0-1", None),
        ("bytes=0-99999999999999999999", None),
    ],
)
def test_what_is_sent_of_ten_bytes(header: str | None, expected: Span | None) -> None:
    assert wanted_span(header, None, TAG, 10) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=10-", 10), ("bytes=99-100", 10), ("bytes=-0", 10), ("bytes=0-", 0)]
)
def test_what_lies_behind_the_end(header: str, size: int) -> None:
    with pytest.raises(RangeNotSatisfiable):
        wanted_span(header, None, TAG, size)


@pytest.mark.parametrize(("if_range", "expected"), [(TAG, Span(0, 1)), ('"other"', None), ("Mon, 02 Mar 2026", None)])
def test_a_part_only_of_the_same_version(if_range: str, expected: Span | None) -> None:
    assert wanted_span("bytes=0-0", if_range, TAG, 10) == expected


@given(st.text(max_size=30), st.integers(0, 100))
def test_whatever_is_asked_the_answer_lies_in_the_file(header: str, size: int) -> None:
    for text in (header, f"bytes={header}"):
        try:
            span = wanted_span(text, None, TAG, size)
        except RangeNotSatisfiable:
            continue
        if span is not None:
            assert 0 <= span.start < span.start + span.length <= size
            assert span.content_range(size) == f"bytes {span.start}-{span.start + span.length - 1}/{size}"
