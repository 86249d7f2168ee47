"""Use cases: what is given, what is chosen, and the rules of alerts."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

import msgspec
from sqlalchemy.ext.asyncio import AsyncSession

from insight.alerts.machine import AlertRule
from insight.alerts.watch import MAX_RULES
from insight.given.contracts import Entry
from insight.kept.alerts import AlertFilter, AlertRepository
from insight.kept.given import KINDS, GivenRepository, Kind, kind_of
from insight.kept.rules import AlertRuleRepository, KeptRule
from insight.kept.settings import IndicatorSettings, KeptTarget, SettingsRepository
from insight.kpi.indicators import BY_KEY
from insight.kpi.state import AlertEntry
from kernel.contracts.base import TenantScope
from kernel.contracts.log import AlertAcknowledged
from kernel.primitives.errors import Conflict, InvalidInput, NotFound, RevisionMismatch
from kernel.primitives.ids import EventId, UserId

MOST_ENTRIES = 1_000  # of one request: a month of a large team's shifts in a few, and each is over in a second
MOST_TARGETS = 5_000  # two for each of the 2,014 agents of the largest centre
REPEAT_DAYS = (1, 30)  # a call after more than a month is about something else
CODES = 50  # as many as a queue has dispositions


class KeepingUnit(Protocol):
    """One transaction of one tenant by one actor, all of it at the moment `now`."""

    now: datetime

    @property
    def scope(self) -> TenantScope: ...

    @property
    def session(self) -> AsyncSession: ...

    def new_id(self) -> UUID: ...

    async def changed(self, action: str, subject: UUID, **detail: Any) -> None: ...

    async def audit(self, action: str, subject: UUID | None, **detail: Any) -> None: ...


class AlertOver(Conflict):
    code = "alert_over"
    title = "The alert is over"


class TooManyRules(Conflict):
    code = "too_many_alert_rules"
    title = "There are as many alert rules as anybody can look at"


class IndicatorKeeping:
    def __init__(self, unit: KeepingUnit) -> None:
        self._unit = unit
        self._given = GivenRepository(unit.session, unit.scope)
        self._settings = SettingsRepository(unit.session, unit.scope)
        self._rules = AlertRuleRepository(unit.session, unit.scope)
        self._alerts = AlertRepository(unit.session, unit.scope)

    # --- given ---

    async def give(self, entries: Sequence[Entry]) -> int:
        """How many were kept: of two under one id the last."""
        if not 0 < len(entries) <= MOST_ENTRIES:
            raise InvalidInput(f"Send 1 to {MOST_ENTRIES} entries at once.")
        kept = await self._given.put(entries)
        kinds = {kind: sum(kind_of(entry) == kind for entry in entries) for kind in KINDS}
        told = {kind: count for kind, count in kinds.items() if count}
        await self._unit.changed("given.put", self._unit.scope.tenant, **told)
        return kept

    async def given(
        self, kind: Kind, span: tuple[datetime, datetime], after: UUID | None, limit: int
    ) -> Sequence[Entry]:
        """That touch the span, by their ids."""
        return await self._given.page(kind, span, after, limit)

    async def take_back(self, kind: Kind, key: UUID) -> None:
        """NotFound."""
        if not await self._given.remove(kind, key):
            raise NotFound("There is no such entry.")
        await self._unit.changed("given.removed", key, kind=kind)

    # --- settings ---

    async def settings(self) -> IndicatorSettings:
        return await self._settings.get()

    async def choose(self, settings: IndicatorSettings, expected: int | None) -> IndicatorSettings:
        """RevisionMismatch, InvalidInput."""
        old = await self._settings.get(lock=True)
        if expected is not None and expected != old.revision:
            raise RevisionMismatch("Read the settings again, and change what is there now.")
        check_settings(settings)
        new = await self._settings.put(msgspec.structs.replace(settings, revision=old.revision))
        await self._unit.changed("indicator_settings.changed", self._unit.scope.tenant, targets=len(new.targets))
        return new

    # --- alerts ---

    async def alerts(self, before: UUID | None, limit: int, wanted: AlertFilter) -> Sequence[AlertEntry]:
        """Newest first."""
        return await self._alerts.page(before, limit, wanted)

    async def alert(self, key: UUID) -> AlertEntry:
        """NotFound."""
        found = await self._alerts.get(key)
        if found is None:
            raise NotFound("There is no such alert.")
        return found

    async def acknowledge(self, key: UUID, by: UserId) -> AlertAcknowledged | None:
        """What the log is to be told; None: somebody looks after it already. NotFound, AlertOver."""
        entry = await self.alert(key)
        if entry.cleared is not None:
            raise AlertOver("Nobody needs to look after it any more.")
        if entry.alert.acknowledged_by is not None:
            return None
        unit = self._unit
        await unit.audit("alert.acknowledged", key, name=entry.alert.name)
        return AlertAcknowledged(
            id=EventId(unit.new_id()),
            tenant=unit.scope.tenant,
            at=unit.now,
            rule=entry.alert.rule,
            alert=EventId(key),
            by=by,
        )

    # --- alert rules ---

    async def rules(self, after: UUID | None, limit: int) -> Sequence[KeptRule]:
        return await self._rules.page(after, limit)

    async def rule(self, key: UUID) -> KeptRule:
        """NotFound."""
        found = await self._rules.get(key)
        if found is None:
            raise NotFound("There is no such alert rule.")
        return found

    async def add_rule(self, fields: Mapping[str, Any]) -> KeptRule:
        """InvalidInput, TooManyRules."""
        if await self._rules.count() >= MAX_RULES:
            raise TooManyRules(f"Remove one of the {MAX_RULES} rules first.")
        kept = await self._rules.add(rule_of(self._unit.new_id(), fields))
        await self._unit.changed("alert_rule.created", kept.rule.id, name=kept.rule.name)
        return kept

    async def change_rule(self, key: UUID, changes: Mapping[str, Any], expected: int | None) -> KeptRule:
        """NotFound, RevisionMismatch, InvalidInput. What was raised for the former rule is cleared."""
        old = await self.rule(key)
        _require(old, expected)
        new = rule_of(key, {**msgspec.structs.asdict(old.rule), **changes})
        kept = await self._rules.change(KeptRule(rule=new, revision=old.revision))
        await self._unit.changed("alert_rule.changed", key, fields=sorted(changes))
        return kept

    async def remove_rule(self, key: UUID, expected: int | None) -> None:
        """NotFound, RevisionMismatch."""
        _require(await self.rule(key), expected)
        await self._rules.remove(key)
        await self._unit.changed("alert_rule.removed", key)


def _require(kept: KeptRule, expected: int | None) -> None:
    if expected is not None and expected != kept.revision:
        raise RevisionMismatch("Read the rule again, and change what is there now.")


def rule_of(key: UUID, fields: Mapping[str, Any]) -> AlertRule:
    """InvalidInput says what a rule must be."""
    whole: dict[str, Any] = {**fields, "id": key}
    try:
        return AlertRule(**whole)
    except ValueError as error:
        raise InvalidInput(f"{error}.") from error


def check_settings(settings: IndicatorSettings) -> None:
    """InvalidInput naming every wrong field."""
    wrong = [*_wrong_choices(settings), *_wrong_targets(settings.targets)]
    if wrong:
        told = "; ".join(f"{each['field']}: {each['detail']}" for each in wrong)
        raise InvalidInput(told, errors=wrong)


def _wrong_choices(settings: IndicatorSettings) -> list[dict[str, str]]:
    least, most = REPEAT_DAYS
    wrong: list[dict[str, str]] = []
    if not least <= settings.repeat_days <= most:
        wrong.append({"field": "repeat_days", "code": "out_of_range", "detail": f"{least} to {most}"})
    if not 0 < len(settings.resolving_codes) <= CODES or "" in settings.resolving_codes:
        wrong.append({"field": "resolving_codes", "code": "not_codes", "detail": f"1 to {CODES} wrap-up codes"})
    return wrong


def _wrong_targets(targets: Sequence[KeptTarget]) -> list[dict[str, str]]:
    if len(targets) > MOST_TARGETS:
        return [{"field": "targets", "code": "too_many", "detail": f"at most {MOST_TARGETS}"}]
    wrong: list[dict[str, str]] = []
    seen: set[tuple[str, str | None, UUID | None]] = set()
    for place, target in enumerate(targets):
        problem = _wrong_target(target)
        where = (target.key, target.level, target.scope)
        if problem is None and where in seen:
            problem = "twice", "one target for each indicator and place"
        seen.add(where)
        if problem is not None:
            wrong.append({"field": f"targets[{place}]", "code": problem[0], "detail": problem[1]})
    return wrong


def _wrong_target(target: KeptTarget) -> tuple[str, str] | None:
    """A code, and what would be right."""
    known = BY_KEY.get(target.key)
    if known is None:
        return "no_such_indicator", "the key of an indicator, as GET /v1/indicators/formulas lists them"
    if target.level is not None and target.level not in known.levels:
        return "not_at_this_level", f"one of {', '.join(known.levels)}"
    if target.scope is not None and (target.level is None or target.level == "tenant"):
        return "scope_without_level", "a scope needs the level queue, team or agent"
    if target.low is not None and target.high is not None and target.low > target.high:
        return "empty_range", "low is at most high"
    return None
