"""A flow tried without a telephone: what the caller would hear, what is decided and why."""

from typing import Any

import msgspec
import pytest

from routing.flows.calendars.calendar import Calendar, read_calendar
from routing.flows.document.flow import Flow
from routing.flows.run.position import Ending
from routing.flows.simulate.script import AnyAct, Script
from routing.flows.simulate.simulator import Tried, simulate
from routing.flows.simulate.transcript import LineKind, Stop, Transcript
from tests.unit.routing.flows.documents import ENDS, FACTS, MENU, NOW, example, example_calendar, flow, text

OFFICE = read_calendar(example_calendar())


def run(document: Flow, *acts: dict[str, Any], others: dict[str, tuple[int, Flow]] | None = None) -> Transcript:
    script: tuple[AnyAct, ...] = msgspec.convert(acts, Script)
    tried = Tried("main", document, calendars={"office": OFFICE}, others=others or {})
    return simulate(tried, FACTS, script, NOW)


def told(transcript: Transcript, kind: LineKind) -> list[str]:
    return [line.text for line in transcript.lines if line.kind is kind]


def way(transcript: Transcript) -> list[str]:
    return [line.to for line in transcript.lines if line.kind is LineKind.GOES]


class TestTheExample:
    def test_a_known_customer_in_business_hours(self) -> None:
        transcript = run(
            example(),
            {"do": "press", "keys": "2"},
            {"do": "press", "keys": "1234#", "early": True},
            {"do": "lookup", "answer": {"name": "Ann", "contract": {"level": 4}}},
            {"do": "queue", "exit": "agent"},
        )
        assert (transcript.stop, transcript.ending) == (Stop.ENDED, Ending.AGENT)
        assert way(transcript) == ["hours", "welcome", "main", "number", "who", "level", "hello", "first", ""]
        assert told(transcript, LineKind.HEARS) == [
            "prompt greeting",
            "“For sales press 1. For your order press 2. For our address press 9.”",
            "“Enter your customer number, then hash.”",
            "“Hello Ann, you will be served first.”",
        ]
        assert told(transcript, LineKind.ANSWERS) == ["open: monday", "lookup answered", "queue left"]
        assert "GET https://crm.example.com/customers/1234" in told(transcript, LineKind.ASKS)
        assert told(transcript, LineKind.DOES)[0] == "presses 2"
        assert (transcript.variables["customer"], transcript.variables["customer_level"]) == ("1234", "4")

    def test_every_decision_has_its_reason(self) -> None:
        transcript = run(example(), {"do": "stay_silent"}, {"do": "stay_silent"})
        assert told(transcript, LineKind.GOES) == [
            "otherwise: no case holds",
            "open: office says open",
            "next: it was heard",
            "on_silence: no key; attempt 2 was the last",
        ]
        assert (transcript.stop, transcript.remark) == (Stop.WAITS, "The flow waits at sales (queue).")

    def test_a_holiday_by_the_script(self) -> None:
        transcript = run(example(), {"do": "hours", "status": "holiday"}, {"do": "message", "seconds": 20})
        assert way(transcript)[-3:] == ["thanks", "goodbye", ""]
        assert "“We are closed today for a public holiday.”" in told(transcript, LineKind.HEARS)

    def test_the_lookup_fails_and_nobody_is_there(self) -> None:
        transcript = run(
            example(),
            {"do": "press", "keys": "2"},
            {"do": "press", "keys": "1234#"},
            {"do": "lookup_fails", "why": "time_out"},
            {"do": "queue", "exit": "limit"},
            {"do": "press", "keys": "1"},
            {"do": "callback", "booked": False},
            {"do": "transfer", "answered": False},
            {"do": "hang_up"},
        )
        assert (transcript.stop, transcript.ending) == (Stop.ENDED, Ending.CALLER_GONE)
        assert [to for to in way(transcript) if to in {"sales", "offer", "mobile", "message"}] == [
            "sales",
            "offer",
            "mobile",
            "message",
        ]


def test_time_passes_and_each_line_says_when() -> None:
    transcript = run(flow({"menu": MENU | {"retries": 0}, **ENDS}), {"do": "stay_silent"})
    seconds = [line.seconds for line in transcript.lines]
    assert seconds == sorted(seconds)
    assert seconds[-1] == 8.0  # a prompt of 3 s and a wait of 5


def test_a_calendar_is_asked_at_the_time_of_the_test() -> None:
    shut = Calendar(time_zone="UTC", always_closed=True)
    tried = Tried("main", example(), calendars={"office": shut})
    assert "emergency: the emergency switch is on" in told(simulate(tried, FACTS, (), NOW), LineKind.ANSWERS)


class TestOtherFlows:
    GO = flow({"hi": {"kind": "say", "text": "hi", "next": "go"}, "go": {"kind": "go_to", "flow": "other"}})
    OTHER = flow({"bye": {"kind": "say", "text": "bye", "next": "end"}, "end": {"kind": "hang_up"}})

    def test_the_way_goes_on_there(self) -> None:
        transcript = run(self.GO, others={"other": (4, self.OTHER)})
        assert told(transcript, LineKind.HEARS) == ["“hi”", "“bye”"]
        assert transcript.stop is Stop.ENDED

    def test_one_that_is_not_there_fails(self) -> None:
        assert run(self.GO).ending is Ending.FAILED

    def test_back_to_the_draft_itself_for_ever_is_stopped(self) -> None:
        assert run(flow({"go": {"kind": "go_to", "flow": "main"}})).ending is Ending.FAILED


class TestScriptsThatDoNotFit:
    def test_an_answer_that_nobody_asked_for(self) -> None:
        transcript = run(flow({"menu": MENU, **ENDS}), {"do": "queue", "exit": "full"})
        assert transcript.stop is Stop.NOT_FITTING
        assert transcript.remark == "The flow waits at menu (menu), the script goes on with queue."

    def test_acts_after_the_end(self) -> None:
        transcript = run(flow({"menu": MENU, **ENDS}), {"do": "press", "keys": "1"}, {"do": "press", "keys": "2"})
        assert (transcript.stop, transcript.remark) == (Stop.NOT_FITTING, "The flow has ended before press.")

    def test_silence_in_a_queue(self) -> None:
        queue = {"kind": "queue", "queue": "0197a3c2-0000-7000-8000-000000000001", "on_full": "end"}
        transcript = run(flow({"q": queue, "end": {"kind": "hang_up"}}), {"do": "stay_silent"})
        assert "no time limit" in transcript.remark

    def test_a_draft_without_nodes(self) -> None:
        assert run(Flow(), {"do": "press", "keys": "1"}).stop is Stop.NOT_FITTING

    @pytest.mark.parametrize(
        "act", [{"do": "press", "keys": ""}, {"do": "dance"}, {"do": "press", "keys": "1", "x": 1}]
    )
    def test_scripts_that_are_none(self, act: dict[str, Any]) -> None:
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert((act,), Script)


def test_private_digits_are_not_among_the_variables() -> None:
    ask = {"kind": "input", "variable": "pin", "private": True, "next": "one", "on_invalid": "two", "on_silence": "two"}
    transcript = run(flow({"ask": ask | {"prompts": [text("pin?")]}, **ENDS}), {"do": "press", "keys": "4711#"})
    assert "pin" not in transcript.variables
    assert "4711" not in " ".join(told(transcript, LineKind.GOES))
