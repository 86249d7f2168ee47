"""What a queue says before it lets a caller go for a callback: a call flow of our own, the same for every tenant."""

from typing import NamedTuple

from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber
from routing.acd.own_flows import OwnFlows
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import Callback, HangUp, Queue, Say
from routing.flows.document.speech import Spoken
from routing.matching.languages import words_in

NUMBER = "number_said"


class _Words(NamedTuple):
    offer: str
    thanks: str


_WORDS = {
    "en": _Words(
        "Everybody is busy at the moment. Press 1 to keep your place in line and to be called back at {number_said}. "
        "Or stay on the line.",
        "Thank you. We will call you back when it is your turn. Goodbye.",
    ),
    "de": _Words(
        "Zurzeit sind alle im Gespräch. Drücken Sie die 1, um Ihren Platz zu behalten und unter {number_said} "
        "zurückgerufen zu werden. Oder bleiben Sie in der Leitung.",
        "Vielen Dank. Wir rufen Sie zurück, sobald Sie an der Reihe sind. Auf Wiederhören.",
    ),
    "fr": _Words(
        "Tous nos conseillers sont occupés. Tapez 1 pour garder votre place et être rappelé au {number_said}. "
        "Ou restez en ligne.",
        "Merci. Nous vous rappellerons quand ce sera votre tour. Au revoir.",
    ),
    "es": _Words(
        "En este momento todos están ocupados. Pulse 1 para conservar su lugar y recibir una llamada al {number_said}. "
        "O permanezca en línea.",
        "Gracias. Le llamaremos cuando sea su turno. Adiós.",
    ),
    "it": _Words(
        "Al momento siamo tutti occupati. Prema 1 per conservare il posto ed essere richiamato al {number_said}. "
        "Oppure resti in linea.",
        "Grazie. La richiameremo quando sarà il suo turno. Arrivederci.",
    ),
    "nl": _Words(
        "Iedereen is op dit moment in gesprek. Toets 1 om uw plaats te behouden en teruggebeld te worden op "
        "{number_said}. Of blijf aan de lijn.",
        "Dank u wel. We bellen u terug zodra u aan de beurt bent. Tot ziens.",
    ),
}


def digits_said(number: PhoneNumber) -> str:
    """One by one, as people tell a number."""
    return " ".join(number.e164.removeprefix("+"))


def _flow(queue: QueueId, language: str) -> Flow:
    """Who presses nothing, or whom nobody can call back, waits on at the old place."""
    words, spoken = words_in(language, _WORDS)
    return Flow(
        language=spoken,
        variables={NUMBER: ""},
        start="offer",
        nodes={
            "offer": Callback(
                queue=queue,
                prompts=(Spoken(text=words.offer),),
                next="thanks",
                on_declined="wait",
                on_unavailable="wait",
            ),
            "thanks": Say(text=words.thanks, next="bye"),
            "bye": HangUp(),
            "wait": Queue(queue=queue, on_full="bye"),
        },
        fallback_queue=queue,
    )


OFFERS = OwnFlows("callback-offer", _flow)
