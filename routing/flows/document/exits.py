"""Where each kind of node can lead, what makes it go there, and what is known then: one table for all who ask."""

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any, NamedTuple

from routing.flows.document.flow import Flow
from routing.flows.document.nodes import (
    AnyNode,
    Attempts,
    Branch,
    Callback,
    GoTo,
    HangUp,
    Hours,
    Input,
    Lookup,
    Menu,
    Node,
    Play,
    Queue,
    Robot,
    Say,
    SetVariable,
    Transfer,
    Voicemail,
)

OPTIONAL = ("holiday", "emergency", "on_no_agents", "on_limit", "on_callback")
"""Exits that may be None."""


class By(Enum):
    """What makes a call take an exit."""

    ITSELF = "itself"  # whatever the caller does: only these may not make a circle
    CALLER = "caller"  # keys were pressed
    CLOCK = "clock"  # after a time in the queue in which agents could have answered


class Exit(NamedTuple):
    """`field` as in the document; `sets` are the variables that have a value from there on."""

    field: str
    target: str
    by: By = By.ITSELF
    sets: frozenset[str] = frozenset()


def exits_of(node: AnyNode) -> tuple[Exit, ...]:
    """Those that the node has: an optional one that is None is none."""
    return tuple(_EXITS[type(node)](node))


def ends(node: AnyNode) -> bool:
    """Whether a call can leave the flow here for good."""
    return isinstance(node, Queue | Transfer | GoTo | HangUp)


def sets_of(node: AnyNode) -> frozenset[str]:
    """All variables that the node may set."""
    return frozenset(name for one in exits_of(node) for name in one.sets)


def every_exit(flow: Flow) -> Iterator[tuple[str, Exit]]:
    return ((name, one) for name, node in flow.nodes.items() for one in exits_of(node))


def _next(node: Play | Say) -> Iterator[Exit]:
    yield Exit("next", node.next)


def _attempts(node: Attempts) -> Iterator[Exit]:
    yield Exit("on_invalid", node.on_invalid, By.CALLER)
    yield Exit("on_silence", node.on_silence)


def _menu(node: Menu) -> Iterator[Exit]:
    for keys, target in node.options.items():
        yield Exit(f"options.{keys}", target, By.CALLER)
    yield from _attempts(node)


def _input(node: Input) -> Iterator[Exit]:
    yield Exit("next", node.next, By.CALLER, frozenset({node.variable}))
    yield from _attempts(node)


def _hours(node: Hours) -> Iterator[Exit]:
    yield Exit("open", node.open)
    yield Exit("closed", node.closed)
    yield from _optional(("holiday", node.holiday), ("emergency", node.emergency))


def _branch(node: Branch) -> Iterator[Exit]:
    for place, case in enumerate(node.cases):
        yield Exit(f"cases.{place}.next", case.next)
    yield Exit("otherwise", node.otherwise)


def _set(node: SetVariable) -> Iterator[Exit]:
    yield Exit("next", node.next, sets=frozenset({node.variable}))


def _lookup(node: Lookup) -> Iterator[Exit]:
    yield Exit("next", node.next, sets=frozenset(node.results))
    yield Exit("on_failure", node.on_failure)


def _queue(node: Queue) -> Iterator[Exit]:
    yield Exit("on_full", node.on_full)
    yield from _optional(("on_no_agents", node.on_no_agents))
    yield from _optional(("on_limit", node.on_limit), by=By.CLOCK)
    yield from _optional(("on_callback", node.on_callback), by=By.CALLER)


def _callback(node: Callback) -> Iterator[Exit]:
    yield Exit("next", node.next, By.CALLER)
    yield Exit("on_declined", node.on_declined)
    yield Exit("on_unavailable", node.on_unavailable)


def _voicemail(node: Voicemail) -> Iterator[Exit]:
    yield Exit("next", node.next)
    yield Exit("on_failure", node.on_failure)


def _transfer(node: Transfer) -> Iterator[Exit]:
    yield Exit("on_failure", node.on_failure)


def _robot(node: Robot) -> Iterator[Exit]:
    told = frozenset(node.results)
    for outcome, target in node.outcomes.items():
        yield Exit(f"outcomes.{outcome}", target, sets=told)
    yield Exit("otherwise", node.otherwise, sets=told)
    yield Exit("on_failure", node.on_failure)


def _nowhere(node: GoTo | HangUp) -> Iterator[Exit]:
    return iter(())


def _optional(*exits: tuple[str, str | None], by: By = By.ITSELF) -> Iterator[Exit]:
    return (Exit(field, target, by) for field, target in exits if target is not None)


_EXITS: dict[type[Node], Callable[[Any], Iterator[Exit]]] = {
    Play: _next,
    Say: _next,
    Menu: _menu,
    Input: _input,
    Hours: _hours,
    Branch: _branch,
    SetVariable: _set,
    Lookup: _lookup,
    Queue: _queue,
    Callback: _callback,
    Voicemail: _voicemail,
    Transfer: _transfer,
    Robot: _robot,
    GoTo: _nowhere,
    HangUp: _nowhere,
}
