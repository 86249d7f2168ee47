"""A tenant's log as a test tells it: who did what at which second."""

from datetime import UTC, datetime, timedelta
from typing import Any, TypedDict
from uuid import UUID

from insight.kpi.live import LiveView, running_stretches
from insight.kpi.state import StateStretch
from kernel.contracts.callbacks import CallbackFirst, CallbackRequested
from kernel.contracts.calls import (
    Actor,
    AgentState,
    Direction,
    EndCause,
    EndReason,
    EndResult,
    OfferOutcome,
    TransferOutcome,
)
from kernel.contracts.carriers import TrunkReason, TrunkStateChanged
from kernel.contracts.log import (
    AgentRequestedState,
    AgentStateChanged,
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    CallAnswered,
    CallConnected,
    CallDisconnected,
    CallDisposed,
    CallEnded,
    CallErased,
    CallHeld,
    CallOffered,
    CallQueued,
    CallRetrieved,
    LegMeasured,
    LogEvent,
    Logged,
    OfferEnded,
    OfferMade,
    RecordingFailed,
    RecordingStored,
    TransferBegun,
    TransferEnded,
)
from kernel.contracts.telephony import PartyAddress
from kernel.contracts.voicemail import VoicemailEnd, VoicemailEnded, VoicemailLeft
from kernel.primitives.ids import (
    CallbackId,
    CallId,
    EventId,
    OfferId,
    QueueId,
    RecordingId,
    TenantId,
    TrunkId,
    UserId,
    VoicemailId,
)
from kernel.primitives.phone import PhoneNumber

START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
TENANT, OTHER_TENANT = TenantId(UUID(int=1)), TenantId(UUID(int=2))
TRUNK = TrunkId(UUID(int=3))
CALLED, CALLER = PhoneNumber("+442071838750"), PhoneNumber("+442071838751")
SALES, SERVICE = QueueId(UUID(int=10)), QueueId(UUID(int=11))
ALICE, BOB = UserId(UUID(int=20)), UserId(UUID(int=21))
BY_CALLER = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
BY_AGENT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_AGENT)
ABANDONED = EndCause(EndResult.CALLER, EndReason.ABANDONED)
OVERLOADED = EndCause(EndResult.OURS, EndReason.OVERLOADED)


def call_id(number: int) -> CallId:
    return CallId(UUID(int=1000 + number))


def message_id(number: int) -> VoicemailId:
    return VoicemailId(UUID(int=3000 + number))


def offer_id(number: int) -> OfferId:
    return OfferId(UUID(int=2000 + number))


