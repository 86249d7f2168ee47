"""Who should hear what, derived from a call's state, and the effects that bring the engine there."""

from gateway.calls.effects import Effect, Engine, StartPlayer, Transmit
from gateway.calls.legs import LegState
from gateway.calls.model import RING_BACK, Call, FarHears, Sender, Sound
from kernel.contracts.calls import Direction
from kernel.contracts.engine import DeletePlayer, Hear, Hearing, LegSource, PlayerSource, Source

Sources = tuple[Source, ...]


def agent_media(call: Call) -> str | None:
    """The leg on which the agent takes part, if it works."""
    side = call.agent
    return side.media if side is not None and side.leg.live else None


def wanted_players(call: Call) -> dict[str, Sound]:
    players: dict[str, Sound] = {}
    if call.over:
        return players
    if call.far.state is LegState.ANSWERED:
        programme = call.programme
        if programme is not None and call.far_hears is FarHears.PLAYER:
            if programme.prompts_player:
                players[programme.prompts_player] = Sound(programme.prompts)
            if programme.music_player:
                players[programme.music_player] = Sound((programme.music,), repeat=True)
        if call.hold is not None:
            players[call.hold.player] = Sound((call.hold.music,), repeat=True)
    elif rings(call):
        players[call.ring_back_player] = RING_BACK
    return players


def rings(call: Call) -> bool:
    """Whether the agent is to hear our own ring-back tone."""
    waits = call.direction is Direction.OUTBOUND and call.far.state is LegState.EARLY
    return waits and call.ringing and not call.early_media


def far_sources(call: Call) -> Sources:
    if call.far.state is not LegState.ANSWERED:
        return ()
    if call.hold is not None:
        return (PlayerSource(player=call.hold.player),)
    if call.far_hears is FarHears.AGENT:
        media = agent_media(call)
        return (LegSource(leg=media),) if media is not None else ()
    if call.far_hears is FarHears.PLAYER and call.programme is not None:
        player = call.programme.prompts_player or call.programme.music_player
        return (PlayerSource(player=player),) if player else ()
    return ()


def agent_sources(call: Call) -> Sources:
    if call.over or call.hold is not None:
        return ()
    if rings(call):
        return (PlayerSource(player=call.ring_back_player),)
    if call.far.state is LegState.ANSWERED or (call.far.state is LegState.EARLY and call.early_media):
        return (LegSource(leg=call.far.name),)
    return ()


def _wanted_hearing(call: Call) -> dict[str, Sources]:
    wanted: dict[str, Sources] = {}
    if call.far.state is LegState.ANSWERED:
        wanted[call.far.name] = far_sources(call)
    media = agent_media(call)
    if media is not None:
        wanted[media] = agent_sources(call)
    return wanted


def _changed_hearing(call: Call) -> tuple[Hearing, ...]:
    wanted = _wanted_hearing(call)
    changed = [
        Hearing(leg=leg, sources=sources) for leg, sources in wanted.items() if call.hearing.get(leg, ()) != sources
    ]
    for leg, sources in call.hearing.items():
        if leg not in wanted and sources and leg != call.far.name:
            changed.append(Hearing(leg=leg, sources=()))  # an agent who left; the far leg is deleted as a whole
    call.hearing = wanted
    return tuple(changed)


def _changed_sender(call: Call) -> list[Effect]:
    media, side = agent_media(call), call.agent
    former = call.transmitting
    wanted = Sender(side.agent, media, side.home) if side is not None and media is not None else None
    if wanted == former:
        return []
    call.transmitting = wanted
    effects: list[Effect] = []
    if former is not None and (wanted is None or wanted.agent != former.agent):
        effects.append(Transmit(former, on=False))
    if wanted is not None:
        effects.append(Transmit(wanted, on=True))
    return effects


def reconcile(call: Call) -> list[Effect]:
    """Start what is wanted, change at one moment who hears what, then delete what nobody needs."""
    wanted = wanted_players(call)
    effects: list[Effect] = [StartPlayer(name, sound) for name, sound in wanted.items() if name not in call.players]
    changed = _changed_hearing(call)
    if changed:
        effects.append(Engine(Hear(hearings=changed)))
    effects += _changed_sender(call)
    effects += [Engine(DeletePlayer(player=name)) for name in call.players if name not in wanted]
    call.players = wanted
    return effects
