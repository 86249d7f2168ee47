"""Each mistake is found, at its node, with what to do; the documented example has none."""

from typing import Any

import pytest

from kernel.primitives.web_guard import WebRules
from routing.flows import limits
from routing.flows.checks.problem import Code, Problem
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow
from tests.unit.routing.flows.documents import AGENT, END, ENDS, MENU, QUEUE, Known, example, flow, text

LOOKUP: dict[str, Any] = {"kind": "lookup", "url": "https://crm.example.com/", "next": "end", "on_failure": "end"}
ENTER: dict[str, Any] = {"kind": "queue", "queue": str(QUEUE), "on_full": "end"}
INPUT: dict[str, Any] = {
    "kind": "input",
    "variable": "number",
    "next": "end",
    "on_invalid": "end",
    "on_silence": "end",
}


def found(document: Flow, *without: str, lookups: WebRules | None = None) -> list[tuple[str, str, Code]]:
    return [(one.node, one.field, one.code) for one in validate(document, Known(*without), lookups)]


def only(document: Flow, *without: str) -> Problem:
    problems = validate(document, Known(*without))
    assert len(problems) == 1, problems
    return problems[0]


def say(words: str = "x", target: str = "end") -> dict[str, Any]:
    return {"kind": "say", "text": words, "next": target}


def test_the_documented_example_may_be_published() -> None:
    assert validate(example(), Known()) == ()


class TestShape:
    def test_no_start(self) -> None:
        assert found(Flow()) == [("", "start", Code.NO_START)]

    def test_an_exit_that_is_not_connected(self) -> None:
        problem = only(flow({"hello": say(target="")}))
        assert (problem.node, problem.field, problem.code) == ("hello", "next", Code.NOT_CONNECTED)
        assert "hang_up" in problem.message

    def test_an_exit_to_nowhere_names_it(self) -> None:
        problem = only(flow({"hello": say(target="gone")}))
        assert (problem.code, "'gone'" in problem.message) == (Code.UNKNOWN_NODE, True)

    def test_a_node_that_no_way_leads_to(self) -> None:
        assert found(flow({"a": say(), "end": END, "lost": END})) == [("lost", "", Code.UNREACHABLE)]

    def test_options_that_lead_nowhere_are_told_each(self) -> None:
        menu = MENU | {"options": {"1": "", "2": "gone"}, "on_invalid": "end", "on_silence": "end"}
        assert found(flow({"menu": menu, "end": END})) == [
            ("menu", "options.1", Code.NOT_CONNECTED),
            ("menu", "options.2", Code.UNKNOWN_NODE),
        ]

    def test_rooms_without_a_door(self) -> None:
        """Keys lead round, and nothing leads out."""
        menu = MENU | {"options": {"1": "back"}, "on_invalid": "back", "on_silence": "end"}
        lost = MENU | {"options": {"1": "back"}, "on_invalid": "back", "on_silence": "back"}
        problems = found(flow({"menu": menu, "back": lost, "end": END}))
        assert ("back", "", Code.NO_WAY_OUT) in problems
        assert ("menu", "", Code.NO_WAY_OUT) not in problems


class TestCircles:
    def test_a_tape_that_plays_for_ever(self) -> None:
        menu = MENU | {"on_silence": "hello", "on_invalid": "end", "options": {"1": "end"}}
        problem = only(flow({"hello": say(target="menu"), "menu": menu, "end": END}))
        assert (problem.node, problem.code) == ("hello", Code.CIRCLE)
        assert "hello → menu → hello" in problem.message
        assert "menu.on_silence" in problem.message

    def test_a_node_that_leads_to_itself(self) -> None:
        lookup = LOOKUP | {"on_failure": "ask"}
        assert found(flow({"ask": lookup, "end": END})) == [("ask", "", Code.CIRCLE)]

    def test_a_full_queue_that_is_tried_again_at_once(self) -> None:
        assert ("wait", "", Code.CIRCLE) in found(flow({"wait": ENTER | {"on_full": "wait"}}))

    def test_a_queue_left_after_its_time_and_entered_again_is_right(self) -> None:
        wait = ENTER | {"limit_seconds": 60, "on_limit": "sorry"}
        assert found(flow({"wait": wait, "sorry": say("sorry", "wait"), "end": END})) == []

    def test_keys_that_lead_back_are_right(self) -> None:
        menu = MENU | {"options": {"1": "menu", "2": "end"}, "on_invalid": "menu", "on_silence": "end"}
        assert found(flow({"menu": menu, "end": END})) == []

    def test_two_circles_are_told_apart(self) -> None:
        nodes = {
            "ask": INPUT | {"next": "a", "on_invalid": "c"},
            "a": LOOKUP | {"next": "end", "on_failure": "b"},
            "b": say(target="a"),
            "c": LOOKUP | {"next": "end", "on_failure": "c"},
            "end": END,
        }
        assert found(flow(nodes)) == [("a", "", Code.CIRCLE), ("c", "", Code.CIRCLE)]


