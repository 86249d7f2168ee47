"""Which texts a node has, and which variables it reads."""

from collections.abc import Iterator
from typing import NamedTuple

from routing.flows.document.conditions import variables_in
from routing.flows.document.nodes import (
    AnyNode,
    Attempts,
    Branch,
    Callback,
    Lookup,
    Play,
    Queue,
    Robot,
    Say,
    SetVariable,
    Transfer,
    VariableTarget,
    Voicemail,
)
from routing.flows.document.speech import Recorded, Spoken, Utterance
from routing.flows.document.templates import UnreadableTemplate, variables_of


class Text(NamedTuple):
    field: str
    template: str


class Read(NamedTuple):
    field: str
    variable: str


def utterances_of(node: AnyNode) -> Iterator[tuple[str, Utterance]]:
    """What it says beside its own text, with the field that holds it."""
    fields: tuple[str, ...] = ()
    if isinstance(node, Attempts):
        fields = ("prompts", "invalid", "silence")
    elif isinstance(node, Callback | Voicemail):
        fields = ("prompts",)
    for field in fields:
        for place, said in enumerate(getattr(node, field)):
            yield f"{field}.{place}", said


def prompts_of(node: AnyNode) -> Iterator[tuple[str, str]]:
    """Names of recorded prompts, with their fields."""
    if isinstance(node, Play):
        yield from ((f"prompts.{place}", name) for place, name in enumerate(node.prompts))
    for field, said in utterances_of(node):
        if isinstance(said, Recorded):
            yield field, said.prompt


def texts_of(node: AnyNode) -> Iterator[Text]:
    if isinstance(node, Say):
        yield Text("text", node.text)
    elif isinstance(node, SetVariable):
        yield Text("value", node.value)
    elif isinstance(node, Queue) and node.agent:
        yield Text("agent", node.agent)
    elif isinstance(node, Lookup):
        yield Text("url", node.url)
        yield from (Text(f"headers.{name}", value) for name, value in node.headers.items())
        yield from (Text(f"body.{name}", value) for name, value in node.body.items())
    for field, said in utterances_of(node):
        if isinstance(said, Spoken):
            yield Text(f"{field}.text", said.text)


def reads_of(node: AnyNode) -> Iterator[Read]:
    """Unreadable templates read nothing."""
    for text in texts_of(node):
        try:
            yield from (Read(text.field, name) for name in sorted(variables_of(text.template)))
        except UnreadableTemplate:
            continue
    if isinstance(node, Branch):
        for place, case in enumerate(node.cases):
            yield from (Read(f"cases.{place}.when", name) for name in sorted(variables_in(case.when)))
    elif isinstance(node, Callback):
        yield Read("number", node.number)
    elif isinstance(node, Robot):
        yield from (Read("send", name) for name in node.send)
    elif isinstance(node, Transfer) and isinstance(node.to, VariableTarget):
        yield Read("to", node.to.variable)
