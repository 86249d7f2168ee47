"""Cursors, ETags, metrics, problem codes."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.conditions import etag, provide_expected
from api.metrics import exposition
from api.paging import Paging, decode_cursor, encode_cursor
from api.problem_kinds import OF_OPERATIONS, PROBLEMS
from api.problems import problem_document
from api.services import Sample
from kernel.primitives.errors import InvalidInput
from tenants.rows import RevisionMismatch


class TestCursors:
    @given(st.uuids())
    def test_they_lead_back(self, key: UUID) -> None:
        assert decode_cursor(encode_cursor(key)) == key

    @pytest.mark.parametrize("text", ["", "x", "!!!!", "A" * 21, "A" * 23, "A" * 44, "ü" * 22])
    def test_nonsense_is_refused(self, text: str) -> None:
        with pytest.raises(InvalidInput):
            decode_cursor(text)

    @given(st.lists(st.uuids(), unique=True, max_size=20), st.integers(1, 5))
    def test_pages_hold_everything_once(self, keys: list[UUID], limit: int) -> None:
        keys.sort()
        seen: list[UUID] = []
        paging = Paging(None, limit)
        while True:
            after = paging.after
            found = [key for key in keys if after is None or key > after][: paging.one_more]
            page = paging.page_by(found, lambda key: key, lambda key: key)
            assert len(page.items) <= limit
            seen += page.items
            if page.next_cursor is None:
                break
            paging = Paging(decode_cursor(page.next_cursor), limit)
        assert seen == keys


class TestConditions:
    @given(st.integers(1, 10**17))
    def test_an_etag_names_its_revision(self, revision: int) -> None:
        assert provide_expected(etag(revision)) == revision

    @pytest.mark.parametrize("header", [None, "*", " * "])
    def test_without_a_condition(self, header: str | None) -> None:
        assert provide_expected(header) is None

    @pytest.mark.parametrize("header", ["", "3", 'W/"3"', '"x"', '"3", "4"', '"' + "9" * 19 + '"'])
    def test_what_is_none_of_ours_matches_nothing(self, header: str) -> None:
        with pytest.raises(RevisionMismatch):
            provide_expected(header)


class TestMetrics:
    def test_nothing_to_tell(self) -> None:
        assert exposition([]) == ""

    def test_families_stand_together_and_values_are_escaped(self) -> None:
        text = exposition(
            [
                Sample("a_total", 1.0, (("x", 'one "two" \\ \n'),), "first\nline"),
                Sample("b", 0.1, (), "", "gauge"),
                Sample("a_total", 2.0),
            ]
        )
        assert text == (
            "# HELP a_total first\\nline\n# TYPE a_total counter\n"
            'a_total{x="one \\"two\\" \\\\ \\n"} 1.0\na_total 2.0\n# TYPE b gauge\nb 0.1\n'
        )


class TestProblems:
    def test_every_code_is_one_error(self) -> None:
        codes = [kind.code for kind in PROBLEMS]
        assert len(set(codes)) == len(codes)

    @pytest.mark.parametrize("kind", PROBLEMS, ids=lambda kind: kind.code)
    def test_every_error_is_a_whole_document(self, kind: type) -> None:
        document = problem_document(kind("What to do.", more=1))
        assert document["type"] == f"/v1/problems#{kind.code}"  # type: ignore[attr-defined]
        assert 400 <= document["status"] < 600
        assert (document["detail"], document["more"]) == ("What to do.", 1)
        assert document["title"]

    def test_documented_ones_are_listed(self) -> None:
        assert {kind for kinds in OF_OPERATIONS.values() for kind in kinds} <= set(PROBLEMS)
