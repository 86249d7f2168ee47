"""Whom the agent called into the call, as the desk shows them."""

from collections.abc import Sequence
from datetime import datetime

from api.realtime.state import DeskParty
from insight.kpi.records import AskedColleague, Invited
from kernel.contracts.telephony import PhoneParty, TrunkParty

COLLEAGUE = "colleague"  # as `drop_party` names whom the agent asked


def shown_parties(invited: Sequence[Invited]) -> tuple[DeskParty, ...]:
    """Those who are there or are being called, and the last who left: the desk says why."""
    last = max((one for one in invited if one.left_at is not None), key=_left_at, default=None)
    return tuple(_party(one) for one in invited if one.left_at is None or one is last)


def shown_colleague(asked: AskedColleague, name: str | None) -> DeskParty:
    """One who is there, is being asked, or was the last to go."""
    if asked.left_at is not None:
        state, since = "left", asked.left_at
    elif asked.answered_at is None:
        state, since = "dialling", asked.at
    else:
        state, since = "aside" if asked.aside else "joined", asked.answered_at
    return DeskParty(
        party=COLLEAGUE, number=None, phone=None, name=name or "", state=state, since=since, reason=asked.outcome
    )


def _left_at(one: Invited) -> datetime:
    return one.left_at or one.at


def _party(one: Invited) -> DeskParty:
    state, since = _state(one)
    return DeskParty(
        party=one.party,
        number=one.to.called.e164 if isinstance(one.to, TrunkParty) else None,
        phone=one.to.user if isinstance(one.to, PhoneParty) else None,
        name=None,
        state=state,
        since=since,
        reason=None if one.cause is None else one.cause.reason,
    )


def _state(one: Invited) -> tuple[str, datetime]:
    if one.left_at is not None:
        return "left", one.left_at
    if one.answered_at is None:
        return "dialling", one.at
    return "aside" if one.aside else "joined", one.answered_at
