"""Who should hear what, derived from a call's state, and the effects that bring the engine there."""

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


class Stage:
    """Who is there to speak and to hear: looked up once for all that is derived from it.

    `talking`: parties that do; a telephone that is the agent's seat speaks as the agent. `ringing`: parties whose
    ringing the others hear; of a third's telephone they hear nothing, so that nobody knows who listens. `thirds`: but
    who takes over, for that is the agent from then on. `consults`: the agent talks with somebody aside.
    """

    __slots__ = ("call", "consults", "media", "over", "ringing", "talking", "thirds")

    def __init__(self, call: Call) -> None:
        self.call = call
        self.over = call.over
        self.media = agent_media(call)
        self.talking: list[Party] = []
        self.ringing: list[Party] = []
        self.thirds: list[Third] = []
        self.consults = False
        if call.parties and not self.over:
            self._see_parties(call)
        if call.thirds and not self.over:
            agent = None if call.agent is None else call.agent.agent
            self.thirds = [third for third in call.thirds if third.supervisor != agent]

    def _see_parties(self, call: Call) -> None:
        seat = "" if call.agent is None else call.agent.seat
        for party in call.parties.values():
            if party.leg.state is LegState.ANSWERED and party.agent is None:
                self.talking.append(party)
            elif party.leg.state is LegState.EARLY and (party.agent is None or call.parties.get(seat) is party):
                self.ringing.append(party)
            self.consults = self.consults or (party.aside and party.leg.live)


# --- players ----------------------------------------------------------------------------------------------------------


def _wanted_players(stage: Stage) -> dict[str, Sound]:
    return {} if stage.over else _far_players(stage.call) | _tones(stage)


def _far_players(call: Call) -> dict[str, Sound]:
    """What the far party hears while nobody talks with them."""
    players: dict[str, Sound] = {}
    programme = call.programme
    if programme is not None and call.far_hears is FarHears.PLAYER and far_carries(call):
        if programme.prompts_player:
            players[programme.prompts_player] = Sound(programme.prompts, robot=programme.robot)
        if programme.music_player:
            players[programme.music_player] = Sound((programme.music,), repeat=True)
    if call.hold is not None and call.far.state is LegState.ANSWERED:
        players[call.hold.player] = Sound((call.hold.music,), repeat=True)
    return players


def _tones(stage: Stage) -> dict[str, Sound]:
    tones: dict[str, Sound] = {}
    call, agent = stage.call, stage.call.agent
    if rings(call):
        tones[call.ring_back_player] = RING_BACK
    if agent is not None and agent.zip_player and stage.media is not None:
        tones[agent.zip_player] = ZIP
    for third in stage.thirds:
        if third.zip_player and third.media is not None:
            tones[third.zip_player] = ZIP
    for party in stage.ringing:
        if not party.early_media and _is_ringing_heard(stage):
            tones[party.ring_back_player] = RING_BACK
    return tones


def rings(call: Call) -> bool:
    """Whether the agent is to hear our own ring-back tone."""
    waits = call.direction is Direction.OUTBOUND and call.far.state is LegState.EARLY
    return waits and call.ringing and not call.early_media and bool(call.ring_back_player)


def _is_ringing_heard(stage: Stage) -> bool:
    """Whether our tone plays to who waits for a party; a caller who is not answered yet hears their network's own."""
    return stage.call.far.state is LegState.ANSWERED or stage.media is not None


# --- who hears what ---------------------------------------------------------------------------------------------------


def far_carries(call: Call) -> bool:
    """Whether the far leg carries sound to the far party."""
    if call.far.state is LegState.ANSWERED:
        return True
    return call.direction is Direction.INBOUND and call.far.state is LegState.EARLY and call.early_media


def far_speaks(call: Call) -> bool:
    """Whether the far party is heard by those who take part."""
    early = call.direction is Direction.OUTBOUND and call.far.state is LegState.EARLY and call.early_media
    return call.hold is None and (early or call.far.state is LegState.ANSWERED)


def _far_sources(stage: Stage) -> Sources:
    call = stage.call
    if call.hold is not None:
        return (PlayerSource(player=call.hold.player),)
    if call.far_hears is FarHears.OTHERS:
        others = (*_voices(stage, aside=False), *_progress(stage, aside=False))
        return (*_agent_voice(stage, aside=False), *others, *_thirds(stage, BARGING))
    if call.far_hears is FarHears.PLAYER and call.programme is not None:
        player = call.programme.prompts_player or call.programme.music_player
        return (PlayerSource(player=player),) if player else ()
    return ()


def _agent_sources(stage: Stage) -> Sources:
    call = stage.call
    if stage.over:
        return ()
    thirds = _thirds(stage, SPEAKING)
    if stage.consults:
        return (*_voices(stage, aside=True), *_progress(stage, aside=True), *thirds)
    others = (*_voices(stage, aside=False), *_progress(stage, aside=False), *thirds)
    if rings(call):
        return (PlayerSource(player=call.ring_back_player), *others)
    zipped = call.agent.zip_player if call.agent is not None else ""
    tone = (PlayerSource(player=zipped),) if zipped else ()
    return (*tone, *_far_voice(call), *others)


