"""Parties dialled into a call, one behaviour each."""

from typing import Any

import pytest
from calls_world import ANNA, BY_AGENT, BY_CALLER, CALL, CALLED, FAR, World

from gateway.calls.effects import (
    AnswerFar,
    AnswerTransfer,
    ChangePlaces,
    DialFar,
    Engine,
    MeasureAgent,
    Record,
    ReleaseFar,
    RingFar,
)
from gateway.calls.inputs import AgentAttached, FarAnswered, FarDigit, FarEnded, FarProgressed, TransferWanted
from gateway.calls.legs import LegState
from gateway.calls.model import RING_BACK
from gateway.calls.parties import MAX_PARTIES
from kernel.contracts.engine import LegSource, PlayerSource, PressDigits
from kernel.contracts.telephony import (
    AnswerCall,
    CallReleased,
    ConnectAgent,
    ConnectParty,
    DisconnectAgent,
    DropParty,
    EndCall,
    HoldCall,
    JoinParty,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    PhoneParty,
    PlaceCall,
    PlayToCaller,
    TakePlace,
    TransferAsked,
    TrunkParty,
)
from kernel.contracts.telephony import AnswerTransfer as AnswerTransferOrder
from kernel.primitives.ids import NO_TRUNK

ANNAS = "softphone.anna"
FIRST, SECOND = "party1", "party2"
OUTSIDE = TrunkParty(called=CALLED)


def engine_name(leg: str) -> str:
    return f"{CALL}.{leg}"


def voice(*legs: str) -> tuple[LegSource, ...]:
    return tuple(LegSource(leg=leg) for leg in legs)


def order(world: World, kind: type[Any], **fields: Any) -> Any:
    id_, tenant, at = world.stamp()
    return kind(id=id_, tenant=tenant, at=at, call=CALL, **fields)


@pytest.fixture
def world() -> World:
    world = World()
    world.arrive()
    return world


@pytest.fixture
def talking(world: World) -> World:
    world.order(order(world, AnswerCall))
    world.happen(FarAnswered())
    world.order(order(world, ConnectAgent, agent=ANNA), media=ANNAS)
    return world


def connect(world: World, name: str = "out", **more: Any) -> list[Any]:
    return world.order(order(world, ConnectParty, party=name, to=OUTSIDE, **more))


class TestForward:
    def test_dials_and_answers_nothing_yet(self, world: World) -> None:
        assert connect(world) == [DialFar(FIRST)]
        assert world.call.far.state is LegState.OFFERED

    def test_ringing_is_passed_on_once(self, world: World) -> None:
        connect(world)
        assert RingFar(early_media=False) in world.happen(FarProgressed(early_media=False, leg=FIRST))
        again = world.happen(FarProgressed(early_media=False, leg=FIRST))
        assert again == []
        assert len(world.reported(PartyRinging)) == 1
        assert world.playing == {}  # the caller's own network lets it ring

    def test_sound_before_the_answer_reaches_the_caller(self, world: World) -> None:
        connect(world)
        world.happen(FarProgressed(early_media=False, leg=FIRST))
        assert RingFar(early_media=True) in world.happen(FarProgressed(early_media=True, leg=FIRST))
        assert world.heard[FAR] == voice(engine_name(FIRST))

    def test_music_for_a_caller_who_hears_early_sound_is_played(self, world: World) -> None:
        world.order(order(world, ConnectParty, party="first", to=OUTSIDE))
        world.happen(FarProgressed(early_media=True, leg=FIRST))
        world.order(order(world, PlayToCaller, prompts=(), music="m", token=""))
        (heard,) = world.heard[FAR]
        assert isinstance(heard, PlayerSource)
        assert heard.player in world.playing

    def test_the_answer_answers_the_call_and_then_both_hear(self, world: World) -> None:
        connect(world, record=False)
        effects = world.happen(FarAnswered(FIRST))
        assert AnswerFar() in effects
        assert world.call.record is False
        world.happen(FarAnswered())
        assert world.heard == {FAR: voice(engine_name(FIRST)), engine_name(FIRST): voice(FAR)}
        assert len(world.reported(PartyEstablished)) == 1

    def test_a_refusal_ends_the_call_by_the_same_cause(self, world: World) -> None:
        connect(world)
        world.happen(FarEnded(BY_CALLER, leg=FIRST))
        kinds = [type(report) for report in world.reports[1:]]
        assert kinds == [PartyReleased, CallReleased]
        assert world.call.far.cause == BY_CALLER
        assert [release.signal for release in world.released] == [True]

    def test_the_callers_end_takes_the_party_with_it(self, world: World) -> None:
        connect(world)
        effects = world.happen(FarEnded(BY_CALLER))
        assert ReleaseFar(BY_CALLER, signal=True, leg=FIRST) in effects
        assert not world.call.gone
        world.happen(FarEnded(BY_CALLER, leg=FIRST))
        assert world.call.gone


