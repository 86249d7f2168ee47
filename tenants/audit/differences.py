"""Audit entries of what the reconciler found and healed: nobody changes a call or an agent without a trace."""

from uuid import UUID

from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.reconciling import DifferenceFound
from kernel.ports.bus import Bus, Subscription
from kernel.ports.unit_of_work import Database
from tenants.audit.model import AuditEntry, Origin
from tenants.audit.repository import AuditRepository

BY_RECONCILER = Origin(user=None, address="", agent="reconciler", actor="system")
GROUP = "audit"


class DifferenceAudit:
    """One entry per difference, however often its message comes."""

    def __init__(self, database: Database, bus: Bus) -> None:
        self._database = database
        self._bus = bus
        self._subscription: Subscription | None = None

    async def start(self) -> None:
        self._subscription = await self._bus.subscribe_queue("reconciled.*", GROUP, self._found)

    async def close(self) -> None:
        if self._subscription is not None:
            await self._subscription.close()

    async def _found(self, _subject: str, payload: bytes) -> None:
        found: DifferenceFound = unpack(payload, DifferenceFound)
        scope = TenantScope(found.tenant)
        async with self._database.write(scope) as unit:
            repository = AuditRepository(unit.session, scope)
            if not await repository.has(found.id):
                await repository.add(_entry(found))


def _entry(found: DifferenceFound) -> AuditEntry:
    kind, subject = _subject(found)
    named = {"agent_id": found.agent, "call_id": found.call, "leg": found.leg, "state": found.state, "cure": found.cure}
    return AuditEntry(
        id=found.id,
        at=found.at,
        origin=BY_RECONCILER,
        action=f"{kind}.{'healed' if found.cure else 'not_healed'}",
        subject_kind=kind,
        subject_id=subject,
        detail={"difference": found.difference, "since": found.since.isoformat(), "times": found.times}
        | {name: str(value) for name, value in named.items() if value},
    )


def _subject(found: DifferenceFound) -> tuple[str, UUID | None]:
    """A timer that is nobody's has the tenant as its subject."""
    if found.call is not None:
        return "call", found.call
    if found.agent is not None:
        return "agent", found.agent
    return "tenant", found.tenant
