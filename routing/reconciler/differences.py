"""The comparison: one picture → the differences in it, whether they are old or only on the way to be settled."""

from collections.abc import Callable, Iterator
from enum import StrEnum
from typing import NamedTuple

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, TenantId, UserId
from routing.calls.model import TALKING, CallPhase
from routing.reconciler.picture import AgentPart, CallPart, Picture


class Kind(StrEnum):
    PAST_END = "past_end"  # a timed state did not end by itself
    AGENT_WITHOUT_CALL = "agent_without_call"  # offered or connected, and the call is gone or another's
    CALL_WITHOUT_AGENT = "call_without_agent"  # it names an agent who has no part in it
    UNREACHABLE_AVAILABLE = "unreachable_available"  # would be offered calls, and cannot hear them
    CALL_WITHOUT_DIALOG = "call_without_dialog"  # a ghost: routing has it, the gateway does not
    DIALOG_WITHOUT_CALL = "dialog_without_call"  # somebody listens to nobody
    OTHER_AGENT = "other_agent"  # the gateway has joined the call with somebody else, or with nobody
    SOFTPHONE_UNKNOWN = "softphone_unknown"  # the gateway has it, routing does not know
    SOFTPHONE_GONE = "softphone_gone"  # the other way round
    DIALOG_WITHOUT_LEG = "dialog_without_leg"  # a call without sound
    LEG_WITHOUT_DIALOG = "leg_without_dialog"  # sound of a call that is over


class Difference(NamedTuple):
    """`state` is what it was found in: another one is another difference, whose age begins anew."""

    kind: Kind
    tenant: TenantId
    agent: UserId | None = None
    call: CallId | None = None
    leg: str | None = None
    state: str = ""

    @property
    def order(self) -> tuple[TenantId, str, str, str]:
        """Where it stands among others of its kind."""
        return self.tenant, str(self.agent), str(self.call), self.leg or ""


IN_CALL = {AgentState.OFFERED: frozenset({CallPhase.OFFERED}), AgentState.CONNECTED: TALKING | {CallPhase.DIALING}}
"""The phases in which a call may be that an agent in this state has."""


def compare(picture: Picture) -> list[Difference]:
    """In a fixed order; none where all sides agree."""
    return [found for look in _LOOKS for found in sorted(look(picture), key=lambda found: found.order)]


# --- routing by itself ---


def _past_end(picture: Picture) -> Iterator[Difference]:
    """A timer that belongs to no agent or call (a promised callback, a step of a flow) is told of by itself."""
    if picture.timer is None or picture.timer > picture.at:
        return
    found = False
    for name, agent in picture.agents.items():
        if agent.until is not None and agent.until <= picture.at:
            found = True
            yield Difference(Kind.PAST_END, agent.tenant, agent=name, state=_state_of(agent))
    for name, call in picture.calls.items():
        if call.until is not None and call.until <= picture.at:
            found = True
            yield Difference(Kind.PAST_END, call.tenant, call=name, state=call.phase)
    if not found:
        yield Difference(Kind.PAST_END, picture.tenants[0], state=f"{picture.timer}")


def _agents_in_calls(picture: Picture) -> Iterator[Difference]:
    for name, agent in picture.agents.items():
        if agent.state in IN_CALL and not agent.errand and not _has(picture, name, agent):
            yield Difference(Kind.AGENT_WITHOUT_CALL, agent.tenant, agent=name, call=agent.call, state=_state_of(agent))


def _has(picture: Picture, name: UserId, agent: AgentPart) -> bool:
    call = None if agent.call is None else picture.calls.get(agent.call)
    return call is not None and call.agent == name and call.phase in IN_CALL[agent.state]


def _calls_at_agents(picture: Picture) -> Iterator[Difference]:
    for name, call in picture.calls.items():
        agent = None if call.agent is None else picture.agents.get(call.agent)
        if call.agent is None:
            lonely = call.phase is CallPhase.OFFERED
        else:
            lonely = agent is None or agent.call != name or call.phase not in IN_CALL.get(agent.state, ())
        if lonely:
            yield Difference(Kind.CALL_WITHOUT_AGENT, call.tenant, agent=call.agent, call=name, state=call.phase)


def _available(picture: Picture) -> Iterator[Difference]:
    for name, agent in picture.agents.items():
        if agent.state is AgentState.AVAILABLE and not agent.reachable:
            yield Difference(Kind.UNREACHABLE_AVAILABLE, agent.tenant, agent=name, state=_state_of(agent))


def _state_of(agent: AgentPart) -> str:
    return f"{agent.state} {agent.call or ''} {agent.until or ''}".strip()


# --- routing and the gateway ---


def _ghosts(picture: Picture) -> Iterator[Difference]:
    if picture.holdings is None:
        return
    for name, call in picture.calls.items():
        if picture.dialog(name, call.tenant) is None:
            yield Difference(Kind.CALL_WITHOUT_DIALOG, call.tenant, call=name)
    for tenant in picture.tenants:
        for name, dialog in picture.holding(tenant).dialogs.items():
            if name not in picture.calls and not dialog.moving:
                yield Difference(Kind.DIALOG_WITHOUT_CALL, tenant, call=name)


def _joined(picture: Picture) -> Iterator[Difference]:
    """Of calls in conversation only: before, who is joined follows from what is played and rings."""
    for name, call in picture.calls.items():
        dialog = picture.dialog(name, call.tenant)
        if dialog is None or dialog.moving or dialog.agent == call.agent or not _talks(picture, call):
            continue
        state = f"{dialog.agent or 'nobody'}"
        yield Difference(Kind.OTHER_AGENT, call.tenant, agent=call.agent, call=name, state=state)


def _talks(picture: Picture, call: CallPart) -> bool:
    """By a softphone that carries sound; on hold they are not joined, and need not be."""
    agent = None if call.agent is None else picture.agents.get(call.agent)
    return call.phase is CallPhase.CONNECTED and agent is not None and agent.reachable and not agent.by_phone


def _softphones(picture: Picture) -> Iterator[Difference]:
    if picture.holdings is None:
        return
    for tenant in picture.tenants:
        for name in picture.holding(tenant).softphones:
            agent = picture.agents.get(name)
            if agent is None or (agent.tenant == tenant and not agent.reachable and not agent.telephone):
                yield Difference(Kind.SOFTPHONE_UNKNOWN, tenant, agent=name)
    for name, agent in picture.agents.items():
        if agent.reachable and not agent.telephone and name not in picture.holding(agent.tenant).softphones:
            yield Difference(Kind.SOFTPHONE_GONE, agent.tenant, agent=name)


# --- the gateway and the engine ---


def _silent(picture: Picture) -> Iterator[Difference]:
    legs = picture.legs
    if legs is None:
        return
    for tenant in picture.tenants:
        for name, dialog in picture.holding(tenant).dialogs.items():
            if dialog.leg is not None and dialog.leg not in legs and not dialog.moving:
                yield Difference(Kind.DIALOG_WITHOUT_LEG, tenant, call=name, leg=dialog.leg)


def _stray(picture: Picture) -> Iterator[Difference]:
    for tenant in picture.tenants:
        for leg, call in picture.holding(tenant).strays.items():
            yield Difference(Kind.LEG_WITHOUT_DIALOG, tenant, call=call, leg=leg)


_LOOKS: tuple[Callable[[Picture], Iterator[Difference]], ...] = (
    _past_end,
    _agents_in_calls,
    _calls_at_agents,
    _available,
    _ghosts,
    _joined,
    _softphones,
    _silent,
    _stray,
)
