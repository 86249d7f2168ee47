"""Listen, whisper, barge: who hears whom, and that it ends with what it belongs to."""

import contextlib
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.supervision import (
    LeaveSupervision,
    Manner,
    StopSupervising,
    Supervise,
    SuperviseCall,
    SupervisionChanged,
    SupervisionCommand,
)
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, UserId
from routing.agents.model import Agent
from routing.calls.model import Call, CallPhase
from routing.errors import CallGone, CallNotConnected, SupervisorBusy, SupervisorsFull
from routing.supervision.listening import AT_ONCE, Listening, Moment, Ruling, follow, stop, supervise
from routing.supervision.machine import TABLE, Input, Part, step
from tests.unit.routing.floor import ANN, BEN, EVA, NOBODY, ZOE, Floor

LISTEN, WHISPER, BARGE = Manner.LISTEN, Manner.WHISPER, Manner.BARGE


class Room:
    """A floor on which Ann talks, and Zoe, Eva, Ben and others are not ready."""

    def __init__(self, floor: Floor) -> None:
        self.floor = floor
        self.call = floor.connected(ANN)
        self.agents = {agent.agent: agent for agent in floor.state.agents}
        for name in (ZOE, EVA, BEN, NOBODY):
            self.agents[name] = Agent(agent=name, home=floor.tenant, state=AgentState.NOT_READY, reachable=True)
        self.calls: dict[CallId, Call] = {call.call: call for call in floor.state.calls}
        self.listening = Listening()
        self.log: list[SupervisionChanged] = []
        self.commands: list[SupervisionCommand] = []

    @property
    def moment(self) -> Moment:
        return Moment(self.floor.now, self.floor.ids)

    def take(self, ruling: Ruling) -> Ruling:
        for event in ruling.events:
            self.listening.apply(event)
        self.log += ruling.events
        self.commands += ruling.commands
        return ruling

    def join(self, manner: Manner = LISTEN, who: UserId = ZOE, call: CallId | None = None) -> Ruling:
        act = Supervise(call=call or self.call, manner=manner)
        return self.take(supervise(self.listening, self.agents[who], act, self.calls.get(act.call), self.moment))

    def follow(self) -> Ruling:
        return self.take(follow(self.listening, self.agents, self.calls, self.moment))

    def part(self, who: UserId = ZOE) -> Part:
        ear = self.listening.ear(who)
        return Part.NONE if ear is None else ear.part


@pytest.fixture
def room(floor: Floor) -> Room:
    return Room(floor)


@pytest.mark.parametrize("word", Input)
@pytest.mark.parametrize("part", Part)
def test_every_part_and_input_has_one_outcome(part: Part, word: Input) -> None:
    assert step(part, word) is TABLE.get((part, word), part)


def test_nobody_is_heard_after_what_ends_it() -> None:
    for word in (Input.STOP, Input.CALL_OVER, Input.SUPERVISOR_AWAY):
        assert {step(part, word) for part in Part} == {Part.NONE}


