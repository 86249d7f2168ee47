"""A call, and an engine and a browser that do as they are told, for the bridge's tests."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from gateway.calls import bridge
from gateway.calls.effects import Effect, Engine, LegClosed, ReleaseFar, StartPlayer, Tell, Transmit
from gateway.calls.inputs import CallCommand, LegEvent
from gateway.calls.legs import Leg, LegInput, LegState
from gateway.calls.model import AgentSide, Call, Moment, Sound
from kernel.contracts.calls import Direction, EndCause, EndReason, EndResult
from kernel.contracts.engine import DeletePlayer, Hear, Source
from kernel.contracts.telephony import PlaceCall, TelephonyReport
from kernel.primitives.ids import CallId, EventId, TenantId, TrunkId, UserId
from kernel.primitives.phone import PhoneNumber

START = datetime(2025, 3, 3, 9, 0, tzinfo=UTC)
TENANT, OTHER_TENANT = TenantId(UUID(int=1)), TenantId(UUID(int=2))
TRUNK = TrunkId(UUID(int=3))
CALL = CallId(UUID(int=4))
ANNA, BERT = UserId(UUID(int=5)), UserId(UUID(int=6))
CALLED, CALLER = PhoneNumber("+442071838750"), PhoneNumber("+491711234567")
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)
BY_CALLER = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
FAR = f"{CALL}.far"


class CountingIds:
    def __init__(self, start: int = 1000) -> None:
        self._last = start

    def new(self) -> UUID:
        self._last += 1
        return UUID(int=self._last)


class World:
    """`heard`, `playing` and `sending` are what the effects amount to."""

    def __init__(self) -> None:
        self.ids = CountingIds()
        self.now = START
        self.effects: list[Effect] = []
        self.reports: list[TelephonyReport] = []
        self.closed: list[LegClosed] = []
        self.released: list[ReleaseFar] = []
        self.heard: dict[str, tuple[Source, ...]] = {}
        self.playing: dict[str, Sound] = {}
        self.sending: dict[UserId, bool] = {}
        self.call: Call

    def stamp(self) -> tuple[EventId, TenantId, datetime]:
        return EventId(self.ids.new()), TENANT, self.now

    def moment(self, media: str | None = None) -> Moment:
        self.now += timedelta(milliseconds=20)
        return Moment(self.now, self.ids, media)

    def arrive(self) -> list[Effect]:
        arrival = bridge.Arrival(
            call=CALL, trunk=TRUNK, called=CALLED, caller=CALLER, diverted_by=None, attestation=None
        )
        self.call, effects = bridge.arrive(TENANT, arrival, self.moment())
        return self._apply(effects)

    def place(self, order: PlaceCall, media: str | None) -> list[Effect]:
        self.call, effects = bridge.place(order, self.moment(media))
        return self._apply(effects)

    def order(self, command: CallCommand, media: str | None = None) -> list[Effect]:
        return self.order_at(command, self.moment(media))

    def order_at(self, command: CallCommand, moment: Moment) -> list[Effect]:
        return self._apply(bridge.command(self.call, command, moment))

    def happen(self, event: LegEvent) -> list[Effect]:
        return self._apply(bridge.event(self.call, event, self.moment()))

    def reported(self, kind: type[TelephonyReport]) -> list[TelephonyReport]:
        return [report for report in self.reports if isinstance(report, kind)]

    def _apply(self, effects: list[Effect]) -> list[Effect]:
        for effect in effects:
            self.effects.append(effect)
            match effect:
                case Tell():
                    self.reports.append(effect.report)
                case LegClosed():
                    self.closed.append(effect)
                case ReleaseFar():
                    self.released += [effect] if effect.leg == "far" else []
                    self.heard.pop(f"{CALL}.{effect.leg}", None)
                case StartPlayer():
                    assert effect.player not in self.playing
                    self.playing[effect.player] = effect.sound
                case Transmit():
                    self.sending[effect.sender.agent] = effect.on
                case Engine(command=Hear() as hear):
                    for hearing in hear.hearings:
                        self.heard[hearing.leg] = hearing.sources
                case Engine(command=DeletePlayer() as gone):
                    self.playing.pop(gone.player, None)
                case _:
                    pass
        return effects


def call_in(state: LegState, direction: Direction = Direction.INBOUND, agent: bool = False) -> Call:
    """A call whose far leg is in `state`, as another process could have saved it."""
    far = Leg(name=FAR, state=state, cause=None if state not in {LegState.ENDING, LegState.ENDED} else BY_CALLER)
    call = Call(id=CALL, tenant=TENANT, trunk=TRUNK, direction=direction, called=CALLED, caller=CALLER, far=far)
    if agent and far.live:
        leg = Leg(name="anna")
        leg.advance(LegInput.DIAL)
        call.agent = AgentSide(agent=ANNA, leg=leg)
    return call
