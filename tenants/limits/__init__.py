"""What fraud or a mistake can cost a tenant at most."""

from tenants.limits.model import Limits
from tenants.limits.repository import LimitsRepository
from tenants.limits.service import LimitsService
from tenants.limits.spend import SpendGuard

__all__ = ["Limits", "LimitsRepository", "LimitsService", "SpendGuard"]
