"""All that routing knows of one floor: a fold over its tenants' logs, and indexes for the matcher and the timer."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import takewhile
from typing import NamedTuple

import msgspec

from kernel.contracts.calls import AgentState
from kernel.contracts.log import CallEnded, LogEvent
from kernel.primitives.ids import CallbackId, CallId, QueueId, TenantId, UserId, VoicemailId
from routing.acd import deadlines
from routing.acd.deadlines import Deadlines
from routing.acd.dues import Dues
from routing.acd.flow_book import FlowBook
from routing.acd.flow_standings import Standings
from routing.acd.line_book import LineBook
from routing.acd.memory import Memory, Remembered
from routing.acd.message_line import MessageLine
from routing.acd.pacing import AT_WORK, Pacing, QueuePace
from routing.acd.trial import Trial
from routing.agents.model import Agent
from routing.callbacks.book import Book
from routing.callbacks.model import Callback, in_line
from routing.calls.model import Call, CallPhase
from routing.matching.available import Available, Idle
from routing.matching.comfort import Heard
from routing.matching.people import NOBODY, AgentSet
from routing.matching.rules import Caller
from routing.matching.waiting import Waiting
from routing.queues.line import Line
from routing.queues.rules import Rules
from routing.supervision.listening import Ear, Listening
from routing.voicemail.model import Voicemail

ENDED_CALLS_KEPT = 1_000  # a repeated report is minutes old at most; at one call a second this is a quarter of an hour


class Bond(NamedTuple):
    """An agent of `home` is engaged with a call of `client`: the two cannot be decided on apart."""

    home: TenantId
    client: TenantId


class Snapshot(msgspec.Struct, frozen=True, kw_only=True):
    """What one tenant's log tells, as it is stored: without indexes, in a fixed order."""

    agents: tuple[Agent, ...]
    calls: tuple[Call, ...]
    ended: tuple[CallId, ...]
    remembered: Remembered = Remembered()
    callbacks: tuple[Callback, ...] = ()
    messages: tuple[Voicemail, ...] = ()
    ears: tuple[tuple[UserId, Ear], ...] = ()


