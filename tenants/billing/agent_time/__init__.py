"""Whose work agents' time was: billable and payable seconds per client."""

from tenants.billing.agent_time.rules import UNPAID_REASONS, AgentDay, Availability, Share, Span, days_of, spans, split
from tenants.billing.agent_time.service import AgentTimeReport, AgentTimeService

__all__ = [
    "UNPAID_REASONS",
    "AgentDay",
    "AgentTimeReport",
    "AgentTimeService",
    "Availability",
    "Share",
    "Span",
    "days_of",
    "spans",
    "split",
]
