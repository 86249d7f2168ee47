"""Hours, branches, variables, lookups: what is asked, what is taken from the answer, and which way it goes."""

from typing import Any, ClassVar

import msgspec
import pytest

from kernel.primitives.phone import PhoneNumber
from routing.flows import limits
from routing.flows.calendars.status import HoursStatus
from routing.flows.run.effects import LookUpHours, StartLookup
from routing.flows.run.position import CallFacts
from routing.flows.run.words import HoursTold, LookupAnswered, LookupFailed
from tests.unit.routing.flows.caller import Caller
from tests.unit.routing.flows.documents import ENDS, FACTS, flow

STAY: dict[str, Any] = {"kind": "go_to", "flow": "other"}
LOOKUP: dict[str, Any] = {
    "kind": "lookup",
    "url": "https://crm.example.com/{number}?of={caller}",
    "headers": {"X-Name": "{name}"},
    "credential": "crm",
    "seconds": 2,
    "results": {"name": "customer.name", "order": "orders.1.id", "vip": "vip", "sum": "sum"},
    "next": "one",
    "on_failure": "two",
}
ANSWER = {"customer": {"name": "Ann"}, "orders": [{"id": 7}, {"id": 8}], "vip": True, "sum": 12.5}


def stays(**nodes: Any) -> dict[str, Any]:
    return nodes | dict.fromkeys(("one", "two", "wrong", "nobody"), STAY)


class TestHours:
    HOURS: ClassVar[dict[str, Any]] = {"kind": "hours", "calendar": "office", "open": "one", "closed": "two"}

    @pytest.mark.parametrize(
        ("status", "fields", "node"),
        [
            (HoursStatus.OPEN, {}, "one"),
            (HoursStatus.CLOSED, {}, "two"),
            (HoursStatus.HOLIDAY, {}, "two"),
            (HoursStatus.EMERGENCY, {}, "two"),
            (HoursStatus.HOLIDAY, {"holiday": "wrong"}, "wrong"),
            (HoursStatus.EMERGENCY, {"emergency": "nobody"}, "nobody"),
            (HoursStatus.CLOSED, {"holiday": "wrong", "emergency": "nobody"}, "two"),
        ],
    )
    def test_each_answer(self, status: HoursStatus, fields: dict[str, str], node: str) -> None:
        caller = Caller(flow(stays(hours=self.HOURS | fields)))
        assert caller.effects == (LookUpHours(turn=1, calendar="office"),)
        assert caller.tell(HoursTold, status=status).node == node

    def test_no_answer_is_closed(self) -> None:
        assert Caller(flow(stays(hours=self.HOURS))).wait().node == "two"


class TestBranch:
    @pytest.mark.parametrize(
        ("caller", "diverted_by", "node"),
        [("+4930123456", None, "one"), ("+4989123456", "+4930111111", "two"), (None, None, "nobody")],
    )
    def test_the_first_case_that_holds(self, caller: str | None, diverted_by: str | None, node: str) -> None:
        cases = [
            {"when": {"kind": "begins_with", "variable": "caller", "prefix": "+4930"}, "next": "one"},
            {"when": {"kind": "not", "of": {"kind": "is_empty", "variable": "diverted_by"}}, "next": "two"},
            {"when": {"kind": "is_empty", "variable": "called"}, "next": "wrong"},
        ]
        facts = CallFacts(
            called=FACTS.called,
            caller=PhoneNumber(caller) if caller else None,
            diverted_by=PhoneNumber(diverted_by) if diverted_by else None,
        )
        document = flow(stays(branch={"kind": "branch", "cases": cases, "otherwise": "nobody"}))
        assert Caller(document, facts).node == node

    def test_reasons_show_no_private_value(self) -> None:
        case = {"when": {"kind": "equals", "variable": "code", "value": "4711"}, "next": "one"}
        ask = {
            "kind": "input",
            "variable": "code",
            "private": True,
            "next": "copy",
            "on_invalid": "two",
            "on_silence": "two",
        }
        copy = {"kind": "set", "variable": "copy", "value": "<{code}>", "next": "branch"}
        nodes = stays(ask=ask, copy=copy, branch={"kind": "branch", "cases": [case], "otherwise": "two"})
        caller = Caller(flow(nodes)).press("4711#")
        assert caller.node == "one"
        assert not [move for move in caller.moves if "4711" in str(move)]
        assert caller.position.private == ("code", "copy"), "what is made of a private value is private"


