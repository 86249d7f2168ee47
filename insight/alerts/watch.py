"""All alerts of one tenant: fed with figures and the time, it says what was raised and what was cleared."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

import msgspec

from insight.alerts.machine import Alert, AlertRule, calm, next_moment, step
from insight.alerts.measures import Values

MAX_RULES = 200  # a tenant of 50 queues watches four figures of each; more are not looked at by anybody


class Notice(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody is to be told: of `value` beyond the limit, or that all is well again."""

    rule: AlertRule
    what: Literal["raised", "cleared"]
    at: datetime
    value: float | None
    alert: Alert  # of a cleared one: as it was while it was raised


class Watch:
    """ValueError for more than `MAX_RULES`, or two of one id."""

    def __init__(self, rules: Iterable[AlertRule], alerts: Mapping[UUID, Alert] | None = None) -> None:
        """`alerts` are those that were kept, by the id of their rule."""
        listed = list(rules)
        self._rules = {rule.id: rule for rule in listed}
        if len(self._rules) < len(listed) or len(listed) > MAX_RULES:
            raise ValueError(f"up to {MAX_RULES} alert rules of different ids")
        self._alerts = {key: alert for key, alert in (alerts or {}).items() if key in self._rules}

    @property
    def alerts(self) -> Mapping[UUID, Alert]:
        return dict(self._alerts)

    def judge(self, values: Values, now: datetime) -> Sequence[Notice]:
        """One look at all figures; the same look twice says nothing more. Figures that are not told are unknown."""
        return [notice for rule in self._rules.values() if (notice := self._judge(rule, values, now)) is not None]

    def _judge(self, rule: AlertRule, values: Values, now: datetime) -> Notice | None:
        before = self._alerts.get(rule.id) or calm(now)
        value = values.get((rule.measure, rule.queue))
        after = self._alerts[rule.id] = step(rule, before, value, now)
        if after.shown == before.shown:
            return None
        told = after if after.shown else before
        return Notice(rule=rule, what="raised" if after.shown else "cleared", at=now, value=value, alert=told)

    def shown(self, now: datetime) -> Sequence[tuple[AlertRule, Alert, float]]:
        """What is raised, oldest first, each with its age in seconds."""
        found = [(self._rules[key], alert) for key, alert in self._alerts.items() if alert.shown]
        aged = [(rule, alert, alert.age(now).total_seconds()) for rule, alert in found]
        return sorted(aged, key=lambda entry: (-entry[2], entry[0].id))

    @property
    def next_moment(self) -> datetime | None:
        """When to look again at the latest, though nothing happened."""
        moments = [next_moment(self._rules[key], alert) for key, alert in self._alerts.items()]
        return min((moment for moment in moments if moment is not None), default=None)

    def replace(self, rules: Iterable[AlertRule], now: datetime) -> "Watch":
        """With other rules: the alert of one that is as it was goes on, that of a changed one begins anew."""
        listed = list(rules)
        same = {rule.id for rule in listed if self._rules.get(rule.id) == rule}
        kept = {key: alert for key, alert in self._alerts.items() if key in same}
        return Watch(listed, kept | {rule.id: calm(now) for rule in listed if rule.id not in same})
