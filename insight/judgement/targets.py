"""Which target holds for an indicator at a place: what a tenant set, else the trade's default."""

from collections.abc import Iterable
from uuid import UUID

import msgspec

from insight.kpi.indicators import BY_KEY, Level
from insight.kpi.targets import Target


class TargetEntry(msgspec.Struct, frozen=True, kw_only=True):
    """`scope` None: for every one of that level; `level` None too: wherever nothing nearer is set.

    A `target` without limits takes the default away.
    """

    key: str
    target: Target
    level: Level | None = None
    scope: UUID | None = None


class TargetBook:
    """The nearest wins: the place's own, then its level's, then the tenant's for all, then the default."""

    def __init__(self, entries: Iterable[TargetEntry] = (), currency: str = "") -> None:
        self._set = {(entry.key, entry.level, entry.scope): entry.target for entry in entries}
        self._currency = currency

    def find(self, key: str, level: Level, scope: UUID) -> Target | None:
        """None: no target, or one in another currency than the tenant's."""
        for place in ((key, level, scope), (key, level, None), (key, None, None)):
            if place in self._set:
                return self._usable(self._set[place])
        indicator = BY_KEY.get(key)
        return None if indicator is None else self._usable(indicator.range)

    def _usable(self, target: Target | None) -> Target | None:
        if target is None or (target.low is None and target.high is None):
            return None
        return target if target.currency in ("", self._currency) else None
