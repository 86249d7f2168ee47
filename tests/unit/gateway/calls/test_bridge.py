"""What the bridge does, one behaviour each."""

from typing import Any

import pytest
from calls_world import ANNA, BERT, BY_AGENT, BY_CALLER, CALL, CALLED, FAR, TRUNK, World

from gateway.calls.effects import AnswerFar, ArmRecorder, DialFar, Engine, MeasureAgent, Record, StartPlayer, Transmit
from gateway.calls.inputs import (
    AgentAttached,
    AgentDetached,
    FarAnswered,
    FarDigit,
    FarEnded,
    FarProgressed,
    FarUpdated,
    PlayerOver,
)
from gateway.calls.legs import LegState
from gateway.calls.model import RING_BACK, Sender, Sound
from kernel.contracts.engine import LegSource, PlayerSource, PressDigits, SendDigits
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallDigit,
    CallEstablished,
    CallPlayed,
    CallReleased,
    CallRinging,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    FarEndHeld,
    HoldCall,
    PlaceCall,
    PlayToCaller,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
)

ANNAS, BERTS = "softphone.anna", "softphone.bert"
FAR_VOICE, ANNAS_VOICE = (LegSource(leg=FAR),), (LegSource(leg=ANNAS),)


def order(world: World, kind: type[Any], **fields: Any) -> Any:
    id_, tenant, at = world.stamp()
    return kind(id=id_, tenant=tenant, at=at, call=CALL, **fields)


@pytest.fixture
def world() -> World:
    world = World()
    world.arrive()
    return world


@pytest.fixture
def answered(world: World) -> World:
    world.order(order(world, AnswerCall))
    world.happen(FarAnswered())
    return world


@pytest.fixture
def talking(answered: World) -> World:
    answered.order(order(answered, ConnectAgent, agent=ANNA), media=ANNAS)
    return answered


class TestArrival:
    def test_is_reported(self, world: World) -> None:
        report = world.reports[0]
        assert isinstance(report, CallArrived)
        assert (report.call, report.trunk, report.called) == (CALL, TRUNK, CALLED)

    def test_rejected_tells_the_cause_and_ends_the_signalling(self, world: World) -> None:
        world.order(order(world, RejectCall, cause=BY_AGENT))
        assert [release.signal for release in world.released] == [True]
        assert [type(report) for report in world.reports[1:]] == [CallReleased]
        assert world.call.far.state is LegState.ENDING

    def test_given_up_by_the_caller_is_released_without_signalling(self, world: World) -> None:
        world.happen(FarEnded(BY_CALLER))
        assert [release.signal for release in world.released] == [False]
        assert world.call.far.state is LegState.ENDED


class TestAnswer:
    def test_asks_for_the_far_leg_first_and_reports_only_when_it_is_established(self, world: World) -> None:
        assert world.order(order(world, AnswerCall)) == [AnswerFar()]
        assert world.reported(CallEstablished) == []
        effects = world.happen(FarAnswered())
        assert effects[0] == Record()
        assert len(world.reported(CallEstablished)) == 1

    def test_without_recording(self, world: World) -> None:
        world.order(order(world, AnswerCall, record=False))
        assert Record() not in world.happen(FarAnswered())

    def test_a_second_answer_does_nothing(self, answered: World) -> None:
        assert answered.order(order(answered, AnswerCall)) == []
        assert answered.happen(FarAnswered()) == []

    def test_what_was_ordered_before_is_heard_from_the_answer_on(self, world: World) -> None:
        world.order(order(world, AnswerCall))
        assert world.order(order(world, PlayToCaller, prompts=("hello",), music="m")) == []
        world.happen(FarAnswered())
        assert len(world.playing) == 2
        assert len(world.heard[FAR]) == 1


