"""The plan, its seats and the invoice over HTTP."""

from datetime import timedelta

import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, problem

from kernel.contracts.base import TenantScope
from tenants.billing import SeatRepository
from tenants.directory import Role, load_tenant_directory


async def test_seats_are_given_up_to_the_bought_number_and_then_it_is_said_whom_to_ask(centre: Centre) -> None:
    client = await centre.client()
    first, second, third = [await centre.user(role) for role in (Role.AGENT, Role.SUPERVISOR, Role.QUALITY)]
    for user in (first, second):
        assert (await client.put(f"/v1/seats/{user}")).json()["user_id"] == str(user)
    document = problem(await client.put(f"/v1/seats/{third}"), 409, "no_free_seat")
    assert (document["plan"], document["kind"], document["seats"]) == ("standard", "agent", 2)
    assert document["assigned"] == 2
    assert {contact["email"] for contact in document["contact"]} == {email(Role.OWNER, OURS), email(Role.BILLING, OURS)}
    assert email(Role.OWNER, OURS) in document["detail"]
    assert (await client.delete(f"/v1/seats/{first}")).status_code == 204
    assert (await client.put(f"/v1/seats/{third}")).status_code == 200
    assigned = (await client.get("/v1/seats")).json()
    assert (assigned["seats"], [seat["user_id"] for seat in assigned["assigned"]]) == (2, [str(second), str(third)])


async def test_who_has_a_seat_keeps_it(centre: Centre) -> None:
    client, agent = await centre.client(), await centre.user(Role.AGENT)
    first = (await client.put(f"/v1/seats/{agent}")).json()
    centre.clock.advance(60)
    assert (await client.put(f"/v1/seats/{agent}")).json() == first
    directory = await load_tenant_directory(centre.database, TenantScope(await centre.tenant()), centre.clock.now())
    assert {profile.agent: profile.has_seat for profile in directory.agents} == {agent: True}


async def test_a_seat_is_for_an_active_user_of_the_tenant(centre: Centre) -> None:
    client = await centre.client()
    problem(await client.put(f"/v1/seats/{await centre.user(Role.AGENT, THEIRS)}"), 404, "not_found")
    agent = await centre.user(Role.AGENT)
    await client.patch(f"/v1/users/{agent}", json={"active": False})
    problem(await client.put(f"/v1/seats/{agent}"), 404, "not_found")
    problem(await client.delete(f"/v1/seats/{agent}"), 404, "not_found")


@pytest.mark.parametrize("change", ["deactivate", "remove"])
async def test_the_seat_of_who_leaves_is_free_again_and_its_history_stays(centre: Centre, change: str) -> None:
    client, agent = await centre.client(), await centre.user(Role.AGENT)
    await client.put(f"/v1/seats/{agent}")
    start = centre.clock.now()
    centre.clock.advance(3600)
    if change == "remove":
        await client.delete(f"/v1/users/{agent}")
    else:
        await client.patch(f"/v1/users/{agent}", json={"active": False})
    assert (await client.get("/v1/seats")).json()["assigned"] == []
    async with centre.database.read() as uow:
        history = await SeatRepository(uow.session, TenantScope(await centre.tenant())).history(agent)
    assert [(seat.since, seat.until) for seat in history] == [(start, start + timedelta(hours=1))]


async def test_seats_that_are_assigned_cannot_be_given_back(centre: Centre) -> None:
    client = await centre.client(Role.BILLING)
    await client.put(f"/v1/seats/{await centre.user(Role.AGENT)}")
    document = problem(await client.patch("/v1/plan", json={"seats": 0}), 409, "seats_in_use")
    assert (document["seats"], document["assigned"]) == (0, 1)
    assert (await client.patch("/v1/plan", json={"seats": 1})).json()["seats"] == 1
    problem(await client.patch("/v1/plan", json={"seats": -1}), 422, "invalid_input")
    problem(await client.patch("/v1/plan", json={"seats": 10_001}), 422, "invalid_input")


async def test_the_invoice_is_seats_times_price_by_the_second(centre: Centre) -> None:
    client = await centre.client(Role.BILLING)
    full = (await client.get("/v1/invoices/preview", params={"month": "2026-05"})).json()
    assert (full["total_minor"], full["currency"]) == (2 * 4900, "EUR")
    assert full["period"]["start"] == "2026-04-30T22:00:00Z"
    assert [line["quantity"] for line in full["lines"]] == ["2"]
    centre.clock.advance((centre.clock.now().replace(month=5, day=16) - centre.clock.now()).total_seconds())
    async with centre.stranger() as again:
        await again.post("/v1/session", json={"email": email(Role.BILLING, OURS), "password": PASSWORD})
        await again.patch("/v1/plan", json={"seats": 5})
        changed = (await again.get("/v1/invoices/preview")).json()
    assert [line["description"] for line in changed["lines"]] == [
        "Agent seats, standard: 2",
        "Agent seats, standard: 5",
    ]
    first, second = (line["amount_minor"] for line in changed["lines"])
    seconds = 31 * 86_400
    before = 15 * 86_400 + 11 * 3600  # the 16th at 9:00 UTC is 11:00 in Berlin
    exact = 4900 * (2 * before + 5 * (seconds - before)) / seconds
    assert changed["total_minor"] == first + second == round(exact)
    assert changed["period"]["month"] == "2026-05"


@pytest.mark.parametrize("month", ["2026-13", "2026-00", "0000-01", "9999-12", "May", "2026-5", ""])
async def test_a_month_that_is_none(centre: Centre, month: str) -> None:
    answer = await (await centre.client()).get("/v1/invoices/preview", params={"month": month})
    if month:
        problem(answer, 422, "invalid_input")
    else:
        assert answer.json()["period"]["month"] == "2026-03"
