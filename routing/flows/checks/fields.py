"""What one node says against itself, and texts, addresses and conditions that cannot be used."""

import re
from collections.abc import Callable, Iterator
from typing import Any

from kernel.primitives.web_guard import Refused, WebRules, url_refusal
from routing.flows.checks.problem import Code, Problem
from routing.flows.document.conditions import NumberBetween, parts_of
from routing.flows.document.flow import Flow
from routing.flows.document.nodes import Branch, Input, Lookup, Node, Queue
from routing.flows.document.reads import texts_of
from routing.flows.document.templates import UnreadableTemplate, variables_of

_SERVER = re.compile(r"https?://[^/?#{}]+(?=[/?#]|$)")
_WHY: dict[Refused, str] = {
    Refused.UNREADABLE: "write it in ASCII without spaces and backslashes",
    Refused.SCHEME: "use https; http is for hosts that your tenant's list allows",
    Refused.USER_INFO: "put secrets into `credential`, not into the address",
    Refused.HOST: "name a public server by its full name",
    Refused.PORT: "use one of the ports that are allowed for lookups",
}

Found = tuple[str, Code, str]


def field_problems(flow: Flow, lookups: WebRules) -> Iterator[Problem]:
    for name, node in flow.nodes.items():
        for field, template in texts_of(node):
            try:
                variables_of(template)
            except UnreadableTemplate as error:
                yield Problem(name, field, Code.WRONG_TEXT, f"The text cannot be read: {error}.")
        check = _CHECKS.get(type(node))
        if check is not None:
            yield from (Problem(name, *found) for found in check(node))
        if isinstance(node, Lookup):
            yield from (Problem(name, "url", Code.WRONG_URL, told) for told in _url(node.url, lookups))


def _url(template: str, lookups: WebRules) -> Iterator[str]:
    """The server is fixed: a caller's keys must not choose whom we ask."""
    server = _SERVER.match(template)
    if server is None:
        yield "Begin with https:// and the server's name; variables may stand after it only."
        return
    wrong = url_refusal(server.group(), lookups)
    if wrong is None and re.search(r"\s|\\", template):
        wrong = Refused.UNREADABLE
    if wrong is not None:
        yield f"This address may not be asked: {_WHY.get(wrong, wrong.value)}."


def _input(node: Input) -> Iterator[Found]:
    if node.min_digits > node.max_digits:
        told = f"At least {node.min_digits} and at most {node.max_digits} digits cannot be: raise max_digits."
        yield "max_digits", Code.CONTRADICTION, told
    if node.terminator.isdigit():
        yield "terminator", Code.CONTRADICTION, "A digit cannot end the entry of digits: use # or *."


def _queue(node: Queue) -> Iterator[Found]:
    if (node.limit_seconds is None) != (node.on_limit is None):
        yield "on_limit", Code.CONTRADICTION, "limit_seconds and on_limit go together: give both or neither."
    if bool(node.callback_key) != (node.on_callback is not None):
        yield "on_callback", Code.CONTRADICTION, "callback_key and on_callback go together: give both or neither."


def _lookup(node: Lookup) -> Iterator[Found]:
    if node.body and node.method == "GET":
        yield "body", Code.CONTRADICTION, "GET sends no body: use POST, or put the values into the URL."
    if any(name.lower() in _OURS for name in node.headers):
        told = f"These headers are set by us: {', '.join(sorted(_OURS))}; for Authorization use `credential`."
        yield "headers", Code.CONTRADICTION, told


_OURS = frozenset({"authorization", "connection", "content-length", "content-type", "host", "transfer-encoding"})


def _branch(node: Branch) -> Iterator[Found]:
    for place, case in enumerate(node.cases):
        for part in parts_of(case.when):
            if isinstance(part, NumberBetween) and _is_empty(part):
                told = f"No number is at least {part.at_least} and at most {part.at_most}: swap them."
                yield f"cases.{place}.when", Code.CONTRADICTION, told


def _is_empty(part: NumberBetween) -> bool:
    return part.at_least is not None and part.at_most is not None and part.at_least > part.at_most


_CHECKS: dict[type[Node], Callable[[Any], Iterator[Found]]] = {
    Input: _input,
    Queue: _queue,
    Lookup: _lookup,
    Branch: _branch,
}