class Base(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime


class Story:
    """Every method writes one event at the present second of the story."""

    def __init__(self, tenant: TenantId = TENANT, start: datetime = START) -> None:
        self.tenant = tenant
        self.start = start
        self.now = start
        self.log: list[Logged] = []
        self.states: dict[UserId, AgentState] = {}

    def at(self, seconds: float) -> "Story":
        self.now = self.start + timedelta(seconds=seconds)
        return self

    def _base(self) -> Base:
        return {
            "id": EventId(UUID(int=self.tenant.int * 100_000 + len(self.log))),
            "tenant": self.tenant,
            "at": self.now,
        }

    def write(self, event: LogEvent) -> None:
        self.log.append(Logged(sequence=len(self.log) + 1, event=event))

    def offered(
        self,
        number: int,
        direction: Direction = Direction.INBOUND,
        agent: UserId | None = None,
        forward: PartyAddress | None = None,
        **told: Any,
    ) -> None:
        self.write(
            CallOffered(
                **self._base(),
                call=call_id(number),
                direction=direction,
                trunk=TRUNK,
                called=CALLED,
                caller=CALLER,
                agent=agent,
                forward=forward,
                **told,
            )
        )

    def transferred(self, number: int, outcome: TransferOutcome, leg: str = "far", **told: Any) -> None:
        self.write(TransferEnded(**self._base(), call=call_id(number), leg=leg, outcome=outcome, **told))

    def transfer_begun(self, number: int, to: PartyAddress, leg: str = "far") -> None:
        self.write(TransferBegun(**self._base(), call=call_id(number), leg=leg, party="transfer1", to=to))

    def answered(self, number: int) -> None:
        self.write(CallAnswered(**self._base(), call=call_id(number)))

    def queued(self, number: int, queue: QueueId = SALES, since: datetime | None = None) -> None:
        since = since or self.now
        self.write(CallQueued(**self._base(), call=call_id(number), queue=queue, priority=0, since=since))

    def made(self, number: int, agent: UserId, queue: QueueId = SALES) -> None:
        until = self.now + timedelta(seconds=20)
        self.write(
            OfferMade(
                **self._base(), offer=offer_id(number), call=call_id(number), queue=queue, agent=agent, until=until
            )
        )

    def offer_ended(self, number: int, agent: UserId, outcome: OfferOutcome, queue: QueueId = SALES) -> None:
        self.write(
            OfferEnded(
                **self._base(), offer=offer_id(number), call=call_id(number), queue=queue, agent=agent, outcome=outcome
            )
        )

    def connected(self, number: int, agent: UserId, queue: QueueId | None = SALES) -> None:
        self.write(CallConnected(**self._base(), call=call_id(number), agent=agent, queue=queue))

    def held(self, number: int, agent: UserId) -> None:
        self.write(CallHeld(**self._base(), call=call_id(number), agent=agent))

    def retrieved(self, number: int, agent: UserId) -> None:
        self.write(CallRetrieved(**self._base(), call=call_id(number), agent=agent))

    def disconnected(self, number: int, agent: UserId) -> None:
        self.write(CallDisconnected(**self._base(), call=call_id(number), agent=agent))

    def ended(self, number: int, cause: EndCause, agent: UserId | None = None, queue: QueueId | None = None) -> None:
        self.write(CallEnded(**self._base(), call=call_id(number), cause=cause, agent=agent, queue=queue))

    def disposed(self, number: int, agent: UserId, disposition: str = "resolved") -> None:
        self.write(CallDisposed(**self._base(), call=call_id(number), agent=agent, disposition=disposition))

    def erased(self, number: int) -> None:
        self.write(CallErased(**self._base(), call=call_id(number), number=True, note=True, reason="erasure"))

    def state(self, agent: UserId, state: AgentState, reason: str = "", call: int | None = None) -> None:
        previous = self.states.get(agent, AgentState.LOGGED_OUT)
        self.states[agent] = state
        self.write(
            AgentStateChanged(
                **self._base(),
                agent=agent,
                state=state,
                previous=previous,
                reason=reason,
                actor=Actor.AGENT,
                call=None if call is None else call_id(call),
            )
        )

    def requested(self, agent: UserId, state: AgentState, reason: str = "") -> None:
        self.write(AgentRequestedState(**self._base(), agent=agent, requested=state, reason=reason))

    def stored(self, number: int) -> None:
        self.write(
            RecordingStored(
                **self._base(),
                recording=RecordingId(UUID(int=3000 + number)),
                call=call_id(number),
                key=f"{number}.wav",
                seconds=1.0,
                channels=2,
                bytes=32_044,
                sha256="0" * 64,
                started_at=self.now,
            )
        )

    def recording_failed(self, number: int) -> None:
        self.write(
            RecordingFailed(**self._base(), call=call_id(number), reason="disk_full", detail="no space left on device")
        )

    def trunk_told(self, state: str, reason: TrunkReason | None = None) -> None:
        self.write(TrunkStateChanged(**self._base(), trunk=TRUNK, name="carrier", state=state, reason=reason))

    def measured(self, number: int, party: str = "caller") -> None:
        self.write(
            LegMeasured(
                **self._base(),
                call=call_id(number),
                party=party,
                packets_received=500,
                packets_sent=499,
                lost=1,
                jitter_ms=2.5,
                round_trip_ms=None,
                mos=4.3,
            )
        )

    def alert_raised(self, rule: int, queue: QueueId | None = None) -> None:
        self.write(
            AlertRaised(
                **self._base(),
                rule=UUID(int=rule),
                name="Long wait",
                measure="longest_wait",
                queue=queue,
                side="above",
                limit=60.0,
                value=61.5,
                begun=self.now - timedelta(seconds=10),
            )
        )

    def alert_cleared(self, rule: int) -> None:
        self.write(
            AlertCleared(
                **self._base(),
                rule=UUID(int=rule),
                name="Long wait",
                measure="longest_wait",
                queue=None,
                value=0.0,
                worst=80.0,
            )
        )

    def alert_acknowledged(self, rule: int, alert: EventId, by: UserId = ALICE) -> None:
        self.write(AlertAcknowledged(**self._base(), rule=UUID(int=rule), alert=alert, by=by))

    def message_left(self, number: int, queue: QueueId = SALES, seconds: float = 30.0) -> None:
        self.write(
            VoicemailLeft(
                **self._base(),
                voicemail=message_id(number),
                call=call_id(number),
                queue=queue,
                caller=CALLER,
                seconds=seconds,
                due=self.now + timedelta(hours=4),
            )
        )

    def message_done(self, number: int, agent: UserId) -> None:
        base = self._base()
        self.write(VoicemailEnded(**base, voicemail=message_id(number), end=VoicemailEnd.DONE, agent=agent))

    def callback_promised(self, number: int, queue: QueueId = SALES) -> None:
        self.write(
            CallbackRequested(
                **self._base(),
                callback=CallbackId(UUID(int=4000 + number)),
                queue=queue,
                number=CALLER,
                first=CallbackFirst.AGENT,
                priority=0,
                since=self.now,
                expires=self.now + timedelta(days=1),
                origin=call_id(number),
            )
        )

    def take_call(self, number: int, agent: UserId, queue: QueueId = SALES) -> None:
        """Ring and answer at once, at the present second."""
        self.made(number, agent, queue)
        self.state(agent, AgentState.OFFERED, call=number)
        self.offer_ended(number, agent, OfferOutcome.ACCEPTED, queue)
        self.connected(number, agent, queue)
        self.state(agent, AgentState.CONNECTED, call=number)

    def finish_call(self, number: int, agent: UserId) -> None:
        """The caller hangs up and the agent's wrap-up begins, at the present second."""
        self.ended(number, BY_CALLER, agent)
        self.state(agent, AgentState.WRAP_UP, call=number)


def stretches_of(story: Story, now: datetime) -> list[StateStretch]:
    """Of all agents, as the live view tells them."""
    view = LiveView(UTC)
    ended = [stretch for logged in story.log for stretch in view.apply(logged).stretches]
    return [*ended, *running_stretches(view.state, now)]
