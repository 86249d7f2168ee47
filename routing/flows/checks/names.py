"""Names of things outside the flow: asked of those who keep them."""

from collections.abc import Iterator
from difflib import get_close_matches
from typing import NamedTuple

from routing.flows.checks.problem import Code, Problem
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import (
    AgentTarget,
    AnyNode,
    Callback,
    GoTo,
    Hours,
    Lookup,
    NumberTarget,
    PhoneTarget,
    Queue,
    Robot,
    Transfer,
    Voicemail,
)
from routing.flows.document.numbers import number_of
from routing.flows.document.reads import prompts_of
from routing.flows.known import KnownNames, NameKind


class Named(NamedTuple):
    field: str
    kind: NameKind
    name: str


def name_problems(flow: Flow, known: KnownNames) -> Iterator[Problem]:
    names = {kind: frozenset(known.names(kind)) for kind in NameKind}
    if flow.fallback_queue is not None:
        yield from _missing("", Named("fallback_queue", NameKind.QUEUE, str(flow.fallback_queue)), names)
    for node_name, node in flow.nodes.items():
        for named in named_by(node):
            yield from _missing(node_name, named, names)
        if isinstance(node, Transfer) and isinstance(node.to, NumberTarget) and number_of(node.to.number) is None:
            told = "No telephone number is written so: check its country and its length."
            yield Problem(node_name, "to.number", Code.WRONG_NUMBER, told)


def _missing(node: str, named: Named, names: dict[NameKind, frozenset[str]]) -> Iterator[Problem]:
    if named.name in names[named.kind]:
        return
    near = get_close_matches(named.name, sorted(names[named.kind]), n=1)
    hint = f"did you mean {near[0]!r}?" if near else "choose one that there is, or add it first."
    told = f"There is no {named.kind.value} {named.name!r}: {hint}"
    yield Problem(node, named.field, Code.UNKNOWN_NAME, told)


def named_by(node: AnyNode) -> Iterator[Named]:
    for field, prompt in prompts_of(node):
        yield Named(field, NameKind.PROMPT, prompt)
    if isinstance(node, Queue | Callback | Voicemail):
        yield Named("queue", NameKind.QUEUE, str(node.queue))
    if isinstance(node, Queue | Callback):
        for place, need in enumerate(node.skills):
            yield Named(f"skills.{place}", NameKind.SKILL, need.skill)
    yield from _named_otherwise(node)


def _named_otherwise(node: AnyNode) -> Iterator[Named]:
    match node:
        case Hours(calendar=calendar):
            yield Named("calendar", NameKind.CALENDAR, calendar)
        case GoTo(flow=flow):
            yield Named("flow", NameKind.FLOW, flow)
        case Robot(robot=robot):
            yield Named("robot", NameKind.ROBOT, robot)
        case Lookup(credential=str() as credential):
            yield Named("credential", NameKind.CREDENTIAL, credential)
        case Transfer(to=PhoneTarget(user=user)):
            yield Named("to.user", NameKind.PHONE, user)
        case Transfer(to=AgentTarget(agent=agent)):
            yield Named("to.agent", NameKind.AGENT, str(agent))
        case _:
            pass
