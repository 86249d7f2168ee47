"""Every (state of the far leg, input), and random histories with doubled, late and reordered inputs."""

from itertools import product
from typing import Any

import pytest
from calls_world import ANNA, BERT, BY_AGENT, BY_CALLER, CALL, CALLED, FAR, TRUNK, World, call_in
from hypothesis import given
from hypothesis import strategies as st

from gateway.calls import bridge
from gateway.calls.effects import AnswerFar, DialFar, Engine, ReleaseFar
from gateway.calls.inputs import (
    AgentAttached,
    AgentDetached,
    FarAnswered,
    FarDigit,
    FarEnded,
    FarProgressed,
    FarUpdated,
    PlayerOver,
    TransferWanted,
)
from gateway.calls.legs import LIVE, LegState
from gateway.calls.model import Call
from kernel.contracts.calls import Direction
from kernel.contracts.codec import pack, unpack
from kernel.contracts.engine import Hear, LegSource, PlayerSource
from kernel.contracts.telephony import (
    AnswerCall,
    AnswerTransfer,
    CallEstablished,
    CallReleased,
    ConnectAgent,
    ConnectParty,
    DisconnectAgent,
    DropParty,
    EndCall,
    HoldCall,
    JoinParty,
    PartyReleased,
    PauseRecording,
    PhoneParty,
    PlaceCall,
    PlayToCaller,
    RejectCall,
    RetrieveCall,
    SendCallDigits,
    TrunkParty,
)
from kernel.primitives.ids import EventId

COMMANDS: list[tuple[type[Any], dict[str, Any]]] = [
    (AnswerCall, {}),
    (RejectCall, {"cause": BY_AGENT}),
    (PlayToCaller, {"prompts": ("a",), "music": "m", "token": "t"}),
    (PlayToCaller, {"prompts": (), "music": None, "token": "u"}),
    (ConnectAgent, {"agent": ANNA}),
    (ConnectAgent, {"agent": BERT}),
    (DisconnectAgent, {"agent": ANNA}),
    (HoldCall, {"music": "m"}),
    (RetrieveCall, {}),
    (SendCallDigits, {"digits": "1"}),
    (PauseRecording, {"paused": True}),
    (EndCall, {"cause": BY_AGENT}),
    (ConnectParty, {"party": "a", "to": PhoneParty(user="a")}),
    (ConnectParty, {"party": "b", "to": TrunkParty(called=CALLED), "ends_call": False}),
    (ConnectParty, {"party": "c", "to": PhoneParty(user="c"), "aside": True}),
    (JoinParty, {"party": "c"}),
    (JoinParty, {"party": "a", "ends_call": True}),
    (DropParty, {"party": "a", "cause": BY_AGENT}),
    (ConnectAgent, {"agent": BERT, "seat": PhoneParty(user="bert")}),
    (AnswerTransfer, {"leg": "far", "accepted": True}),
]
EVENTS = [
    FarProgressed(early_media=False),
    FarProgressed(early_media=True),
    FarAnswered(),
    FarUpdated(held=True),
    FarUpdated(held=False),
    FarDigit("1"),
    FarEnded(BY_CALLER),
    FarEnded(BY_CALLER, clear=True),
    AgentAttached(ANNA, "softphone.1"),
    AgentAttached(ANNA, "softphone.2"),
    AgentAttached(BERT, "softphone.3"),
    AgentDetached(ANNA, "softphone.1"),
    *(PlayerOver(f"{CALL}.{number}") for number in (1, 2, 3)),
    TransferWanted(CALLED),
    *(
        happened
        for leg in ("party1", "party2", "party3")
        for happened in (
            FarProgressed(early_media=False, leg=leg),
            FarProgressed(early_media=True, leg=leg),
            FarAnswered(leg),
            FarUpdated(held=True, leg=leg),
            FarDigit("1", leg),
            FarEnded(BY_CALLER, leg=leg),
            FarEnded(BY_CALLER, clear=True, leg=leg),
        )
    ),
]


def make(world: World, number: int, repeat: int) -> Any:
    """The command under an id of its own, or under the same one when `repeat` asks for a redelivery."""
    kind, fields = COMMANDS[number]
    _, tenant, at = world.stamp()
    return kind(
        id=EventId(world.ids.new() if not repeat else UUID_OF[repeat]), tenant=tenant, at=at, call=CALL, **fields
    )


UUID_OF = {number: World().ids.new() for number in range(1, 4)}


