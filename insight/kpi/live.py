"""The live view of a tenant: one pure fold over its log, for now and for every recount."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta, tzinfo
from functools import partial
from typing import Any, get_args

from insight.kpi import call_fold
from insight.kpi.alert_fold import alert_acknowledged, alert_cleared, alert_raised
from insight.kpi.call_counts import answered, unanswered
from insight.kpi.call_fold import PAPERS, CallEvent
from insight.kpi.colleagues import follow_colleague
from insight.kpi.counters import (
    Counters,
    IntervalKey,
    TransferMode,
    TransferTarget,
    state_key,
    transfer_key,
)
from insight.kpi.intervals import cut, day_bounds, duration_ms, from_ms, interval_of, to_ms
from insight.kpi.messages import MessageEvent, fold_message, holders, messages_done
from insight.kpi.promises import BESIDE, beside, promised_in
from insight.kpi.records import CallRecord, Segment, SegmentKind
from insight.kpi.state import Alarm, Changes, FoldState, LiveAgent, LiveOffer, StateStretch
from kernel.contracts.callbacks import CallbackEvent
from kernel.contracts.calls import AgentState, Direction, TransferOutcome
from kernel.contracts.carriers import CarrierEvent, CertificateEnding, TrunkStateChanged
from kernel.contracts.colleagues import CallPassedOn, ColleagueEvent
from kernel.contracts.flow_events import CallLeftQueue, FlowEntered, FlowLeft, FlowPassed
from kernel.contracts.lines import AgentLineChanged
from kernel.contracts.log import (
    AgentDeskTaken,
    AgentReachabilityChanged,
    AgentRequestedState,
    AgentSeatTaken,
    AgentStateChanged,
    AgentTelephoneChanged,
    AgentWrapUpExtended,
    AlertAcknowledged,
    AlertCleared,
    AlertRaised,
    CallAnswered,
    CallConnected,
    CallDisconnected,
    CallDisposed,
    CallEnded,
    CallErased,
    CallerTold,
    CallHeld,
    CallOffered,
    CallOverflowed,
    CallQueued,
    CallRetrieved,
    GuestStateChanged,
    LegMeasured,
    LimitReached,
    LogEvent,
    Logged,
    OfferEnded,
    OfferMade,
    PartyAnswered,
    PartyJoined,
    PartyLeft,
    RecordingDeleted,
    RecordingFailed,
    RecordingStored,
    TransferBegun,
    TransferEnded,
)
from kernel.contracts.queues import ToNumber, ToVoicemail
from kernel.contracts.supervision import SupervisionChanged
from kernel.contracts.voicemail import VoicemailLeft
from kernel.primitives.ids import CallId, UserId

RETIRE_AFTER = timedelta(seconds=30)  # papers of a call arrive within seconds; later ones have it adopted again
SAME_ALARM = timedelta(seconds=60)  # what goes on is told again, but not at every call
CALLERS_LEG = "far"  # as the events of transfers name it
PASSED_ON = (TransferOutcome.COMPLETED, TransferOutcome.HANDED_OVER)
MAX_ALARMS = 20  # what a person can read; older ones are in the log


class SequenceGap(Exception):
    """Events are missing before this one: read the log from `after`."""

    def __init__(self, after: int) -> None:
        super().__init__(f"events after {after} are missing")
        self.after = after


class LiveView:
    """Apply events in the order of the log; the same events give the same view, however they are cut into batches."""

    def __init__(self, zone: tzinfo, state: FoldState | None = None) -> None:
        """`zone` decides where the tenant's day begins."""
        self.state = state or FoldState()
        self.zone = zone
        self._steps: dict[type, Callable[[Any, Changes], None]] = {
            CallOffered: self._offered,
            CallAnswered: self._paper,
            CallQueued: self._queued,
            CallOverflowed: self._overflowed,
            CallerTold: self._paper,
            OfferMade: self._offer_made,
            OfferEnded: self._offer_ended,
            CallConnected: self._connected,
            CallHeld: self._paper,
            CallRetrieved: self._paper,
            CallDisconnected: self._disconnected,
            TransferBegun: self._paper,
            TransferEnded: self._transfer_ended,
            PartyAnswered: self._paper,
            PartyJoined: self._paper,
            PartyLeft: self._paper,
            CallEnded: self._ended,
            CallDisposed: self._paper,
            AgentStateChanged: self._state_changed,
            GuestStateChanged: self._guest_changed,
            AgentRequestedState: self._requested,
            AgentWrapUpExtended: self._wrap_up_extended,
            AgentReachabilityChanged: self._reachability,
            AgentSeatTaken: self._seat_taken,
            **dict.fromkeys((AgentDeskTaken, AgentTelephoneChanged), self._beside_calls),
            AgentLineChanged: self._line_changed,
            RecordingStored: self._paper,
            RecordingFailed: self._recording_failed,
            LimitReached: self._limit_reached,
            **dict.fromkeys((TrunkStateChanged, CertificateEnding), self._carrier_alarm),
            RecordingDeleted: self._paper,
            CallErased: self._paper,
            LegMeasured: self._paper,
            AlertRaised: partial(alert_raised, self.state),
            AlertCleared: partial(alert_cleared, self.state),
            AlertAcknowledged: partial(alert_acknowledged, self.state),
            FlowEntered: self._paper,
            FlowPassed: self._paper,
            CallLeftQueue: self._left_queue,
            FlowLeft: self._paper,
            CallPassedOn: self._paper,
            **dict.fromkeys(get_args(ColleagueEvent), self._colleague),
            **dict.fromkeys(BESIDE, self._beside),
            **dict.fromkeys(get_args(MessageEvent), self._message),
        }

    def missing(self, logged: Logged) -> CallId | None:
        """The call that must be handed to `adopt` before `logged` can be applied, having been retired."""
        event = logged.event
        if not isinstance(event, PAPERS) or logged.sequence != self.state.sequence + 1:
            return None  # it changes nothing, or others come first
        return None if event.call in self.state.calls else event.call

    def adopt(self, record: CallRecord) -> None:
        self.state.calls[record.call] = record

    def apply(self, logged: Logged) -> Changes:
        """Fold one event; a repeated one changes nothing. SequenceGap when some before it are missing."""
        changes = Changes()
        if logged.sequence <= self.state.sequence:
            return changes
        if logged.sequence > self.state.sequence + 1:
            raise SequenceGap(self.state.sequence)
        self.state.sequence = logged.sequence
        event: LogEvent = logged.event
        self.state.latest = max(self.state.latest or event.at, event.at)
        self._turn_day(event.at)
        self._steps[type(event)](event, changes)
        self._retire(event.at, changes)
        return changes

    @property
    def day_is_right(self) -> bool:
        """False after the tenant's time zone changed: call `move_day`, then `fill_day`."""
        latest, day = self.state.latest, self.state.day
        return latest is None or (day.start, day.end) == day_bounds(latest, self.zone)

    def move_day(self) -> tuple[datetime, datetime]:
        """Begin the present day anew by the present zone; `fill_day` wants the cells of the span returned."""
        self._turn_day(self.state.latest or from_ms(0), anew=True)
        return from_ms(self.state.day.start), from_ms(self.state.day.end)

    def fill_day(self, cells: Mapping[IntervalKey, Counters]) -> None:
        for key, counters in cells.items():
            self.state.day.queues.setdefault(key.queue, Counters()).add(counters)

    # --- calls ---

    def _offered(self, event: CallOffered, changes: Changes) -> None:
        if event.call in self.state.calls or event.line_of is not None:
            return  # a line to an agent's telephone is no call of anybody's
        record = call_fold.begin(event)
        self.state.calls[event.call] = record
        changes.calls.add(event.call)
        if event.direction is Direction.OUTBOUND:
            self._count(record, event.agent, Counters(outbound=1), changes)

    def _of_call(self, event: CallEvent, changes: Changes) -> CallRecord | None:
        """Let the event change its call's record; None: the log says nothing of such a call."""
        record = self.state.calls.get(event.call)
        if record is None:
            return None
        first_answer = record.answered_at is None
        closed = call_fold.continue_call(record, event)
        if closed is not None:
            self._count_segment(record, closed, changes)
        if first_answer and record.answered_at is not None and record.direction is Direction.INBOUND:
            rang = duration_ms(record.offered_at, record.answered_at)
            self._count(record, None, Counters(picked_up=1, ring_ms=rang), changes)
        if record.ended_at is not None:
            self._touch(record.call, event.at)
        changes.calls.add(record.call)
        return record

    def _paper(self, event: CallEvent, changes: Changes) -> None:
        self._of_call(event, changes)

    def _queued(self, event: CallQueued, changes: Changes) -> None:
        record = self._of_call(event, changes)
        if record is not None and record.ended_at is None:
            self._leave_queues(record.call, changes)
            called_back = record.direction is Direction.OUTBOUND
            since = record.queued_at or event.at if called_back else event.since
            self.state.waiting.setdefault(event.queue, {})[event.call] = since
            changes.queues.add(event.queue)

    def _left_queue(self, event: CallLeftQueue, changes: Changes) -> None:
        self._of_call(event, changes)
        self._leave_queues(event.call, changes)

    def _overflowed(self, event: CallOverflowed, changes: Changes) -> None:
        """Whoever else takes the caller is told of by the next event."""
        record = self._of_call(event, changes)
        if record is not None and isinstance(event.to, ToNumber | ToVoicemail):
            self._leave_queues(record.call, changes)

    def _offer_made(self, event: OfferMade, changes: Changes) -> None:
        self._of_call(event, changes)
        self.state.offers[event.offer] = LiveOffer(
            offer=event.offer, call=event.call, queue=event.queue, agent=event.agent, until=event.until
        )
        self._agent(event.agent, event.at, changes).offer = event.offer

    def _offer_ended(self, event: OfferEnded, changes: Changes) -> None:
        self._of_call(event, changes)
        self.state.offers.pop(event.offer, None)
        agent = self._agent(event.agent, event.at, changes)
        if agent.offer == event.offer:
            agent.offer = None

    def _connected(self, event: CallConnected, changes: Changes) -> None:
        known = self.state.calls.get(event.call)
        undecided = known is not None and known.connected_at is None and known.ended_at is None
        record = self._of_call(event, changes)
        if record is None or record.ended_at is not None:
            return
        self._leave_queues(record.call, changes)
        self._agent(event.agent, event.at, changes).call = event.call
        if not undecided:
            return
        if record.direction is Direction.OUTBOUND:
            self._count(record, event.agent, Counters(outbound_answered=1), changes)
        else:
            self._count(record, event.agent, answered(record), changes)

    def _disconnected(self, event: CallDisconnected, changes: Changes) -> None:
        record = self.state.calls.get(event.call)
        if record is not None and record.ended_at is None:
            self._handled(record, event.agent, changes)
        self._of_call(event, changes)
        agent = self._agent(event.agent, event.at, changes)
        if agent.call == event.call and agent.state is not AgentState.WRAP_UP:
            agent.call = None

    def _transfer_ended(self, event: TransferEnded, changes: Changes) -> None:
        """What the caller passes on by their own telephone is no transfer of ours, unless an agent is named.

        Of two calls that become one, the one that goes on tells.
        """
        record = self.state.calls.get(event.call)
        if record is None or record.ended_at is not None:
            return
        target = TransferTarget.QUEUE if event.queue is not None else record.transferring or TransferTarget.OUTSIDE
        agent = event.agent or (record.agent if event.leg != CALLERS_LEG else None)
        if event.outcome in PASSED_ON and agent is not None and event.into is None:
            mode = TransferMode.ATTENDED if event.attended else TransferMode.BLIND
            self._count(record, agent, Counters(transfers={transfer_key(mode, target, event.reason): 1}), changes)
        unanswered = record.connected_at is None
        self._of_call(event, changes)
        if unanswered and record.connected_at is not None and record.direction is Direction.INBOUND:
            self._leave_queues(record.call, changes)
            self._count(record, None, answered(record), changes)  # outside, where its queue sent it

    def _colleague(self, event: ColleagueEvent, changes: Changes) -> None:
        self._of_call(event, changes)
        follow_colleague(self.state.asked, self._agent(event.agent, event.at, changes), event)

    def _ended(self, event: CallEnded, changes: Changes) -> None:
        known = self.state.calls.get(event.call)
        if known is None or known.ended_at is not None:
            return
        current = known.current
        if current is not None and current.kind in (SegmentKind.TALK, SegmentKind.HOLD) and current.agent is not None:
            self._handled(known, current.agent, changes)
        self._of_call(event, changes)
        self._leave_queues(known.call, changes)
        if known.direction is Direction.INBOUND and known.connected_at is None:
            self._count(known, None, unanswered(known), changes)

    def _recording_failed(self, event: RecordingFailed, changes: Changes) -> None:
        self._of_call(event, changes)
        self._alarm(Alarm(code=f"recording_{event.reason}", detail=event.detail, at=event.at, call=event.call), changes)

    def _limit_reached(self, event: LimitReached, changes: Changes) -> None:
        """A flood of refusals is one alarm a minute."""
        code = f"limit_{event.limit}"
        last = max((alarm.at for alarm in self.state.alarms if alarm.code == code), default=None)
        if last is None or event.at - last >= SAME_ALARM:
            self._alarm(Alarm(code=code, detail=event.detail, at=event.at, call=event.call), changes)

    def _carrier_alarm(self, event: CarrierEvent, changes: Changes) -> None:
        """Bad news and good: who saw the one waits for the other."""
        code = f"trunk_{event.state}" if isinstance(event, TrunkStateChanged) else "certificate_ends"
        reason = event.reason if isinstance(event, TrunkStateChanged) else None
        self._alarm(Alarm(code=code, detail=event.name, at=event.at, reason=reason), changes)

    def _alarm(self, alarm: Alarm, changes: Changes) -> None:
        self.state.alarms = [*self.state.alarms, alarm][-MAX_ALARMS:]
        changes.alarms = True

    def _handled(self, record: CallRecord, agent: UserId, changes: Changes) -> None:
        if agent not in record.handled_by:
            record.handled_by.append(agent)
            self._count(record, agent, Counters(handled=1), changes)

    def _leave_queues(self, call: CallId, changes: Changes) -> None:
        for queue, waiting in self.state.waiting.items():
            if waiting.pop(call, None) is not None:
                changes.queues.add(queue)

    # --- agents ---

    def _agent(self, agent: UserId, at: datetime, changes: Changes) -> LiveAgent:
        changes.agents.add(agent)
        return self.state.agents.setdefault(agent, LiveAgent(agent=agent, since=at))

    def _state_changed(self, event: AgentStateChanged, changes: Changes) -> None:
        agent = self._agent(event.agent, event.at, changes)
        at = self._end_state(agent, event, changes)
        agent.state, agent.reason, agent.since, agent.until = event.state, event.reason, at, event.until
        agent.requested, agent.requested_reason = event.requested, event.requested_reason
        agent.queue, agent.client = event.queue, event.client
        self._begin_state(agent, event.call, changes)

    def _guest_changed(self, event: GuestStateChanged, changes: Changes) -> None:
        agent = self._agent(event.agent, event.at, changes)
        at = self._end_state(agent, event, changes)
        agent.state, agent.since, agent.until = event.state or AgentState.LOGGED_OUT, at, event.until
        agent.queue, agent.client, agent.home = event.queue, event.tenant, event.home
        self._begin_state(agent, event.call, changes)

    def _end_state(self, agent: LiveAgent, event: AgentStateChanged | GuestStateChanged, changes: Changes) -> datetime:
        """Count what it lasted; a wrap-up for another tenant is counted there. Returns when it ended."""
        at = max(event.at, agent.since)
        for key, counters in state_time(agent, at):
            self._add(key, counters, changes)
        changes.stretches += state_stretches(agent, at)
        if agent.state is AgentState.WRAP_UP and agent.client in (None, event.tenant):
            self._end_wrap_up(agent, at, changes)
        return at

    def _begin_state(self, agent: LiveAgent, call: CallId | None, changes: Changes) -> None:
        if agent.state is AgentState.WRAP_UP:
            agent.call = call or agent.call
            record = self.state.calls.get(agent.call) if agent.call is not None else None
            if record is not None:
                call_fold.open_wrap_up(record, agent.agent, agent.since)
                changes.calls.add(record.call)
        elif agent.state is not AgentState.CONNECTED or call is None:  # connected with no call: at a message
            agent.call = None

    def _end_wrap_up(self, agent: LiveAgent, at: datetime, changes: Changes) -> None:
        lasted = Counters(wrap_ups=1, wrap_up_ms=duration_ms(agent.since, at))
        record = self.state.calls.get(agent.call) if agent.call is not None else None
        if record is None:
            self._add(IntervalKey(interval_of(agent.since), agent.queue, agent.agent), lasted, changes)
            return
        call_fold.close_wrap_up(record, agent.agent, at)
        self._count(record, agent.agent, lasted, changes)
        if record.ended_at is not None:
            self._touch(record.call, at)
        changes.calls.add(record.call)

    def _requested(self, event: AgentRequestedState, changes: Changes) -> None:
        agent = self._agent(event.agent, event.at, changes)
        agent.requested, agent.requested_reason = event.requested, event.reason

    def _wrap_up_extended(self, event: AgentWrapUpExtended, changes: Changes) -> None:
        self._agent(event.agent, event.at, changes).until = event.until

    def _seat_taken(self, event: AgentSeatTaken, changes: Changes) -> None:
        self._agent(event.agent, event.at, changes).telephone = event.telephone

    def _line_changed(self, event: AgentLineChanged, changes: Changes) -> None:
        self._agent(event.agent, event.at, changes).line = event.line

    def _beside_calls(self, event: AgentDeskTaken | AgentTelephoneChanged, changes: Changes) -> None:
        """At which page an agent works, and which telephones are registered, changes no figure."""

    def _reachability(self, event: AgentReachabilityChanged, changes: Changes) -> None:
        agent = self._agent(event.agent, event.at, changes)
        agent.reachable, agent.fault = event.reachable, event.fault

    def _beside(self, event: CallbackEvent | SupervisionChanged, changes: Changes) -> None:
        changes.agents |= beside(self.state.ears, self.state.promises, event)
        record = self.state.calls.get(promised) if (promised := promised_in(event)) is not None else None
        if record is not None and record.ended_at is None:
            record.promised_callback = True
            changes.calls.add(record.call)

    def _message(self, event: MessageEvent, changes: Changes) -> None:
        if isinstance(event, VoicemailLeft):
            self._of_call(event, changes)
        done = messages_done(self.state.messages, event)
        if done is not None:
            self._add(done, Counters(messages_done=1), changes)
        changes.agents |= holders(self.state.messages, event)
        changes.queues |= fold_message(self.state.messages, event)
        changes.agents |= holders(self.state.messages, event)

    # --- counting ---

    def _count_segment(self, record: CallRecord, closed: Segment, changes: Changes) -> None:
        if closed.end is None or closed.kind not in (SegmentKind.TALK, SegmentKind.HOLD):
            return
        lasted = duration_ms(closed.start, closed.end)
        talk = closed.kind is SegmentKind.TALK
        counters = Counters(talk_ms=lasted) if talk else Counters(hold_ms=lasted)
        self._count(record, closed.agent, counters, changes)

    def _count(self, record: CallRecord, agent: UserId | None, counters: Counters, changes: Changes) -> None:
        self._add(IntervalKey(interval_of(record.offered_at), record.queue, agent), counters, changes)

    def _add(self, key: IntervalKey, counters: Counters, changes: Changes) -> None:
        day = self.state.day
        if day.start <= key.start < day.end:
            day.queues.setdefault(key.queue, Counters()).add(counters)
            if key.queue is not None:
                changes.queues.add(key.queue)
        changes.count(key, counters)

    def _turn_day(self, at: datetime, anew: bool = False) -> None:
        if anew or to_ms(at) >= self.state.day.end:
            start, end = day_bounds(at, self.zone)
            self.state.day.start, self.state.day.end, self.state.day.queues = start, end, {}

    # --- forgetting ---

    def _touch(self, call: CallId, at: datetime) -> None:
        self.state.finished.pop(call, None)
        self.state.finished[call] = at

    def _retire(self, at: datetime, changes: Changes) -> None:
        while self.state.finished:
            call, touched = next(iter(self.state.finished.items()))
            if at - touched < RETIRE_AFTER:
                return
            record = self.state.calls[call]
            if record.wrapping_up:
                self._touch(call, at)
                continue
            del self.state.finished[call]
            changes.retired[call] = self.state.calls.pop(call)


