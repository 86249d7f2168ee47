"""What was bought before there were price lists is bought afterwards, at the same prices."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from alembic import command
from sqlalchemy import JSON, Boolean, Connection, DateTime, Uuid, column, insert, select, table, text

from api.migrations import configuration
from kernel.adapters.row_security import setting_of
from tests.databases import Place
from tests.filling import on, schema_of

TYPES: dict[type, Any] = {UUID: Uuid(), list: JSON(), datetime: DateTime(timezone=True), bool: Boolean()}
BEFORE, AFTER = "0001", "0005"
PROVIDER, OURS, THEIRS = UUID(int=1), UUID(int=2), UUID(int=3)
MOMENT = datetime(2026, 1, 1, tzinfo=UTC)
MADE = datetime(2025, 12, 24, tzinfo=UTC)
NUMBER = UUID(int=(int(MADE.timestamp() * 1000) << 80) | (0x7 << 76) | (0b10 << 62))


def see_all(connection: Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT {setting_of(None)}"))


def bought(connection: Connection) -> None:
    see_all(connection)
    command.upgrade(configuration(connection), BEFORE)

    def put(target: str, /, **values: object) -> None:
        columns = (column(key, TYPES.get(type(value))) for key, value in values.items())
        connection.execute(insert(table(target, *columns)).values(**values))

    put("providers", id=PROVIDER, name="Provider")
    for tenant in (OURS, THEIRS):
        more: dict[str, Any] = {"currency": "EUR", "locale": "en", "not_ready_reasons": [], "revision": 1}
        put("tenants", id=tenant, provider_id=PROVIDER, name="Tenant", time_zone="UTC", **more)
    for key, tenant, price, seats in ((10, OURS, 4900, 3), (11, OURS, 4900, 5), (12, THEIRS, 5900, 2)):
        terms: dict[str, Any] = {"plan": "standard", "price_minor": price, "currency": "EUR", "seats": seats}
        put("seat_terms", id=UUID(int=key), tenant_id=tenant, since=MOMENT, **terms)
    put("seat_assignments", id=UUID(int=20), tenant_id=OURS, user_id=UUID(int=21), since=MOMENT)
    queue: dict[str, Any] = {"priority": 0, "ring_seconds": 1.0, "wrap_up_seconds": 1.0, "service_level_seconds": 1.0}
    sound: dict[str, Any] = {
        "short_abandon_seconds": 1.0,
        "greeting": [],
        "music": "m",
        "record": True,
        "dispositions": [],
    }
    put("queues", id=UUID(int=30), tenant_id=OURS, name="Queue", revision=1, **queue, **sound)
    put("numbers", id=NUMBER, tenant_id=OURS, e164="+442071838750", queue_id=UUID(int=30), revision=1)


def rows(connection: Connection, name: str, *columns: str) -> list[tuple[Any, ...]]:
    kept = schema_of(connection).tables[name]
    found = connection.execute(select(*(kept.c[one] for one in columns)).order_by(kept.c.id))
    return [tuple(row) for row in found]


async def test_terms_become_plans_and_subscriptions(empty: Place) -> None:
    await on(empty, bought)

    def check(connection: Connection) -> None:
        see_all(connection)
        command.upgrade(configuration(connection), AFTER)
        names = rows(connection, "plans", "name", "currency", "metric", "interval")
        assert names == [("standard", "EUR", "named", "month"), ("standard 2", "EUR", "named", "month")]
        assert [items for (items,) in rows(connection, "plan_prices", "prices")] == [
            {"seats.named": "4900"},
            {"seats.named": "5900"},
        ]
        subscriptions = rows(connection, "subscriptions", "agent", "supervisor", "light")
        assert subscriptions == [(3, 0, 0), (5, 0, 0), (2, 0, 0)]
        plans = [str(plan) for (plan,) in rows(connection, "subscriptions", "plan_id")]
        assert plans[0] == plans[1] != plans[2]
        assert rows(connection, "seat_assignments", "kind", "addons") == [("agent", [])]
        ((since,),) = rows(connection, "number_holdings", "since")
        assert since.replace(tzinfo=UTC) == MADE
        assert "seat_terms" not in schema_of(connection).tables

    await on(empty, check)