class TestAsked:
    def test_taking_part_is_in_the_log_and_told_to_the_gateway(self, room: Room) -> None:
        room.join(WHISPER)
        (event,), (command,) = room.log, room.commands
        assert (event.call, event.supervisor, event.agent, event.manner) == (room.call, ZOE, ANN, WHISPER)
        assert isinstance(command, SuperviseCall)
        assert (command.call, command.supervisor, command.manner) == (room.call, ZOE, WHISPER)

    def test_another_manner_changes_it_and_the_same_one_does_not(self, room: Room) -> None:
        for manner in (LISTEN, LISTEN, BARGE, WHISPER, WHISPER):
            room.join(manner)
        assert [event.manner for event in room.log] == [LISTEN, BARGE, WHISPER]

    def test_one_call_at_a_time(self, room: Room) -> None:
        other = replace(room.calls[room.call], call=CallId(room.floor.ids.new()), agent=BEN)
        room.calls[other.call] = other
        room.join()
        room.join(call=other.call)
        assert [(event.call, event.manner) for event in room.log] == [
            (room.call, LISTEN),
            (room.call, None),
            (other.call, LISTEN),
        ]
        assert isinstance(room.commands[1], LeaveSupervision)

    def test_stopping_ends_it_once(self, room: Room) -> None:
        room.join()
        for _ in range(2):
            room.take(stop(room.listening, ZOE, StopSupervising(), room.moment))
        assert [event.manner for event in room.log] == [LISTEN, None]

    def test_it_needs_a_conversation_of_others(self, room: Room) -> None:
        with pytest.raises(CallGone):
            room.join(call=CallId(room.floor.ids.new()))
        with pytest.raises(SupervisorBusy):
            room.join(who=ANN)
        room.calls[room.call] = replace(room.calls[room.call], phase=CallPhase.QUEUED, agent=None)
        with pytest.raises(CallNotConnected):
            room.join()

    @pytest.mark.parametrize("away", [{"state": AgentState.AVAILABLE}, {"reachable": False}])
    def test_it_needs_a_supervisor_who_is_not_ready_and_can_hear(self, room: Room, away: dict[str, object]) -> None:
        room.agents[ZOE] = replace(room.agents[ZOE], **away)
        with pytest.raises(SupervisorBusy):
            room.join()

    def test_a_call_is_no_stage(self, room: Room) -> None:
        assert AT_ONCE == 3
        for who in (ZOE, EVA, BEN):
            room.join(who=who)
        with pytest.raises(SupervisorsFull):
            room.join(who=NOBODY)
        room.join(BARGE, who=BEN)


class TestFollowed:
    def test_the_end_of_the_call_ends_it(self, room: Room) -> None:
        room.join(BARGE)
        room.calls.clear()
        room.follow()
        assert room.part() is Part.NONE
        assert isinstance(room.commands[-1], LeaveSupervision)
        assert not room.follow().events

    @pytest.mark.parametrize("away", [{"state": AgentState.OFFERED}, {"reachable": False}])
    def test_a_supervisor_who_is_away_hears_nothing(self, room: Room, away: dict[str, object]) -> None:
        room.join()
        room.agents[ZOE] = replace(room.agents[ZOE], **away)
        room.follow()
        assert room.part() is Part.NONE

    @pytest.mark.parametrize("manner", [WHISPER, BARGE])
    def test_another_agent_is_first_only_listened_to(self, room: Room, manner: Manner) -> None:
        room.join(manner)
        room.calls[room.call] = replace(room.calls[room.call], agent=BEN)
        room.follow()
        assert room.part() is Part.LISTEN
        assert room.log[-1].agent == BEN
        assert not room.follow().events

    def test_while_all_goes_on_nothing_is_said(self, room: Room) -> None:
        room.join()
        room.floor.now += timedelta(minutes=5)
        assert room.follow() == Ruling()


WHAT = st.sampled_from(("listen", "whisper", "barge", "stop", "end", "away", "back", "agent", "follow"))


@settings(max_examples=80, deadline=None)
@given(story=st.lists(st.tuples(WHAT, st.sampled_from((ZOE, EVA))), max_size=20))
def test_nobody_hears_a_call_that_is_over_or_without_being_in_the_log(story: list[tuple[str, UserId]]) -> None:
    room = Room(Floor(1))
    for what, who in story:
        with contextlib.suppress(CordboardError):
            happen(room, what, who)
        room.follow()
        heard = {name: ear.call for name, ear in room.listening.ears.items()}
        assert set(heard.values()) <= room.calls.keys()
        assert all(room.agents[name].reachable for name in heard)
        told: dict[UserId, Manner | None] = {event.supervisor: event.manner for event in room.log}
        assert {name for name, manner in told.items() if manner is not None} == heard.keys()
    again = Listening()
    for event in room.log:
        again.apply(event)
    assert again.ears == room.listening.ears


def happen(room: Room, what: str, who: UserId) -> None:
    if what in set(Manner):
        room.join(Manner(what), who)
    elif what == "stop":
        room.take(stop(room.listening, who, StopSupervising(), room.moment))
    elif what == "end":
        room.calls.clear()
    elif what == "agent" and room.call in room.calls:
        room.calls[room.call] = replace(room.calls[room.call], agent=BEN)
    elif what in {"away", "back"}:
        room.agents[who] = replace(room.agents[who], reachable=what == "back")
