"""Transfers that a carrier carries out itself: a REFER to who is left, in place of an INVITE to who is wanted
(RFC 5589 6.1)."""

from collections.abc import Callable

from gateway.app.far_leg import FarLeg
from gateway.app.legs_of_call import LegsOfCall
from gateway.app.sessions import SipLink
from gateway.app.transfers import Transfers
from gateway.calls import causes
from gateway.calls.effects import DialFar
from gateway.calls.inputs import FarEnded, FarProgressed, LegEvent
from gateway.calls.model import Call
from gateway.sip.events import ReferProgress
from gateway.trunks.attempt import Attempt
from kernel.primitives.ids import TrunkId

TrunkOf = Callable[[FarLeg], TrunkId | None]


class Referrals:
    """Of one call; a process that takes it over ends their parties as those that ring."""

    def __init__(self, sip: SipLink, transfers: Transfers) -> None:
        self._sip = sip
        self._transfers = transfers
        self._asked: set[str] = set()  # legs of parties
        self._under_way: dict[str, str] = {}  # those legs, by the sessions that were asked

    def ask(self, call: Call, legs: LegsOfCall, leg: str, way: Attempt, trunk_of: TrunkOf) -> bool:
        """Have who is left called over by `way` to the party `leg`, once; what comes of it is told by ReferProgress.

        `trunk_of(leg)`: the trunk that a far end is behind; None: it is a telephone of ours.
        False: it has to be dialled. `way` is the first way to it, and no way but that trunk's is asked for.
        """
        trunk = self._sip.book.get(way.trunk) if way.trunk is not None else None
        left = self._left_behind(call, legs, leg)
        if left is None or trunk is None or trunk.options.transfer != "refer" or leg in self._asked:
            return False
        if trunk_of(left) != trunk.trunk or not left.state.accepted or not way.limited:
            return False
        session = left.state.session
        if not self._sip.driver.do(lambda endpoint, now: endpoint.refer(session, way.target, now)):
            return False
        self._asked.add(leg)
        self._under_way[session] = leg
        return True

    def follow(self, event: ReferProgress, legs: LegsOfCall) -> LegEvent | DialFar | None:
        """What a carrier's word means for the call; after a refusal, or silence, the party is dialled as any other."""
        leg = (self._under_way.pop if event.done else self._under_way.get)(event.session, "")
        if not leg or not legs.is_wanted(leg):
            return None
        if not event.done:
            return FarProgressed(early_media=False, leg=leg) if event.status == 180 else None
        if event.status >= 300:
            return DialFar(leg)
        self._transfers.succeeded()
        return FarEnded(causes.TRANSFERRED, clear=True)

    def _left_behind(self, call: Call, legs: LegsOfCall, leg: str) -> FarLeg | None:
        """The only one who is left when who asked for the party goes; None: more are, or nobody asked."""
        party = call.parties.get(leg)
        session = self._transfers.asker_of(party.name) if party is not None else ""
        if not session:
            return None
        asker = legs.of_session(session)  # None: it hung up on our 202
        if call.agent is not None and (asker is None or call.agent.seat != asker.leg):
            return None
        others = [one for one in legs.all if one.leg != leg and one is not asker and legs.is_wanted(one.leg)]
        return others[0] if len(others) == 1 else None
