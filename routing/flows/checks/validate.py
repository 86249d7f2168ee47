"""All checks together."""

from kernel.primitives.web_guard import WebRules
from routing.flows.checks.fields import field_problems
from routing.flows.checks.graph import shape_problems
from routing.flows.checks.names import name_problems
from routing.flows.checks.problem import Problem
from routing.flows.checks.variables import variable_problems
from routing.flows.document.flow import Flow
from routing.flows.known import KnownNames


def validate(flow: Flow, known: KnownNames, lookups: WebRules | None = None) -> tuple[Problem, ...]:
    """Everything that stands against publishing it, in the order of its nodes; () when there is nothing."""
    found = (
        *shape_problems(flow),
        *field_problems(flow, lookups or WebRules()),
        *variable_problems(flow),
        *name_problems(flow, known),
    )
    order = {name: place for place, name in enumerate(("", *flow.nodes))}
    return tuple(sorted(found, key=lambda one: (order[one.node], one.field, one.code)))