class RoutingState:
    """Owned by one task; `apply` alone changes it, and a trial takes its changes back."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._agents: dict[UserId, Agent] = {}
        self._calls: dict[CallId, Call] = {}
        self._ended: dict[TenantId, dict[CallId, None]] = defaultdict(dict)
        self.waiting = Waiting(rules.matching)
        self.available = Available(rules.matching)
        self.pacing = Pacing(rules.matching)
        self._memories: dict[TenantId, Memory] = defaultdict(Memory)
        self._gone: dict[CallId, Call] = {}  # ended by an event that `remember` has not been told of
        self._logged_in: AgentSet = NOBODY
        self._dues = Dues()
        self._matched_until: datetime | None = None
        self.deadlines = Deadlines()
        self.lines = LineBook()
        self._present: dict[TenantId, Line[tuple[datetime, CallId]]] = defaultdict(Line)
        self._trial: Trial | None = None
        self.flows = Standings()
        self.book = FlowBook()
        self._absent: set[tuple[TenantId, str]] = set()
        self.callbacks = Book()
        self._promised: dict[CallbackId, QueueId] = {}  # those in line
        self._promises: Counter[QueueId] = Counter()
        self.messages = MessageLine(rules)
        self.listening = Listening()
        self.consultations: dict[UserId, CallId] = {}  # calls by the colleagues who were asked into them
        self.beside: dict[CallId, CallId] = {}  # the calls beside which agents' telephones consult, by the others

    # --- reading ---

    def is_absent(self, tenant: TenantId, phone: str) -> bool:
        """Whether a telephone, by its user name, told that it is not registered any more.

        Not part of the log: after a start all are taken for present, and who is not turns out so when it is dialled.
        """
        return (tenant, phone) in self._absent

    def note_phone(self, tenant: TenantId, phone: str, *, registered: bool) -> None:
        if registered:
            self._absent.discard((tenant, phone))
        else:
            self._absent.add((tenant, phone))

    def agent(self, agent: UserId, home: TenantId | None = None) -> Agent:
        """Of whom nothing was heard yet: logged out, at the home that the directory tells, else at `home`."""
        known = self._agents.get(agent)
        if known is not None:
            return known
        return Agent(agent=agent, home=self.rules.home_of(agent) or home or self.rules.tenants[0])

    def call(self, call: CallId) -> Call | None:
        return self._calls.get(call)

    def has_ended(self, tenant: TenantId, call: CallId) -> bool:
        """Among the tenant's last ENDED_CALLS_KEPT."""
        return call in self._ended[tenant]

    @property
    def agents(self) -> Iterable[Agent]:
        return tuple(self._agents.values())

    @property
    def calls(self) -> Iterable[Call]:
        return tuple(self._calls.values())

    def present(self, tenant: TenantId) -> int:
        """How many calls the tenant has."""
        return len(self._present[tenant])

    def begun_since(self, tenant: TenantId, moment: datetime, enough: int) -> int:
        """How many of them began after `moment`; counting stops at `enough`."""
        calls = self._present[tenant]
        youngest = (calls[len(calls) - 1 - place] for place in range(min(enough, len(calls))))
        return sum(1 for _ in takewhile(lambda key: key[0] > moment, youngest))

    @property
    def queues(self) -> set[QueueId]:
        """Those of the directory and those in which somebody waits."""
        return set(self.rules.queues) | set(self.waiting.queues)

    @property
    def bonds(self) -> set[Bond]:
        """Told from either side, so that each alone knows that the other is needed."""
        of_agents = {Bond(agent.home, agent.host) for agent in self._agents.values() if agent.host is not None}
        homes = {(home, call.tenant) for call in self._calls.values() for home in _homes_of(call)}
        return of_agents | {Bond(home, client) for home, client in homes if home != client}

    @property
    def decided_until(self) -> datetime | None:
        """When it was last decided on; None: not yet."""
        return self._matched_until

    @property
    def next_widening(self) -> datetime | None:
        """When a caller, or a message, is next accepted by more agents than at the last decision."""
        caller = self.waiting.next_widening(self._matched_until)
        message = self.messages.next_widening(self._matched_until)
        return min(caller, message) if caller is not None and message is not None else caller or message

    @property
    def next_due(self) -> datetime | None:
        """When a caller who waits is next to be told something, or to go elsewhere."""
        return self._dues.next(self._matched_until)

    def memory(self, tenant: TenantId) -> Memory:
        return self._memories[tenant]

    def holding(self, queue: QueueId) -> int:
        """How many callers wait in the queue with their telephones at their ears: callbacks in its line do not."""
        return self.waiting.count(queue) - self._promises[queue]

    def logged_in(self, queue: QueueId) -> int:
        """How many who serve the queue are logged in."""
        return (self._logged_in & self.rules.matching.people.serving(queue)).bit_count()

    # --- changing ---

    def put_agent(self, agent: Agent) -> None:
        former = self._agents.get(agent.agent)
        if self._trial is not None:
            self._trial.agents.setdefault(agent.agent, former)
        self._replace_agent(agent.agent, former, agent)

    def put_call(self, call: Call) -> None:
        former = self._calls.get(call.call)
        if self._trial is not None:
            self._trial.calls.setdefault(call.call, former)
        self._replace_call(call.call, former, call)

    def end_call(self, call: Call) -> None:
        if self._trial is not None:
            self._trial.calls.setdefault(call.call, call)
        self._replace_call(call.call, call, None)
        self._gone[call.call] = call
        self._ended[call.tenant][call.call] = None
        if self._trial is not None:
            self._trial.ended.append(call)
        else:
            self._forget_oldest((call,))

    def put_callback(self, name: CallbackId, callback: Callback | None) -> None:
        """None: it has ended."""
        if self._trial is not None:
            self._trial.callbacks.setdefault(name, self.callbacks.get(name))
        self._replace_callback(name, callback)

    def put_message(self, name: VoicemailId, message: Voicemail | None) -> None:
        """None: it is done."""
        if self._trial is not None:
            self._trial.messages.setdefault(name, self.messages.get(name))
        self.messages.put(name, message)

    def put_ear(self, supervisor: UserId, ear: Ear | None) -> None:
        """None: they take part in no call."""
        if self._trial is not None:
            self._trial.ears.setdefault(supervisor, self.listening.ear(supervisor))
        self.listening.put(supervisor, ear)

    def adopt(self, rules: Rules) -> None:
        """Another directory: who serves which queue is told anew."""
        self.rules = rules
        self.waiting, self.available = Waiting(rules.matching), Available(rules.matching)
        self._promised, self._promises = {}, Counter()
        self._dues, self._logged_in = Dues(), NOBODY
        for agent in self._agents.values():
            self._stand_available(agent)
            self._count_logged_in(agent)
        for call in self._calls.values():
            self._wait(None, call)
            self._dues.add(call, rules.waiting(call.queue))
        self.pacing.adopt(rules.matching, self._at_work())
        for callback in self.callbacks:
            self._replace_callback(callback.callback, callback)
        self.messages.adopt(rules)

    def remember(self, event: LogEvent) -> None:
        """What stands, beside the state: told of every event once, after it was applied and kept."""
        call = getattr(event, "call", None)
        known = None if call is None else self._calls.get(call) or self._gone.get(call)
        self._memories[event.tenant].follow(event, known)
        self.pacing.follow(event)
        if isinstance(event, CallEnded):
            self._gone.pop(event.call, None)

    def matched(self, until: datetime) -> None:
        """Nobody waits at that time whom an available agent fits."""
        self._matched_until = until

    # --- trying ---

    def trial(self) -> Trial:
        """What is applied inside is taken back at the end unless it is kept: a decision sees its own consequences."""
        self._trial = Trial(self._end_trial)
        return self._trial

    def _end_trial(self, trial: Trial) -> None:
        self._trial = None
        if trial.kept:
            self.flows.keep()
            self._forget_oldest(trial.ended)
        else:
            self._take_back(trial)
            self.flows.take_back()

    def _take_back(self, trial: Trial) -> None:
        for agent, former in trial.agents.items():
            self._replace_agent(agent, self._agents.get(agent), former)
        for call, was in trial.calls.items():
            self._replace_call(call, self._calls.get(call), was)
        for ended in trial.ended:
            del self._gone[ended.call]
            del self._ended[ended.tenant][ended.call]
        for name, callback in trial.callbacks.items():
            self._replace_callback(name, callback)
        for message, content in trial.messages.items():
            self.messages.put(message, content)
        for supervisor, ear in trial.ears.items():
            self.listening.put(supervisor, ear)

    def _forget_oldest(self, calls: Iterable[Call]) -> None:
        for call in calls:
            ended = self._ended[call.tenant]
            if len(ended) > ENDED_CALLS_KEPT:
                del ended[next(iter(ended))]

    def changed_calls(self) -> Sequence[CallId]:
        """Those that the trial has touched so far."""
        return () if self._trial is None else tuple(self._trial.calls)

    def stirred(self, now: datetime) -> set[QueueId]:
        """Queues in which a caller or an agent may have become free for a match, by the trial or by time."""
        if self._trial is None:
            return set()
        queues = self.waiting.widened(self._matched_until, now)
        for call in map(self._calls.get, self._trial.calls):
            if call is not None and call.phase is CallPhase.QUEUED and call.queue is not None:
                queues.add(call.queue)
        queues.update(one.queue for one in map(self.callbacks.get, self._trial.callbacks) if one is not None)
        for agent in map(self._agents.get, self._trial.agents):
            if agent is not None and _is_available(agent):
                queues.update(self.rules.queues_of(agent.agent))
        return queues

    def restless(self, now: datetime) -> set[CallId]:
        """Calls that the trial has touched, and those for which something has become due."""
        touched: set[CallId] = set() if self._trial is None else set(self._trial.calls)
        return touched | set(self._dues.between(self._matched_until, now))

    def has_come(self, call: Call) -> bool:
        """Whether the trial has brought the call into its queue."""
        if self._trial is None or call.call not in self._trial.calls:
            return False
        former = self._trial.calls[call.call]
        return former is None or former.since is None or former.queue != call.queue

    def is_new(self, call: Call) -> bool:
        """Whether the trial has brought the call into the first queue of all."""
        former = None if self._trial is None else self._trial.calls.get(call.call)
        return self.has_come(call) and (former is None or former.since is None)

    def deserted(self) -> set[QueueId]:
        """Queues that the last agent has left by the trial."""
        touched = () if self._trial is None else self._trial.agents
        gone = [name for name in touched if self.agent(name).state is AgentState.LOGGED_OUT]
        return {queue for name in gone for queue in self.rules.queues_of(name) if not self.logged_in(queue)}

    # --- keeping ---

    def snapshot(self, tenant: TenantId) -> Snapshot:
        agents = [agent for agent in self._agents.values() if agent.home == tenant]
        calls = [call for call in self._calls.values() if call.tenant == tenant]
        return Snapshot(
            agents=tuple(sorted(agents, key=lambda agent: agent.agent)),
            calls=tuple(sorted(calls, key=lambda call: call.call)),
            ended=tuple(self._ended[tenant]),
            remembered=self._memories[tenant].snapshot(),
            callbacks=tuple(sorted(self.callbacks.of(tenant), key=lambda callback: callback.callback)),
            messages=tuple(message for message in self.messages if message.tenant == tenant),
            ears=tuple(sorted((name, ear) for name, ear in self.listening.ears.items() if ear.tenant == tenant)),
        )

    def paces(self, tenant: TenantId) -> tuple[QueuePace, ...]:
        """Beside the snapshot, for they follow from the logs of all tenants of the floor."""
        return self.pacing.snapshot(frozenset(self.rules.waiting_of(tenant)))

    def restore(self, tenant: TenantId, snapshot: Snapshot, paces: tuple[QueuePace, ...] = ()) -> None:
        """Into a state that knows nothing of the tenant yet."""
        for agent in snapshot.agents:
            self.put_agent(agent)
        for call in snapshot.calls:
            self.put_call(call)
        self._ended[tenant].update(dict.fromkeys(snapshot.ended))
        self._memories[tenant].restore(snapshot.remembered)
        self.pacing.restore(paces, self._at_work())
        for call in snapshot.calls:
            if call.phase is CallPhase.QUEUED and call.queue is not None:
                self.pacing.wait_on(call.call, call.queue, call.phase_at)
        for callback in snapshot.callbacks:
            self.put_callback(callback.callback, callback)
        for message in snapshot.messages:
            self.put_message(message.voicemail, message)
        for supervisor, ear in snapshot.ears:
            self.put_ear(supervisor, ear)

    def _at_work(self) -> AgentSet:
        people = self.rules.matching.people
        working = NOBODY
        for agent in self._agents.values():
            if agent.state in AT_WORK:
                working |= people.one(agent.agent)
        return working

    # --- indexes ---

    def _replace_agent(self, name: UserId, former: Agent | None, agent: Agent | None) -> None:
        if former is not None:
            self.available.discard(name)
        self.deadlines.change(deadlines.of_agent(former), deadlines.of_agent(agent))
        self.lines.change(former, agent)
        if agent is None:
            self._agents.pop(name, None)
            self._logged_in &= ~self.rules.matching.people.one(name)
            return
        self._agents[name] = agent
        self._count_logged_in(agent)
        self._stand_available(agent)

    def _replace_call(self, name: CallId, former: Call | None, call: Call | None) -> None:
        """Each index is touched only where its key changes."""
        if call is None:
            self._calls.pop(name, None)
            self._hung_up(name)
        else:
            self._calls[name] = call
        self._wait(former, call)
        self._consult(former, call)
        if _waits_for(former) != _waits_for(call):
            self._dues.discard(former, self.rules.waiting(None if former is None else former.queue))
            self._dues.add(call, self.rules.waiting(None if call is None else call.queue))
        self.deadlines.change(deadlines.of_call(former), deadlines.of_call(call))
        if former is not None and (call is None or call.offered_at != former.offered_at):
            self._present[former.tenant].discard((former.offered_at, name))
        if call is not None and (former is None or call.offered_at != former.offered_at):
            self._present[call.tenant].add((call.offered_at, name))

    def _consult(self, former: Call | None, call: Call | None) -> None:
        if former is not None and former.consults is not None:
            self.beside.pop(former.call, None)
        if call is not None and call.consults is not None:
            self.beside[call.call] = call.consults
        if former is not None and former.colleague is not None:
            self.consultations.pop(former.colleague.agent, None)
        if call is not None and call.colleague is not None:
            self.consultations[call.colleague.agent] = call.call

    def _wait(self, former: Call | None, call: Call | None) -> None:
        before, after = _caller_of(former), _caller_of(call)
        if before is not None and after is None:
            self.waiting.discard(before.call)
        elif after is not None and before != after:
            self.waiting.add(after)

    def _count_logged_in(self, agent: Agent) -> None:
        bit = self.rules.matching.people.one(agent.agent)
        if agent.state is AgentState.LOGGED_OUT:
            self._logged_in &= ~bit
        else:
            self._logged_in |= bit

    def _hung_up(self, call: CallId) -> None:
        """Who asked for a callback in this call can be rung now."""
        callback = self.callbacks.of_origin(call)
        if callback is not None:
            self.put_callback(callback.callback, callback)

    def _replace_callback(self, name: CallbackId, callback: Callback | None) -> None:
        """One that waits stands among the callers of its queue, at its place; who is still on the line is not rung."""
        self.callbacks.put(name, callback)
        caller = None if callback is None or callback.origin in self._calls else callback.caller
        former = self._promised.pop(name, None)
        if former is not None:
            self._promises[former] -= 1
        if caller is None:
            self.waiting.discard(in_line(name))
            return
        self.waiting.add(caller)
        self._promised[name] = caller.queue
        self._promises[caller.queue] += 1

    def _stand_available(self, agent: Agent) -> None:
        if _is_available(agent) and agent.idle_since is not None:
            tally = agent.tally
            idle = Idle(agent.agent, agent.idle_since, tally.calls, tally.occupancy, tally.offered_at)
            self.available.add(idle)


def _homes_of(call: Call) -> Iterable[TenantId]:
    """Where those sit who have the call, or are asked into it."""
    if call.agent is not None and call.guest_of is not None:
        yield call.guest_of
    if call.colleague is not None:
        yield call.colleague.home


def _is_available(agent: Agent) -> bool:
    return agent.state is AgentState.AVAILABLE and agent.reachable


def _waits_for(call: Call | None) -> tuple[QueueId | None, Heard | None] | None:
    """What the times of its messages and limits hang on."""
    return (call.queue, call.heard) if call is not None and call.phase is CallPhase.QUEUED else None


def _caller_of(call: Call | None) -> Caller | None:
    if call is None or call.phase is not CallPhase.QUEUED or call.queue is None or call.since is None:
        return None
    return Caller(call.call, call.queue, call.since, call.priority, call.needs, call.preferred)
