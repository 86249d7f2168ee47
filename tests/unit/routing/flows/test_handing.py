"""Handing the caller to others: queue, callback, voicemail, transfer, robot, another flow, and failing well."""

from typing import Any, ClassVar

import pytest

from kernel.contracts.telephony import PhoneParty, TrunkParty
from kernel.primitives.phone import PhoneNumber
from routing.flows import limits
from routing.flows.document.nodes import SkillNeed
from routing.flows.run.effects import (
    AgentParty,
    BookCallback,
    ConnectRobot,
    ConnectTo,
    DisconnectRobot,
    EndCall,
    EnterFlow,
    EnterQueue,
    FinishMessage,
    LeaveQueue,
    RecordMessage,
    StopConnecting,
    StopSpeaking,
)
from routing.flows.run.position import CallFacts, Ending, Phase
from routing.flows.run.words import (
    CallbackBooked,
    CallbackRefused,
    CallerHungUp,
    FlowMissing,
    MessageFailed,
    MessageRecorded,
    QueueExit,
    QueueLeft,
    RobotFailed,
    RobotReturned,
    TransferAnswered,
    TransferFailed,
)
from tests.unit.routing.flows.caller import Caller
from tests.unit.routing.flows.documents import AGENT, FACTS, QUEUE, flow, text

STAY: dict[str, Any] = {"kind": "go_to", "flow": "other"}
WITHHELD = CallFacts(called=FACTS.called)


def at(node: dict[str, Any], facts: CallFacts = FACTS, **fields: Any) -> Caller:
    names = ("one", "two", "three", "four")
    return Caller(flow({"node": node, **dict.fromkeys(names, STAY)}, **fields), facts)


class TestQueue:
    PLAIN: ClassVar[dict[str, Any]] = {"kind": "queue", "queue": str(QUEUE), "on_full": "one"}
    WHOLE: ClassVar[dict[str, Any]] = PLAIN | {
        "skills": [{"skill": "contracts", "level": 3}],
        "priority": 5,
        "limit_seconds": 60,
        "callback_key": "9",
        "on_no_agents": "two",
        "on_limit": "three",
        "on_callback": "four",
    }

    def test_what_is_asked_of_the_queue(self) -> None:
        caller = at(self.WHOLE, variables={"name": "Ann"})
        assert caller.effects == (
            EnterQueue(
                turn=1,
                queue=QUEUE,
                skills=(SkillNeed(skill="contracts", level=3),),
                priority=5,
                limit_seconds=60.0,
                leave_on=(QueueExit.FULL, QueueExit.GONE, QueueExit.NO_AGENTS, QueueExit.LIMIT),
                context={"caller": "+442079460555", "called": "+442079460001", "name": "Ann"},
            ),
        )
        plain = at(self.PLAIN).effects[0]
        assert isinstance(plain, EnterQueue)
        assert plain.leave_on == (QueueExit.FULL, QueueExit.GONE)

    @pytest.mark.parametrize(
        ("exit_", "node"),
        [
            (QueueExit.FULL, "one"),
            (QueueExit.GONE, "one"),
            (QueueExit.NO_AGENTS, "two"),
            (QueueExit.LIMIT, "three"),
        ],
    )
    def test_each_exit(self, exit_: QueueExit, node: str) -> None:
        assert at(self.WHOLE).tell(QueueLeft, exit=exit_).node == node

    def test_an_exit_that_is_not_asked_for_leads_to_the_one_that_must_be(self) -> None:
        assert at(self.PLAIN).tell(QueueLeft, exit=QueueExit.NO_AGENTS).node == "one"

    def test_an_agent_ends_the_flow(self) -> None:
        assert at(self.PLAIN).tell(QueueLeft, exit=QueueExit.AGENT).position.ending is Ending.AGENT

    def test_the_key_for_a_callback(self) -> None:
        caller = at(self.WHOLE).press("1")
        assert (caller.node, caller.effects) == ("node", ())
        assert caller.press("9").node == "four"
        assert caller.effects[0] == LeaveQueue()

    def test_without_a_key_none_is_one(self) -> None:
        assert at(self.PLAIN).press("0123456789*#").node == "node"

    def test_private_values_do_not_reach_the_agents_screen(self) -> None:
        ask = {"kind": "input", "variable": "code", "private": True, "next": "q", "on_invalid": "q", "on_silence": "q"}
        caller = Caller(flow({"ask": ask, "q": self.PLAIN | {"on_full": "q"}})).press("4711#")
        entered = caller.effects[-1]
        assert isinstance(entered, EnterQueue)
        assert "code" not in entered.context


