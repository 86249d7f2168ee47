"""The document as a page for people: one list of operations, no script."""

from collections.abc import Iterator
from html import escape
from typing import Any

METHODS = ("get", "post", "put", "patch", "delete")


def render(document: dict[str, Any]) -> str:
    """HTML without style or script of its own, so that the strictest content security policy lets it pass."""
    body = "".join(_operation(path, method, operation) for path, method, operation in _operations(document))
    title = escape(f"{document['info']['title']} API {document['info']['version']}")
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"></head><body><h1>{title}</h1>'
        f"<p>{escape(document['info']['description'])}</p>"
        f'<p>For programs: <a href="/v1/openapi.json">openapi.json</a></p>{body}</body></html>'
    )


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _operation(path: str, method: str, operation: dict[str, Any]) -> str:
    name = escape(operation["operationId"])
    told = "".join(f"<p>{escape(part)}</p>" for part in operation.get("description", "").split("\n\n"))
    parameters = "".join(_parameter(one) for one in operation.get("parameters", ()))
    responses = "".join(
        f"<dt>{escape(status)}</dt><dd>{escape(response['description'])}</dd>"
        for status, response in sorted(operation["responses"].items())
    )
    return (
        f'<section id="{name}"><h2>{method.upper()} {escape(path)}</h2><p><code>{name}</code></p>{told}'
        f"{f'<ul>{parameters}</ul>' if parameters else ''}<dl>{responses}</dl></section>"
    )


def _parameter(parameter: dict[str, Any]) -> str:
    told = escape(parameter.get("description") or "")
    return f"<li><code>{escape(parameter['name'])}</code> ({escape(parameter['in'])}) {told}</li>"