class TestPlaying:
    def test_prompts_come_first_then_music_for_ever(self, answered: World) -> None:
        effects = answered.order(order(answered, PlayToCaller, prompts=("a", "b"), music="m", token="t"))
        started = [effect for effect in effects if isinstance(effect, StartPlayer)]
        assert [one.sound for one in started] == [Sound(("a", "b")), Sound(("m",), repeat=True)]
        assert answered.heard[FAR] == (PlayerSource(player=started[0].player),)
        assert answered.reported(CallPlayed) == []

        answered.happen(PlayerOver(started[0].player))
        assert answered.heard[FAR] == (PlayerSource(player=started[1].player),)
        assert [report.token for report in answered.reports if isinstance(report, CallPlayed)] == ["t"]

    def test_the_end_of_the_prompts_is_told_once(self, answered: World) -> None:
        answered.order(order(answered, PlayToCaller, prompts=("a",), music="m", token="t"))
        player = next(iter(answered.playing))
        answered.happen(PlayerOver(player))
        answered.happen(PlayerOver(player))
        assert len(answered.reported(CallPlayed)) == 1

    def test_silence_follows_prompts_without_music(self, answered: World) -> None:
        answered.order(order(answered, PlayToCaller, prompts=("a",), music=None))
        answered.happen(PlayerOver(next(iter(answered.playing))))
        assert answered.heard[FAR] == ()
        assert answered.playing == {}

    def test_a_new_programme_takes_the_place_of_the_former(self, answered: World) -> None:
        answered.order(order(answered, PlayToCaller, prompts=("a",), music="m", token="1"))
        former = set(answered.playing)
        answered.order(order(answered, PlayToCaller, prompts=(), music="n", token="2"))
        assert former.isdisjoint(answered.playing)
        assert [report.token for report in answered.reports if isinstance(report, CallPlayed)] == ["2"]

    def test_to_a_caller_with_an_agent_returns_to_the_agent(self, talking: World) -> None:
        talking.order(order(talking, PlayToCaller, prompts=("notice",), music=None))
        player = next(iter(talking.playing))
        assert talking.heard[FAR] == (PlayerSource(player=player),)
        talking.happen(PlayerOver(player))
        assert talking.heard[FAR] == ANNAS_VOICE

    def test_music_that_breaks_leaves_silence(self, answered: World) -> None:
        answered.order(order(answered, PlayToCaller, prompts=(), music="m"))
        answered.happen(PlayerOver(next(iter(answered.playing))))
        assert answered.heard[FAR] == ()
        assert not answered.call.over


class TestConnect:
    def test_joins_both_in_one_command_and_switches_the_sender_on(self, answered: World) -> None:
        answered.order(order(answered, PlayToCaller, prompts=(), music="m"))
        effects = answered.order(order(answered, ConnectAgent, agent=ANNA), media=ANNAS)
        hears = [effect for effect in effects if isinstance(effect, Engine)]
        assert len(hears) == 2  # one Hear, one DeletePlayer
        assert answered.heard == {FAR: ANNAS_VOICE, ANNAS: FAR_VOICE}
        assert answered.playing == {}
        assert answered.sending == {ANNA: True}
        assert MeasureAgent(ANNAS, joins=True) in effects

    def test_waits_for_an_agent_whose_page_is_reloading(self, answered: World) -> None:
        answered.order(order(answered, ConnectAgent, agent=ANNA))
        assert answered.heard.get(FAR, ()) == ()
        answered.happen(AgentAttached(ANNA, ANNAS))
        assert answered.heard == {FAR: ANNAS_VOICE, ANNAS: FAR_VOICE}

    def test_another_agent_takes_the_place_of_the_first(self, talking: World) -> None:
        talking.order(order(talking, ConnectAgent, agent=BERT), media=BERTS)
        assert talking.heard == {FAR: (LegSource(leg=BERTS),), ANNAS: (), BERTS: FAR_VOICE}
        assert talking.sending == {ANNA: False, BERT: True}
        assert [closed.agent for closed in talking.closed] == [ANNA]

    def test_repeated_under_a_new_id_changes_nothing(self, talking: World) -> None:
        assert talking.order(order(talking, ConnectAgent, agent=ANNA), media=ANNAS) == []

    def test_disconnect_silences_both_and_the_call_goes_on(self, talking: World) -> None:
        talking.order(order(talking, DisconnectAgent, agent=ANNA))
        assert talking.heard == {FAR: (), ANNAS: ()}
        assert talking.sending == {ANNA: False}
        assert not talking.call.over
        assert len(talking.closed) == 1

    def test_disconnecting_somebody_else_changes_nothing(self, talking: World) -> None:
        assert talking.order(order(talking, DisconnectAgent, agent=BERT)) == []


