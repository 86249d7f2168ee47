"""The audit: an append-only, chained account of who did what, from where and as whom."""

from tenants.audit.chain import Break, Head, Link
from tenants.audit.differences import DifferenceAudit
from tenants.audit.model import AuditEntry, AuditFilter, Origin
from tenants.audit.repository import AuditRepository

__all__ = ["AuditEntry", "AuditFilter", "AuditRepository", "Break", "DifferenceAudit", "Head", "Link", "Origin"]