class TestKept:
    def test_without_ends_call_the_others_go_on(self, talking: World) -> None:
        connect(talking, ends_call=False)
        talking.happen(FarAnswered(FIRST))
        talking.happen(FarEnded(BY_CALLER, leg=FIRST))
        assert talking.reported(CallReleased) == []
        assert talking.heard[FAR] == voice(ANNAS)

    def test_its_keys_by_info_go_with_its_sound_and_routing_is_not_told(self, talking: World) -> None:
        connect(talking)
        assert talking.happen(FarDigit("5", FIRST, signalled=True)) == [], "it has no sound yet"
        talking.happen(FarAnswered(FIRST))
        pressed = Engine(PressDigits(leg=engine_name(FIRST), digits="5"))
        assert talking.happen(FarDigit("5", FIRST, signalled=True)) == [pressed]
        assert talking.happen(FarDigit("5", FIRST)) == []

    def test_a_dropped_one_never_ends_the_call(self, talking: World) -> None:
        connect(talking)
        talking.order(order(talking, DropParty, party="out", cause=BY_AGENT))
        talking.happen(FarEnded(BY_CALLER, leg=FIRST))
        assert talking.reported(CallReleased) == []
        assert talking.call.parties == {}


class TestConference:
    def test_each_hears_the_two_others(self, talking: World) -> None:
        connect(talking)
        talking.happen(FarAnswered(FIRST))
        third = engine_name(FIRST)
        assert talking.heard == {FAR: voice(ANNAS, third), ANNAS: voice(FAR, third), third: voice(FAR, ANNAS)}

    def test_all_hear_it_ring(self, talking: World) -> None:
        connect(talking)
        talking.happen(FarProgressed(early_media=False, leg=FIRST))
        assert list(talking.playing.values()) == [RING_BACK]
        tone = PlayerSource(player=next(iter(talking.playing)))
        assert talking.heard[FAR] == (*voice(ANNAS), tone)
        talking.happen(FarAnswered(FIRST))
        assert talking.playing == {}

    def test_a_caller_on_hold_hears_music_while_the_others_talk(self, talking: World) -> None:
        connect(talking)
        talking.happen(FarAnswered(FIRST))
        talking.order(order(talking, HoldCall, music="m"))
        third = engine_name(FIRST)
        assert (talking.heard[ANNAS], talking.heard[third]) == (voice(third), voice(ANNAS))
        assert isinstance(talking.heard[FAR][0], PlayerSource)

    def test_has_an_end(self, talking: World) -> None:
        for number in range(MAX_PARTIES):
            assert connect(talking, f"p{number}") != []
        assert connect(talking, "one more") == []

    def test_a_name_is_given_once(self, talking: World) -> None:
        connect(talking)
        assert connect(talking) == []
        assert connect(talking, "seat") == []


