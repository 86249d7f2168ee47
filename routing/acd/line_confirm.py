"""What agents hear whose telephone is called to be kept on the line: they are asked for a key."""

from routing.matching.announcing import Phrase
from routing.matching.languages import words_in

KEY = "1"
PROMPT = "line_confirm"  # a tenant may have a sound of this name

_WORDS = {
    "en": "This is your line for calls. Press 1 to keep it up. Once more: press 1 to keep the line up.",
    "de": "Dies ist Ihre Leitung für Anrufe. Drücken Sie die 1, um sie zu halten. Noch einmal: Drücken Sie die 1, um "
    "die Leitung zu halten.",
    "fr": "Voici votre ligne pour les appels. Tapez 1 pour la garder ouverte. Je répète : tapez 1 pour garder la ligne "
    "ouverte.",
    "es": "Esta es su línea para llamadas. Pulse 1 para mantenerla abierta. Repetimos: pulse 1 para mantener la línea "
    "abierta.",
    "it": "Questa è la sua linea per le chiamate. Prema 1 per tenerla aperta. Ripetiamo: prema 1 per tenere aperta la "
    "linea.",
    "nl": "Dit is uw lijn voor gesprekken. Toets 1 om deze open te houden. Nogmaals: toets 1 om de lijn open te "
    "houden.",
}


def confirm_phrase(language: str) -> Phrase:
    """`language` is a BCP 47 tag."""
    words, spoken = words_in(language, _WORDS)
    return Phrase(PROMPT, words, spoken)
