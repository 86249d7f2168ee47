"""Documents: read, refused with a place, written the same, and described by a schema that agrees."""

import jsonschema_rs
import msgspec
import pytest
from msgspec.structs import replace

from routing.flows import limits
from routing.flows.document.exits import exits_of
from routing.flows.document.flow import Flow, flow_schema, read_flow, write_flow
from routing.flows.document.nodes import NODE_KINDS, Branch, Menu, Play, kind_of
from routing.flows.errors import UnreadableFlow
from tests.unit.routing.flows.documents import END, ENDS, MENU, example, flow


def test_the_documented_example_survives_writing_and_reading() -> None:
    found = example()
    assert read_flow(write_flow(found)) == found
    assert write_flow(read_flow(write_flow(found))) == write_flow(found)


def test_the_same_flow_gives_the_same_bytes_in_whatever_order_it_was_written() -> None:
    document = example()
    turned = replace(document, nodes=dict(reversed(document.nodes.items())))
    assert turned == document
    assert write_flow(turned) == write_flow(document)


def test_an_empty_draft_is_readable() -> None:
    assert read_flow("{}") == Flow()


@pytest.mark.parametrize(
    ("document", "place"),
    [
        ('{"nodes": {"b": {"kind": "hang_up"}, "a": {"kind": "dance"}}}', "nodes.a"),
        ('{"nodes": {"a": {"kind": "play", "prompts": []}}}', "nodes.a.prompts"),
        ('{"nodes": {"a": {"kind": "play", "prompts": ["x"], "speed": 2}}}', "nodes.a"),
        ('{"nodes": {"a": {"kind": "queue", "queue": "sales"}}}', "nodes.a.queue"),
        ('{"nodes": []}', "nodes"),
        ('{"nodes": {"A-B": {"kind": "hang_up"}}}', "nodes"),
        ('{"format": 2}', "format"),
        ('{"colour": "red"}', ""),
        ('{"nodes": {"a": {"kind": "menu", "options": {"x": "b"}}}}', "nodes.a.options"),
        ('{"start": "a\\n"}', "start"),
        ("{", ""),
        ("[]", ""),
        (b"\xff", ""),
    ],
)
def test_what_has_not_the_shape_is_refused_with_its_place(document: str, place: str) -> None:
    with pytest.raises(UnreadableFlow) as refused:
        read_flow(document)
    assert place in str(refused.value.extra["at"])
    assert refused.value.detail.endswith(".")


def test_a_document_too_long_is_refused() -> None:
    with pytest.raises(UnreadableFlow, match="go_to"):
        read_flow(b" " * (limits.DOCUMENT_BYTES + 1))


@pytest.mark.parametrize("deep", [limits.CONDITION_DEPTH, 600, 20_000])
def test_conditions_too_deep_are_refused_however_deep(deep: int) -> None:
    when = '{"kind":"not","of":' * deep + '{"kind":"is_empty","variable":"caller"}' + "}" * deep
    document = '{"nodes":{"a":{"kind":"branch","cases":[{"when":' + when + "}]}}}"
    with pytest.raises(UnreadableFlow, match="deep in each other"):
        read_flow(document)


def test_conditions_may_be_as_deep_as_the_limit_says() -> None:
    deep = limits.CONDITION_DEPTH - 1
    when = '{"kind":"not","of":' * deep + '{"kind":"is_empty","variable":"caller"}' + "}" * deep
    found = read_flow('{"nodes":{"a":{"kind":"branch","cases":[{"when":' + when + "}]}}}")
    assert isinstance(found.nodes["a"], Branch)


class TestSchema:
    def test_it_takes_the_example_and_the_empty_draft(self) -> None:
        check = jsonschema_rs.validator_for(flow_schema())
        check.validate(msgspec.json.decode(write_flow(example())))
        check.validate({})

    @pytest.mark.parametrize(
        "document",
        [
            {"format": 2},
            {"nodes": {"a": {"kind": "dance"}}},
            {"nodes": {"a": {"kind": "play", "prompts": []}}},
            {"nodes": {"a": {"kind": "hang_up", "colour": 1}}},
            {"nodes": {"a": {"kind": "menu", "options": {}}}},
            {"nodes": {"a": {"kind": "input", "variable": "x", "retries": 99}}},
        ],
    )
    def test_what_it_refuses_is_refused_by_the_reader_too(self, document: object) -> None:
        assert not jsonschema_rs.validator_for(flow_schema()).is_valid(document)
        with pytest.raises(UnreadableFlow):
            read_flow(msgspec.json.encode(document))

    def test_it_tells_every_kind_of_node(self) -> None:
        text = msgspec.json.encode(flow_schema()).decode()
        assert all(f'"{kind.__struct_config__.tag}"' in text for kind in NODE_KINDS)


def test_every_target_of_a_node_is_an_exit() -> None:
    """A kind of node cannot get an exit that the checks do not see."""
    for kind in NODE_KINDS:
        fields = {
            field.name
            for field in msgspec.structs.fields(kind)
            if field.name == "next" or field.name.startswith("on_") or field.name in {"open", "closed", "otherwise"}
        }
        made = msgspec.convert(_least(kind), kind)
        told = {one.field for one in exits_of(made)} | {"on_no_agents", "on_limit", "on_callback"}  # type: ignore[arg-type]
        assert fields <= told, kind


def _least(kind: type) -> dict[str, object]:
    """A document of the kind with what must be given only."""
    queue = "0197a3c2-0000-7000-8000-000000000001"
    given: dict[str, object] = {
        "prompts": ["x"],
        "text": "x",
        "options": {"1": ""},
        "variable": "x",
        "calendar": "x",
        "cases": [{"when": {"kind": "is_empty", "variable": "x"}}],
        "value": "",
        "url": "https://x.example/",
        "queue": queue,
        "to": {"kind": "phone", "user": "x"},
        "robot": "x",
        "flow": "x",
    }
    needed = {field.name for field in msgspec.structs.fields(kind) if field.required}
    return {"kind": kind.__struct_config__.tag, **{name: given[name] for name in needed}}  # type: ignore[attr-defined]


def test_kinds_are_named_as_documents_name_them() -> None:
    found = flow({"menu": MENU, **ENDS, "hello": {"kind": "play", "prompts": ["greeting"], "next": "end"}, "end": END})
    assert [kind_of(found.nodes[name]) for name in ("menu", "hello", "end")] == ["menu", "play", "hang_up"]
    assert (type(found.nodes["menu"]), type(found.nodes["hello"])) == (Menu, Play)
