"""Parties dialled into a call: a number behind a trunk or a telephone of ours, each with a leg of its own."""

from gateway.calls.effects import (
    AnswerFar,
    ChangePlaces,
    DialFar,
    Effect,
    LegClosed,
    MeasureAgent,
    Record,
    ReleaseFar,
    RingFar,
    Tell,
)
from gateway.calls.inputs import FarProgressed
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import FAR, Call, FarHears, Moment, Party
from gateway.calls.stamps import stamp
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.telephony import (
    ConnectParty,
    FarEndHeld,
    JoinParty,
    PartyAddress,
    PartyEstablished,
    PartyReleased,
    PartyRinging,
    TakePlace,
)
from kernel.primitives.ids import TenantId, UserId

SEAT = "seat"  # what PartyReleased calls the telephone of an agent
RESERVED = frozenset({SEAT, FAR, ""})
MAX_PARTIES = 8  # a conference by telephone is understood up to some six voices; more legs than that are a mistake

TRANSFERRED = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)

UNANSWERED = frozenset({LegState.OFFERED, LegState.EARLY})


def connect(call: Call, order: ConnectParty) -> list[Effect]:
    """Dial somebody in; a name that is taken, or one party too many, changes nothing."""
    if order.party in RESERVED or call.party_named(order.party) is not None or len(call.parties) >= MAX_PARTIES:
        return []
    party = dial(call, order.party, order.to)
    party.aside, party.ends_call = order.aside, order.ends_call
    if waits_for_answer(call):
        call.record = order.record
    if not order.aside:
        open_room(call)
    return [DialFar(short_of(call, party))]


def dial(call: Call, name: str, to: PartyAddress) -> Party:
    """A leg that is being called; DialFar does it."""
    call.parties_named += 1
    short = f"party{call.parties_named}"
    party = Party(name=name, to=to, leg=Leg(name=f"{call.id}.{short}"), ring_back_player=call.name_player())
    party.leg.advance(LegInput.DIAL)
    call.parties[short] = party
    return party


def dial_seat(call: Call, name: str, to: PartyAddress, whose: tuple[UserId, TenantId | None]) -> Party:
    """The telephone of somebody of the house, whose voice is theirs and no party's."""
    party = dial(call, name, to)
    party.ends_call = False
    party.agent, party.home = whose
    return party


def open_room(call: Call) -> None:
    """Whoever takes part is heard by the far party, and nothing else is."""
    call.far_hears = FarHears.OTHERS
    call.hold = None
    call.programme = None


def join(call: Call, order: JoinParty) -> list[Effect]:
    party = call.party_named(order.party)
    if party is None or party.agent is not None:
        return []
    party.aside, party.ends_call = False, order.ends_call
    open_room(call)
    return _pass_on(call, early_media=party.early_media) if party.ringing else []


def take_place(call: Call, order: TakePlace, moment: Moment) -> list[Effect]:
    """Somebody who was dialled in is talked with in place of who asked for that, or whom that spares waiting."""
    party = call.party_named(order.party)
    if party is None or party.agent is not None or party.leg.state is not LegState.ANSWERED:
        return []
    if order.of == FAR:
        return _become_far(call, party, moment)
    former = call.party_named(order.of)
    if former is None or former is party:
        return []
    party.aside, party.ends_call = False, former.ends_call
    return release(call, former, (LegInput.RELEASE, TRANSFERRED), moment)


def _become_far(call: Call, party: Party, moment: Moment) -> list[Effect]:
    """The legs change places, and the former far end's goes; a recording ends with its leg, so another one begins."""
    if call.far.state is not LegState.ANSWERED:
        return []
    call.far, party.leg = party.leg, call.far
    party.aside, party.ends_call = False, False
    effects: list[Effect] = [ChangePlaces(short_of(call, party))]
    if call.record:
        effects.append(Record(another=True))
    if call.far_held:
        call.far_held = False
        effects.append(Tell(FarEndHeld(**stamp(call.tenant, moment), call=call.id, held=False)))
    return [*effects, *release(call, party, (LegInput.RELEASE, TRANSFERRED), moment)]


def waits_for_answer(call: Call) -> bool:
    """An inbound call that is not answered yet."""
    return call.direction is Direction.INBOUND and call.far.state in UNANSWERED


def progressed(call: Call, party: Party, happened: FarProgressed, moment: Moment) -> list[Effect]:
    if not party.leg.advance(LegInput.PROGRESS):
        return []
    party.early_media = party.early_media or happened.early_media
    effects: list[Effect] = []
    if not party.ringing:
        party.ringing = True
        effects.append(Tell(PartyRinging(**stamp(call.tenant, moment), call=call.id, party=party.name)))
    return effects if party.aside else [*effects, *_pass_on(call, early_media=party.early_media)]


def _pass_on(call: Call, *, early_media: bool) -> list[Effect]:
    """Let a caller who waits for our answer know once, and once more where there is something to hear."""
    news = not call.ringing or (early_media and not call.early_media)
    if not waits_for_answer(call) or not news:
        return []
    call.far.advance(LegInput.PROGRESS)
    call.ringing = True
    call.early_media = call.early_media or early_media
    return [RingFar(early_media)]


def answered(call: Call, party: Party, moment: Moment) -> list[Effect]:
    if not party.leg.advance(LegInput.ANSWER):
        return []
    told = Tell(PartyEstablished(**stamp(call.tenant, moment), call=call.id, party=party.name))
    return [told, AnswerFar()] if waits_for_answer(call) and not party.aside else [told]


def release(call: Call, party: Party, end: tuple[LegInput, EndCause], moment: Moment) -> list[Effect]:
    """The one end of its leg; its signalling may have something to say after it."""
    taken, cause = end
    if not party.leg.close(taken, cause):
        return []
    short = short_of(call, party)
    effects: list[Effect] = _leave_seat(call, party)
    effects += [
        ReleaseFar(cause, signal=taken is LegInput.RELEASE, leg=short),
        LegClosed(party.leg.name, None, cause),
        Tell(PartyReleased(**stamp(call.tenant, moment), call=call.id, party=party.name, cause=cause)),
    ]
    if party.leg.state is LegState.ENDED:
        del call.parties[short]
    return effects


def _leave_seat(call: Call, party: Party) -> list[Effect]:
    """The agent's telephone is gone; the agent is in the call still, as after a browser's leg is lost.

    Who took part as a third does so no more.
    """
    side, short = call.agent, short_of(call, party)
    call.thirds = tuple(third for third in call.thirds if third.seat != short)
    if side is None or side.seat != short:
        return []
    media, side.media, side.seat = side.media, None, ""
    return [] if media is None else [MeasureAgent(media, joins=False)]


def release_all(call: Call, cause: EndCause, moment: Moment) -> list[Effect]:
    effects: list[Effect] = []
    for party in call.live_parties:
        effects += release(call, party, (LegInput.RELEASE, cause), moment)
    return effects


def finish(call: Call, short: str, cause: EndCause) -> None:
    """The signalling of a leg that was released has ended too."""
    party = call.parties.get(short)
    if party is not None and not party.leg.live:
        party.leg.close(LegInput.END, cause)
        del call.parties[short]


def short_of(call: Call, party: Party) -> str:
    """What the party's leg is called within the call; a leg that changed places has another name in the engine."""
    return next(short for short, other in call.parties.items() if other is party)