@pytest.mark.parametrize(
    ("state", "direction", "number"), list(product(LegState, Direction, range(len(COMMANDS) + len(EVENTS))))
)
def test_every_state_takes_every_input(state: LegState, direction: Direction, number: int) -> None:
    world = World()
    world.call = call_in(state, direction, agent=True)
    if number < len(COMMANDS):
        effects = world.order(make(world, number, 0), media="softphone.1")
    else:
        effects = world.happen(EVENTS[number - len(COMMANDS)])
    if state not in LIVE:
        assert effects == []
    assert AnswerFar() not in effects or state in {LegState.OFFERED, LegState.EARLY}
    assert bool(world.released) == (state in LIVE and not world.call.far.live)


HISTORIES = st.lists(
    st.one_of(
        st.tuples(st.just("command"), st.integers(0, len(COMMANDS) - 1), st.integers(0, 3)),
        st.tuples(st.just("event"), st.integers(0, len(EVENTS) - 1), st.just(0)),
    ),
    max_size=40,
)


def run(world: World, history: list[tuple[str, int, int]], save: bool = False) -> None:
    for kind, number, repeat in history:
        if save:
            world.call = unpack(pack(world.call), Call)
        over = world.call.over
        if kind == "command":
            effects = world.order(make(world, number, repeat), media="softphone.1" if number % 2 else None)
        else:
            effects = world.happen(EVENTS[number])
        assert not over or effects == []
        check(world)


def check(world: World) -> None:
    call = world.call
    assert len(world.reported(CallReleased)) == len(world.released) == (1 if call.over else 0)
    assert len(world.reported(CallEstablished)) <= 1
    names = [closed.leg for closed in world.closed]
    assert len(names) == len(set(names))
    check_parties(world)
    assert (FAR in names) is call.over
    assert world.playing == call.players
    sources = [source for heard in world.heard.values() for source in heard]
    assert all(source.player in world.playing for source in sources if isinstance(source, PlayerSource))
    if call.over:
        assert call.agent is None
        assert not any(world.sending.values())
        assert not any(isinstance(source, LegSource) and source.leg == FAR for source in sources)
        assert all(not heard for leg, heard in world.heard.items() if leg != FAR)


def check_parties(world: World) -> None:
    """Each leg that was dialled is released once, told once, and hears nobody after that."""
    call = world.call
    dialled = [effect.leg for effect in world.effects if isinstance(effect, DialFar) and effect.leg != "far"]
    freed = [effect.leg for effect in world.effects if isinstance(effect, ReleaseFar) and effect.leg != "far"]
    live = [leg for leg, party in call.parties.items() if party.leg.live]
    assert len(freed) == len(set(freed)) == len(world.reported(PartyReleased))
    assert sorted(dialled) == sorted(freed + live)
    assert not (call.over and live)
    gone = {f"{CALL}.{leg}" for leg in freed}
    for hearer, sources in world.heard.items():
        heard = {source.leg for source in sources if isinstance(source, LegSource)}
        assert hearer not in heard
        assert not heard & gone
        aside = {party.leg.name for party in call.live_parties if party.aside}
        assert hearer != FAR or not heard & aside
    for party in call.live_parties:
        assert (party.leg.cause is None) is party.leg.live


@given(HISTORIES)
def test_an_inbound_call_is_released_once_and_each_leg_ends_once(history: list[tuple[str, int, int]]) -> None:
    world = World()
    world.arrive()
    run(world, history)


@given(HISTORIES)
def test_an_outbound_call_is_released_once_and_each_leg_ends_once(history: list[tuple[str, int, int]]) -> None:
    world = World()
    id_, tenant, at = world.stamp()
    dialled = PlaceCall(id=id_, tenant=tenant, at=at, call=CALL, agent=ANNA, trunk=TRUNK, called=CALLED, caller=None)
    world.place(dialled, "softphone.1")
    run(world, history)


@given(HISTORIES)
def test_a_call_saved_and_restored_at_every_step_does_the_same(history: list[tuple[str, int, int]]) -> None:
    kept, restored = World(), World()
    for world in (kept, restored):
        world.arrive()
    run(kept, history)
    run(restored, history, save=True)
    assert kept.effects == restored.effects


@given(HISTORIES)
def test_who_hears_what_never_changes_in_halves(history: list[tuple[str, int, int]]) -> None:
    world = World()
    world.arrive()
    for kind, number, repeat in history:
        effects = (
            world.order(make(world, number, repeat), media="softphone.1")
            if kind == "command"
            else world.happen(EVENTS[number])
        )
        assert sum(isinstance(effect, Engine) and isinstance(effect.command, Hear) for effect in effects) <= 1
        released = [effect.leg for effect in effects if isinstance(effect, ReleaseFar)]
        assert len(released) == len(set(released))


def test_no_command_is_forgotten_before_sixty_four_others_came() -> None:
    world = World()
    world.arrive()
    first = make(world, 9, 1)
    world.order(first)
    for _ in range(63):
        world.order(make(world, 8, 0))
    assert not world.call.take(first.id)
    assert bridge.command(world.call, first, world.moment()) == []