class TestNames:
    @pytest.mark.parametrize(
        ("node", "field"),
        [
            ({"kind": "play", "prompts": ["greeting", "grating"], "next": "end"}, "prompts.1"),
            ({"kind": "hours", "calendar": "shop", "open": "end", "closed": "end"}, "calendar"),
            ({"kind": "queue", "queue": str(AGENT), "on_full": "end"}, "queue"),
            (ENTER | {"skills": [{"skill": "contract"}]}, "skills.0"),
            ({"kind": "go_to", "flow": "nowhere"}, "flow"),
            ({"kind": "transfer", "to": {"kind": "agent", "agent": str(QUEUE)}, "on_failure": "end"}, "to.agent"),
            ({"kind": "transfer", "to": {"kind": "phone", "user": "desk9"}, "on_failure": "end"}, "to.user"),
            ({"kind": "robot", "robot": "r2", "otherwise": "end", "on_failure": "end"}, "robot"),
            (LOOKUP | {"credential": "none"}, "credential"),
        ],
    )
    def test_what_is_not_there(self, node: dict[str, Any], field: str) -> None:
        document = flow(
            {"here": {"kind": "branch", "cases": [_case("node")], "otherwise": "end"}, "node": node, "end": END}
        )
        problem = only(document)
        assert (problem.node, problem.field, problem.code) == ("node", field, Code.UNKNOWN_NAME)

    def test_prompts_of_every_place(self) -> None:
        played = [{"kind": "prompt", "prompt": "gone"}]
        menu = MENU | {"prompts": played, "invalid": played, "silence": played}
        assert [field for _, field, _ in found(flow({"menu": menu, **ENDS}))] == ["invalid.0", "prompts.0", "silence.0"]

    def test_a_name_that_is_nearly_right_is_told(self) -> None:
        document = flow({"hello": {"kind": "play", "prompts": ["gretting"], "next": "end"}, "end": END})
        assert "did you mean 'greeting'?" in only(document).message

    def test_the_fallback_queue(self) -> None:
        assert found(flow({"end": END}, fallback_queue=str(AGENT))) == [("", "fallback_queue", Code.UNKNOWN_NAME)]

    def test_what_is_taken_away_later_is_missed(self) -> None:
        assert {one.code for one in validate(example(), Known("crm", str(QUEUE)))} == {Code.UNKNOWN_NAME}

    def test_a_number_that_nobody_has(self) -> None:
        transfer = {"kind": "transfer", "to": {"kind": "number", "number": "+4412"}, "on_failure": "end"}
        assert found(flow({"call": transfer, "end": END})) == [("call", "to.number", Code.WRONG_NUMBER)]


class TestTexts:
    def test_a_brace_too_many(self) -> None:
        problem = only(flow({"hello": say("Hello {name"), "end": END}))
        assert (problem.field, problem.code) == ("text", Code.WRONG_TEXT)

    @pytest.mark.parametrize(
        "url",
        [
            "http://crm.example.com/",
            "https://{caller}/",
            "https://crm.example.com{caller}/",
            "https://{caller}.example.com/",
            "https://127.0.0.1/",
            "https://me:secret@crm.example.com/",
            "https://crm.example.com:22/",
            "https://crm.example.com/a b",
            "{caller}",
        ],
    )
    def test_addresses_that_may_not_be_asked(self, url: str) -> None:
        assert found(flow({"ask": LOOKUP | {"url": url}, "end": END})) == [("ask", "url", Code.WRONG_URL)]

    def test_http_where_the_tenant_allows_it(self) -> None:
        document = flow({"ask": LOOKUP | {"url": "http://crm.example.com/{caller}"}, "end": END})
        assert found(document, lookups=WebRules(plain_hosts=frozenset({"crm.example.com"}))) == []


