"""Messages that staff make an agent's or another queue's."""

from datetime import timedelta
from typing import Any

import pytest

from kernel.contracts.calls import AgentState
from kernel.contracts.voicemail import (
    AssignVoicemail,
    FinishVoicemail,
    GiveBackVoicemail,
    TakeVoicemail,
    VoicemailAssigned,
)
from kernel.primitives.errors import InvalidInput, NotFound, RevisionMismatch
from kernel.primitives.ids import QueueId, VoicemailId
from routing.voicemail.errors import VoicemailTakenByOther
from routing.voicemail.machine import Phase
from tests.unit.routing.floor import ANN, BEN, EVA, SALES, SUPPORT, ZOE
from tests.unit.routing.work_floor import WorkFloor


@pytest.fixture
def floor() -> WorkFloor:
    return WorkFloor()


def assign(floor: WorkFloor, name: VoicemailId, **to: Any) -> None:
    floor.act(ZOE, AssignVoicemail(name, **to))


def test_it_is_theirs_for_the_time_of_the_rules_and_then_everybody_s(floor: WorkFloor) -> None:
    name = floor.heard()
    floor.wait(3600)
    assign(floor, name, agent=BEN)
    message = floor.message(name)
    assert (message.owner, message.due) == (BEN, floor.now + timedelta(hours=4))
    with pytest.raises(VoicemailTakenByOther):
        floor.act(ANN, TakeVoicemail(name))
    floor.wait(4 * 3600 + 1)
    floor.act(ANN, TakeVoicemail(name))


def test_what_is_overdue_is_theirs_anew(floor: WorkFloor) -> None:
    name = floor.heard()
    floor.wait(4 * 3600 + 1)
    assert floor.message(name).overdue
    assign(floor, name, agent=BEN)
    assert not floor.message(name).overdue
    with pytest.raises(VoicemailTakenByOther):
        floor.act(ANN, TakeVoicemail(name))
    floor.wait(4 * 3600 + 1)
    assert floor.message(name).overdue, "its time runs again"


def test_whoever_is_asked_is_asked_no_more_and_who_is_told_to_is_asked(floor: WorkFloor) -> None:
    name = floor.heard()
    floor.available(ANN)
    assert floor.phase(name) == (Phase.OFFERED, ANN)
    assign(floor, name, agent=BEN)
    assert (floor.phase(name), floor.agent(ANN).state) == ((Phase.NEW, None), AgentState.AVAILABLE)
    floor.available(BEN)
    assert floor.phase(name) == (Phase.OFFERED, BEN)


def test_another_queue_s_people_work_on_it(floor: WorkFloor) -> None:
    name = floor.heard()
    assign(floor, name, queue=SUPPORT)
    assert floor.message(name).queue == SUPPORT
    floor.act(EVA, TakeVoicemail(name))
    floor.act(EVA, FinishVoicemail(name))
    assert floor.events(VoicemailAssigned)[0].by == ZOE


def test_not_while_somebody_works_on_it(floor: WorkFloor) -> None:
    name = floor.heard()
    floor.act(ANN, TakeVoicemail(name))
    with pytest.raises(VoicemailTakenByOther):
        assign(floor, name, agent=BEN)
    floor.act(ANN, GiveBackVoicemail(name))
    assign(floor, name, agent=BEN)


def test_not_what_was_read_before_something_happened(floor: WorkFloor) -> None:
    name = floor.heard()
    read = floor.message(name).revision
    assign(floor, name, queue=SUPPORT, revision=read)
    with pytest.raises(RevisionMismatch):
        assign(floor, name, queue=SALES, revision=read)


def test_what_changes_nothing_is_no_event(floor: WorkFloor) -> None:
    name = floor.heard()
    assign(floor, name, queue=SALES, agent=None)
    assert not floor.events(VoicemailAssigned)


def test_not_to_who_does_not_work_there_nor_to_no_queue(floor: WorkFloor) -> None:
    name = floor.heard()
    with pytest.raises(InvalidInput):
        assign(floor, name, agent=EVA)
    with pytest.raises(NotFound):
        assign(floor, name, queue=QueueId(floor.ids.new()))


def test_a_replay_of_the_log_knows_whose_it_is(floor: WorkFloor) -> None:
    name = floor.heard()
    assign(floor, name, queue=SUPPORT, agent=EVA)
    assert floor.refold().messages.get(name) == floor.message(name)
