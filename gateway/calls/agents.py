"""The agent in a call: by a browser, over a line that is kept up, or by a telephone that is dialled for it."""

from gateway.calls import parties
from gateway.calls.effects import DialFar, Effect, LegClosed, MeasureAgent
from gateway.calls.inputs import AgentDetached
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import AgentSide, Call, FarHears, Moment, Party
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.parties import PartyAddress
from kernel.contracts.telephony import ConnectAgent, PlaceCall
from kernel.primitives.ids import UserId

LEFT_THE_CALL = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)


def dial_callee(call: Call) -> list[Effect]:
    """The callee, once."""
    waits = call.direction is Direction.OUTBOUND and call.far.advance(LegInput.DIAL)
    return [DialFar()] if waits else []


def connect(call: Call, order: ConnectAgent | PlaceCall, agent: UserId, moment: Moment) -> list[Effect]:
    effects: list[Effect] = []
    rings = order.seat is not None and call.far_hears is FarHears.PLAYER and _own_leg(call, agent, order.party) is None
    if not rings:
        parties.open_room(call)
    side = call.agent
    if side is None or side.agent != agent:
        effects += disconnect(call, side.agent if side is not None else None, LEFT_THE_CALL, moment)
        call.far_hears = call.far_hears if rings else FarHears.OTHERS
        call.agents_named += 1
        joining = AgentSide(agent=agent, home=order.home, leg=Leg(name=f"{call.id}.agent{call.agents_named}"))
        joining.leg.advance(LegInput.DIAL)
        call.agent = joining
    if order.seat is not None:
        effects += _call_seat(call, order.seat, order.party)
    elif moment.agent_media is not None:
        effects += attach(call, agent, moment.agent_media, by_line=moment.by_line)
    return effects


def _own_leg(call: Call, agent: UserId, name: str) -> Party | None:
    """Over which the agent takes part in the call already, as one who was asked into it or supervised it."""
    party = call.party_named(name)
    there = party is not None and party.agent == agent and party.leg.state is LegState.ANSWERED
    return party if there else None


def _call_seat(call: Call, seat: PartyAddress, name: str) -> list[Effect]:
    """Dial the agent's telephone, unless that is done already."""
    side = call.agent
    if side is None or side.seat:
        return []
    own = _own_leg(call, side.agent, name)
    if own is not None:
        side.seat = parties.short_of(call, own)
        return attach(call, side.agent, own.leg.name)
    party = parties.dial_seat(call, name, seat, (side.agent, side.home))
    side.seat = parties.short_of(call, party)
    left: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    side.media = None
    return [*left, DialFar(side.seat)]


def take_seat(call: Call, party: Party) -> list[Effect]:
    side = call.agent
    if side is None or call.parties.get(side.seat) is not party:
        return []
    parties.open_room(call)
    return [*attach(call, side.agent, party.leg.name), *dial_callee(call)]


def attach(call: Call, agent: UserId, media: str, *, by_line: bool = False) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent or side.media == media:
        return []
    effects: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    side.media = media
    side.zip_player = call.name_player() if by_line else ""
    side.leg.advance(LegInput.ANSWER)
    return [*effects, MeasureAgent(media, joins=True)]


def detach(call: Call, happened: AgentDetached) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != happened.agent or side.media != happened.media:
        return []
    side.media = None
    return [MeasureAgent(happened.media, joins=False)]


def disconnect(call: Call, agent: UserId | None, cause: EndCause, moment: Moment) -> list[Effect]:
    side = call.agent
    if side is None or side.agent != agent:
        return []
    seat = call.parties.get(side.seat)
    left = [] if seat is None else parties.release(call, seat, (LegInput.RELEASE, cause), moment)
    side.leg.close(LegInput.END, cause)
    call.agent = None
    call.hold = None
    joined = [party for party in call.live_parties if not party.aside and party.agent is None]
    if call.far_hears is FarHears.OTHERS and not joined:
        call.far_hears = FarHears.NOTHING
    measured: list[Effect] = [] if side.media is None else [MeasureAgent(side.media, joins=False)]
    return [*left, *measured, LegClosed(side.leg.name, side.agent, cause)]