def _party_sources(stage: Stage, party: Party) -> Sources:
    agent = _agent_voice(stage, aside=party.aside)
    others = _voices(stage, aside=party.aside, but=party)
    return (*agent, *others) if party.aside else (*_far_voice(stage.call), *agent, *others, *_thirds(stage, BARGING))


def _third_sources(stage: Stage, third: Third) -> Sources:
    """Whatever caller, agent and parties say, and the other supervisors who speak."""
    agent = (*_agent_voice(stage, aside=False), *_agent_voice(stage, aside=True))
    parties = (*_voices(stage, aside=False), *_voices(stage, aside=True))
    tone = (PlayerSource(player=third.zip_player),) if third.zip_player else ()
    return (*tone, *_far_voice(stage.call), *agent, *parties, *_thirds(stage, SPEAKING, but=third))


def _thirds(stage: Stage, manners: frozenset[Manner], but: Third | None = None) -> Sources:
    if not stage.thirds:
        return ()
    return tuple(
        LegSource(leg=third.media)
        for third in stage.thirds
        if third.media is not None and third.manner in manners and third is not but
    )


def _far_voice(call: Call) -> Sources:
    return (LegSource(leg=call.far.name),) if far_speaks(call) else ()


def _agent_voice(stage: Stage, *, aside: bool) -> Sources:
    return (LegSource(leg=stage.media),) if stage.media is not None and stage.consults is aside else ()


def _voices(stage: Stage, *, aside: bool, but: Party | None = None) -> Sources:
    sources: Sources = ()
    for party in stage.talking:
        if party.aside is aside and party is not but:
            sources = (*sources, LegSource(leg=party.leg.name))
    return sources


def _progress(stage: Stage, *, aside: bool) -> Sources:
    """What the first of those who are being called lets hear: its network's sound, or our ring-back tone."""
    for party in stage.ringing:
        if party.aside is aside:
            if party.early_media:
                return (LegSource(leg=party.leg.name),)
            return (PlayerSource(player=party.ring_back_player),) if _is_ringing_heard(stage) else ()
    return ()


def _wanted_hearing(stage: Stage) -> dict[str, Sources]:
    wanted: dict[str, Sources] = {}
    if far_carries(stage.call):
        wanted[stage.call.far.name] = _far_sources(stage)
    for party in stage.talking:
        wanted[party.leg.name] = _party_sources(stage, party)
    for third in stage.thirds:
        if third.media is not None:
            wanted[third.media] = _third_sources(stage, third)
    if stage.media is not None:
        wanted[stage.media] = _agent_sources(stage)
    return wanted


def _changed_hearing(stage: Stage) -> list[Hearing]:
    call, wanted = stage.call, _wanted_hearing(stage)
    changed: list[Hearing] = []
    for leg, sources in wanted.items():
        if call.hearing.get(leg, ()) != sources:
            changed.append(Hearing(leg=leg, sources=sources))
    agent = (call.transmitting.media,) if call.transmitting is not None else ()
    gone = (left for left in (*agent, *call.ears) if left not in wanted and call.hearing.get(left))
    changed += [Hearing(leg=left, sources=()) for left in gone]  # the call's own legs are deleted as a whole
    call.hearing = wanted
    if call.thirds or call.ears:
        call.ears = tuple(third.media for third in stage.thirds if third.media is not None and not third.seat)
    return changed


def _changed_sender(stage: Stage) -> list[Effect]:
    call, media, side = stage.call, stage.media, stage.call.agent
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


def _changed_thirds(stage: Stage) -> list[Effect]:
    """After the agent's: who takes over goes on sending."""
    call, former = stage.call, stage.call.thirds_transmitting
    wanted = tuple(
        Sender(third.supervisor, third.media, third.home)
        for third in stage.thirds
        if third.media is not None and third.manner in SPEAKING and not third.seat
    )
    call.thirds_transmitting = wanted
    agent = None if call.transmitting is None else call.transmitting.agent
    off = [sender for sender in former if sender not in wanted and sender.agent != agent]
    on = [sender for sender in wanted if sender not in former]
    return [*(Transmit(sender, on=False) for sender in off), *(Transmit(sender, on=True) for sender in on)]


def reconcile(call: Call) -> list[Effect]:
    """Start what is wanted, change at one moment who hears what, then delete what nobody needs."""
    stage = Stage(call)
    wanted, former = _wanted_players(stage), call.players
    effects: list[Effect] = []
    for name, sound in wanted.items():
        if name not in former:
            effects.append(StartPlayer(name, sound))
    changed = _changed_hearing(stage)
    if changed:
        effects.append(Engine(Hear(hearings=tuple(changed))))
    effects += _changed_sender(stage)
    if call.thirds or call.thirds_transmitting:
        effects += _changed_thirds(stage)
    for name in former:
        if name not in wanted:
            effects.append(Engine(DeletePlayer(player=name)))
    call.players = wanted
    return effects
