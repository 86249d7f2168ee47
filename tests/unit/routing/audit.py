"""What must hold of a tenant's log and state after every decision, checked event by event on a state of its own."""

from datetime import UTC, datetime, timedelta

from kernel.contracts.callbacks import CallbackAttemptEnded, CallbackEnded
from kernel.contracts.calls import AgentState
from kernel.contracts.log import (
    AgentStateChanged,
    AgentWrapUpExtended,
    CallDisposed,
    CallEnded,
    CallErased,
    CallOffered,
    CallOverflowed,
    CallQueued,
    GuestStateChanged,
    LogEvent,
    OfferEnded,
    OfferMade,
    PartyLeft,
    RecordingStored,
    TransferBegun,
)
from kernel.contracts.queues import Target
from kernel.contracts.supervision import SupervisionChanged
from kernel.contracts.voicemail import VoicemailEnded
from kernel.primitives.ids import CallId, OfferId, TenantId, UserId
from routing.acd.fold import apply
from routing.acd.picturing import picture_of
from routing.acd.state import RoutingState
from routing.agents import machine as agents
from routing.agents.machine import Next
from routing.agents.model import Agent
from routing.calls import machine as calls
from routing.calls.model import AGENT, Call, CallPhase
from routing.queues.rules import Rules
from routing.reconciler.differences import Kind, compare
from routing.voicemail.machine import Phase

IDLE = {AgentState.AVAILABLE, AgentState.NOT_READY, AgentState.LOGGED_OUT}
LEADS_TO = {Next.WISH: IDLE, Next.REQUESTED: IDLE}
AGENT_STEPS = {
    (state, to)
    for (state, _), move in agents.TABLE.items()
    for to in (LEADS_TO.get(move.to, {state}) if isinstance(move.to, Next) else {move.to})
}
CALL_STEPS = {(phase, to) for (phase, _), to in calls.TABLE.items()}

AFTERWARDS = (
    CallDisposed
    | CallErased
    | AgentStateChanged
    | GuestStateChanged
    | AgentWrapUpExtended
    | CallbackAttemptEnded
    | CallbackEnded
    | RecordingStored
    | VoicemailEnded
)
"""What may name a call that has ended."""


