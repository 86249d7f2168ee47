"""Who gets which call: one owner per tenant, decisions as events. The public names; nothing else is for others."""

from routing.ports import RoutingDirectory, RoutingPorts, RoutingSettings, RoutingTenants
from routing.service import RoutingService

__all__ = ["RoutingDirectory", "RoutingPorts", "RoutingService", "RoutingSettings", "RoutingTenants"]