class TestCallback:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "callback",
        "queue": str(QUEUE),
        "prompts": [text("1 to be called")],
        "next": "one",
        "on_declined": "two",
        "on_unavailable": "three",
    }

    def test_accepted_and_booked(self) -> None:
        caller = at(self.NODE).press("1")
        assert caller.effects == (
            StopSpeaking(),
            BookCallback(turn=2, queue=QUEUE, number=PhoneNumber("+442079460555")),
        )
        assert caller.press("2").node == "node", "agreed is agreed"
        assert caller.tell(CallbackBooked).node == "one"

    def test_declined_by_another_key_or_by_silence(self) -> None:
        assert at(self.NODE).listen().press("5").node == "two"
        assert at(self.NODE).listen().wait().node == "two"

    def test_no_callback_without_a_number(self) -> None:
        caller = at(self.NODE, WITHHELD)
        assert (caller.node, caller.hears) == ("three", [])

    def test_refused_or_not_answered(self) -> None:
        assert at(self.NODE).press("1").tell(CallbackRefused, why="full").node == "three"
        assert at(self.NODE).press("1").wait().node == "three"

    def test_keys_pressed_ahead_agree_to_nothing(self) -> None:
        hours = {"kind": "hours", "calendar": "office", "open": "node", "closed": "node"}
        nodes = {"hours": hours, "node": self.NODE, **dict.fromkeys(("one", "two", "three"), STAY)}
        caller = Caller(flow(nodes)).press("1").wait()
        assert (caller.node, caller.hears, caller.position.ahead) == ("node", ["1 to be called"], "")

    def test_a_number_that_was_entered(self) -> None:
        caller = at(self.NODE | {"number": "wish"}, variables={"wish": "+4930123456"}).press("1")
        booked = caller.effects[-1]
        assert isinstance(booked, BookCallback)
        assert booked.number.e164 == "+4930123456"


class TestVoicemail:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "voicemail",
        "queue": str(QUEUE),
        "prompts": [text("speak")],
        "max_seconds": 60,
        "next": "one",
        "on_failure": "two",
    }

    def test_greeting_recording_next(self) -> None:
        caller = at(self.NODE).listen()
        assert caller.effects == (RecordMessage(turn=2, queue=QUEUE, seconds=60.0),)
        assert caller.tell(MessageRecorded, seconds=12.0).node == "one"

    def test_the_greeting_can_be_skipped(self) -> None:
        caller = at(self.NODE).press("5")
        assert [type(one) for one in caller.effects] == [StopSpeaking, RecordMessage]

    def test_the_key_finishes(self) -> None:
        caller = at(self.NODE).listen().press("5")
        assert caller.effects == ()
        assert caller.press("#").effects == (FinishMessage(),)
        assert caller.press("#").effects == ()
        assert caller.tell(MessageRecorded, seconds=3.0).node == "one"

    def test_long_enough(self) -> None:
        caller = at(self.NODE).listen()
        assert caller.later(59.9).effects == ()
        assert caller.later(0.1).effects == (FinishMessage(),)
        assert caller.wait().node == "two", "a recorder that does not report holds nobody"

    def test_hanging_up_keeps_it(self) -> None:
        caller = at(self.NODE).listen().hear(CallerHungUp())
        assert (caller.effects, caller.position.ending) == ((FinishMessage(),), Ending.CALLER_GONE)
        assert at(self.NODE).hear(CallerHungUp()).effects == (), "nothing was recorded yet"

    def test_a_failure(self) -> None:
        assert at(self.NODE).listen().tell(MessageFailed, why="disk_full").node == "two"


class TestTransfer:
    @pytest.mark.parametrize(
        ("to", "party"),
        [
            ({"kind": "number", "number": "+4930123456"}, TrunkParty(PhoneNumber("+4930123456"))),
            ({"kind": "phone", "user": "desk1"}, PhoneParty("desk1")),
            ({"kind": "agent", "agent": str(AGENT)}, AgentParty(AGENT)),
            ({"kind": "variable", "variable": "caller"}, TrunkParty(PhoneNumber("+442079460555"))),
        ],
    )
    def test_to_whom(self, to: dict[str, str], party: object) -> None:
        caller = at({"kind": "transfer", "to": to, "ring_seconds": 20, "on_failure": "one"})
        assert caller.effects == (ConnectTo(turn=1, to=party, ring_seconds=20.0),)  # type: ignore[arg-type]

    NODE: ClassVar[dict[str, Any]] = {"kind": "transfer", "to": {"kind": "phone", "user": "desk1"}, "on_failure": "one"}

    def test_answered(self) -> None:
        assert at(self.NODE).tell(TransferAnswered).position.ending is Ending.TRANSFERRED

    def test_failed(self) -> None:
        caller = at(self.NODE).tell(TransferFailed, why="busy")
        assert (caller.node, caller.moves[0].why) == ("one", "not reached: busy")

    def test_nothing_reported(self) -> None:
        caller = at(self.NODE).wait()
        assert (caller.node, caller.effects[0]) == ("one", StopConnecting())

    @pytest.mark.parametrize("text_", ["", "110", "abc", "+49", "sip:x@y"])
    def test_a_variable_without_a_number(self, text_: str) -> None:
        node = self.NODE | {"to": {"kind": "variable", "variable": "x"}}
        assert at(node, variables={"x": text_}).node == "one"