class TestReloadedPage:
    def test_the_new_leg_takes_the_place_of_the_old_in_both_directions(self, talking: World) -> None:
        effects = talking.happen(AgentAttached(ANNA, "softphone.anna2"))
        assert talking.heard == {
            FAR: (LegSource(leg="softphone.anna2"),),
            "softphone.anna2": FAR_VOICE,
            ANNAS: (),
        }
        assert effects[:2] == [MeasureAgent(ANNAS, joins=False), MeasureAgent("softphone.anna2", joins=True)]
        assert Transmit(Sender(ANNA, "softphone.anna2"), on=True) in effects
        assert talking.closed == []

    def test_between_the_two_the_caller_hears_silence(self, talking: World) -> None:
        talking.happen(AgentDetached(ANNA, ANNAS))
        assert talking.heard[FAR] == ()
        talking.happen(AgentAttached(ANNA, "softphone.anna2"))
        assert talking.heard[FAR] == (LegSource(leg="softphone.anna2"),)

    def test_the_late_end_of_the_old_leg_changes_nothing(self, talking: World) -> None:
        talking.happen(AgentAttached(ANNA, "softphone.anna2"))
        assert talking.happen(AgentDetached(ANNA, ANNAS)) == []

    def test_of_an_agent_who_is_not_in_the_call_changes_nothing(self, talking: World) -> None:
        assert talking.happen(AgentAttached(BERT, BERTS)) == []


class TestHold:
    def test_the_caller_hears_music_and_the_agent_nothing(self, talking: World) -> None:
        effects = talking.order(order(talking, HoldCall, music="m"))
        started = next(effect for effect in effects if isinstance(effect, StartPlayer))
        assert started.sound == Sound(("m",), repeat=True)
        assert talking.heard == {FAR: (PlayerSource(player=started.player),), ANNAS: ()}

    def test_retrieve_brings_both_back(self, talking: World) -> None:
        talking.order(order(talking, HoldCall, music="m"))
        talking.order(order(talking, RetrieveCall))
        assert talking.heard == {FAR: ANNAS_VOICE, ANNAS: FAR_VOICE}
        assert talking.playing == {}

    def test_held_twice_plays_once(self, talking: World) -> None:
        talking.order(order(talking, HoldCall, music="m"))
        assert talking.order(order(talking, HoldCall, music="n")) == []

    def test_without_an_agent_changes_nothing(self, answered: World) -> None:
        assert answered.order(order(answered, HoldCall, music="m")) == []

    def test_by_the_far_party_is_told_once_per_change(self, talking: World) -> None:
        talking.happen(FarUpdated(held=True))
        talking.happen(FarUpdated(held=True))
        talking.happen(FarUpdated(held=False))
        assert [report.held for report in talking.reports if isinstance(report, FarEndHeld)] == [True, False]


class TestDigits:
    def test_go_to_the_far_party(self, talking: World) -> None:
        effects = talking.order(order(talking, SendCallDigits, digits="12#"))
        assert effects == [Engine(SendDigits(leg=FAR, digits="12#"))]

    def test_from_the_far_party_are_reported(self, talking: World) -> None:
        talking.happen(FarDigit("5"))
        assert [report.digit for report in talking.reports if isinstance(report, CallDigit)] == ["5"]

    def test_by_info_are_told_to_the_engine_too(self, talking: World) -> None:
        effects = talking.happen(FarDigit("5", signalled=True))
        assert Engine(PressDigits(leg=FAR, digits="5")) in effects
        assert [report.digit for report in talking.reports if isinstance(report, CallDigit)] == ["5"]

    def test_by_telephone_event_are_passed_on_by_the_engine_itself(self, talking: World) -> None:
        assert not [effect for effect in talking.happen(FarDigit("5")) if isinstance(effect, Engine)]


