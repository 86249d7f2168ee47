"""Words that we say ourselves, by the language in which they are to be read."""

from collections.abc import Mapping
from typing import TypeVar

ENGLISH = "en"

Words = TypeVar("Words")


def words_in(language: str, known: Mapping[str, Words]) -> tuple[Words, str]:
    """`language` is a BCP 47 tag; in one that has no words here, all is said in English, and by an English voice."""
    words = known.get(language.partition("-")[0].lower())
    return (known[ENGLISH], ENGLISH) if words is None else (words, language)
