"""Variables: set before they are read, on every way; those given by the call are never set; not too many."""

from collections.abc import Iterator

from routing.flows import limits
from routing.flows.checks.problem import Code, Problem
from routing.flows.document.exits import exits_of, sets_of
from routing.flows.document.flow import Flow
from routing.flows.document.names import GIVEN
from routing.flows.document.reads import reads_of


def variable_problems(flow: Flow) -> Iterator[Problem]:
    yield from _given(flow)
    yield from _too_many(flow)
    known = known_on_arrival(flow)
    everything = _ever_set(flow)
    for name, node in flow.nodes.items():
        if name not in known:
            continue  # unreachable, which is told already
        for field, variable in reads_of(node):
            if variable not in known[name]:
                yield Problem(name, field, Code.UNSET_VARIABLE, _told(variable, variable in everything))


def _told(variable: str, elsewhere: bool) -> str:
    if elsewhere:
        return f"{variable} is not set on every way that leads here: declare it in `variables` with a first value."
    return f"{variable} is never set: declare it in `variables`, or set it by a node that comes before."


def _given(flow: Flow) -> Iterator[Problem]:
    told = "{} comes with the call and cannot be set: use another name."
    for variable in sorted(GIVEN & flow.variables.keys()):
        yield Problem("", f"variables.{variable}", Code.GIVEN_VARIABLE, told.format(variable))
    for name, node in flow.nodes.items():
        for variable in sorted(GIVEN & sets_of(node)):
            yield Problem(name, "", Code.GIVEN_VARIABLE, told.format(variable))


def _too_many(flow: Flow) -> Iterator[Problem]:
    found = len(_ever_set(flow) - GIVEN)
    if found > limits.VARIABLES:
        told = f"The flow has {found} variables, {limits.VARIABLES} are allowed: use fewer, or some of them again."
        yield Problem("", "variables", Code.TOO_MANY, told)


def _ever_set(flow: Flow) -> set[str]:
    return {variable for node in flow.nodes.values() for variable in sets_of(node)} | GIVEN | flow.variables.keys()


def known_on_arrival(flow: Flow) -> dict[str, frozenset[str]]:
    """For each node that can be reached, the variables that are set whichever way a call came."""
    if flow.start not in flow.nodes:
        return {}
    known = {flow.start: frozenset(GIVEN | flow.variables.keys())}
    open_ = [flow.start]
    while open_:
        name = open_.pop()
        for exit_ in exits_of(flow.nodes[name]):
            if exit_.target not in flow.nodes:
                continue
            brought = known[name] | exit_.sets
            before = known.get(exit_.target)
            after = brought if before is None else before & brought
            if after != before:
                known[exit_.target] = after
                open_.append(exit_.target)
    return known
