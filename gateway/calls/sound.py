"""Who should hear what, derived from a call's state, and the effects that bring the engine there."""

from collections.abc import Iterable

from gateway.calls.effects import Effect, Engine, StartPlayer, Transmit
from gateway.calls.legs import LegState
from gateway.calls.model import RING_BACK, ZIP, Call, FarHears, Party, Sender, Sound, Third
from kernel.contracts.calls import Direction
from kernel.contracts.engine import DeletePlayer, Hear, Hearing, LegSource, PlayerSource, Source
from kernel.contracts.supervision import Manner

Sources = tuple[Source, ...]
SPEAKING = frozenset({Manner.WHISPER, Manner.BARGE})
BARGING = frozenset({Manner.BARGE})


def agent_media(call: Call) -> str | None:
    """The leg on which the agent takes part, if it works."""
    side = call.agent
    return side.media if side is not None and side.leg.live else None


# --- players ----------------------------------------------------------------------------------------------------------


def wanted_players(call: Call) -> dict[str, Sound]:
    players: dict[str, Sound] = {}
    if call.over:
        return players
    programme = call.programme
    if far_carries(call) and programme is not None and call.far_hears is FarHears.PLAYER:
        if programme.prompts_player:
            players[programme.prompts_player] = Sound(programme.prompts, robot=programme.robot)
        if programme.music_player:
            players[programme.music_player] = Sound((programme.music,), repeat=True)
    if call.far.state is LegState.ANSWERED and call.hold is not None:
        players[call.hold.player] = Sound((call.hold.music,), repeat=True)
    if rings(call):
        players[call.ring_back_player] = RING_BACK
    if call.agent is not None and call.agent.zip_player and agent_media(call) is not None:
        players[call.agent.zip_player] = ZIP
    players |= {third.zip_player: ZIP for third in _apart(call) if third.zip_player and third.media is not None}
    heard = call.far.state is LegState.ANSWERED or agent_media(call) is not None
    return players | {party.ring_back_player: RING_BACK for party in _waited_for(call) if heard and _tolls(party)}


def rings(call: Call) -> bool:
    """Whether the agent is to hear our own ring-back tone."""
    waits = call.direction is Direction.OUTBOUND and call.far.state is LegState.EARLY
    return waits and call.ringing and not call.early_media and bool(call.ring_back_player)


def _waited_for(call: Call) -> Iterable[Party]:
    """Whose ringing the others hear; of a third's telephone they hear nothing, so that nobody knows who listens."""
    seat = "" if call.agent is None else call.agent.seat
    return (party for party in call.live_parties if party.agent is None or call.parties.get(seat) is party)


def _tolls(party: Party) -> bool:
    """Whether those who wait for the party are to hear our own ring-back tone."""
    return party.leg.state is LegState.EARLY and not party.early_media


# --- who hears what ---------------------------------------------------------------------------------------------------


def far_carries(call: Call) -> bool:
    """Whether the far leg carries sound to the far party."""
    early = call.direction is Direction.INBOUND and call.far.state is LegState.EARLY and call.early_media
    return early or call.far.state is LegState.ANSWERED


def far_speaks(call: Call) -> bool:
    """Whether the far party is heard by those who take part."""
    early = call.direction is Direction.OUTBOUND and call.far.state is LegState.EARLY and call.early_media
    return call.hold is None and (early or call.far.state is LegState.ANSWERED)


def consults(call: Call) -> bool:
    """Whether the agent talks with somebody aside."""
    return any(party.aside for party in call.live_parties)


def far_sources(call: Call) -> Sources:
    if not far_carries(call):
        return ()
    if call.hold is not None:
        return (PlayerSource(player=call.hold.player),)
    if call.far_hears is FarHears.OTHERS:
        others = (*_voices(call, aside=False), *_progress(call, aside=False))
        return (*_agent_voice(call, aside=False), *others, *_thirds(call, BARGING))
    if call.far_hears is FarHears.PLAYER and call.programme is not None:
        player = call.programme.prompts_player or call.programme.music_player
        return (PlayerSource(player=player),) if player else ()
    return ()


def agent_sources(call: Call) -> Sources:
    if call.over:
        return ()
    thirds = _thirds(call, SPEAKING)
    if consults(call):
        return (*_voices(call, aside=True), *_progress(call, aside=True), *thirds)
    others = (*_voices(call, aside=False), *_progress(call, aside=False), *thirds)
    if rings(call):
        return (PlayerSource(player=call.ring_back_player), *others)
    zipped = call.agent.zip_player if call.agent is not None else ""
    tone = (PlayerSource(player=zipped),) if zipped else ()
    return (*tone, *_far_voice(call), *others)


def party_sources(call: Call, party: Party) -> Sources:
    if party.leg.state is not LegState.ANSWERED:
        return ()
    agent = _agent_voice(call, aside=party.aside)
    others = _voices(call, aside=party.aside, but=party)
    return (*agent, *others) if party.aside else (*_far_voice(call), *agent, *others, *_thirds(call, BARGING))


