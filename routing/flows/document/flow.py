"""A flow as a document: read, judged for its shape, written, and its JSON schema."""

import re
from collections.abc import Iterator
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from kernel.primitives.ids import QueueId
from routing.flows import limits
from routing.flows.document.conditions import AnyCondition, depth
from routing.flows.document.names import Language, NodeId, Target, Value, Variable
from routing.flows.document.nodes import AnyNode, Branch
from routing.flows.errors import UnreadableFlow

SCHEMA_ID = "https://cordboard.invalid/schemas/flow-1.json"
TOO_DEEP = f"Conditions may stand {limits.CONDITION_DEPTH} deep in each other: use two branch nodes."
_PATH = re.compile(r" - at (?:`key` in )?`\$\.?(.*)`$")


class Flow(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`format` is the version of this way of writing; `variables` are set from the start, and are what a flow that
    goes to this one may hand over. `fallback_queue` takes the caller should the flow ever fail; without, the call ends.
    """

    format: Literal[1] = 1
    description: Annotated[str, Meta(max_length=limits.TEXT_LENGTH)] = ""
    language: Language = "en"
    variables: Annotated[dict[Variable, Value], Meta(max_length=limits.VARIABLES)] = {}
    start: Target = ""
    nodes: Annotated[dict[NodeId, AnyNode], Meta(max_length=limits.NODES)] = {}
    fallback_queue: QueueId | None = None


_DECODER = msgspec.json.Decoder(Flow)
_ENCODER = msgspec.json.Encoder(order="deterministic")


def read_flow(document: bytes | str) -> Flow:
    """UnreadableFlow tells what is wrong with the shape and where; whether it makes sense, the checks tell."""
    data = document.encode() if isinstance(document, str) else document
    if len(data) > limits.DOCUMENT_BYTES:
        raise UnreadableFlow(
            f"The document has {len(data)} bytes, {limits.DOCUMENT_BYTES} are allowed: split it by go_to nodes."
        )
    try:
        flow = _DECODER.decode(data)
        deepest = max((depth(when) for when in _conditions(flow)), default=0)
    except RecursionError as error:
        raise UnreadableFlow(TOO_DEEP) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise _refusal(data, str(error)) from error
    if deepest > limits.CONDITION_DEPTH:
        raise UnreadableFlow(TOO_DEEP)
    return flow


def _conditions(flow: Flow) -> Iterator[AnyCondition]:
    return (case.when for node in flow.nodes.values() if isinstance(node, Branch) for case in node.cases)


def write_flow(flow: Flow) -> bytes:
    """The same flow gives the same bytes."""
    return _ENCODER.encode(flow)


def flow_schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of the document, for editors and other tools."""
    schema = msgspec.json.schema(Flow)
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID, "title": "Call flow", **schema}


def _refusal(data: bytes, message: str) -> UnreadableFlow:
    place, text = _parted(message)
    if place.startswith("nodes[...]"):
        place, text = _in_its_node(data) or (place, text)
    return UnreadableFlow(f"{text}, at {place}." if place else f"{text}.", at=place)


def _parted(message: str) -> tuple[str, str]:
    found = _PATH.search(message)
    return (found.group(1), _PATH.sub("", message)) if found else ("", message)


def _in_its_node(data: bytes) -> tuple[str, str] | None:
    """The reader does not tell which node it is; reading them one by one does."""
    for name, node in msgspec.json.decode(data)["nodes"].items():
        try:
            msgspec.convert(node, AnyNode)
        except msgspec.ValidationError as error:
            place, text = _parted(str(error))
            return ".".join(part for part in ("nodes", name, place) if part), text
    return None
