"""Nodes that only talk: play, say."""

from routing.flows.document.nodes import Play, Say
from routing.flows.document.speech import Recorded, Spoken
from routing.flows.run.effects import StopSpeaking
from routing.flows.run.keys import keep_ahead
from routing.flows.run.walk import Walk
from routing.flows.run.words import KeyPressed, SpeechEnded, TimeOut


def arrive_play(walk: Walk, node: Play) -> None:
    if not _passed(walk, node):
        walk.speak(Recorded(prompt=name) for name in node.prompts)


def arrive_say(walk: Walk, node: Say) -> None:
    if not _passed(walk, node):
        walk.speak((Spoken(text=node.text, language=node.language),))


def _passed(walk: Walk, node: Play | Say) -> bool:
    """Keys already pressed go through what may be interrupted, and are lost before what must be heard."""
    if not node.barge_in:
        walk.set(ahead="")
    if not walk.position.ahead:
        return False
    walk.go("next", node.next, "keys were pressed ahead")
    return True


def ended(walk: Walk, node: Play | Say, word: SpeechEnded) -> None:
    walk.go("next", node.next, "it was heard")


def timed_out(walk: Walk, node: Play | Say, word: TimeOut) -> None:
    walk.go("next", node.next, "its end was never reported")


def pressed(walk: Walk, node: Play | Say, word: KeyPressed) -> None:
    if not node.barge_in:
        return
    keep_ahead(walk, node, word)
    walk.do(StopSpeaking())
    walk.go("next", node.next, "a key was pressed")