def state_time(agent: LiveAgent, until: datetime) -> list[tuple[IntervalKey, Counters]]:
    """The time of the agent's present state up to `until`, cut into intervals; logged out is no time at all."""
    if agent.state is AgentState.LOGGED_OUT:
        return []
    key = state_key(agent.state, agent.reason)
    return [
        (IntervalKey(start, None, agent.agent), Counters(state_ms={key: spent}))
        for start, spent in cut(agent.since, until)
    ]


def state_stretches(agent: LiveAgent, until: datetime) -> list[StateStretch]:
    """The present state up to `until`, whole; none of a guest, whose log-in is told at home."""
    start, end = to_ms(agent.since), to_ms(until)
    if agent.state is AgentState.LOGGED_OUT or agent.home is not None or end <= start:
        return []
    return [StateStretch(agent=agent.agent, state=agent.state, reason=agent.reason, start=start, end=end)]


def running_stretches(state: FoldState, now: datetime) -> list[StateStretch]:
    """The present states of all agents up to `now`."""
    return [stretch for agent in state.agents.values() for stretch in state_stretches(agent, now)]


def running_time(state: FoldState, now: datetime) -> list[tuple[IntervalKey, Counters]]:
    """What the present states of all agents add to the kept intervals at `now`."""
    return [cell for agent in state.agents.values() for cell in state_time(agent, now)]
