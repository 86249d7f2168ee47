"""What trunk recognition needs of others."""

from collections.abc import Sequence
from typing import Protocol

from kernel.contracts.directory import TrunkConfig
from kernel.primitives.ids import TenantId


class TrunkDirectory(Protocol):
    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        """All trunks that may be used now, of every tenant or of one."""
        ...
