"""What the browser sessions need of others."""

from typing import Protocol

from kernel.contracts.softphone import SoftphoneFromGateway
from kernel.primitives.ids import TenantId, UserId


class DeskPush(Protocol):
    async def push(self, tenant: TenantId, agent: UserId, message: SoftphoneFromGateway) -> None:
        """Hand it to the agent's desk; dropped where no desk is open, for its next one asks by SoftphoneResume."""
        ...
