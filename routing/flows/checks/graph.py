"""The shape: every exit connected, every node reached, a way out from everywhere, no circle that runs by itself."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from itertools import pairwise

from routing.flows.checks.problem import Code, Problem
from routing.flows.document.exits import By, Exit, ends, every_exit, exits_of
from routing.flows.document.flow import Flow

Graph = Mapping[str, frozenset[str]]


def shape_problems(flow: Flow) -> Iterator[Problem]:
    if flow.start not in flow.nodes:
        yield Problem("", "start", Code.NO_START, "The flow has no start: name the node that a call comes to first.")
    for name, exit_ in every_exit(flow):
        yield from _exit_problems(flow, name, exit_)
    yield from _unreachable(flow)
    yield from _no_way_out(flow)
    yield from _circles(flow)


def _exit_problems(flow: Flow, name: str, exit_: Exit) -> Iterator[Problem]:
    if not exit_.target:
        told = "This exit is a dead end: connect it, to a hang_up node if the call shall end there."
        yield Problem(name, exit_.field, Code.NOT_CONNECTED, told)
    elif exit_.target not in flow.nodes:
        told = f"There is no node {exit_.target!r}: connect the exit to one that there is."
        yield Problem(name, exit_.field, Code.UNKNOWN_NODE, told)


def _unreachable(flow: Flow) -> Iterator[Problem]:
    reached = reachable(_graph(flow), [flow.start])
    for name in flow.nodes:
        if name not in reached:
            yield Problem(name, "", Code.UNREACHABLE, "No way leads here: connect an exit to it, or delete it.")


def _no_way_out(flow: Flow) -> Iterator[Problem]:
    """Nodes from which every way goes round for ever; exits that lead nowhere are told already."""
    backwards: dict[str, set[str]] = {name: set() for name in flow.nodes}
    for name, exit_ in every_exit(flow):
        if exit_.target in backwards:
            backwards[exit_.target].add(name)
    loose = {name for name, exit_ in every_exit(flow) if exit_.target not in flow.nodes}
    out = {name for name, node in flow.nodes.items() if ends(node)} | loose
    told = "From here no way leads to an end: add one to a queue, transfer, go_to or hang_up node."
    saved = reachable({name: frozenset(before) for name, before in backwards.items()}, out)
    return (Problem(name, "", Code.NO_WAY_OUT, told) for name in flow.nodes if name not in saved)


def _circles(flow: Flow) -> Iterator[Problem]:
    """One problem for each circle, told at its first node."""
    graph = _graph(flow, alone=True)
    told: set[str] = set()
    for name in flow.nodes:
        if name in told:
            continue
        way = _way_back(graph, name)
        if way:
            told |= {one for one in reachable(graph, [name]) if name in reachable(graph, [one])}
            fields = {_field(flow, one, other) for one, other in pairwise((*way, name))}
            text = (
                f"{' → '.join((*way, name))} goes round without the caller doing anything: "
                f"let one of these exits lead elsewhere: {', '.join(sorted(fields))}."
            )
            yield Problem(name, "", Code.CIRCLE, text)


def _way_back(graph: Graph, start: str) -> tuple[str, ...]:
    """The shortest way from a node back to itself, without the return; () when there is none."""
    came: dict[str, str] = {}
    line = deque([start])
    while line:
        name = line.popleft()
        for target in sorted(graph.get(name, ())):
            if target == start:
                return _retraced(came, name)
            if target not in came:
                came[target] = name
                line.append(target)
    return ()


def _retraced(came: Mapping[str, str], name: str) -> tuple[str, ...]:
    way = [name]
    while name in came:
        name = came[name]
        way.append(name)
    return tuple(reversed(way))


def _field(flow: Flow, name: str, target: str) -> str:
    fields = (one.field for one in exits_of(flow.nodes[name]) if one.target == target and one.by is By.ITSELF)
    return f"{name}.{next(fields)}"


def _graph(flow: Flow, alone: bool = False) -> dict[str, frozenset[str]]:
    """`alone`: only the exits that are taken whatever the caller does."""
    return {
        name: frozenset(
            one.target for one in exits_of(node) if one.target in flow.nodes and (one.by is By.ITSELF or not alone)
        )
        for name, node in flow.nodes.items()
    }


def reachable(graph: Graph, starts: Iterable[str]) -> set[str]:
    """The starts that the graph knows, and all that follows."""
    found: set[str] = set()
    line = [start for start in starts if start in graph]
    while line:
        name = line.pop()
        if name not in found:
            found.add(name)
            line.extend(graph[name])
    return found
