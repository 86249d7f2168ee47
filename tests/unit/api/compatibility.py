"""What in a new description of the API breaks clients that were written for an older one."""

from collections.abc import Iterator, Mapping
from typing import Any

METHODS = ("get", "put", "post", "patch", "delete")
REFERENCE = "#/components/schemas/"

Document = Mapping[str, Any]
Schema = Mapping[str, Any]


def breaking_changes(old: Document, new: Document) -> list[str]:
    """One line each: removed operations, parameters, fields and values; newly required parameters and fields."""
    before, after = _operations(old), _operations(new)
    found = [f"{name}: removed" for name in before.keys() - after.keys()]
    for name in before.keys() & after.keys():
        found += _of_parameters(name, before[name], after[name])
    asked = _asked(new)
    for name in _schemas(old).keys() & _schemas(new).keys():
        found += _of_schema(name, _schemas(old)[name], _schemas(new)[name], asked=name in asked)
    return sorted(found)


def _operations(document: Document) -> dict[str, tuple[str, Mapping[str, Any]]]:
    """(Method and path, operation) by operation_id."""
    return {
        told["operationId"]: (f"{method} {path}", told)
        for path, methods in document["paths"].items()
        for method, told in methods.items()
        if method in METHODS
    }


def _of_parameters(name: str, old: tuple[str, Mapping[str, Any]], new: tuple[str, Mapping[str, Any]]) -> Iterator[str]:
    if old[0] != new[0]:
        yield f"{name}: moved from {old[0]} to {new[0]}"
    before = {one["name"]: one for one in old[1].get("parameters", ())}
    after = {one["name"]: one for one in new[1].get("parameters", ())}
    yield from (f"{name}: parameter {one} removed" for one in before.keys() - after.keys())
    for one, told in after.items():
        if told.get("required") and not before.get(one, {}).get("required"):
            yield f"{name}: parameter {one} newly required"
    if new[1].get("requestBody", {}).get("required") and not old[1].get("requestBody", {}).get("required"):
        yield f"{name}: body newly required"


def _schemas(document: Document) -> Mapping[str, Schema]:
    return document["components"]["schemas"]


def _of_schema(name: str, old: Schema, new: Schema, *, asked: bool) -> Iterator[str]:
    """`asked`: clients send it, so they break by what is newly required; by what is missing they break in any case."""
    before, after = old.get("properties", {}), new.get("properties", {})
    yield from (f"{name}.{field}: removed" for field in before.keys() - after.keys())
    yield from (f"{name}: value {value} removed" for value in set(old.get("enum", ())) - set(new.get("enum", ())))
    for field in before.keys() & after.keys():
        gone = _values(before[field]) - _values(after[field])
        if _values(after[field]):
            yield from (f"{name}.{field}: value {value} removed" for value in gone)
    if asked:
        required = set(new.get("required", ())) - set(old.get("required", ()))
        yield from (f"{name}.{field}: newly required" for field in required)


def _values(schema: Schema) -> set[Any]:
    """Of a closed list."""
    found = set(schema.get("enum", ()))
    for part in (*schema.get("oneOf", ()), *schema.get("anyOf", ())):
        found |= _values(part)
    return found


def _asked(document: Document) -> set[str]:
    """The schemas that requests are made of."""
    found: set[str] = set()
    waiting = [told.get("requestBody", {}) for _, told in _operations(document).values()]
    while waiting:
        for name in _references(waiting.pop()) - found:
            found.add(name)
            waiting.append(_schemas(document)[name])
    return found


def _references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"].removeprefix(REFERENCE)} if "$ref" in part else set[str]()  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType, reportUnknownVariableType]
        return own.union(*(_references(one) for one in part.values()))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(part, list):
        return set[str]().union(*(_references(one) for one in part))  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return set()
