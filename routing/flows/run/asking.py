"""Nodes that ask for keys: menu, input. Barge-in, pauses between keys, and attempts that fail."""

from routing.flows.document.names import DIGITS
from routing.flows.document.nodes import Attempts, Input, Menu
from routing.flows.document.speech import Utterance
from routing.flows.run.effects import StopSpeaking
from routing.flows.run.position import Phase
from routing.flows.run.walk import Walk
from routing.flows.run.words import KeyPressed, SpeechEnded, TimeOut


def arrive(walk: Walk, node: Attempts) -> None:
    if not node.barge_in:
        walk.set(ahead="")
    if walk.position.ahead:
        _listen(walk, node)
    else:
        _ask(walk, node, node.prompts)


def _ask(walk: Walk, node: Attempts, said: tuple[Utterance, ...]) -> None:
    walk.set(pressed="")
    if said:
        walk.speak(said)
    else:
        _listen(walk, node)


def _listen(walk: Walk, node: Attempts) -> None:
    walk.wait(Phase.COLLECTING, node.wait_seconds)


def ended(walk: Walk, node: Attempts, word: SpeechEnded) -> None:
    if walk.phase is Phase.SPEAKING:
        _listen(walk, node)


def heard(walk: Walk, node: Attempts) -> bool:
    """Whether a key counts now; it cuts off what plays."""
    if walk.phase is Phase.SPEAKING:
        if not node.barge_in:
            return False
        walk.do(StopSpeaking())
    walk.wait(Phase.COLLECTING, node.key_seconds)
    return True


# --- menu ---


def menu_pressed(walk: Walk, node: Menu, word: KeyPressed) -> None:
    if not heard(walk, node):
        return
    entry = walk.position.pressed + word.key
    walk.set(pressed=entry)
    longer = any(keys.startswith(entry) and keys != entry for keys in node.options)
    if entry in node.options and not longer:
        _choose(walk, node, entry)
    elif not longer:
        _invalid(walk, node, f"no option begins with {entry}")


def menu_timed_out(walk: Walk, node: Menu, word: TimeOut) -> None:
    entry = walk.position.pressed
    if walk.phase is Phase.SPEAKING:
        _listen(walk, node)
    elif entry in node.options:
        _choose(walk, node, entry)
    elif entry:
        _invalid(walk, node, f"{entry} is no option")
    else:
        _silent(walk, node)


def _choose(walk: Walk, node: Menu, entry: str) -> None:
    walk.go(f"options.{entry}", node.options[entry], f"the caller pressed {entry}")


# --- input ---


def input_pressed(walk: Walk, node: Input, word: KeyPressed) -> None:
    if not heard(walk, node):
        return
    entry = walk.position.pressed
    if word.key == node.terminator:
        _judge(walk, node)
    elif word.key not in DIGITS:
        _invalid(walk, node, "a key that is no digit")
    elif len(entry) == node.max_digits:
        _invalid(walk, node, f"more than {node.max_digits} digits")
    else:
        walk.set(pressed=entry + word.key)
        if not node.terminator and len(entry) + 1 == node.max_digits:
            _judge(walk, node)


def input_timed_out(walk: Walk, node: Input, word: TimeOut) -> None:
    if walk.phase is Phase.SPEAKING:
        _listen(walk, node)
    elif walk.position.pressed:
        _judge(walk, node)
    else:
        _silent(walk, node)


def _judge(walk: Walk, node: Input) -> None:
    entry = walk.position.pressed
    if len(entry) < node.min_digits:
        _invalid(walk, node, f"{len(entry)} digits, {node.min_digits} are needed")
        return
    walk.remember({node.variable: entry}, private=node.private)
    shown = f"{len(entry)} digits" if node.private else entry
    walk.go("next", node.next, f"the caller entered {shown}")


# --- attempts that failed ---


def _invalid(walk: Walk, node: Attempts, why: str) -> None:
    """What was pressed ahead meant something else, so it is forgotten."""
    walk.set(ahead="")
    if walk.position.tries >= node.retries:
        walk.go("on_invalid", node.on_invalid, f"{why}; attempt {walk.position.tries + 1} was the last")
        return
    walk.set(tries=walk.position.tries + 1)
    _ask(walk, node, node.invalid + node.prompts)


def _silent(walk: Walk, node: Attempts) -> None:
    if walk.position.tries >= node.retries:
        walk.go("on_silence", node.on_silence, f"no key; attempt {walk.position.tries + 1} was the last")
        return
    walk.set(tries=walk.position.tries + 1)
    _ask(walk, node, node.silence + node.prompts)
