"""How routing and the gateway of one process reach each other without a message."""

from collections.abc import Callable

from gateway.app.service import GatewayService
from kernel.contracts.reconciling import Surroundings
from kernel.primitives.ids import TenantId
from routing import RoutingService


class DecisionsHere:
    """gateway.app.reporting.Decisions; `under_way` says whether messages of a subject are."""

    def __init__(self, routing: RoutingService, under_way: Callable[[str], bool]) -> None:
        self._under_way = under_way
        self.report_with = routing.report_with

    def hears_messages(self, tenant: TenantId) -> bool:
        return self._under_way(f"telephony.report.{tenant}")


class GatewayHere:
    """routing.ports.Gateway; `under_way` says for how many seconds messages of a subject have been so."""

    def __init__(self, gateway: Callable[[], GatewayService], under_way: Callable[[str], float]) -> None:
        self._gateway = gateway
        self._under_way = under_way

    async def surroundings(self) -> Surroundings | None:
        return await self._gateway().surroundings()

    async def delete_stray(self, leg: str) -> None:
        await self._gateway().delete_stray(leg)

    def behind(self, tenant: TenantId) -> float:
        return max(self._under_way(f"telephony.{kind}.{tenant}") for kind in ("command", "report"))
