"""Who may register with the gateway of a rig: both tenants have a telephone of the same name."""

from collections.abc import Sequence
from uuid import UUID

from gateway_rig import ANNA, BERT, OURS, THEIRS

from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import PhoneId, TenantId
from kernel.primitives.secret import Secret

ALICE, THEIR_ALICE = PhoneId(UUID(int=31)), PhoneId(UUID(int=32))


class Directory:
    """gateway.app.ports.PhoneDirectory; both tenants have a telephone of the same name."""

    def __init__(self) -> None:
        self.all = [
            PhoneConfig(
                phone=phone,
                tenant=tenant,
                agent=agent,
                name="alice",
                domain=domain,
                secret=Secret(f"for-{domain}"),
            )
            for phone, tenant, agent, domain in (
                (ALICE, OURS, ANNA, "ours.example"),
                (THEIR_ALICE, THEIRS, BERT, "theirs.example"),
            )
        ]

    async def phones(self, tenant: TenantId | None = None) -> Sequence[PhoneConfig]:
        return [phone for phone in self.all if tenant in (None, phone.tenant)]
