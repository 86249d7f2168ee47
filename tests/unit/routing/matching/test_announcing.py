"""What waiting callers are told, in words."""

import pytest

from routing.matching.announcing import Phrase, position_phrase, wait_phrase


def test_a_human_would_say_it_so() -> None:
    assert position_phrase(1, "en-GB").text == "You are next in line."
    assert position_phrase(3, "en-GB") == Phrase("position_3", "You are number 3 in line.", "en-GB")
    assert wait_phrase(1, "en").text == "We expect to answer in about one minute."
    assert wait_phrase(4, "en").text == "We expect to answer in about 4 minutes."


@pytest.mark.parametrize("language", ["de", "de-AT", "fr-CA", "es", "it-CH", "nl-BE"])
def test_it_is_said_in_the_queues_language(language: str) -> None:
    phrases = [position_phrase(3, language), wait_phrase(15, language)]
    assert [phrase.language for phrase in phrases] == [language, language]
    assert "3" in phrases[0].text
    assert "15" in phrases[1].text
    assert len({position_phrase(3, one).text for one in ("en", language)}) == 2


def test_a_language_without_words_is_english_by_an_english_voice() -> None:
    assert position_phrase(3, "tlh") == Phrase("position_3", "You are number 3 in line.", "en")
