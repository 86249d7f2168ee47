"""An example of any schema: the one that was written for it, or one made of the examples of its parts."""

from collections.abc import Mapping
from typing import Any

from api.openapi.examples import FORMATS

Schema = Mapping[str, Any]

_PLAIN: Mapping[str, Any] = {"string": "text", "integer": 1, "number": 1.0, "boolean": True, "null": None}
_REFERENCE = "#/components/schemas/"


class Shapes:
    def __init__(self, schemas: Mapping[str, Schema]) -> None:
        self._schemas = schemas

    def example(self, schema: Schema) -> Any:
        if "$ref" in schema:
            return self.example(self._schemas[schema["$ref"].removeprefix(_REFERENCE)])
        for key in ("examples", "enum", "oneOf", "anyOf"):
            if schema.get(key):
                first = schema[key][0]
                return self.example(first) if key.endswith("Of") else first
        if "const" in schema:
            return schema["const"]
        return self._by_type(schema)

    def _by_type(self, schema: Schema) -> Any:
        kind = schema.get("type", "object")
        if isinstance(kind, list):
            return self._by_type({**schema, "type": kind[0]})  # pyright: ignore[reportUnknownVariableType]
        if kind == "object":
            return {name: self.example(part) for name, part in schema.get("properties", {}).items()}
        if kind == "array":
            items = schema.get("items")
            return [self.example(items)] * schema.get("minItems", 1) if items else []
        if kind == "string" and "format" in schema:
            return FORMATS.get(schema["format"], "text")
        return max(_PLAIN[kind], schema.get("minimum", _PLAIN[kind])) if kind in {"integer", "number"} else _PLAIN[kind]
