"""Where calls are in their flows: beside the log, for it holds what callers enter; kept for as long as it lasts."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime

import msgspec

from kernel.primitives.ids import CallId, TenantId, UserId
from routing.acd.flow_book import VersionName
from routing.acd.flow_words import Errand
from routing.flows.run.position import Position
from routing.queues.line import Line


class Standing(msgspec.Struct, frozen=True, kw_only=True):
    """`limit` is when the caller has waited long enough in the queue; `party` is who is being called for the caller;
    `agent` is whose desk rings for them.

    `owed` was asked of others who may not have heard it: it is asked again after a restart.
    """

    call: CallId
    tenant: TenantId
    position: Position
    limit: datetime | None = None
    party: str = ""
    agent: UserId | None = None
    owed: tuple[Errand, ...] = ()

    @property
    def deadline(self) -> datetime | None:
        return min((at for at in (self.position.deadline, self.limit) if at is not None), default=None)

    @property
    def version(self) -> VersionName:
        return VersionName(self.position.flow, self.position.version)


class Standings:
    """`changed` is what a decision has touched, as it was before, until it is kept or taken back."""

    def __init__(self) -> None:
        self._standings: dict[CallId, Standing] = {}
        self._deadlines: Line[tuple[datetime, CallId]] = Line()
        self._former: dict[CallId, Standing | None] = {}

    def of(self, call: CallId) -> Standing | None:
        return self._standings.get(call)

    def __iter__(self) -> Iterator[Standing]:
        return iter(tuple(self._standings.values()))

    def __len__(self) -> int:
        return len(self._standings)

    @property
    def first(self) -> tuple[datetime, CallId] | None:
        """Whose time comes next."""
        return self._deadlines[0] if self._deadlines else None

    def used(self, tenant: TenantId) -> set[VersionName]:
        return {one.version for one in self._standings.values() if one.tenant == tenant}

    # --- changing ---

    def put(self, standing: Standing) -> None:
        self._replace(standing.call, standing)

    def remove(self, call: CallId) -> None:
        self._replace(call, None)

    def restore(self, standings: Iterable[Standing]) -> None:
        """Those that were saved; nothing of it is a change."""
        for standing in standings:
            self.put(standing)
        self.keep()

    def _replace(self, call: CallId, standing: Standing | None) -> None:
        former = self._standings.pop(call, None)
        self._former.setdefault(call, former)
        if former is not None and former.deadline is not None:
            self._deadlines.discard((former.deadline, call))
        if standing is not None:
            self._standings[call] = standing
            if standing.deadline is not None:
                self._deadlines.add((standing.deadline, call))

    # --- trying ---

    @property
    def touched(self) -> Iterable[CallId]:
        return tuple(self._former)

    @property
    def changes(self) -> Mapping[CallId, Standing | None]:
        """What a commit has to write; None: nothing is kept of the call any more."""
        if not self._former:
            return {}
        present = {call: self._standings.get(call) for call in self._former}
        return {call: now for call, now in present.items() if now != self._former[call]}

    def keep(self) -> None:
        self._former.clear()

    def take_back(self) -> None:
        for call, former in tuple(self._former.items()):
            self._replace(call, former)
        self._former.clear()
