"""Who takes part in which call: decisions as events and commands, told what agents and calls do.

A supervisor hears one call at a time, is not ready meanwhile so that no caller is offered to them, and is let go by
the call's end. Everything is in the log: who heard whom, how, and for how long.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypedDict

from kernel.contracts.calls import AgentState
from kernel.contracts.supervision import (
    LeaveSupervision,
    StopSupervising,
    Supervise,
    SuperviseCall,
    SupervisionChanged,
    SupervisionCommand,
)
from kernel.primitives.ids import CallId, EventId, Ids, TenantId, UserId
from routing.agents.model import Agent
from routing.calls.model import TALKING, Call
from routing.errors import CallGone, CallNotConnected, SupervisorBusy, SupervisorsFull
from routing.supervision.machine import ASKED, MANNERS, Input, Part, step

AT_ONCE = 3  # a trainer, a team lead and quality; more would be an audience


class Ear(NamedTuple):
    call: CallId
    tenant: TenantId
    part: Part
    agent: UserId | None  # who talks with the caller


class Ruling(NamedTuple):
    events: tuple[SupervisionChanged, ...] = ()
    commands: tuple[SupervisionCommand, ...] = ()


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime


class Moment(NamedTuple):
    now: datetime
    ids: Ids


class Listening:
    """A fold over SupervisionChanged."""

    def __init__(self) -> None:
        self._ears: dict[UserId, Ear] = {}

    def ear(self, supervisor: UserId) -> Ear | None:
        return self._ears.get(supervisor)

    def __bool__(self) -> bool:
        """Whether anybody takes part in a call."""
        return bool(self._ears)

    @property
    def ears(self) -> Mapping[UserId, Ear]:
        return dict(self._ears)

    def apply(self, event: SupervisionChanged) -> None:
        self.put(event.supervisor, ear_of(event))

    def put(self, supervisor: UserId, ear: Ear | None) -> None:
        if ear is None:
            self._ears.pop(supervisor, None)
        else:
            self._ears[supervisor] = ear


def ear_of(event: SupervisionChanged) -> Ear | None:
    if event.manner is None:
        return None
    return Ear(event.call, event.tenant, Part(event.manner.value), event.agent)


# --- asked for ---


def supervise(listening: Listening, supervisor: Agent, act: Supervise, call: Call | None, moment: Moment) -> Ruling:
    """`call` is the tenant's, or None. CallGone, CallNotConnected, SupervisorBusy, SupervisorsFull."""
    if call is None:
        raise CallGone("The call has ended.")
    _require_free(supervisor)
    if call.phase not in TALKING or call.agent == supervisor.agent:
        raise CallNotConnected("There is a conversation to take part in when caller and agent talk.")
    former = listening.ear(supervisor.agent)
    others = [name for name, ear in listening.ears.items() if ear.call == call.call and name != supervisor.agent]
    if len(others) >= AT_ONCE:
        raise SupervisorsFull(f"{AT_ONCE} take part in this call already.", allowed=AT_ONCE)
    left = Ruling()
    if former is not None and former.call != call.call:
        left = _leave(supervisor.agent, former, moment)
        former = None
    present = Part.NONE if former is None else former.part
    part = step(present, ASKED[act.manner])
    if part is present:
        return left
    ear = Ear(call.call, call.tenant, part, call.agent)
    return _joined(left, _take_part(supervisor, ear, moment))


def stop(listening: Listening, supervisor: UserId, act: StopSupervising, moment: Moment) -> Ruling:
    ear = listening.ear(supervisor)
    return Ruling() if ear is None else _leave(supervisor, ear, moment)


def _require_free(supervisor: Agent) -> None:
    if supervisor.state is not AgentState.NOT_READY or not supervisor.reachable:
        raise SupervisorBusy("Become not ready first: then no call is offered to you while you listen.")
    if supervisor.telephone:
        raise SupervisorBusy("Work in the browser to take part in a call: its sound does not go to telephones.")


# --- followed ---


def follow(
    listening: Listening, agents: Mapping[UserId, Agent], calls: Mapping[CallId, Call], moment: Moment
) -> Ruling:
    """After each decision: what calls and agents have become ends or changes who takes part."""
    ruling = Ruling()
    for name, ear in sorted(listening.ears.items()):
        supervisor = agents.get(name)
        for word in _happened(ear, supervisor, calls.get(ear.call)):
            ruling = _joined(ruling, _follow(name, supervisor, ear, (word, calls.get(ear.call)), moment))
            break
    return ruling


def _happened(ear: Ear, supervisor: Agent | None, call: Call | None) -> Iterable[Input]:
    """The weightiest first."""
    if call is None:
        yield Input.CALL_OVER
    if supervisor is None or supervisor.state is not AgentState.NOT_READY or not supervisor.reachable:
        yield Input.SUPERVISOR_AWAY
    if call is not None and call.agent != ear.agent:
        yield Input.AGENT_LEFT


def _follow(
    name: UserId, supervisor: Agent | None, ear: Ear, happened: tuple[Input, Call | None], moment: Moment
) -> Ruling:
    word, call = happened
    part = step(ear.part, word)
    if part is Part.NONE or supervisor is None or call is None:
        return _leave(name, ear, moment)
    return _take_part(supervisor, ear._replace(part=part, agent=call.agent), moment)


# --- told ---


def _stamp(ear: Ear, moment: Moment) -> Stamp:
    return Stamp(id=EventId(moment.ids.new()), tenant=ear.tenant, at=moment.now)


def _take_part(supervisor: Agent, ear: Ear, moment: Moment) -> Ruling:
    manner = MANNERS[ear.part]
    event = SupervisionChanged(
        **_stamp(ear, moment), call=ear.call, supervisor=supervisor.agent, agent=ear.agent, manner=manner
    )
    command = SuperviseCall(
        **_stamp(ear, moment), call=ear.call, supervisor=supervisor.agent, home=supervisor.home, manner=manner
    )
    return Ruling((event,), (command,))


def _leave(supervisor: UserId, ear: Ear, moment: Moment) -> Ruling:
    event = SupervisionChanged(
        **_stamp(ear, moment), call=ear.call, supervisor=supervisor, agent=ear.agent, manner=None
    )
    return Ruling((event,), (LeaveSupervision(**_stamp(ear, moment), call=ear.call, supervisor=supervisor),))


def _joined(first: Ruling, then: Ruling) -> Ruling:
    return Ruling(first.events + then.events, first.commands + then.commands)
