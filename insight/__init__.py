"""Call records, live view and indicators: folds over the log, and a recount that proves them."""

from insight.kpi.indicators import FORMULA_VERSION, INDICATORS, Choices, Indicator, ServiceLevelVariant
from insight.kpi.records import CallRecord, Quality, Segment, SegmentKind
from insight.kpi.state import Changes, FoldState, LiveAgent, LiveOffer
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
    "Quality",
    "Segment",
    "SegmentKind",
    "ServiceLevelVariant",
    "ShownOutcome",
]