class TestRobot:
    NODE: ClassVar[dict[str, Any]] = {
        "kind": "robot",
        "robot": "booking",
        "send": ["caller"],
        "results": ["date"],
        "seconds": 60,
        "outcomes": {"booked": "one"},
        "otherwise": "two",
        "on_failure": "three",
    }

    def test_out_and_back(self) -> None:
        caller = at(self.NODE)
        assert caller.effects == (
            ConnectRobot(turn=1, robot="booking", send={"caller": "+442079460555"}, seconds=60.0),
        )
        caller.tell(RobotReturned, outcome="booked", results={"date": "Monday", "caller": "+1", "more": "x"})
        found = caller.position.variables
        assert (caller.node, found["date"]) == ("one", "Monday")
        assert (found["caller"], "more" in found) == ("+442079460555", False), "only what was asked for is taken"

    def test_an_outcome_without_exit(self) -> None:
        caller = at(self.NODE).tell(RobotReturned, outcome="confused")
        assert (caller.node, caller.position.variables["date"]) == ("two", "")

    def test_failure_and_silence(self) -> None:
        assert at(self.NODE).tell(RobotFailed).node == "three"
        caller = at(self.NODE).wait()
        assert (caller.node, caller.effects[0]) == ("three", DisconnectRobot())


class TestGoTo:
    OTHER = flow(
        {"hear": {"kind": "say", "text": "{name} {extra}", "next": "end"}, "end": {"kind": "hang_up"}},
        variables={"name": "nobody", "extra": "x"},
    )

    def test_what_the_other_flow_declares_goes_along(self) -> None:
        caller = at(STAY, variables={"name": "Ann", "secret": "s"})
        assert caller.effects == (EnterFlow(turn=1, flow="other"),)
        assert caller.enter(self.OTHER).hears == ["Ann x"]
        assert (caller.position.flow, caller.position.version) == ("other", 7)
        assert caller.position.variables.keys() == {"name", "extra", "caller", "called", "diverted_by"}

    def test_a_private_value_stays_private(self) -> None:
        ask = {
            "kind": "input",
            "variable": "name",
            "private": True,
            "next": "go",
            "on_invalid": "go",
            "on_silence": "go",
        }
        caller = Caller(flow({"ask": ask, "go": STAY})).press("4711#").enter(self.OTHER)
        assert caller.position.private == ("name",)

    def test_a_flow_that_is_not_there(self) -> None:
        assert at(STAY).tell(FlowMissing).position.ending is Ending.FAILED
        assert at(STAY).wait().position.ending is Ending.FAILED

    def test_two_flows_that_send_a_call_back_and_forth_are_stopped(self) -> None:
        caller = at(STAY)
        for _ in range(limits.STEPS_ALONE + 1):
            if caller.phase is not Phase.ENDED:
                caller.enter(flow({"node": STAY}))
        assert caller.position.ending is Ending.FAILED

    def test_who_is_gone_enters_nothing(self) -> None:
        caller = at(STAY).hear(CallerHungUp())
        assert caller.enter(self.OTHER).position.ending is Ending.CALLER_GONE


class TestFailing:
    ROUND: ClassVar[dict[str, Any]] = {"node": {"kind": "set", "variable": "x", "value": "y", "next": "node"}}

    def test_a_circle_is_stopped_and_the_caller_goes_to_the_fallback_queue(self) -> None:
        caller = Caller(flow(self.ROUND, fallback_queue=str(QUEUE)))
        assert caller.position.steps == limits.STEPS_ALONE
        assert [type(one) for one in caller.effects] == [EnterQueue]
        assert caller.position.ending is Ending.FAILED

    def test_without_one_the_call_ends(self) -> None:
        assert [type(one) for one in Caller(flow(self.ROUND)).effects] == [EndCall]

    def test_no_start(self) -> None:
        assert Caller(flow({}, start="")).position.ending is Ending.FAILED

    def test_keys_let_a_caller_go_round_for_ever(self) -> None:
        menu = {"kind": "menu", "options": {"1": "menu"}, "on_invalid": "menu", "on_silence": "menu"}
        caller = Caller(flow({"menu": menu})).press("1" * (limits.STEPS_ALONE + 10))
        assert (caller.node, caller.phase) == ("menu", Phase.COLLECTING)

    def test_so_does_waiting_in_a_queue(self) -> None:
        wait = {"kind": "queue", "queue": str(QUEUE), "on_full": "q", "limit_seconds": 60, "on_limit": "q"}
        caller = Caller(flow({"q": wait}))
        for _ in range(limits.STEPS_ALONE + 10):
            caller.tell(QueueLeft, exit=QueueExit.LIMIT)
        assert (caller.node, caller.phase) == ("q", Phase.WAITING)
