"""Examples of bodies about indicators: what is given, targets, alerts, and how figures are read."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

from api.schemas.alerts import AlertBody, AlertRuleBody, AlertRuleChange, AlertRuleInput
from api.schemas.common import Body, Input
from api.schemas.given import (
    CostInput,
    EmploymentInput,
    EvaluationInput,
    ForecastInput,
    GivenEntries,
    GivenReport,
    ShiftInput,
    SurveyInput,
)
from api.schemas.indicators import (
    ChangeBody,
    FindingBody,
    IndicatorSettingsInput,
    ReadingBody,
    TargetBody,
    TargetSetting,
)
from insight.alerts.measures import Measure
from insight.judgement.causes import Verdict
from insight.judgement.links import Mover
from insight.judgement.readings import Status
from insight.kpi.targets import TargetSide

_USER = UUID("0198c0de-0000-7000-8000-000000000001")
_CALL = UUID("0198c0de-0000-7000-8000-000000000005")
_ALERT = UUID("0198c0de-0000-7000-8000-000000000b01")
_RULE = UUID("0198c0de-0000-7000-8000-000000000701")
_START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
_END = _START + timedelta(hours=8)
_DAY = timedelta(days=1)
_LIMIT = TargetBody(low=None, high=10.0)


def _id(place: int) -> UUID:
    return UUID(int=0x0198C0DE000070008000000000000710 + place)


_SHIFT = ShiftInput(id=_id(0), agent_id=_USER, start=_START, end=_END)
_WRAP_UP = FindingBody(
    cause="Wrap-up takes longer than it should",
    mover=Mover.TEAM_LEAD,
    act="See whose wrap-ups are long; coach, or ask for less to be written.",
    verdict=Verdict.OUT_OF_RANGE,
    measure="after_call_work",
    value=84.5,
    before=52.0,
    target=TargetBody(low=30.0, high=60.0),
    because=(),
)

BODIES: tuple[Body | Input, ...] = (
    AlertRuleBody(
        id=_RULE,
        name="Long wait",
        measure=Measure.LONGEST_WAIT,
        side=TargetSide.ABOVE,
        limit=60.0,
        clear_at=30.0,
        queue_id=None,
        raise_after_seconds=10.0,
        clear_after_seconds=30.0,
    ),
    AlertRuleInput(
        name="Long wait",
        measure=Measure.LONGEST_WAIT,
        side=TargetSide.ABOVE,
        limit=60.0,
        clear_at=30.0,
        raise_after_seconds=10.0,
        clear_after_seconds=30.0,
    ),
    AlertRuleChange(limit=90.0),
    AlertBody(
        id=_ALERT,
        rule_id=_RULE,
        name="Long wait",
        measure=Measure.LONGEST_WAIT,
        queue_id=None,
        queue_name=None,
        side=TargetSide.ABOVE,
        limit=60.0,
        value=61.0,
        worst=None,
        begun_at=_START,
        raised_at=_START + timedelta(seconds=10),
        cleared_at=None,
        acknowledged_by=_USER,
        acknowledged_by_name="Ada Byron",
        acknowledged_at=_START + timedelta(seconds=40),
    ),
    _SHIFT,
    ForecastInput(id=_id(1), start=_START, end=_START + timedelta(minutes=30), calls=46.5),
    CostInput(id=_id(2), start=_START, end=_END, minor=184_000),
    EmploymentInput(id=_id(3), agent_id=_USER, joined=datetime(2025, 6, 1, tzinfo=UTC)),
    EvaluationInput(id=_id(4), agent_id=_USER, at=_START, score=92.5),
    SurveyInput(id=_id(5), call_id=_CALL, at=_START, agent_id=_USER, resolved=True, satisfaction=4),
    GivenEntries(entries=(_SHIFT,)),
    GivenReport(kept=1, unknown_agents=(), unknown_queues=()),
    IndicatorSettingsInput(
        repeat_days=7,
        resolving_codes=("resolved",),
        targets=(TargetSetting(key="average_speed_of_answer", high=10.0),),
    ),
    TargetSetting(key="average_speed_of_answer", high=10.0),
    _WRAP_UP,
    ReadingBody(
        key="average_speed_of_answer",
        version=1,
        unit="s",
        status=Status.MEASURED,
        value=22.0,
        hint="",
        target=_LIMIT,
        missed=TargetSide.ABOVE,
        before=ChangeBody(start=_START - _DAY, end=_END - _DAY, value=9.0, difference=13.0, percent=144.4),
        weekday=None,
        causes=(_WRAP_UP,),
    ),
)

PATH_IDS = {"alerts": _ALERT, "alert-rules": _RULE, "given": _id(0)}
