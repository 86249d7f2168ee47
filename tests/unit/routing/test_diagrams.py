"""The pages of machines are what the tables say."""

import pytest

from tests.unit.routing.diagrams import DOCS, DRAWN, redrawn


@pytest.mark.parametrize("page", DRAWN)
def test_the_page_is_current(page: str) -> None:
    text = (DOCS / page).read_text(encoding="utf-8")
    assert redrawn(text, DRAWN[page].items()) == text
