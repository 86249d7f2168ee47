"""No change of the API breaks a client by accident: each that does is named here, with its reason."""

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import msgspec
import pytest

sys.path.insert(0, str(Path(__file__).parent))

from compatibility import breaking_changes

from api.openapi import openapi_document

ROOT = Path(__file__).parents[3]
COPY = "api/openapi.json"

ACCEPTED: dict[str, str] = {
    "InvoiceLineBody.seats: removed": "A line may be minutes or numbers: `quantity` and `unit` say how much of what.",
    "AttemptResult: value machine removed": "It was never told; `answering_machine` is, since calls listen for them.",
}
"""By the line of `breaking_changes`: why it had to be. A line goes when the next version of the copy is committed."""


def git(*arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=ROOT, check=True, capture_output=True, text=True).stdout


def former() -> Any:
    """The committed copy, or the one before it where the present one is committed already."""
    versions = git("log", "-n", "2", "--format=%H", "--", COPY).split()
    copies = [msgspec.json.decode(git("show", f"{version}:{COPY}")) for version in versions]
    return next((copy for copy in copies if copy != openapi_document()), None)


def test_every_breaking_change_is_named_with_its_reason() -> None:
    before = former()
    if before is None:
        pytest.skip("this checkout knows no former description of the API")
    found = set(breaking_changes(before, openapi_document()))
    assert found - set(ACCEPTED) == set(), "name them in ACCEPTED, with the reason, or take them back"


def document() -> dict[str, Any]:
    schemas = {
        "Input": {"properties": {"a": {"type": "string"}, "b": {"enum": ["x", "y"]}}, "required": ["a"]},
        "Body": {"properties": {"a": {"type": "string"}}, "required": ["a"]},
    }
    reference = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Input"}}}}
    make = {"operationId": "make", "parameters": [{"name": "page", "required": False}], "requestBody": reference}
    return {"paths": {"/v1/things": {"post": make}}, "components": {"schemas": schemas}}


def test_an_addition_breaks_nothing() -> None:
    new = document()
    new["paths"]["/v1/more"] = {"get": {"operationId": "more"}}
    new["components"]["schemas"]["Body"]["required"].append("b")
    new["components"]["schemas"]["Input"]["properties"]["c"] = {"type": "string"}
    assert breaking_changes(document(), new) == []


@pytest.mark.parametrize(
    ("place", "value", "told"),
    [
        (("paths",), {}, "make: removed"),
        (("paths", "/v1/things", "post", "parameters"), [], "make: parameter page removed"),
        (
            ("paths", "/v1/things", "post", "parameters"),
            [{"name": "page", "required": True}],
            "make: parameter page newly required",
        ),
        (("components", "schemas", "Body", "properties"), {}, "Body.a: removed"),
        (("components", "schemas", "Input", "required"), ["a", "b"], "Input.b: newly required"),
        (("components", "schemas", "Input", "properties", "b", "enum"), ["x"], "Input.b: value y removed"),
    ],
)
def test_what_breaks_a_client_is_told(place: tuple[str, ...], value: Any, told: str) -> None:
    new = deepcopy(document())
    part = new
    for name in place[:-1]:
        part = part[name]
    part[place[-1]] = value
    assert breaking_changes(document(), new) == [told]