class TestVariables:
    def test_one_that_nothing_sets(self) -> None:
        problem = only(flow({"hello": say("Hello {name}"), "end": END}))
        assert (problem.node, problem.field, problem.code) == ("hello", "text", Code.UNSET_VARIABLE)
        assert "never set" in problem.message

    def test_one_that_is_set_on_one_way_only(self) -> None:
        nodes = {
            "ask": LOOKUP | {"results": {"name": "name"}, "next": "hello", "on_failure": "hello"},
            "hello": say("{name}"),
            "end": END,
        }
        problem = only(flow(nodes))
        assert (problem.node, problem.code) == ("hello", Code.UNSET_VARIABLE)
        assert "every way" in problem.message
        assert found(flow(nodes, variables={"name": ""})) == []
        nodes["ask"] = LOOKUP | {"results": {"name": "name"}, "next": "hello"}
        assert found(flow(nodes)) == []

    def test_on_the_way_back_nothing_is_forgotten(self) -> None:
        nodes = {
            "ask": INPUT | {"next": "hello"},
            "hello": say("{number}", "again"),
            "again": INPUT | {"next": "hello"},
            "end": END,
        }
        assert found(flow(nodes)) == []

    @pytest.mark.parametrize(
        ("node", "field"),
        [
            (
                {
                    "kind": "branch",
                    "cases": [{"when": {"kind": "is_empty", "variable": "x"}, "next": "end"}],
                    "otherwise": "end",
                },
                "cases.0.when",
            ),
            ({"kind": "set", "variable": "y", "value": "{x}", "next": "end"}, "value"),
            (LOOKUP | {"url": "https://crm.example.com/{x}"}, "url"),
            (LOOKUP | {"headers": {"X-Id": "{x}"}}, "headers.X-Id"),
            (LOOKUP | {"method": "POST", "body": {"id": "{x}"}}, "body.id"),
            ({"kind": "transfer", "to": {"kind": "variable", "variable": "x"}, "on_failure": "end"}, "to"),
            ({"kind": "robot", "robot": "booking", "send": ["x"], "otherwise": "end", "on_failure": "end"}, "send"),
            (MENU | {"prompts": [text("{x}")]}, "prompts.0.text"),
        ],
    )
    def test_every_place_that_reads(self, node: dict[str, Any], field: str) -> None:
        ends = ENDS if node["kind"] == "menu" else {"end": END}
        assert found(flow({"node": node, **ends})) == [("node", field, Code.UNSET_VARIABLE)]

    def test_what_the_call_brings_is_not_set(self) -> None:
        assert found(flow({"ask": INPUT | {"variable": "caller"}, "end": END})) == [("ask", "", Code.GIVEN_VARIABLE)]
        assert found(flow({"end": END}, variables={"called": ""})) == [("", "variables.called", Code.GIVEN_VARIABLE)]

    def test_too_many(self) -> None:
        nodes: dict[str, Any] = {"ask": INPUT, "end": END}
        names = {f"v{count}": "" for count in range(limits.VARIABLES)}
        assert found(flow(nodes, variables=names)) == [("", "variables", Code.TOO_MANY)]


class TestContradictions:
    @pytest.mark.parametrize(
        ("node", "field"),
        [
            (INPUT | {"min_digits": 5, "max_digits": 4}, "max_digits"),
            (INPUT | {"terminator": "5"}, "terminator"),
            (ENTER | {"limit_seconds": 60}, "on_limit"),
            (ENTER | {"on_limit": "end"}, "on_limit"),
            (ENTER | {"callback_key": "1"}, "on_callback"),
            (ENTER | {"on_callback": "end"}, "on_callback"),
            (LOOKUP | {"body": {"a": "b"}}, "body"),
            (LOOKUP | {"headers": {"AUTHORIZATION": "Basic x"}}, "headers"),
            (LOOKUP | {"headers": {"Host": "x"}}, "headers"),
        ],
    )
    def test_fields_that_exclude_each_other(self, node: dict[str, Any], field: str) -> None:
        assert found(flow({"node": node, "end": END})) == [("node", field, Code.CONTRADICTION)]

    def test_no_number_between(self) -> None:
        case = {"when": {"kind": "number_between", "variable": "caller", "at_least": 2, "at_most": 1}, "next": "end"}
        document = flow({"node": {"kind": "branch", "cases": [case], "otherwise": "end"}, "end": END})
        assert found(document) == [("node", "cases.0.when", Code.CONTRADICTION)]


def test_problems_come_in_the_order_of_the_nodes() -> None:
    document = flow({"b": say(target=""), "a": say("{x}", "")}, start="b")
    assert [one.node for one in validate(document, Known())] == ["b", "a", "a"]


def _case(target: str) -> dict[str, Any]:
    return {"when": {"kind": "is_empty", "variable": "caller"}, "next": target}
