"""The published flows and the business hours of tenants, as decisions look them up: read-only values."""

from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from kernel.primitives.ids import TenantId
from routing.acd.callback_confirm import CONFIRMATIONS
from routing.acd.callback_offer import OFFERS
from routing.flows.calendars.calendar import Calendar
from routing.flows.document.flow import Flow


class VersionName(NamedTuple):
    """`flow` is the flow's name."""

    flow: str
    number: int


class TenantFlows(NamedTuple):
    """`live` are the versions for new calls, `names` the flows' names by their ids; `versions` has all that are live
    and all that calls are in."""

    live: Mapping[str, int] = {}
    names: Mapping[UUID, str] = {}
    versions: Mapping[VersionName, Flow] = {}
    calendars: Mapping[str, Calendar] = {}


NO_FLOWS = TenantFlows()


class FlowBook:
    """Of the tenants of one floor."""

    def __init__(self, flows: Mapping[TenantId, TenantFlows] | None = None) -> None:
        self._flows = dict(flows or {})

    def of(self, tenant: TenantId) -> TenantFlows:
        return self._flows.get(tenant, NO_FLOWS)

    def version(self, tenant: TenantId, name: VersionName) -> Flow | None:
        """A tenant's own, or one in which its queues offer callbacks or call back."""
        return self.of(tenant).versions.get(name) or OFFERS.of(name.flow) or CONFIRMATIONS.of(name.flow)

    def live(self, tenant: TenantId, flow: str) -> tuple[VersionName, Flow] | None:
        """What a new call takes."""
        number = self.of(tenant).live.get(flow)
        name = None if number is None else VersionName(flow, number)
        found = None if name is None else self.version(tenant, name)
        return None if name is None or found is None else (name, found)
