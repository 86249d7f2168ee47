"""The words in which waiting callers are told their position and the expected wait, by language."""

from typing import NamedTuple

from routing.matching.languages import words_in


class Phrase(NamedTuple):
    """`text` in `language`, unless the tenant has a sound of its own under the name `prompt`."""

    prompt: str
    text: str
    language: str


class _Words(NamedTuple):
    """The first and the many; numbers stay digits, for every voice reads those of its own language."""

    next_one: str
    position: str
    one_minute: str
    minutes: str


_WORDS = {
    "en": _Words(
        "You are next in line.",
        "You are number {number} in line.",
        "We expect to answer in about one minute.",
        "We expect to answer in about {number} minutes.",
    ),
    "de": _Words(
        "Sie sind als Nächstes an der Reihe.",
        "Sie sind an Position {number} der Warteschlange.",
        "Wir sprechen voraussichtlich in etwa einer Minute mit Ihnen.",
        "Wir sprechen voraussichtlich in etwa {number} Minuten mit Ihnen.",
    ),
    "fr": _Words(
        "Vous êtes la prochaine personne dans la file d'attente.",
        "Vous êtes en position {number} dans la file d'attente.",
        "Nous pensons vous répondre dans environ une minute.",
        "Nous pensons vous répondre dans environ {number} minutes.",
    ),
    "es": _Words(
        "Su llamada es la siguiente.",
        "Su llamada ocupa el puesto número {number} de la cola.",
        "Esperamos atenderle en un minuto aproximadamente.",
        "Esperamos atenderle en unos {number} minutos.",
    ),
    "it": _Words(
        "La sua chiamata è la prossima.",
        "La sua chiamata è al numero {number} della coda.",
        "Pensiamo di rispondere tra circa un minuto.",
        "Pensiamo di rispondere tra circa {number} minuti.",
    ),
    "nl": _Words(
        "U bent als volgende aan de beurt.",
        "U bent nummer {number} in de wachtrij.",
        "We verwachten u over ongeveer één minuut te helpen.",
        "We verwachten u over ongeveer {number} minuten te helpen.",
    ),
}


def position_phrase(position: int, language: str) -> Phrase:
    """`position` is 1 for who is next, `language` a BCP 47 tag; one that has no words here is told in English."""
    words, spoken = words_in(language, _WORDS)
    text = words.next_one if position == 1 else words.position.format(number=position)
    return Phrase(f"position_{position}", text, spoken)


def wait_phrase(minutes: int, language: str) -> Phrase:
    """Of whole minutes, rounded already."""
    words, spoken = words_in(language, _WORDS)
    text = words.one_minute if minutes == 1 else words.minutes.format(number=minutes)
    return Phrase(f"minutes_{minutes}", text, spoken)
