"""What the reconciler tells stands in the audit once, however often its message comes."""

from datetime import timedelta
from uuid import UUID

from kernel.adapters import InProcessBus
from kernel.contracts.codec import pack
from kernel.contracts.reconciling import DifferenceFound
from kernel.ports.unit_of_work import Database
from kernel.primitives.ids import CallId, EventId, UserId
from tenants.audit import AuditRepository, DifferenceAudit
from tests.fakes import START, SequentialIds, TwoTenants

CALL, AGENT = CallId(UUID(int=0xC1)), UserId(UUID(int=0xA1))


async def test_one_entry_per_difference_in_the_tenants_own_chain(
    database: Database, bus: InProcessBus, ids: SequentialIds, tenants: TwoTenants
) -> None:
    audit = DifferenceAudit(database, bus)
    await audit.start()
    subjects = [{"call": CALL, "agent": AGENT}, {"agent": AGENT}, {}]
    for cure, subject in zip(("FreeCall", "", "WakeTimers"), subjects, strict=True):
        found = DifferenceFound(
            id=EventId(ids.new()),
            tenant=tenants.ours,
            at=START,
            difference="call_without_agent",
            since=START - timedelta(seconds=4),
            cure=cure,
            times=1,
            state="connected",
            **subject,  # type: ignore[arg-type]
        )
        for _ in range(2):
            await bus.publish(f"reconciled.{tenants.ours}", pack(found))
    await audit.close()

    async with database.read(tenants.our_scope) as unit:
        repository = AuditRepository(unit.session, tenants.our_scope)
        entries = list(reversed(await repository.page(None, 10)))
        assert (await repository.verify())[1] is None
    told = [(entry.action, entry.subject_id) for entry in entries]
    assert told == [("call.healed", CALL), ("agent.not_healed", AGENT), ("tenant.healed", tenants.ours)]
    assert entries[0].detail == {
        "difference": "call_without_agent",
        "since": (START - timedelta(seconds=4)).isoformat(),
        "times": 1,
        "agent_id": str(AGENT),
        "call_id": str(CALL),
        "state": "connected",
        "cure": "FreeCall",
    }
    async with database.read(tenants.their_scope) as unit:
        assert await AuditRepository(unit.session, tenants.their_scope).page(None, 10) == []
