"""Which country a tenant's people dial from."""

from uuid import UUID

import pytest

from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import NumberId, ProviderId, QueueId, TenantId, TrunkId
from kernel.primitives.phone import PhoneNumber
from tenants.directory.dialling import region_of
from tenants.directory.model import Number, Tenant, Trunk

SHOWN = Number(id=NumberId(UUID(int=5)), called=PhoneNumber("+33142685300"), queue=QueueId(UUID(int=6)))


def trunk(number: int, region: str | None, *, emergency: bool = False) -> Trunk:
    options = TrunkOptions(emergency=emergency)
    key = TrunkId(UUID(int=number))
    return Trunk(id=key, name="a", sources=(), host="h", port=0, transport="udp", region=region, options=options)


TRUNKS = [trunk(1, None), trunk(2, "DE"), trunk(3, "GB", emergency=True)]


@pytest.mark.parametrize(
    ("outbound", "number", "trunks", "region"),
    [
        (2, SHOWN.id, TRUNKS, "DE"),
        (1, SHOWN.id, TRUNKS, "FR"),
        (None, SHOWN.id, TRUNKS, "FR"),
        (None, None, TRUNKS, "GB"),
        (None, None, TRUNKS[:2], "DE"),
        (None, None, [], None),
    ],
)
def test_without_a_trunk_or_number_of_its_own_emergency_numbers_are_those_of_its_trunks(
    outbound: int | None, number: NumberId | None, trunks: list[Trunk], region: str | None
) -> None:
    tenant = Tenant(
        id=TenantId(UUID(int=9)),
        provider=ProviderId(UUID(int=8)),
        name="a",
        time_zone="UTC",
        currency="GBP",
        locale="en",
        outbound_trunk=None if outbound is None else TrunkId(UUID(int=outbound)),
        outbound_number=number,
    )
    assert region_of(tenant, trunks, [SHOWN]) == region
