"""What trunk recognition needs of others."""

from collections.abc import Sequence
from typing import Protocol

from gateway.sip.flow import Destination
from kernel.contracts.directory import DiallingRules, TrunkConfig
from kernel.primitives.ids import TenantId
from kernel.primitives.phone import PhoneNumber


class RegisteredPlace(Protocol):
    """Where who registers is called: `uri` is the Contact, sent to `destination` with these Route values."""

    @property
    def uri(self) -> str: ...

    @property
    def destination(self) -> Destination: ...

    @property
    def route(self) -> tuple[str, ...]: ...


class TrunkDirectory(Protocol):
    async def trunks(self, tenant: TenantId | None = None) -> Sequence[TrunkConfig]:
        """All trunks that may be used now, of every tenant or of one."""
        ...

    async def owner(self, called: PhoneNumber) -> TenantId | None:
        """The tenant whose number this is; asked where a carrier serves several tenants from one address."""
        ...

    async def dialling(self, tenant: TenantId | None = None) -> Sequence[DiallingRules]:
        """What holds for every call that leaves a tenant, of every tenant or of one."""
        ...
