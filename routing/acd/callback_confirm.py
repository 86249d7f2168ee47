"""What a customer hears who is called back before an agent is there: a call flow of our own, the same for every tenant.

It asks for a key, so that no agent is given an answering machine, or somebody who did not ask for the call.
"""

from kernel.primitives.ids import QueueId
from routing.acd.own_flows import OwnFlows
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import HangUp, Menu, Queue
from routing.flows.document.speech import Spoken
from routing.matching.languages import words_in

COMPANY = "company"

_WORDS = {
    "en": "Hello. This is {company}: you asked us to call you back. Press 1 to speak with us now.",
    "de": "Guten Tag. Hier ist {company}: Sie haben um einen Rückruf gebeten. Drücken Sie die 1, um jetzt mit uns zu "
    "sprechen.",
    "fr": "Bonjour. Ici {company} : vous avez demandé à être rappelé. Tapez 1 pour nous parler maintenant.",
    "es": "Hola. Le llamamos de {company}: nos pidió que le llamáramos. Pulse 1 para hablar con nosotros ahora.",
    "it": "Buongiorno. Qui è {company}: ha chiesto di essere richiamato. Prema 1 per parlare con noi adesso.",
    "nl": "Goedendag. U spreekt met {company}: u hebt gevraagd om teruggebeld te worden. Toets 1 om ons nu te spreken.",
}


def _flow(queue: QueueId, language: str) -> Flow:
    """Who presses nothing hears it once more; then the call ends, and is made again later."""
    words, spoken = words_in(language, _WORDS)
    return Flow(
        language=spoken,
        variables={COMPANY: ""},
        start="confirm",
        nodes={
            "confirm": Menu(
                prompts=(Spoken(text=words),), options={"1": "wait"}, retries=1, on_invalid="bye", on_silence="bye"
            ),
            "bye": HangUp(),
            "wait": Queue(queue=queue, on_full="bye"),
        },
        fallback_queue=queue,
    )


CONFIRMATIONS = OwnFlows("callback-confirm", _flow)
