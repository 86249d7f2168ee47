"""Texts with places for variables: `Hello {name}`, `{{` and `}}` for braces. Total: what is not set is empty."""

import re
from collections.abc import Callable, Mapping
from urllib.parse import quote

_TOKEN = re.compile(r"\{\{|\}\}|\{([a-z][a-z0-9_]{0,31})\}|\{|\}")
_LITERAL = {"{{": "{", "}}": "}"}


class UnreadableTemplate(ValueError):
    """`args[0]` tells where and how it should be."""


def variables_of(template: str) -> frozenset[str]:
    """The variables that it reads; UnreadableTemplate for a brace that stands alone."""
    found: set[str] = set()
    for token in _TOKEN.finditer(template):
        if token.group(1) is not None:
            found.add(token.group(1))
        elif token.group() not in _LITERAL:
            raise UnreadableTemplate(
                f"the brace at character {token.start() + 1} belongs to no {{variable}}: write {{{{ or }}}} for a brace"
            )
    return frozenset(found)


def render(template: str, variables: Mapping[str, str], escape: Callable[[str], str] = str) -> str:
    """Lone braces, which no published template has, stay as they are."""

    def put(token: re.Match[str]) -> str:
        name = token.group(1)
        return _LITERAL.get(token.group(), token.group()) if name is None else escape(variables.get(name, ""))

    return _TOKEN.sub(put, template)


def render_url(template: str, variables: Mapping[str, str]) -> str:
    """Values are percent-encoded whole (RFC 3986 2.1): none can add a path, a parameter or another host.

    A value of dots alone becomes empty, for encoded or not it would be a step up the path.
    """
    return render(template, variables, lambda value: quote(value, safe="") if value.strip(".") else "")
