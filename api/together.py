"""How the gateway's reports reach routing of the same process without a message."""

from collections.abc import Callable

from kernel.primitives.ids import TenantId
from routing import RoutingService


class DecisionsHere:
    """gateway.app.reporting.Decisions; `under_way` says whether messages of a subject are."""

    def __init__(self, routing: RoutingService, under_way: Callable[[str], bool]) -> None:
        self._under_way = under_way
        self.report_with = routing.report_with

    def hears_messages(self, tenant: TenantId) -> bool:
        return self._under_way(f"telephony.report.{tenant}")
