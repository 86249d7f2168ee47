"""Keys that nobody has asked for yet."""

from routing.flows import limits
from routing.flows.document.names import KEYPAD
from routing.flows.document.nodes import Node
from routing.flows.run.walk import Walk
from routing.flows.run.words import KeyPressed


def keep_ahead(walk: Walk, node: Node, word: KeyPressed) -> None:
    """For the next node that asks; A to D are no keys of telephones."""
    if word.key in KEYPAD and len(walk.position.ahead) < limits.KEYS_AHEAD:
        walk.set(ahead=walk.position.ahead + word.key)
