"""A decision while it is made: events are applied as they are recorded, so that later steps see the earlier ones."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypedDict
from uuid import UUID

from kernel.contracts.calls import Actor
from kernel.contracts.log import LogEvent
from kernel.contracts.reconciling import DifferenceFound
from kernel.contracts.telephony import TelephonyCommand
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, EventId, Ids, TenantId, UserId
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import FlowErrand
from routing.acd.fold import fold
from routing.acd.state import RoutingState


class Stamp(TypedDict):
    """What every message carries."""

    id: EventId
    tenant: TenantId
    at: datetime


class Decision(NamedTuple):
    """To be committed together, then applied; `refusal` is raised afterwards, for the log tells of it."""

    events: tuple[LogEvent, ...]
    commands: tuple[TelephonyCommand, ...]
    refusal: CordboardError | None = None
    standings: Mapping[CallId, Standing | None] = {}
    errands: tuple[FlowErrand, ...] = ()
    notes: tuple[DifferenceFound, ...] = ()


NOTHING = Decision((), ())
"""All is as it was."""


class Draft:
    """`acting` is the agent whose own wish is carried out, `forcing` the supervisor and the agent whom they mean; all
    that happens to others is the system's doing."""

    def __init__(self, state: RoutingState, now: datetime, ids: Ids) -> None:
        self.state = state
        self.now = now
        self.acting: UserId | None = None
        self.forcing: tuple[UserId, UserId] | None = None
        self.ids = ids
        self._events: list[LogEvent] = []
        self._commands: list[TelephonyCommand] = []
        self._errands: list[FlowErrand] = []
        self._notes: list[DifferenceFound] = []
        self.refusal: CordboardError | None = None

    @property
    def is_blank(self) -> bool:
        """Whether nothing has been decided so far."""
        if self._events or self._commands or self._errands or self._notes or self.refusal is not None:
            return False
        return not self.state.flows.touched

    @property
    def decision(self) -> Decision:
        standings = self.state.flows.changes
        events, commands, errands = tuple(self._events), tuple(self._commands), tuple(self._errands)
        return Decision(events, commands, self.refusal, standings, errands, tuple(self._notes))

    @property
    def told(self) -> int:
        """How many events there are so far."""
        return len(self._events)

    def since(self, told: int) -> tuple[LogEvent, ...]:
        """The events after so many."""
        return tuple(self._events[told:])

    def fresh(self) -> UUID:
        return self.ids.new()

    def stamp(self, tenant: TenantId, at: datetime | None = None) -> Stamp:
        """Calls are told in their tenant's name, agents in their home's."""
        return Stamp(id=EventId(self.ids.new()), tenant=tenant, at=at or self.now)

    def actor(self, agent: UserId) -> Actor:
        if self.supervisor(agent) is not None:
            return Actor.SUPERVISOR
        return Actor.AGENT if agent == self.acting else Actor.SYSTEM

    def supervisor(self, agent: UserId) -> UserId | None:
        """Whose act changes this agent's state."""
        return self.forcing[0] if self.forcing is not None and self.forcing[1] == agent else None

    @property
    def asker(self) -> UserId | None:
        """Whose wish is carried out."""
        return self.acting if self.forcing is None else self.forcing[0]

    def record(self, event: LogEvent) -> None:
        self._events.append(event)
        fold(self.state, event)

    def run(self, errand: FlowErrand) -> None:
        self._errands.append(errand)

    def tell(self, note: DifferenceFound) -> None:
        """For the audit."""
        self._notes.append(note)

    def send(self, command: TelephonyCommand) -> None:
        self._commands.append(command)
