"""Supervisors, and colleagues who were asked, in a call: no leg of it ends with them, and they end with it.

At a telephone they have a leg of the call that is dialled for them, and ends with their part.
"""

from gateway.calls import parties
from gateway.calls.effects import DialFar, Effect
from gateway.calls.legs import LegInput
from gateway.calls.model import Call, Moment, Party, Third
from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.supervision import SuperviseCall
from kernel.primitives.ids import UserId

LET_GO = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, None, 16)


def take_part(call: Call, order: SuperviseCall, moment: Moment) -> list[Effect]:
    """Said again it changes the manner; a telephone is dialled the first time."""
    former = _third(call, order.supervisor)
    if former is not None and (former.seat or order.seat is None):
        former.manner = order.manner
        former.media = former.media if former.seat else moment.agent_media
        return []
    third = Third(supervisor=order.supervisor, home=order.home, manner=order.manner)
    call.thirds = (*(one for one in call.thirds if one is not former), third)
    if order.seat is None:
        third.media = moment.agent_media
        third.zip_player = call.name_player() if moment.by_line else ""
        return []
    party = parties.dial_seat(call, order.party, order.seat, (order.supervisor, order.home))
    third.seat = parties.short_of(call, party)
    return [DialFar(third.seat)]


def answered(call: Call, party: Party) -> None:
    """Whose telephone it is talks and hears from now on."""
    for third in call.thirds:
        if call.parties.get(third.seat) is party:
            third.media = party.leg.name


def leave(call: Call, supervisor: UserId, moment: Moment) -> list[Effect]:
    """Their telephone too, unless they have the call now."""
    third = _third(call, supervisor)
    call.thirds = tuple(one for one in call.thirds if one is not third)
    seat = None if third is None else call.parties.get(third.seat)
    if seat is None or (call.agent is not None and call.parties.get(call.agent.seat) is seat):
        return []
    return parties.release(call, seat, (LegInput.RELEASE, LET_GO), moment)


def attach(call: Call, supervisor: UserId, media: str) -> None:
    """The browser has a leg that works."""
    third = _third(call, supervisor)
    if third is not None and not third.seat:
        third.media = media


def detach(call: Call, supervisor: UserId, media: str) -> None:
    third = _third(call, supervisor)
    if third is not None and third.media == media:
        third.media = None


def _third(call: Call, supervisor: UserId) -> Third | None:
    return next((third for third in call.thirds if third.supervisor == supervisor), None)
