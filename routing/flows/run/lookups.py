"""What a lookup asks, and what is taken from its answer."""

from typing import Any, cast

import msgspec

from routing.flows import limits
from routing.flows.document.nodes import Lookup
from routing.flows.document.templates import render, render_url
from routing.flows.run.effects import StartLookup

_NOT_IN_HEADERS = dict.fromkeys((*range(32), 127))  # RFC 9110 5.5: a line feed would begin another header


class NoAnswer(Exception):
    """`args[0]`: why what came is none."""


def request_of(node: Lookup, variables: dict[str, str], turn: int) -> StartLookup:
    """Values can change neither the host, nor add headers, nor break the JSON."""
    fields = {name: render(template, variables) for name, template in node.body.items()}
    headers = {name: render(template, variables) for name, template in node.headers.items()}
    return StartLookup(
        turn=turn,
        method=node.method,
        url=render_url(node.url, variables),
        headers={name: _header(value) for name, value in headers.items()},
        body=msgspec.json.encode(fields) if node.method == "POST" else None,
        credential=node.credential,
        seconds=node.seconds,
    )


def _header(value: str) -> str:
    return value.translate(_NOT_IN_HEADERS).encode("latin-1", "replace").decode("latin-1").strip()


def results_of(node: Lookup, status: int, body: bytes) -> dict[str, str]:
    """A value for each of the node's results; NoAnswer when it is not 2xx with JSON."""
    if not 200 <= status < 300:
        raise NoAnswer(f"the server answered {status}")
    if len(body) > limits.LOOKUP_ANSWER_BYTES:
        raise NoAnswer(f"the answer is longer than {limits.LOOKUP_ANSWER_BYTES} bytes")
    if not node.results:
        return {}
    try:
        answer = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        raise NoAnswer("the answer is no JSON") from error
    return {variable: _plain(_at(answer, path)) for variable, path in node.results.items()}


def _at(answer: Any, path: str) -> Any:
    for part in path.split("."):
        if isinstance(answer, dict):
            answer = cast("dict[str, Any]", answer).get(part)
        elif isinstance(answer, list) and part.isdecimal():
            items = cast("list[Any]", answer)
            answer = items[int(part)] if int(part) < len(items) else None
        else:
            return None
    return answer


def _plain(value: Any) -> str:
    """As JSON writes it: numbers without a needless fraction, `true` and `false`; nothing for lists and objects."""
    if isinstance(value, str):
        return value
    if value is None or isinstance(value, list | dict):
        return ""
    return msgspec.json.encode(value).decode()
