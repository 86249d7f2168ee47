"""A leg goes from one call to another of the tenant: an attended transfer between two calls of ours, seen from each."""

from gateway.calls import parties
from gateway.calls.effects import Effect, Tell
from gateway.calls.legs import Leg, LegState
from gateway.calls.model import FAR, Call, Moment, Party
from gateway.calls.sound import reconcile
from gateway.calls.stamps import stamp
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.telephony import Consulted, PartyEstablished, PartyReleased, TakeOver, TrunkParty
from kernel.primitives.ids import NO_TRUNK

CONSULTATION_GONE = EndCause(EndResult.CALLEE, EndReason.UNREACHABLE, 480, 20)


def consulted(call: Call, leg: str) -> Consulted | None:
    """Whom the far end of this leg talks with, where that is one leg of SIP, and one whose cost can be told."""
    party = _only_party(call)
    if party is None:
        return None
    if leg == FAR:
        return Consulted(FAR, party.name, party.to)
    if call.direction is not Direction.INBOUND or call.trunk == NO_TRUNK or call.parties.get(leg) is not party:
        return None
    caller = TrunkParty(called=call.called, caller=call.caller, trunk=call.trunk)
    return Consulted(party.name, FAR, caller, came_in=True)


def gives(call: Call, taken: str) -> str | None:
    """Which party's leg would go, once `taken` is a party: who stays behind becomes the far end. None: it cannot."""
    party = _only_party(call)
    return None if party is None or taken not in (FAR, party.name) else parties.short_of(call, party)


def give(call: Call, short: str, taken: str) -> tuple[Leg, list[Effect]]:
    """The leg to be had by another call; `short` as `gives` told. The call goes on with one leg, which hears nobody."""
    party = call.parties.pop(short)
    if taken == FAR:
        call.far, party.leg = party.leg, call.far
    call.hearing.pop(party.leg.name, None)
    return party.leg, reconcile(call)


def is_new(call: Call, order: TakeOver) -> bool:
    """Whether it is to be carried out: a command may come again, and late."""
    return not call.over and order.id not in call.commands


def has_room(call: Call, order: TakeOver) -> bool:
    return call.party_named(order.party) is None and len(call.parties) < parties.MAX_PARTIES


def refuse(call: Call, order: TakeOver, moment: Moment) -> list[Effect]:
    """The leg cannot be had."""
    call.take(order.id)
    cause = CONSULTATION_GONE
    return [Tell(PartyReleased(**stamp(call.tenant, moment), call=call.id, party=order.party, cause=cause))]


def take(call: Call, order: TakeOver, leg: Leg, moment: Moment) -> tuple[str, list[Effect]]:
    """The leg of another call is a party from now on; what it is called in this call."""
    call.take(order.id)
    call.parties_named += 1
    short = f"party{call.parties_named}"
    call.parties[short] = Party(name=order.party, to=order.to, leg=leg, ends_call=False)
    parties.open_room(call)
    told = Tell(PartyEstablished(**stamp(call.tenant, moment), call=call.id, party=order.party))
    return short, [told, *reconcile(call)]


def _only_party(call: Call) -> Party | None:
    """The one who talks with the far end, where nobody else is in the call."""
    if call.far.state is not LegState.ANSWERED or call.agent is not None or len(call.parties) != 1:
        return None
    (party,) = call.parties.values()
    return party if party.leg.state is LegState.ANSWERED and not party.aside else None
