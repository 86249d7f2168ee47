"""The invoice of a month in which a large client bought and assigned seats anew every day."""

import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from kernel.adapters import InProcessBus, PostgresDatabase, SystemClock, SystemIds
from kernel.primitives.ids import Ids, TenantId
from kernel.primitives.secret import Secret
from load_tests.api_data import MONTH, PASSWORD, connected, copy
from tenants.audit import Origin
from tenants.billing.invoices.issuers import Issuers
from tenants.billing.invoices.model import IssuerSettings, Party
from tenants.billing.invoices.repository import document_of
from tenants.billing.invoices.run import InvoiceRun
from tenants.billing.invoices.taxes import TaxPolicy, TaxRule
from tenants.billing.metering import MeteringService
from tenants.directory import PasswordHasher
from tenants.directory.operator import NewTenant, OperatorTenants

PERIOD = f"{MONTH:%Y-%m}"
DAYS = 31
ISSUED_AT = datetime(2026, 4, 1, 9, tzinfo=UTC)

_ORIGIN = Origin(None, "", "benchmark")
_ADDON = "addon.recording"
_WITH_ADDON = '["recording"]'
_PRICE = f"""UPDATE plan_prices SET prices = (prices::jsonb || '{{"{_ADDON}": "900"}}')::json"""
_SETTINGS = IssuerSettings(
    party=Party(name="Provider", address=("1 High Street", "London")),
    tax=TaxPolicy(default=TaxRule(code="standard", name="VAT", rate=2000)),
)


class Standing(SystemClock):
    """It stays at one moment."""

    def __init__(self, moment: datetime) -> None:
        self._moment = moment

    def now(self) -> datetime:
        return self._moment


async def _unheard(subject: str, _payload: bytes, _consumer: str, reason: str) -> None:
    raise RuntimeError(f"{subject}: {reason}")


async def invoice_run(database: PostgresDatabase, administrator: str, seats: int) -> float:
    """Seconds to issue it; the database is an empty one."""
    ids, before = SystemIds(), Standing(MONTH)
    operator = OperatorTenants(database, before, ids, PasswordHasher())
    provider = await operator.add_provider("Provider")
    for name in ("home", "client"):
        new = NewTenant(
            name=name,
            owner_email=f"{name}@example.org",
            owner_name="Olive",
            owner_password=Secret(PASSWORD),
            seats=seats,
        )
        client = (await operator.found(provider, new, _ORIGIN)).tenant
    async with database.write() as uow:
        await Issuers(uow.session).set(provider, _SETTINGS, None)
    async with connected(administrator) as connection:
        plan = await connection.fetchval("SELECT plan_id FROM subscriptions WHERE tenant_id = $1", client)
        await connection.execute(_PRICE)
        await copy(connection, "subscriptions", _bought(client, plan, seats, ids))
        await copy(connection, "seat_assignments", _assigned(client, seats, ids))
        await connection.execute("VACUUM ANALYZE seat_assignments")
    metering = MeteringService(database=database, bus=InProcessBus(_unheard), tenants=operator)
    run = InvoiceRun(database, Standing(ISSUED_AT), ids, metering)
    began = time.perf_counter()
    outcomes = await run.issue(provider, PERIOD, _ORIGIN)
    passed = time.perf_counter() - began
    invoices = [invoice for outcome in outcomes for invoice in outcome.invoices]
    if len(invoices) != 1 or {line.code for line in document_of(invoices[0]).lines} != {"seats.named", _ADDON}:
        raise RuntimeError("one invoice was due, over seats and their add-on")
    return passed


def _bought(client: TenantId, plan: UUID, seats: int, ids: Ids) -> Iterator[dict[str, Any]]:
    """Another number of seats from another time of each day on."""
    chance = random.Random(5)
    for day in range(DAYS):
        yield {
            "id": ids.new(),
            "tenant_id": client,
            "since": MONTH + timedelta(days=day + chance.random()),
            "plan_id": plan,
            "agent": seats + chance.randrange(seats),
            "supervisor": 0,
            "light": 0,
        }


def _assigned(client: TenantId, seats: int, ids: Ids) -> Iterator[dict[str, Any]]:
    """Each seat goes to somebody else at another time of each day, and has an add-on every second time."""
    chance = random.Random(11)
    for _ in range(seats):
        since = MONTH
        for day in range(DAYS):
            until = MONTH + timedelta(days=day + chance.random())
            yield {
                "id": ids.new(),
                "tenant_id": client,
                "user_id": ids.new(),
                "since": since,
                "until": until,
                "kind": "agent",
                "addons": _WITH_ADDON if day % 2 else "[]",
            }
            since = until
