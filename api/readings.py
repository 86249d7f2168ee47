"""Indicators as the API shows them: readings with their findings, formulas, settings."""

from collections.abc import Callable
from uuid import UUID

from api.schemas.indicators import (
    By,
    ChangeBody,
    FindingBody,
    FormulaBody,
    IndicatorScope,
    IndicatorSettingsBody,
    IndicatorSettingsInput,
    OverviewBody,
    OverviewItem,
    ReadingBody,
    TargetBody,
    TargetSetting,
)
from insight.judgement.causes import Finding
from insight.judgement.comparison import Change
from insight.judgement.readings import Reading
from insight.kept.settings import IndicatorSettings, KeptTarget
from insight.kpi.indicators import FORMULA_VERSION, Indicator
from insight.kpi.targets import Target
from insight.overviews import Answer
from kernel.primitives.ids import TenantId


def overview_body(by: By, answer: Answer) -> OverviewBody:
    return _overview(answer, lambda scope: IndicatorScope(kind=by, id=scope))


def clients_body(home: TenantId, answer: Answer) -> OverviewBody:
    return _overview(answer, lambda scope: IndicatorScope(kind="provider" if scope == home else "client", id=scope))


def _overview(answer: Answer, place: Callable[[UUID], IndicatorScope]) -> OverviewBody:
    asked = answer.spans.asked
    return OverviewBody(
        formula_version=FORMULA_VERSION,
        start=asked.start,
        end=asked.end,
        items=tuple(
            OverviewItem(scope=place(scope), readings=tuple(_reading(each) for each in readings))
            for scope, readings in answer.readings.items()
        ),
    )


def _reading(reading: Reading) -> ReadingBody:
    return ReadingBody(
        key=reading.key,
        version=reading.version,
        unit=reading.unit,
        status=reading.status,
        value=reading.value,
        hint=reading.hint,
        target=_target(reading.target),
        missed=reading.missed,
        before=_change(reading.before),
        weekday=_change(reading.weekday),
        causes=tuple(_finding(each) for each in reading.causes),
    )


def _target(target: Target | None) -> TargetBody | None:
    return None if target is None else TargetBody(low=target.low, high=target.high)


def _change(change: Change | None) -> ChangeBody | None:
    if change is None:
        return None
    return ChangeBody(
        start=change.span.start,
        end=change.span.end,
        value=change.value,
        difference=change.difference,
        percent=change.percent,
    )


def _finding(finding: Finding) -> FindingBody:
    return FindingBody(
        cause=finding.cause.words,
        mover=finding.cause.mover,
        act=finding.cause.act,
        verdict=finding.verdict,
        measure=finding.cause.measure,
        value=finding.value,
        before=finding.before,
        target=_target(finding.target),
        because=tuple(_finding(each) for each in finding.because),
    )


def formula_body(indicator: Indicator) -> FormulaBody:
    return FormulaBody(
        number=indicator.number,
        key=indicator.key,
        version=indicator.version,
        name=indicator.name,
        unit=indicator.unit,
        formula=indicator.formula,
        target=indicator.target,
        cadence=indicator.cadence,
        levels=indicator.levels,
        events=indicator.events,
        needs=indicator.needs,
    )


def settings_body(settings: IndicatorSettings) -> IndicatorSettingsBody:
    return IndicatorSettingsBody(
        service_level_variant=settings.service_level_variant,
        wrap_up_is_occupied=settings.wrap_up_is_occupied,
        repeat_days=settings.repeat_days,
        resolving_codes=settings.resolving_codes,
        targets=tuple(
            TargetSetting(key=each.key, low=each.low, high=each.high, level=each.level, scope_id=each.scope)
            for each in settings.targets
        ),
    )


def settings_of(sent: IndicatorSettingsInput) -> IndicatorSettings:
    return IndicatorSettings(
        service_level_variant=sent.service_level_variant,
        wrap_up_is_occupied=sent.wrap_up_is_occupied,
        repeat_days=sent.repeat_days,
        resolving_codes=sent.resolving_codes,
        targets=tuple(
            KeptTarget(key=each.key, low=each.low, high=each.high, level=each.level, scope=each.scope_id)
            for each in sent.targets
        ),
    )