class TestDialling:
    def dial(self, media: str | None = ANNAS) -> tuple[World, list[Any]]:
        world = World()
        dialled = order(world, PlaceCall, agent=ANNA, trunk=TRUNK, called=CALLED, caller=None)
        return world, world.place(dialled, media)

    def test_asks_for_the_far_leg(self) -> None:
        world, effects = self.dial()
        assert DialFar() in effects
        assert world.sending == {ANNA: True}
        assert world.call.far.state is LegState.DIALING

    def test_the_agent_hears_our_ring_back_while_it_rings(self) -> None:
        world, _ = self.dial()
        effects = world.happen(FarProgressed(early_media=False))
        started = next(effect for effect in effects if isinstance(effect, StartPlayer))
        assert started.sound == RING_BACK
        assert world.heard[ANNAS] == (PlayerSource(player=started.player),)
        world.happen(FarProgressed(early_media=False))
        assert len(world.reported(CallRinging)) == 1

    def test_early_media_takes_the_place_of_our_tone(self) -> None:
        world, _ = self.dial()
        world.happen(FarProgressed(early_media=False))
        world.happen(FarProgressed(early_media=True))
        world.happen(FarProgressed(early_media=False))
        assert world.heard[ANNAS] == FAR_VOICE
        assert world.playing == {}

    def test_answered_they_hear_each_other_and_it_is_recorded(self) -> None:
        world, _ = self.dial()
        assert ArmRecorder() in world.happen(FarProgressed(early_media=False))
        assert ArmRecorder() not in world.happen(FarProgressed(early_media=True))
        assert Record() in world.happen(FarAnswered())
        assert world.heard == {FAR: ANNAS_VOICE, ANNAS: FAR_VOICE}
        assert world.playing == {}
        assert len(world.reported(CallEstablished)) == 1

    def test_the_agent_gives_up(self) -> None:
        world, _ = self.dial()
        world.happen(FarProgressed(early_media=False))
        world.order(order(world, EndCall, cause=BY_AGENT))
        assert [release.signal for release in world.released] == [True]
        assert world.playing == {}
        assert world.heard[ANNAS] == ()
        assert world.sending == {ANNA: False}


class TestEnd:
    def test_of_the_call_ends_both_legs_once_each(self, talking: World) -> None:
        talking.happen(FarEnded(BY_CALLER))
        assert {(closed.agent, closed.cause) for closed in talking.closed} == {(None, BY_CALLER), (ANNA, BY_CALLER)}
        assert talking.heard == {ANNAS: ()}
        assert talking.sending == {ANNA: False}

    def test_ours_waits_for_the_signalling_but_is_told_at_once(self, talking: World) -> None:
        talking.order(order(talking, EndCall, cause=BY_AGENT))
        assert len(talking.reported(CallReleased)) == 1
        assert talking.call.far.state is LegState.ENDING
        assert talking.happen(FarEnded(BY_CALLER)) == []
        assert talking.call.far.state is LegState.ENDED
        assert talking.call.far.cause == BY_AGENT

    def test_by_failed_media_ends_the_signalling_too(self, talking: World) -> None:
        talking.happen(FarEnded(BY_CALLER, clear=True))
        assert [release.signal for release in talking.released] == [True]

    def test_of_music_on_hold_leaves_no_player(self, talking: World) -> None:
        talking.order(order(talking, HoldCall, music="m"))
        talking.happen(FarEnded(BY_CALLER))
        assert talking.playing == {}


def test_a_command_delivered_twice_is_carried_out_once(answered: World) -> None:
    digits = order(answered, SendCallDigits, digits="1")
    assert answered.order(digits)
    assert answered.order(digits) == []
