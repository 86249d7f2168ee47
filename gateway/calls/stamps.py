"""What every report carries."""

from datetime import datetime
from typing import TypedDict

from gateway.calls.model import Moment
from kernel.primitives.ids import EventId, TenantId


class Stamp(TypedDict):
    id: EventId
    tenant: TenantId
    at: datetime


def stamp(tenant: TenantId, moment: Moment) -> Stamp:
    return Stamp(id=EventId(moment.ids.new()), tenant=tenant, at=moment.at)
