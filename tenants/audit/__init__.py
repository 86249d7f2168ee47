"""The audit: an append-only account of who did what, and from where."""

from tenants.audit.model import AuditEntry, Origin
from tenants.audit.repository import AuditRepository

__all__ = ["AuditEntry", "AuditRepository", "Origin"]