class TestConsultation:
    @pytest.fixture
    def consulting(self, talking: World) -> World:
        talking.order(order(talking, HoldCall, music="m"))
        connect(talking, aside=True)
        talking.happen(FarAnswered(FIRST))
        return talking

    def test_only_the_agent_talks_with_the_one_aside(self, consulting: World) -> None:
        aside = engine_name(FIRST)
        assert (consulting.heard[ANNAS], consulting.heard[aside]) == (voice(aside), voice(ANNAS))
        assert isinstance(consulting.heard[FAR][0], PlayerSource)

    def test_joined_and_left_the_caller_is_handed_over(self, consulting: World) -> None:
        consulting.order(order(consulting, JoinParty, party="out", ends_call=True))
        consulting.order(order(consulting, DisconnectAgent, agent=ANNA))
        party = engine_name(FIRST)
        assert consulting.heard == {FAR: voice(party), party: voice(FAR), ANNAS: ()}
        consulting.happen(FarEnded(BY_CALLER, leg=FIRST))
        assert len(consulting.reported(CallReleased)) == 1

    def test_the_end_of_the_one_aside_ends_nothing_else(self, consulting: World) -> None:
        consulting.happen(FarEnded(BY_CALLER, leg=FIRST))
        assert consulting.reported(CallReleased) == []
        assert consulting.heard[ANNAS] == ()


def dialled_at_a_telephone(world: World) -> PlaceCall:
    id_, tenant, at = world.stamp()
    return PlaceCall(
        id=id_,
        tenant=tenant,
        at=at,
        call=CALL,
        agent=ANNA,
        trunk=NO_TRUNK,
        called=CALLED,
        caller=None,
        seat=PhoneParty(user="anna"),
    )


class TestSeat:
    def seated(self, world: World) -> World:
        world.order(order(world, AnswerCall))
        world.happen(FarAnswered())
        world.order(order(world, ConnectAgent, agent=ANNA, seat=PhoneParty(user="anna")), media=ANNAS)
        return world

    def test_the_telephone_is_the_agent_and_no_browser_sends(self, world: World) -> None:
        self.seated(world)
        effects = world.happen(FarAnswered(FIRST))
        phone = engine_name(FIRST)
        assert world.heard == {FAR: voice(phone), phone: voice(FAR)}
        assert MeasureAgent(phone, joins=True) in effects
        assert world.sending == {}
        assert world.happen(AgentAttached(ANNA, ANNAS)) == []

    def test_while_it_rings_the_caller_hears_on(self, world: World) -> None:
        world.order(order(world, AnswerCall))
        world.happen(FarAnswered())
        world.order(order(world, PlayToCaller, prompts=(), music="music"))
        (music,) = world.heard[FAR]
        telephone = {"agent": ANNA, "seat": PhoneParty(user="anna"), "party": "seat.anna"}
        world.order(order(world, ConnectAgent, **telephone))
        world.happen(FarProgressed(early_media=False, leg=FIRST))
        assert world.heard[FAR] == (music,)
        world.order(order(world, DisconnectAgent, agent=ANNA))
        assert world.heard[FAR] == (music,)
        world.order(order(world, ConnectAgent, **telephone))
        world.happen(FarAnswered(SECOND))
        assert world.heard[FAR] == voice(engine_name(SECOND))
        assert [getattr(report, "party", "") for report in world.reported(PartyEstablished)] == ["seat.anna"]

    def test_it_is_called_before_the_number_that_its_agent_dials(self) -> None:
        world = World()
        assert [
            effect.leg for effect in world.place(dialled_at_a_telephone(world), None) if isinstance(effect, DialFar)
        ] == [FIRST]
        effects = world.happen(FarAnswered(FIRST))
        assert [effect.leg for effect in effects if isinstance(effect, DialFar)] == ["far"]
        assert world.happen(FarAnswered(FIRST)) == []

    def test_a_telephone_that_is_not_answered_leaves_nobody_dialled(self) -> None:
        world = World()
        world.place(dialled_at_a_telephone(world), None)
        world.happen(FarEnded(BY_CALLER, leg=FIRST))
        world.order(order(world, EndCall, cause=BY_AGENT))
        assert [getattr(report, "call", None) for report in world.reported(CallReleased)] == [CALL]
        assert world.call.far.state is LegState.ENDED

    def test_its_end_leaves_the_agent_in_the_call_without_a_leg(self, world: World) -> None:
        self.seated(world)
        world.happen(FarAnswered(FIRST))
        world.happen(FarEnded(BY_CALLER, leg=FIRST))
        released = world.reported(PartyReleased)
        assert [getattr(report, "party", "") for report in released] == ["seat"]
        assert world.reported(CallReleased) == []
        assert world.call.agent is not None
        assert world.heard[FAR] == ()

    def test_disconnecting_the_agent_hangs_the_telephone_up(self, world: World) -> None:
        self.seated(world)
        effects = world.order(order(world, DisconnectAgent, agent=ANNA))
        assert [effect.leg for effect in effects if isinstance(effect, ReleaseFar)] == [FIRST]


