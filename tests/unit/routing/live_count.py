"""The live view kept up to date event by event, beside a recount: of routing's state, and of the log from zero."""

from collections.abc import Iterable, Sequence
from datetime import UTC
from typing import Any

from insight.kpi.live import LiveView
from insight.kpi.promises import PromiseState
from insight.kpi.state import FoldState
from kernel.contracts.calls import AgentState
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import LogEvent, Logged
from kernel.primitives.ids import TenantId
from routing.acd.state import RoutingState
from routing.agents.model import Agent
from routing.callbacks.machine import Phase as CallbackPhase
from routing.calls.model import CallPhase
from routing.voicemail.machine import Phase as MessagePhase
from tests.unit.insight.ledger import Ledger, recount

Shown = dict[str, dict[Any, Any]]
"""What people are shown of a tenant, by its part."""

PROMISED = {
    CallbackPhase.SCHEDULED: PromiseState.OPEN,
    CallbackPhase.WAITING: PromiseState.OPEN,
    CallbackPhase.RESERVED: PromiseState.OFFERED,
    CallbackPhase.DIALLING: PromiseState.DIALLING,
    CallbackPhase.CONNECTED: PromiseState.CONNECTED,
}
IN_LINE = {CallPhase.QUEUED, CallPhase.OFFERED}
ON_CALLS = {AgentState.CONNECTED, AgentState.WRAP_UP}


class LiveCount:
    """Of each tenant of a floor."""

    def __init__(self, tenants: Iterable[TenantId]) -> None:
        self.views = {tenant: LiveView(UTC) for tenant in tenants}
        self.ledgers = {tenant: Ledger() for tenant in self.views}
        self.logs: dict[TenantId, list[Logged]] = {tenant: [] for tenant in self.views}
        self.read = 0

    def follow(self, log: Sequence[LogEvent]) -> None:
        for event in log[self.read :]:
            mine = self.logs[event.tenant]
            mine.append(Logged(sequence=len(mine) + 1, event=event))
            self.ledgers[event.tenant].feed(self.views[event.tenant], mine[-1:])
        self.read = len(log)

    def reopen(self) -> None:
        """As after a restart: what was kept is read again, and the last entries come once more."""
        for tenant, view in self.views.items():
            self.views[tenant] = LiveView(UTC, unpack(pack(view.state), FoldState))
            self.ledgers[tenant].feed(self.views[tenant], self.logs[tenant][-3:])

    def check(self, state: RoutingState) -> None:
        """At every step: what is shown is what routing knows."""
        for tenant, view in self.views.items():
            seen, so = shown(view.state, tenant), known(state, tenant)
            for part, what in so.items():
                assert seen[part] == what, f"{part} of {tenant}: {seen[part]}, but it is {what}"

    def check_recount(self) -> None:
        """The same bytes, views and tables, as of the whole log read from its first entry."""
        for tenant, view in self.views.items():
            fresh, ledger = recount(self.logs[tenant])
            assert pack(view.state) == pack(fresh.state)
            assert self.ledgers[tenant].written() == ledger.written()


def shown(view: FoldState, tenant: TenantId) -> Shown:
    present = [call for call in view.calls.values() if call.ended_at is None]
    return {
        "calls": {call.call: call.direction for call in present},
        "lines": {queue: line for queue, line in view.waiting.items() if line},
        "offers": {offer.offer: (offer.call, offer.queue, offer.agent) for offer in view.offers.values()},
        "agents": {
            one.agent: (one.state, one.reason, one.until, one.requested, one.requested_reason, one.reachable)
            for one in view.agents.values()
            if one.home is None and (one.state is not AgentState.LOGGED_OUT or one.reachable)
        },
        "guests": {
            one.agent: (one.state, one.until)
            for one in view.agents.values()
            if one.home is not None and one.state is not AgentState.LOGGED_OUT
        },
        "on calls": {
            one.agent: one.call
            for one in view.agents.values()
            if one.state in ON_CALLS and one.client in (None, tenant) and one.call is not None
        },
        "asked": dict(view.asked),
        "promises": {one.callback: (one.queue, one.number, one.state, one.taker) for one in view.promises.values()},
        "messages": {name: (one.queue, one.taken, one.overdue) for name, one in view.messages.items()},
        "ears": {name: (one.call, one.agent, one.manner.value) for name, one in view.ears.items()},
    }


def known(state: RoutingState, tenant: TenantId) -> Shown:
    calls = [call for call in state.calls if call.tenant == tenant]
    own = [agent for agent in state.agents if agent.home == tenant]
    guests = [agent for agent in state.agents if agent.host == tenant]
    lines: dict[Any, Any] = {}
    for call in calls:
        if call.phase in IN_LINE:
            lines.setdefault(call.queue, {})[call.call] = call.since
    return {
        "calls": {call.call: call.direction for call in calls},
        "lines": lines,
        "offers": {call.offer: (call.call, call.queue, call.agent) for call in calls if call.offer is not None},
        "agents": {
            one.agent: (one.state, one.reason, one.until, one.requested, one.requested_reason, one.reachable)
            for one in own
            if one.state is not AgentState.LOGGED_OUT or one.reachable
        },
        "guests": {one.agent: (one.state, one.until) for one in guests},
        "on calls": {one.agent: one.call for one in (*own, *guests) if _on_call_of(state, one, tenant)},
        "asked": {
            call.colleague.agent: call.call
            for call in calls
            if call.colleague is not None and call.colleague.since is None
        },
        "promises": {
            one.callback: (one.queue, one.number, PROMISED[one.phase], one.taker) for one in state.callbacks.of(tenant)
        },
        "messages": {
            one.voicemail: (one.queue, one.phase is MessagePhase.TAKEN, one.overdue)
            for one in state.messages
            if one.tenant == tenant
        },
        "ears": {
            name: (ear.call, ear.agent, (ear.part if ear.until is None else ear.wanted).value)
            for name, ear in state.listening.ears.items()
            if ear.tenant == tenant
        },
    }


def _on_call_of(state: RoutingState, agent: Agent, tenant: TenantId) -> bool:
    """Whom they dial they do not talk with yet; at a message they are on no call."""
    if agent.call is None:
        return False
    call = state.call(agent.call)
    dials = call is not None and call.phase is CallPhase.DIALING
    return agent.state in ON_CALLS and agent.client in (None, tenant) and not dials