class Auditor:
    def __init__(self, state: RoutingState) -> None:
        self.shadow = RoutingState(state.rules)
        self.read = 0
        self.open: dict[OfferId, OfferMade] = {}
        self.calls: dict[CallId, TenantId] = {}
        self.ended: set[CallId] = set()
        self.invited: set[tuple[CallId, str]] = set()  # billed by their end: each has one
        self.sent: set[tuple[CallId, Target]] = set()
        self.overflowed: CallId | None = None  # the next queue is by that, and by nobody's hand
        self.latest = datetime.min.replace(tzinfo=UTC)

    def follow(self, log: list[LogEvent]) -> None:
        for event in log[self.read :]:
            self.latest = max(self.latest, event.at)
            self._event(event)
        self.read = len(log)

    def _event(self, event: LogEvent) -> None:
        name: CallId | None = getattr(event, "call", None)
        let_go = isinstance(event, SupervisionChanged) and event.manner is None  # by the call's end
        if name is not None and not let_go and not isinstance(event, AFTERWARDS):
            assert name not in self.ended, f"{event} of a call that ended"
        before = None if name is None else self.shadow.call(name)
        self._of_call(event)
        if isinstance(event, OfferMade):
            self._offer_made(event)
        elif isinstance(event, OfferEnded):
            assert self.open.pop(event.offer).agent == event.agent
        elif isinstance(event, AgentStateChanged):
            self._state_changed(event)
        apply(self.shadow, event)
        if name is not None and before is not None:
            self._phase(before, None if isinstance(event, CallEnded) else self.shadow.call(name))

    def _of_call(self, event: LogEvent) -> None:
        if isinstance(event, CallOffered):
            assert event.call not in self.calls
            self.calls[event.call] = event.tenant
        elif isinstance(event, CallEnded):
            assert event.call not in {call for call, _ in self.invited}, "somebody called in is forgotten"
            self.ended.add(event.call)
        elif isinstance(event, TransferBegun) and event.leg == AGENT:
            self.invited.add((event.call, event.party))
        elif isinstance(event, PartyLeft):
            self.invited.discard((event.call, event.party))
        elif isinstance(event, CallQueued):
            self._queued(event)
        elif isinstance(event, CallOverflowed):
            self.overflowed = event.call
            assert (event.call, event.to) not in self.sent, "sent round in a circle"
            self.sent.add((event.call, event.to))

    def _queued(self, event: CallQueued) -> None:
        """Whom an agent or a supervisor sends to a queue may be sent on from there as if they had just come."""
        if self.overflowed != event.call:
            self.sent = {(call, to) for call, to in self.sent if call != event.call}
        self.overflowed = None

    def _offer_made(self, event: OfferMade) -> None:
        assert event.agent not in {offer.agent for offer in self.open.values()}, "two offers for one agent"
        assert event.call not in {offer.call for offer in self.open.values()}, "two offers for one caller"
        agent = self.shadow.agent(event.agent)
        picked = agent.telephone and agent.state is AgentState.NOT_READY  # a supervisor's own wish, who is rung for it
        assert agent.state is AgentState.AVAILABLE or picked
        self.open[event.offer] = event

    def _state_changed(self, event: AgentStateChanged) -> None:
        assert event.previous is self.shadow.agent(event.agent).state
        back = event.state is AgentState.CONNECTED and self.shadow.messages.work_of(event.agent) is not None
        assert back or event.previous is event.state or (event.previous, event.state) in AGENT_STEPS
        timed = event.state in {AgentState.OFFERED, AgentState.WRAP_UP}
        asked = (
            self.shadow.callbacks.of_taker(event.agent) is not None
            or event.agent in self.shadow.consultations
            or bool(self.shadow.messages.of_agent(event.agent))
        )
        promised = event.state is AgentState.OFFERED and asked
        assert not timed or (event.until is not None and (event.call is not None or promised))

    def _phase(self, before: Call, after: Call | None) -> None:
        phase = CallPhase.ENDED if after is None else after.phase
        assert before.phase is phase or (before.phase, phase) in CALL_STEPS, f"{before.phase} → {phase}"

    def check(self, state: RoutingState, rules: Rules) -> None:
        for tenant in rules.tenants:
            assert self.shadow.snapshot(tenant) == state.snapshot(tenant), "the log tells another state"
        assert {call.call for call in state.calls} == self.calls.keys() - self.ended, "a ghost, or one forgotten"
        self._nobody_forgotten(state, rules)
        self._calls_and_agents_agree(state)
        self._reconciler_finds_nothing(state)
        open_offers = {call.offer for call in state.calls if call.phase is CallPhase.OFFERED}
        assert open_offers == set(self.open)

    def _reconciler_finds_nothing(self, state: RoutingState) -> None:
        """Of routing with itself; timers may be due at this moment."""
        found = [one for one in compare(picture_of(state, self.latest, None)) if one.kind is not Kind.PAST_END]
        assert found == []

    def _nobody_forgotten(self, state: RoutingState, rules: Rules) -> None:
        seated = {agent.agent for agent in state.agents if rules.has_seat(agent.agent)}
        serving = {agent: set(rules.queues_of(agent)) for agent in seated}
        free = [agent for agent in state.agents if agent.state is AgentState.AVAILABLE]
        for agent in free:
            assert agent.reachable
            assert agent.agent in serving
        for call in state.calls:
            if call.phase is CallPhase.QUEUED:
                assert rules.queue(call.queue) is not None
                fitting = [agent.agent for agent in free if call.queue in serving[agent.agent]]
                awaited = _awaited(call, rules, self.latest)
                free_for_it = [agent for agent in fitting if awaited in {None, agent}]
                assert not free_for_it, f"{call.call} waits in {call.queue}, free are {free_for_it}"

    def _one_work_each(self, state: RoutingState) -> None:
        holders = [message.agent for message in state.messages.held]
        assert len(holders) == len(set(holders)), "two messages at one agent"
        for holder in holders:
            assert holder is not None
            agent = state.agent(holder)
            at_it = {AgentState.LOGGED_OUT, AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP}
            assert agent.state in at_it, "a message in the hand of who does something else"
            assert state.callbacks.of_taker(holder) is None, "a callback beside a message"

    def _calls_and_agents_agree(self, state: RoutingState) -> None:
        self._one_work_each(state)
        held = {call.agent: call for call in state.calls if call.agent is not None}
        assert len(held) == len([call for call in state.calls if call.agent is not None]), "two calls at one agent"
        for agent in state.agents:
            call = held.pop(agent.agent, None)
            if agent.state is AgentState.OFFERED and agent.call is None:
                asked = state.callbacks.of_taker(agent.agent) is not None or agent.agent in state.consultations
                assert asked or _phase_of_message(state, agent) is Phase.OFFERED, "asked to take nothing"
            elif agent.state is AgentState.OFFERED:
                assert call is not None
                assert (call.phase, call.call) == (CallPhase.OFFERED, agent.call)
                assert call.offer is not None
                assert self.open[call.offer].agent == agent.agent
            elif agent.state is AgentState.CONNECTED and agent.call is None:
                assert (_phase_of_message(state, agent), call) == (Phase.TAKEN, None), "at no message"
            elif agent.state is AgentState.CONNECTED and agent.agent in state.consultations:
                shared = state.call(state.consultations[agent.agent])
                assert shared is not None
                assert (shared.call, call) == (agent.call, None)
            elif agent.state is AgentState.CONNECTED:
                assert call is not None
                assert call.phase in {CallPhase.DIALING, CallPhase.CONNECTED, CallPhase.HELD}
                assert call.call == agent.call
                assert agent.reachable or agent.deadline is not None, "a caller left with an agent who is gone"
            else:
                assert call is None
        assert held == {}


def _phase_of_message(state: RoutingState, agent: Agent) -> Phase | None:
    message = next(iter(state.messages.of_agent(agent.agent)), None)
    return None if message is None else message.phase


def _awaited(call: Call, rules: Rules, now: datetime) -> UserId | None:
    """The one agent whom the caller waits for, if they serve the queue; None: whoever comes first."""
    if call.preferred is None or call.since is None or call.queue not in rules.queues_of(call.preferred.agent):
        return None
    return call.preferred.agent if now - call.since < timedelta(seconds=call.preferred.hold_seconds) else None