def third_sources(call: Call, third: Third) -> Sources:
    """Whatever caller, agent and parties say, and the other supervisors who speak."""
    agent = (*_agent_voice(call, aside=False), *_agent_voice(call, aside=True))
    parties = (*_voices(call, aside=False), *_voices(call, aside=True))
    tone = (PlayerSource(player=third.zip_player),) if third.zip_player else ()
    return (*tone, *_far_voice(call), *agent, *parties, *_thirds(call, SPEAKING, but=third))


def _thirds(call: Call, manners: frozenset[Manner], but: Third | None = None) -> Sources:
    return tuple(
        LegSource(leg=third.media)
        for third in _apart(call)
        if third.media is not None and third.manner in manners and third is not but
    )


def _apart(call: Call) -> Iterable[Third]:
    """Who takes over is the agent from then on, and no third."""
    agent = None if call.agent is None else call.agent.agent
    return (third for third in call.thirds if third.supervisor != agent and not call.over)


def _far_voice(call: Call) -> Sources:
    return (LegSource(leg=call.far.name),) if far_speaks(call) else ()


def _agent_voice(call: Call, *, aside: bool) -> Sources:
    media = agent_media(call)
    return (LegSource(leg=media),) if media is not None and consults(call) is aside else ()


def _voices(call: Call, *, aside: bool, but: Party | None = None) -> Sources:
    """Of the parties that talk; a telephone that is the agent's seat speaks as the agent."""
    return tuple(
        LegSource(leg=party.leg.name)
        for party in call.live_parties
        if party.leg.state is LegState.ANSWERED and party.aside is aside and party.agent is None and party is not but
    )


def _progress(call: Call, *, aside: bool) -> Sources:
    """What the first of those who are being called lets hear: its network's sound, or our ring-back tone."""
    for party in _waited_for(call):
        if party.leg.state is LegState.EARLY and party.aside is aside:
            if party.early_media:
                return (LegSource(leg=party.leg.name),)
            return (PlayerSource(player=party.ring_back_player),) if _heard(call, party) else ()
    return ()


def _heard(call: Call, party: Party) -> bool:
    """Whether its ring-back tone plays; a caller who is not answered yet hears that of its own network."""
    return party.ring_back_player in wanted_players(call)


def _wanted_hearing(call: Call) -> dict[str, Sources]:
    wanted: dict[str, Sources] = {}
    if far_carries(call):
        wanted[call.far.name] = far_sources(call)
    for party in _talking(call):
        wanted[party.leg.name] = party_sources(call, party)
    for third in _apart(call):
        if third.media is not None:
            wanted[third.media] = third_sources(call, third)
    media = agent_media(call)
    if media is not None:
        wanted[media] = agent_sources(call)
    return wanted


def _talking(call: Call) -> Iterable[Party]:
    parties = [] if call.over else call.live_parties
    return (party for party in parties if party.leg.state is LegState.ANSWERED and party.agent is None)


def _changed_hearing(call: Call) -> tuple[Hearing, ...]:
    wanted = _wanted_hearing(call)
    changed = [
        Hearing(leg=leg, sources=sources) for leg, sources in wanted.items() if call.hearing.get(leg, ()) != sources
    ]
    agent = (call.transmitting.media,) if call.transmitting is not None else ()
    gone = (left for left in (*agent, *call.ears) if left not in wanted and call.hearing.get(left))
    changed += [Hearing(leg=left, sources=()) for left in gone]  # the call's own legs are deleted as a whole
    call.hearing = wanted
    if call.thirds or call.ears:
        call.ears = tuple(third.media for third in _apart(call) if third.media is not None and not third.seat)
    return tuple(changed)


def _changed_sender(call: Call) -> list[Effect]:
    media, side = agent_media(call), call.agent
    former = call.transmitting
    wanted = Sender(side.agent, media, side.home) if side is not None and media is not None and not side.seat else None
    if wanted == former:
        return []
    call.transmitting = wanted
    effects: list[Effect] = []
    if former is not None and (wanted is None or wanted.agent != former.agent):
        effects.append(Transmit(former, on=False))
    if wanted is not None:
        effects.append(Transmit(wanted, on=True))
    return effects


def _changed_thirds(call: Call) -> list[Effect]:
    """After the agent's: who takes over goes on sending."""
    former = call.thirds_transmitting
    if not call.thirds and not former:
        return []
    wanted = tuple(
        Sender(third.supervisor, third.media, third.home)
        for third in _apart(call)
        if third.media is not None and third.manner in SPEAKING and not third.seat
    )
    call.thirds_transmitting = wanted
    agent = None if call.transmitting is None else call.transmitting.agent
    off = [sender for sender in former if sender not in wanted and sender.agent != agent]
    on = [sender for sender in wanted if sender not in former]
    return [*(Transmit(sender, on=False) for sender in off), *(Transmit(sender, on=True) for sender in on)]


def reconcile(call: Call) -> list[Effect]:
    """Start what is wanted, change at one moment who hears what, then delete what nobody needs."""
    wanted = wanted_players(call)
    effects: list[Effect] = [StartPlayer(name, sound) for name, sound in wanted.items() if name not in call.players]
    changed = _changed_hearing(call)
    if changed:
        effects.append(Engine(Hear(hearings=changed)))
    effects += _changed_sender(call)
    effects += _changed_thirds(call)
    effects += [Engine(DeletePlayer(player=name)) for name in call.players if name not in wanted]
    call.players = wanted
    return effects
