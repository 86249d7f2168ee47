"""The page of machines is what the tables say."""

from tests.unit.gateway.sip.diagrams import DOCUMENT, page


def test_the_page_is_current() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == page()
