"""Who takes part in which call: decisions as events and commands, told what agents and calls do.

A supervisor hears one call at a time, is not ready meanwhile so that no caller is offered to them, and is let go by
the call's end. Who works by a telephone is rung first, and takes part from its answer on. Everything is in the log:
who heard whom, how, and for how long.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple, TypedDict

from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.parties import PartyAddress
from kernel.contracts.supervision import (
    LeaveSupervision,
    Manner,
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
from routing.supervision.machine import ASKED, MANNERS, PARTS, Input, Part, step

AT_ONCE = 3  # a trainer, a team lead and quality; more would be an audience


class Ring(NamedTuple):
    """The telephone that is called for a supervisor, what it is called in the call, and until when."""

    to: PartyAddress
    party: str
    until: datetime
    takes_over: bool = False


class Ear(NamedTuple):
    """`since`: when they began to hear. `wanted`: how, when their telephone is answered, which rings `until` then."""

    call: CallId
    tenant: TenantId
    part: Part
    agent: UserId | None  # who talks with the caller
    since: datetime | None = None
    telephone: PartyAddress | None = None
    wanted: Part = Part.NONE
    until: datetime | None = None
    takes_over: bool = False


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

    @property
    def next_timer(self) -> datetime | None:
        """When the first telephone has rung long enough."""
        return min((ear.until for ear in self._ears.values() if ear.until is not None), default=None)

    def apply(self, event: SupervisionChanged) -> None:
        self.put(event.supervisor, ear_after(self.ear(event.supervisor), event))

    def put(self, supervisor: UserId, ear: Ear | None) -> None:
        if ear is None:
            self._ears.pop(supervisor, None)
        else:
            self._ears[supervisor] = ear


def ear_after(former: Ear | None, event: SupervisionChanged) -> Ear | None:
    if event.manner is None:
        return None
    part, ear = PARTS[event.manner], Ear(event.call, event.tenant, Part.RINGING, event.agent, None, event.telephone)
    if event.rings_until is not None:
        return ear._replace(wanted=part, until=event.rings_until, takes_over=event.takes_over)
    same = former is not None and former.call == event.call and former.since is not None
    return ear._replace(part=part, since=former.since if former is not None and same else event.at)


# --- asked for ---


def supervise(
    listening: Listening,
    supervisor: Agent,
    act: Supervise,
    call: Call | None,
    moment: Moment,
    ring: Ring | None = None,
) -> Ruling:
    """`call` is the tenant's, or None; with `ring` a telephone is called first.

    CallGone, CallNotConnected, SupervisorBusy, SupervisorsFull.
    """
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
        left = leave(supervisor.agent, former, moment)
        former = None
    ear = Ear(call.call, call.tenant, Part.NONE, call.agent) if former is None else former
    wanted = step(Part.NONE, ASKED[act.manner])
    if ring is not None and ear.part in {Part.NONE, Part.RINGING}:
        known = (ear.wanted, ear.takes_over) == (wanted, ring.takes_over)
        return left if known else _joined(left, _ring(supervisor, ear._replace(wanted=wanted), ring, moment))
    part = step(ear.part, ASKED[act.manner])
    if part is ear.part:
        return left
    return _joined(left, _take_part(supervisor, ear._replace(part=part, agent=call.agent), moment))


def stop(listening: Listening, supervisor: UserId, act: StopSupervising, moment: Moment) -> Ruling:
    ear = listening.ear(supervisor)
    return Ruling() if ear is None else leave(supervisor, ear, moment)


def _require_free(supervisor: Agent) -> None:
    if supervisor.state is not AgentState.NOT_READY or not supervisor.reachable:
        raise SupervisorBusy("Become not ready first: then no call is offered to you while you listen.")


# --- what becomes of their telephone ---


def answered(supervisor: Agent, ear: Ear, moment: Moment) -> Ruling:
    """Nothing where it rings for nobody any more."""
    if ear.part is not Part.RINGING:
        return Ruling()
    part = step(ear.part, ASKED[MANNERS[ear.wanted]])
    return _take_part(supervisor, ear._replace(part=part, until=None), moment)


def telephone_gone(supervisor: UserId, ear: Ear, moment: Moment) -> Ruling:
    return leave(supervisor, ear, moment) if step(ear.part, Input.TELEPHONE_GONE) is Part.NONE else Ruling()


def overdue(listening: Listening, moment: Moment) -> Ruling:
    """Who have not answered in time."""
    ruling = Ruling()
    for name, ear in sorted(listening.ears.items()):
        if ear.until is not None and ear.until <= moment.now:
            ruling = _joined(ruling, telephone_gone(name, ear, moment))
    return ruling


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
        return leave(name, ear, moment)
    return _take_part(supervisor, ear._replace(part=part, agent=call.agent), moment)


# --- told ---


def _stamp(ear: Ear, moment: Moment) -> Stamp:
    return Stamp(id=EventId(moment.ids.new()), tenant=ear.tenant, at=moment.now)


def _ring(supervisor: Agent, ear: Ear, ring: Ring, moment: Moment) -> Ruling:
    """While it rings another wish takes the place of the former: the same telephone rings on for it."""
    rings = ear.part is Part.RINGING
    event = SupervisionChanged(
        **_stamp(ear, moment),
        call=ear.call,
        supervisor=supervisor.agent,
        agent=ear.agent,
        manner=MANNERS[ear.wanted],
        telephone=ear.telephone if rings else ring.to,
        rings_until=ear.until if rings else ring.until,
        takes_over=ring.takes_over,
    )
    if rings:
        return Ruling((event,))
    return Ruling((event,), (_command(supervisor, ear, MANNERS[ear.wanted], moment, ring),))


def _take_part(supervisor: Agent, ear: Ear, moment: Moment) -> Ruling:
    manner = MANNERS[ear.part]
    event = SupervisionChanged(
        **_stamp(ear, moment),
        call=ear.call,
        supervisor=supervisor.agent,
        agent=ear.agent,
        manner=manner,
        telephone=ear.telephone,
    )
    return Ruling((event,), (_command(supervisor, ear, manner, moment),))


def _command(supervisor: Agent, ear: Ear, manner: Manner, moment: Moment, ring: Ring | None = None) -> SuperviseCall:
    order = SuperviseCall(
        **_stamp(ear, moment), call=ear.call, supervisor=supervisor.agent, home=supervisor.home, manner=manner
    )
    return order if ring is None else replace(order, seat=ring.to, party=ring.party)


def leave(supervisor: UserId, ear: Ear, moment: Moment) -> Ruling:
    """They take part no more, and what rings for it stops."""
    event = SupervisionChanged(
        **_stamp(ear, moment), call=ear.call, supervisor=supervisor, agent=ear.agent, manner=None
    )
    return Ruling((event,), (LeaveSupervision(**_stamp(ear, moment), call=ear.call, supervisor=supervisor),))


def _joined(first: Ruling, then: Ruling) -> Ruling:
    return Ruling(first.events + then.events, first.commands + then.commands)
