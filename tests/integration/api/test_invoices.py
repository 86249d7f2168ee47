"""Invoices, payments, standings and agents' time over HTTP."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import httpx
from api_server import OURS, PASSWORD, THEIRS, Centre, log_in, problem
from sqlalchemy import select

from kernel.contracts.base import TenantScope
from kernel.contracts.calls import Actor, AgentState
from kernel.contracts.log import AgentStateChanged
from kernel.primitives.ids import EventId, TenantId, UserId
from tenants.audit import Origin
from tenants.billing.invoices.dunning import DunningService
from tenants.directory import Role
from tenants.directory.tables import Tenant
from tenants.unit import TenantUnit

PARTY = {"name": "Ours Ltd", "address": ["1 High Street"], "email": "billing@ours.example"}
VAT = {"default": {"code": "standard", "name": "VAT", "kind": "rate", "rate": 2000, "note": ""}, "by_code": {}}
CLIENT = {
    "name": "Client GmbH",
    "owner": {"email": "owner@client.example", "name": "Kim", "password": PASSWORD},
    "time_zone": "Europe/Berlin",
    "currency": "EUR",
    "price_per_seat_minor": 4900,
    "seats": 2,
}


async def provider(centre: Centre) -> httpx.AsyncClient:
    return await centre.client(Role.OWNER)


async def client_of(centre: Centre) -> httpx.AsyncClient:
    person = centre.stranger()
    assert (await log_in(person, "owner@client.example")).status_code == 200
    return person


async def later(centre: Centre, moment: datetime) -> None:
    """Sessions end meanwhile."""
    centre.clock.advance((moment - centre.clock.now()).total_seconds())
    for key in list(centre._clients):  # pyright: ignore[reportPrivateUsage]
        await centre._clients.pop(key).aclose()  # pyright: ignore[reportPrivateUsage]


async def issued(centre: Centre) -> dict[str, Any]:
    """A client that was founded on 2 March, and its invoice of March."""
    ours = await provider(centre)
    made = await ours.post("/v1/provider/clients", json=CLIENT)
    assert made.status_code == 201, made.text
    answer = await ours.put("/v1/provider/billing-settings", json={"party": PARTY, "tax": VAT})
    assert answer.status_code == 200, answer.text
    await later(centre, datetime(2026, 4, 1, 9, tzinfo=UTC))
    ours = await provider(centre)
    run = await ours.post("/v1/provider/invoice-runs", json={"period": "2026-03"})
    assert run.status_code == 201, run.text
    (invoice,) = run.json()["invoices"]
    return invoice


async def test_a_client_sees_downloads_and_verifies_its_invoice(centre: Centre) -> None:
    invoice = await issued(centre)
    client = await client_of(centre)
    one = f"/v1/invoices/{invoice['id']}"
    assert [item["number"] for item in (await client.get("/v1/invoices")).json()["items"]] == ["2026-00001"]
    shown = await client.get(one)
    assert shown.json() == invoice
    document = await client.get(f"{one}/document")
    assert document.headers["etag"] == f'"{invoice["sha256"]}"'
    assert document.json()["total_minor"] == invoice["total_minor"]
    pdf = await client.get(f"{one}/pdf")
    assert (pdf.headers["content-type"], pdf.content[:5]) == ("application/pdf", b"%PDF-")
    assert 'filename="invoice-2026-00001.pdf"' in pdf.headers["content-disposition"]
    table = await client.get(f"{one}/csv")
    assert table.headers["content-type"] == "text/csv; charset=utf-8"
    assert table.content.decode("utf-8-sig").startswith("invoice,issued_on")
    verified = (await client.get(f"{one}/verification")).json()
    assert (verified["computed_sha256"], verified["difference"]) == (invoice["sha256"], None)


async def test_another_tenants_invoice_is_not_there(centre: Centre) -> None:
    invoice = await issued(centre)
    theirs = await centre.client(Role.OWNER, THEIRS)
    for path in ("", "/document", "/pdf", "/csv", "/verification", "/credit-notes", "/payment"):
        problem(await theirs.get(f"/v1/invoices/{invoice['id']}{path}"), 404, "not_found")
        problem(await (await provider(centre)).get(f"/v1/invoices/{invoice['id']}{path}"), 404, "not_found")
    problem(await theirs.get(f"/v1/provider/invoices/{invoice['id']}"), 404, "not_found")
    body = {"amount_minor": 1, "currency": "EUR", "received_on": "2026-04-02", "reference": "x"}
    problem(await theirs.post(f"/v1/provider/invoices/{invoice['id']}/payments", json=body), 404, "not_found")
    assert (await theirs.get("/v1/provider/invoices")).json()["items"] == []


async def test_a_run_is_for_periods_that_are_over_and_only_once(centre: Centre) -> None:
    await issued(centre)
    ours = await provider(centre)
    problem(await ours.post("/v1/provider/invoice-runs", json={"period": "2026-04"}), 409, "period_not_over")
    problem(await ours.post("/v1/provider/invoice-runs", json={"period": "April"}), 422, "invalid_input")
    assert (await ours.post("/v1/provider/invoice-runs", json={"period": "2026-03"})).json()["invoices"] == []
    theirs = await centre.client(Role.OWNER, THEIRS)
    problem(await theirs.post("/v1/provider/invoice-runs", json={"period": "2026-03"}), 409, "issuer_unknown")


async def test_credit_notes_and_payments_change_what_is_open(centre: Centre) -> None:
    invoice = await issued(centre)
    ours, client = await provider(centre), await client_of(centre)
    one = f"/v1/provider/invoices/{invoice['id']}"
    note = await ours.post(
        f"{one}/credit-notes", json={"reason": "A fault", "lines": [{"position": 1, "amount_minor": 100}]}
    )
    assert (note.status_code, note.json()["number"], note.json()["total_minor"]) == (201, "C2026-00001", 120)
    problem(
        await ours.post(f"{one}/credit-notes", json={"reason": "x", "lines": [{"position": 1, "amount_minor": 10**6}]}),
        409,
        "nothing_left_to_credit",
    )
    pdf = await client.get(f"/v1/credit-notes/{note.json()['id']}/pdf")
    assert pdf.content.startswith(b"%PDF-")
    notes = (await client.get(f"/v1/invoices/{invoice['id']}/credit-notes")).json()["items"]
    assert [one["id"] for one in notes] == [note.json()["id"]]
    rest = invoice["total_minor"] - 120
    body = {"amount_minor": rest + 5, "currency": "EUR", "received_on": "2026-04-02", "reference": "SEPA"}
    headers = {"Idempotency-Key": "pay-1"}
    first = await ours.post(f"{one}/payments", json=body, headers=headers)
    assert (await ours.post(f"{one}/payments", json=body, headers=headers)).json() == first.json()
    shown = (await ours.get(one)).json()
    assert (shown["state"], shown["open_minor"]) == ("paid", -5)
    problem(await ours.post(f"{one}/payments", json=body | {"currency": "USD"}), 422, "wrong_currency")
    problem(await ours.post(f"{one}/payments", json=body | {"amount_minor": 0}), 422, "invalid_input")
    problem(await ours.post(f"{one}/payments", json=body | {"card_number": "4111"}), 422, "invalid_input")
    refund = body | {"amount_minor": 5}
    assert (await ours.post(f"{one}/refunds", json=refund)).status_code == 201
    amounts = [item["amount_minor"] for item in (await client.get("/v1/payments")).json()["items"]]
    assert amounts == [-5, rest + 5]


async def test_only_those_who_bill_may_bill(centre: Centre) -> None:
    invoice = await issued(centre)
    admin = await centre.client(Role.ADMIN)
    problem(await admin.get("/v1/provider/invoices"), 403, "forbidden")
    problem(await admin.post("/v1/provider/invoice-runs", json={"period": "2026-03"}), 403, "forbidden")
    billing = await centre.client(Role.BILLING)
    assert (await billing.get(f"/v1/provider/invoices/{invoice['id']}/pdf")).status_code == 200


async def test_the_standing_is_told_to_all_and_the_amounts_to_some(centre: Centre) -> None:
    invoice = await issued(centre)
    await later(centre, datetime(2026, 5, 20, 9, tzinfo=UTC))
    tenant = await _tenant_of(centre, "Client GmbH")
    async with centre.database.write() as uow:
        unit = TenantUnit(uow, TenantScope(tenant), Origin(None, "", "test"), centre.clock, centre.ids)
        await DunningService(unit).judge()
    client = await client_of(centre)
    told = (await client.get("/v1/standing")).json()
    assert (told["standing"], [debt["number"] for debt in told["debts"]]) == ("suspended", [invoice["number"]])
    assert "billing@ours.example" in told["message"]
    assert (await client.get(f"/v1/invoices/{invoice['id']}/pdf")).status_code == 200
    agent = await centre.client(Role.AGENT)
    assert (await agent.get("/v1/standing")).json() == {"standing": "active", "message": "", "until": None, "debts": []}
    ours = await provider(centre)
    body = {"amount_minor": invoice["total_minor"], "currency": "EUR", "received_on": "2026-05-20", "reference": "SEPA"}
    await ours.post(f"/v1/provider/invoices/{invoice['id']}/payments", json=body)
    assert (await client.get("/v1/standing")).json()["standing"] == "active"


async def _tenant_of(centre: Centre, name: str) -> TenantId:
    tenants = Tenant.table()
    async with centre.database.read() as uow:
        key = await uow.session.scalar(select(tenants.c.id).where(tenants.c.name == name))
    assert key is not None
    return TenantId(key)


async def test_a_client_is_addressed_as_it_says_and_taxed_as_the_provider_says(centre: Centre) -> None:
    ours = await provider(centre)
    made = (await ours.post("/v1/provider/clients", json=CLIENT)).json()
    client = await client_of(centre)
    details = await client.get("/v1/billing-details")
    assert details.json()["party"]["name"] == "Client GmbH"
    party = {"name": "Client Holding", "address": ["Berlin"], "tax_id": "DE1", "email": ""}
    saved = await client.put("/v1/billing-details", json={"party": party, "reference": "PO 1"})
    assert saved.json()["party"] == party
    old = await client.put("/v1/billing-details", json={"party": party}, headers={"If-Match": '"0"'})
    problem(old, 412, "revision_mismatch")
    reverse = {"default": {"code": "rc", "name": "Reverse charge", "kind": "reverse_charge", "rate": 0, "note": ""}}
    assert (await ours.put(f"/v1/provider/clients/{made['id']}/tax", json={"tax": reverse})).status_code == 200
    exempt = {"default": {"code": "x", "name": "x", "kind": "exempt", "rate": 0, "note": ""}}
    problem(await ours.put(f"/v1/provider/clients/{made['id']}/tax", json={"tax": exempt}), 422, "invalid_input")
    problem(await ours.put(f"/v1/provider/clients/{UUID(int=5)}/tax", json={"tax": None}), 404, "not_found")
    await ours.put("/v1/provider/billing-settings", json={"party": PARTY, "tax": VAT})
    await later(centre, datetime(2026, 4, 2, tzinfo=UTC))
    run = (await (await provider(centre)).post("/v1/provider/invoice-runs", json={"period": "2026-03"})).json()
    document = (await (await client_of(centre)).get(f"/v1/invoices/{run['invoices'][0]['id']}/document")).json()
    assert (document["facts"]["recipient"]["name"], document["facts"]["reference"]) == ("Client Holding", "PO 1")
    assert [(tax["code"], tax["tax_minor"]) for tax in document["taxes"]] == [("rc", 0)]


async def test_settings_that_cannot_be_are_refused_with_the_reason(centre: Centre) -> None:
    ours = await provider(centre)
    problem(await ours.get("/v1/provider/billing-settings"), 409, "issuer_unknown")
    wrong = {"party": PARTY, "number_format": "{number}"}
    refused = problem(await ours.put("/v1/provider/billing-settings", json=wrong), 422, "invalid_input")
    assert "{year}" in refused["detail"]
    for more in (
        {"payment_days": -1},
        {"grace_hours": 10_000},
        {"dunning": {"reminders": [[5, "a"]], "suspend_days": 2}},
    ):
        problem(await ours.put("/v1/provider/billing-settings", json={"party": PARTY} | more), 422, "invalid_input")


async def test_both_sides_stand_beside_each_other(centre: Centre) -> None:
    ours = await provider(centre)
    made = (await ours.post("/v1/provider/clients", json=CLIENT)).json()
    plan = (await ours.get("/v1/provider/plans")).json()["items"]
    prices = {"side": "wholesale", "prices": {"seats.named": "3000"}}
    for one in plan:
        answer = await ours.put(f"/v1/provider/plans/{one['id']}/prices", json=prices)
        if answer.status_code >= 400:
            answer = await ours.post(f"/v1/provider/plans/{one['id']}/prices", json=prices)
    margins = (await ours.get("/v1/provider/margins", params={"period": "2026-04"})).json()
    row = next(item for item in margins["items"] if item["code"] == "seats.named")
    assert (row["client_id"], row["retail_minor"]) == (made["id"], 9800)
    assert row["margin_minor"] == row["retail_minor"] - row["wholesale_minor"]
    assert margins["totals"] == {"EUR": row["margin_minor"]}
    table = await ours.get("/v1/provider/margins/csv", params={"period": "2026-04"})
    assert "98.00" in table.text
    problem(await ours.get("/v1/provider/margins", params={"period": "2026-4"}), 422, "invalid_input")


async def test_the_report_of_agents_time_counts_each_second_once(centre: Centre) -> None:
    home, agent = await centre.tenant(OURS), await centre.user(Role.AGENT)
    began = centre.clock.now()
    states = [
        (AgentState.AVAILABLE, ""),
        (AgentState.NOT_READY, "meal"),
        (AgentState.CONNECTED, ""),
        (AgentState.LOGGED_OUT, ""),
    ]
    async with centre.database.write(TenantScope(home)) as uow:
        for state, reason in states:
            await uow.append(_changed(centre, home, agent, state, reason))
            centre.clock.advance(600)
    ours = await provider(centre)
    days = {"first": f"{began:%Y-%m-%d}", "last": f"{began:%Y-%m-%d}"}
    report = (await ours.get("/v1/provider/agent-time", params=days)).json()
    assert (report["logged_in"], report["unpaid"]) == (1800, 600)
    (row,) = report["items"]
    assert (row["agent_id"], row["client_id"]) == (str(agent), str(home))
    assert (row["handled"], row["shared_idle"], row["billable"], row["payable"]) == (600, 600, 1200, 1200)
    table = await ours.get("/v1/provider/agent-time/csv", params=days)
    assert table.text.splitlines()[0].lstrip("\ufeff").startswith("day,agent_id,agent,client_id")
    wrong = {"first": "2026-03-02", "last": "2026-03-01"}
    problem(await ours.get("/v1/provider/agent-time", params=wrong), 422, "invalid_input")


def _changed(centre: Centre, home: TenantId, agent: UserId, state: AgentState, reason: str) -> AgentStateChanged:
    return AgentStateChanged(
        id=EventId(centre.ids.new()),
        tenant=home,
        at=centre.clock.now(),
        agent=agent,
        state=state,
        previous=AgentState.LOGGED_OUT,
        reason=reason,
        actor=Actor.AGENT,
    )
