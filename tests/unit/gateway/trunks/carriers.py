"""Trunks of two tenants."""

from typing import Any
from uuid import UUID

import msgspec

from kernel.contracts.directory import TrunkConfig
from kernel.contracts.trunks import TrunkOptions
from kernel.primitives.ids import TenantId, TrunkId

ONE, TWO = TenantId(UUID(int=1)), TenantId(UUID(int=2))


def make_trunk(tenant: TenantId, number: int, **more: Any) -> TrunkConfig:
    """`more`: fields of the trunk, or of its options."""
    options = {name: more.pop(name) for name in TrunkOptions.__struct_fields__ if name in more}
    trunk = TrunkConfig(
        trunk=TrunkId(UUID(int=number)),
        tenant=tenant,
        name=f"carrier {number}",
        sources=(),
        host="203.0.113.9",
        port=5060,
        transport="udp",
        options=TrunkOptions(**options),
    )
    return msgspec.structs.replace(trunk, **more)