class TestSet:
    def test_text_with_variables(self) -> None:
        node = {"kind": "set", "variable": "greeting", "value": "{name} of {caller}", "next": "one"}
        caller = Caller(flow(stays(set=node), variables={"name": "Ann"}))
        assert caller.position.variables["greeting"] == "Ann of +442079460555"

    def test_values_cannot_grow_without_end(self) -> None:
        double = {"kind": "set", "variable": "x", "value": "{x}{x}", "next": "set"}
        caller = Caller(flow({"set": double}, variables={"x": "ab"}))
        assert len(caller.position.variables["x"]) == limits.VALUE_LENGTH


class TestLookup:
    def ask(self, **fields: Any) -> Caller:
        variables = {"number": "1/2", "name": "A\r\nHost: évil ☎"}
        return Caller(flow(stays(ask=LOOKUP | fields), variables=variables))

    def test_what_is_asked(self) -> None:
        assert self.ask().effects == (
            StartLookup(
                turn=1,
                method="GET",
                url="https://crm.example.com/1%2F2?of=%2B442079460555",
                headers={"X-Name": "AHost: évil ?"},
                body=None,
                credential="crm",
                seconds=2.0,
            ),
        )

    def test_a_body_is_json_whatever_the_values_are(self) -> None:
        start = self.ask(method="POST", body={"customer": '{number}", "admin": "yes'}).effects[0]
        assert isinstance(start, StartLookup)
        assert msgspec.json.decode(start.body or b"") == {"customer": '1/2", "admin": "yes'}

    def test_fields_become_variables(self) -> None:
        caller = self.ask().tell(LookupAnswered, status=201, body=msgspec.json.encode(ANSWER))
        assert caller.node == "one"
        found = caller.position.variables
        assert (found["name"], found["order"], found["vip"], found["sum"]) == ("Ann", "8", "true", "12.5")

    @pytest.mark.parametrize(
        "answer", [{}, [], None, "text", {"customer": []}, {"customer": {"name": {}}, "orders": [1]}]
    )
    def test_a_field_that_is_not_there_is_empty(self, answer: object) -> None:
        caller = self.ask().tell(LookupAnswered, status=200, body=msgspec.json.encode(answer))
        assert (caller.node, caller.position.variables["name"], caller.position.variables["order"]) == ("one", "", "")

    @pytest.mark.parametrize(
        ("status", "body"),
        [(404, b"{}"), (302, b"{}"), (500, b""), (200, b"<html>"), (200, b""), (200, b"\xff"), (200, b"[" * 60_000)],
    )
    def test_what_is_no_answer_takes_the_fallback(self, status: int, body: bytes) -> None:
        caller = self.ask().tell(LookupAnswered, status=status, body=body)
        assert caller.node == "two"
        assert caller.position.variables["name"].startswith("A"), "nothing was taken from it"

    def test_an_answer_too_long_takes_the_fallback(self) -> None:
        body = msgspec.json.encode("x" * limits.LOOKUP_ANSWER_BYTES)
        assert self.ask().tell(LookupAnswered, status=200, body=body).node == "two"

    def test_an_answer_that_nobody_reads_need_not_be_json(self) -> None:
        assert self.ask(results={}).tell(LookupAnswered, status=204, body=b"").node == "one"

    def test_a_failure_and_silence_take_the_fallback(self) -> None:
        caller = self.ask().tell(LookupFailed, why="address")
        assert (caller.node, caller.moves[0].why) == ("two", "no answer: address")
        assert self.ask().wait().node == "two"

    def test_an_answer_after_the_time_limit_changes_nothing(self) -> None:
        caller = self.ask()
        turn = caller.position.turn
        before = caller.wait().position
        assert caller.hear(LookupAnswered(turn=turn, status=200, body=b"{}")).position == before

    def test_a_long_value_is_cut(self) -> None:
        body = msgspec.json.encode({"customer": {"name": "x" * 5000}})
        caller = self.ask().tell(LookupAnswered, status=200, body=body)
        assert len(caller.position.variables["name"]) == limits.VALUE_LENGTH

    def test_answers_and_requests_do_not_show_in_logs(self) -> None:
        assert "2079460555" not in repr(self.ask().effects)
        assert "secret" not in repr(LookupAnswered(turn=1, status=200, body=b"secret"))


def test_an_unfinished_draft_fails_where_it_is_unfinished() -> None:
    caller = Caller(flow({"set": {"kind": "set", "variable": "x", "value": "", "next": ""}, **ENDS}))
    assert caller.moves[0][:3] == ("set", "next", "")
    assert "leads nowhere" in caller.moves[0].why
