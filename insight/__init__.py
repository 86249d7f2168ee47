"""Call records, live view and indicators: folds over the log, and a recount that proves them."""

from insight.alerting import AlertPorts, AlertService
from insight.kpi.indicators import FORMULA_VERSION, INDICATORS, Choices, Indicator, ServiceLevelVariant
from insight.kpi.records import CallRecord, Quality, Segment, SegmentKind
from insight.kpi.state import Changes, FoldState, LiveAgent, LiveOffer
from insight.overviews import Overviews
from insight.questions import (
    CallFilter,
    Difference,
    Directory,
    FoundCall,
    IndicatorFilter,
    IndicatorRow,
    ListedCall,
    ShownOutcome,
)
from insight.service import InsightService

__all__ = [
    "FORMULA_VERSION",
    "INDICATORS",
    "AlertPorts",
    "AlertService",
    "CallFilter",
    "CallRecord",
    "Changes",
    "Choices",
    "Difference",
    "Directory",
    "FoldState",
    "FoundCall",
    "Indicator",
    "IndicatorFilter",
    "IndicatorRow",
    "InsightService",
    "ListedCall",
    "LiveAgent",
    "LiveOffer",
    "Overviews",
    "Quality",
    "Segment",
    "SegmentKind",
    "ServiceLevelVariant",
    "ShownOutcome",
]
