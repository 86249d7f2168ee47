"""What alerts make of the live state: raised until cleared."""

from insight.kpi.state import Changes, FoldState, LiveAlert
from kernel.contracts.log import AlertCleared, AlertRaised


def alert_raised(state: FoldState, event: AlertRaised, changes: Changes) -> None:
    state.alerts[event.rule] = LiveAlert(
        rule=event.rule,
        name=event.name,
        measure=event.measure,
        queue=event.queue,
        side=event.side,
        limit=event.limit,
        value=event.value,
        begun=event.begun,
        raised=event.at,
    )
    changes.alerts = True


def alert_cleared(state: FoldState, event: AlertCleared, changes: Changes) -> None:
    changes.alerts = state.alerts.pop(event.rule, None) is not None or changes.alerts
