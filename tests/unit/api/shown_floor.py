"""What desks are shown of a floor whose tenants share agents."""

from zoneinfo import ZoneInfo

from api.realtime.projection import Centre, Part, centre_of
from insight.kpi.live import LiveView
from kernel.contracts.log import Logged
from kernel.primitives.ids import TenantId
from tests.unit.routing.shared import BLUE, HOME, RED, SharedFloor


class Shown:
    """The floor's logs folded by tenant, its directories as they are now."""

    def __init__(self, floor: SharedFloor) -> None:
        floor.change(HOME, clients=(RED, BLUE))
        self.floor = floor

    def parts(self) -> dict[TenantId, Part]:
        return {tenant: self._part(tenant) for tenant in self.floor.directories}

    def _part(self, tenant: TenantId) -> Part:
        view = LiveView(ZoneInfo("UTC"))
        for sequence, event in enumerate(self.floor.log_of(tenant), start=1):
            view.apply(Logged(sequence=sequence, event=event))
        return Part(view.state, self.floor.directories[tenant])

    def centre(self, tenant: TenantId = HOME) -> Centre:
        return centre_of(tenant, self.parts())
