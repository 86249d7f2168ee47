"""What alerts make of the live state: raised until cleared, and looked after by somebody meanwhile."""

from datetime import datetime
from uuid import UUID

import msgspec

from insight.kpi.state import AlertEntry, Changes, FoldState, LiveAlert
from kernel.contracts.log import AlertAcknowledged, AlertCleared, AlertRaised


def alert_raised(state: FoldState, event: AlertRaised, changes: Changes) -> None:
    """A rule has one alert at a time: one that was never cleared is over now."""
    _over(state, event.rule, event.at, None, changes)
    state.alerts[event.rule] = alert = LiveAlert(
        rule=event.rule,
        name=event.name,
        measure=event.measure,
        queue=event.queue,
        side=event.side,
        limit=event.limit,
        value=event.value,
        begun=event.begun,
        raised=event.at,
        id=event.id,
    )
    _tell(alert, changes)


def alert_cleared(state: FoldState, event: AlertCleared, changes: Changes) -> None:
    _over(state, event.rule, event.at, event.worst, changes)


def alert_acknowledged(state: FoldState, event: AlertAcknowledged, changes: Changes) -> None:
    """The first one counts; nobody can look after what is over."""
    alert = state.alerts.get(event.rule)
    if alert is not None and alert.id == event.alert and alert.acknowledged_by is None:
        alert = msgspec.structs.replace(alert, acknowledged_by=event.by, acknowledged_at=event.at)
        state.alerts[event.rule] = alert
        _tell(alert, changes)


def _over(state: FoldState, rule: UUID, at: datetime, worst: float | None, changes: Changes) -> None:
    alert = state.alerts.pop(rule, None)
    if alert is not None:
        _tell(alert, changes, AlertEntry(alert=alert, cleared=at, worst=worst))


def _tell(alert: LiveAlert, changes: Changes, entry: AlertEntry | None = None) -> None:
    changes.alerts = True
    if alert.id is not None:
        changes.alert_entries[alert.id] = entry or AlertEntry(alert=alert)
