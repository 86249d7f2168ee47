"""The SIP legs of one call by their names: the far party's, and those of parties dialled in."""

from uuid import UUID

from gateway.app.engine_line import EngineLine
from gateway.app.far_leg import FarLeg
from gateway.app.negotiating import fresh_negotiation
from gateway.app.saved import FarState, SavedCall
from gateway.app.sessions import SipLink
from gateway.app.web_legs import WebLegs
from gateway.calls.model import FAR
from kernel.primitives.ids import CallId


class LegsOfCall:
    """What they keep is saved with the call."""

    def __init__(self, saved: SavedCall, engine: EngineLine, sip: SipLink, web: WebLegs) -> None:
        self._saved = saved
        self._links = engine, sip, web
        self._sessions = sip.sessions
        self._legs = {FAR: FarLeg(saved.call.id, FAR, saved.call.far.name, saved.far, self._links)}
        for leg, state in saved.parties.items():
            self._legs[leg] = self._made(leg, state)

    def _made(self, leg: str, state: FarState) -> FarLeg:
        """Named as in the engine, which knows nothing of legs that changed places."""
        call = self._saved.call
        party = call.parties.get(leg)
        return FarLeg(call.id, leg, f"{call.id}.{leg}" if party is None else party.leg.name, state, self._links)

    @property
    def far(self) -> FarLeg:
        return self._legs[FAR]

    @property
    def all(self) -> list[FarLeg]:
        return list(self._legs.values())

    @property
    def parties(self) -> list[FarLeg]:
        return [leg for leg in self._legs.values() if leg.leg != FAR]

    def get(self, leg: str) -> FarLeg | None:
        return self._legs.get(leg)

    def of_session(self, session: str) -> FarLeg | None:
        """The leg that this SIP session carries now; a former attempt's carries none."""
        for leg in self._legs.values():
            if leg.state.session == session:
                return leg
        return None

    def open(self, leg: str, number: int) -> FarLeg:
        """The leg, made where it is new; `number` is that of its SDP session."""
        found = self.get(leg)
        if found is not None:
            return found
        state = self._saved.parties[leg] = FarState(negotiation=fresh_negotiation(number))
        made = self._legs[leg] = self._made(leg, state)
        return made

    def change_places(self, leg: str) -> None:
        """The party's leg is the far leg from now on, and the far leg the party's."""
        saved, taker, former = self._saved, self._legs[leg], self._legs[FAR]
        saved.far, saved.parties[leg] = saved.parties[leg], saved.far
        self._legs[FAR], self._legs[leg] = taker, former
        taker.leg, former.leg = FAR, leg

    def give(self, leg: str) -> FarLeg:
        """A party's, to another call."""
        del self._saved.parties[leg]
        return self._legs.pop(leg)

    def take(self, leg: str, given: FarLeg) -> None:
        """From another call; what it keeps is saved with this one."""
        self._saved.parties[leg] = given.state
        self._legs[leg] = given
        given.move(self._saved.call.id, leg, self._links[0])

    def place_of(self, name: str) -> str:
        """What a leg of the engine is within the call now; empty: none of it, or of it no more."""
        for leg in self._legs.values():
            if leg.name == name:
                return leg.leg
        return ""

    def is_unused(self, name: str) -> bool:
        """Whether it was made beforehand, and no sound could go by it."""
        leg = self.get(self.place_of(name))
        return leg is not None and leg.state.media is None

    def is_wanted(self, leg: str) -> bool:
        """Whether it is not being ended."""
        call = self._saved.call
        return not call.over if leg == FAR else leg in call.parties and call.parties[leg].leg.live

    def codec_beside(self, leg: str) -> str:
        """What is spoken on another leg, so that this one can do the same and nothing has to be converted."""
        for other in self._legs.values():
            if other.leg != leg and (codec := other.codec):
                return codec
        return ""

    def note_dialogs(self) -> None:
        """The last dialogs that the core told, for what is saved."""
        for leg in self._legs.values():
            leg.state.dialog = self._sessions.dialog(leg.state.session) or leg.state.dialog

    @property
    def dialogs_differ(self) -> bool:
        """Whether the core's dialog of an established leg is another than the saved one."""
        for leg in self._legs.values():
            if leg.state.accepted and self._sessions.dialog(leg.state.session) not in (None, leg.state.dialog):
                return True
        return False

    def forget_ended(self) -> None:
        """Parties whose last word has been heard."""
        gone = self._legs.keys() - self._saved.call.parties.keys() - {FAR}
        for leg in gone:
            self._let_go(self._legs.pop(leg))
            del self._saved.parties[leg]

    def let_go(self) -> None:
        """The call is no more."""
        for leg in self._legs.values():
            self._let_go(leg)

    def _let_go(self, leg: FarLeg) -> None:
        self._sessions.drop(leg.state.session)
        leg.let_go()


def read_call(text: str) -> CallId | None:
    """From the first part of the name of a leg or player in the engine."""
    try:
        return CallId(UUID(text))
    except ValueError:
        return None