class TestTransfer:
    def test_is_told_in_routings_words_and_answered(self, talking: World) -> None:
        connect(talking)
        talking.happen(TransferWanted(CALLED, leg=FIRST))
        (asked,) = talking.reported(TransferAsked)
        assert isinstance(asked, TransferAsked)
        assert (asked.leg, asked.called) == ("out", CALLED)
        answer = order(talking, AnswerTransferOrder, leg="out", accepted=True)
        assert talking.order(answer) == [AnswerTransfer(FIRST, accepted=True)]

    def test_of_a_leg_that_is_gone_is_nothing(self, talking: World) -> None:
        assert talking.happen(TransferWanted(CALLED, leg=SECOND)) == []


class TestTakingAPlace:
    """A party is talked with in place of who asked for the transfer."""

    @pytest.fixture
    def bridged(self, talking: World) -> World:
        """The caller talks with the agent, and a third person was dialled in for it."""
        connect(talking, ends_call=False)
        talking.happen(FarAnswered(FIRST))
        return talking

    def test_of_the_far_end_whose_leg_alone_ends(self, bridged: World) -> None:
        effects = bridged.order(order(bridged, TakePlace, party="out", of="far"))
        assert [type(effect) for effect in effects[:2]] == [ChangePlaces, Record]
        assert [(end.leg, end.signal) for end in effects if isinstance(end, ReleaseFar)] == [(FIRST, True)]
        assert bridged.call.far.name == engine_name(FIRST)
        assert not bridged.call.over
        assert bridged.heard[ANNAS] == voice(engine_name(FIRST))
        assert bridged.heard[engine_name(FIRST)] == voice(ANNAS)
        assert [one.party for one in bridged.reports if isinstance(one, PartyReleased)] == ["out"]
        assert bridged.reported(CallReleased) == []

    def test_then_its_end_is_the_calls(self, bridged: World) -> None:
        bridged.order(order(bridged, TakePlace, party="out", of="far"))
        bridged.happen(FarEnded(BY_CALLER, leg=FIRST))  # the former far end's last word
        assert bridged.call.parties == {}
        bridged.happen(FarEnded(BY_CALLER))
        assert len(bridged.reported(CallReleased)) == 1

    def test_of_a_party_whose_end_was_the_calls(self, bridged: World) -> None:
        connect(bridged, "later", ends_call=False)
        bridged.happen(FarAnswered(SECOND))
        bridged.order(order(bridged, JoinParty, party="out", ends_call=True))
        effects = bridged.order(order(bridged, TakePlace, party="later", of="out"))
        assert [end.leg for end in effects if isinstance(end, ReleaseFar)] == [FIRST]
        assert bridged.reported(CallReleased) == []
        bridged.happen(FarEnded(BY_CALLER, leg=SECOND))
        assert len(bridged.reported(CallReleased)) == 1

    @pytest.mark.parametrize(("party", "of"), [("nobody", "far"), ("out", "nobody"), ("out", "out")])
    def test_of_nobody_changes_nothing(self, bridged: World, party: str, of: str) -> None:
        assert bridged.order(order(bridged, TakePlace, party=party, of=of)) == []

    def test_before_its_answer_changes_nothing(self, talking: World) -> None:
        connect(talking)
        assert talking.order(order(talking, TakePlace, party="out", of="far")) == []
