"""Alerts as they were, over HTTP, and on the board: who looks after them."""

from datetime import timedelta
from uuid import UUID

import httpx
import pytest
from api_history import History
from api_server import START, THEIRS, Centre, problem

from insight.kept.alerts import KEPT
from kernel.contracts.log import AlertCleared, AlertRaised
from kernel.primitives.ids import EventId, QueueId
from tenants.directory import Role

ALERTS = "/v1/alerts"


@pytest.fixture
async def history(centre: Centre) -> History:
    return History(centre, await centre.tenant())


@pytest.fixture
async def person(centre: Centre) -> httpx.AsyncClient:
    return await centre.client(Role.SUPERVISOR)


async def clear(centre: Centre, history: History) -> None:
    await history.write(
        AlertCleared(
            id=EventId(centre.ids.new()),
            tenant=await centre.tenant(),
            at=START + timedelta(seconds=90),
            rule=UUID(int=7),
            name="Long wait",
            measure="longest_wait",
            queue=None,
            value=5.0,
            worst=80.0,
        )
    )


async def test_it_is_listed_looked_after_and_over(centre: Centre, history: History, person: httpx.AsyncClient) -> None:
    alert = await history.alert()
    me = (await person.get("/v1/session")).json()["user"]["id"]
    shown = (await person.get(ALERTS, params={"raised": True})).json()["items"]
    assert [(one["id"], one["cleared_at"], one["acknowledged_by"]) for one in shown] == [(str(alert), None, None)]
    mine = (await person.post(f"{ALERTS}/{alert}/acknowledgement")).json()
    assert (mine["acknowledged_by"], mine["acknowledged_at"]) == (me, "2026-03-02T09:00:00Z")
    another = await (await centre.client()).post(f"{ALERTS}/{alert}/acknowledgement")
    assert another.json() == mine, "who was first stays"
    await clear(centre, history)
    over = (await person.get(f"{ALERTS}/{alert}")).json()
    assert (over["cleared_at"], over["worst"], over["acknowledged_by"]) == ("2026-03-02T09:01:30Z", 80.0, me)
    assert (await person.get(ALERTS, params={"raised": True})).json()["items"] == []
    assert len((await person.get(ALERTS, params={"raised": False})).json()["items"]) == 1
    problem(await person.post(f"{ALERTS}/{alert}/acknowledgement"), 409, "alert_over")


async def test_newest_first_page_by_page(history: History, person: httpx.AsyncClient) -> None:
    made = [str(await history.alert()) for _ in range(3)]
    first = (await person.get(ALERTS, params={"limit": 2})).json()
    second = (await person.get(ALERTS, params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [one["id"] for one in (*first["items"], *second["items"])] == made[::-1]


async def raised(centre: Centre, history: History, queue: QueueId | None, minutes: float) -> str:
    """An alert of its own rule, so many minutes after START."""
    alert = EventId(centre.ids.new())
    await history.write(
        AlertRaised(
            id=alert,
            tenant=await centre.tenant(),
            at=START + timedelta(minutes=minutes),
            rule=centre.ids.new(),
            name="Long wait",
            measure="longest_wait",
            queue=queue,
            side="above",
            limit=30.0,
            value=41.0,
            begun=START + timedelta(minutes=minutes),
        )
    )
    return str(alert)


async def test_by_queue_and_by_time(centre: Centre, history: History, person: httpx.AsyncClient) -> None:
    sales, support = await centre.queue(name="Sales"), await centre.queue(name="Support")
    first = await raised(centre, history, QueueId(UUID(sales["id"])), 0)
    second = await raised(centre, history, QueueId(UUID(support["id"])), 10)
    third = await raised(centre, history, None, 20)

    async def found(**query: str) -> list[str]:
        return [one["id"] for one in (await person.get(ALERTS, params=query)).json()["items"]]

    assert await found() == [third, second, first]
    assert await found(queue_id=support["id"]) == [second]
    ten, twenty = "2026-03-02T09:10:00Z", "2026-03-02T10:20:00+01:00"
    assert await found(since=ten) == [third, second]
    assert await found(since=ten, until=twenty) == [second]
    assert await found(queue_id=sales["id"], since=ten) == []
    problem(await person.get(ALERTS, params={"since": "2026-03-02T09:10:00"}), 422, "invalid_input")


async def test_queue_and_person_are_told_by_name(centre: Centre, history: History, person: httpx.AsyncClient) -> None:
    queue = await centre.queue(name="Sales")
    alert = await raised(centre, history, QueueId(UUID(queue["id"])), 0)
    shown = (await person.post(f"{ALERTS}/{alert}/acknowledgement")).json()
    name = (await person.get("/v1/session")).json()["user"]["name"]
    assert (shown["queue_name"], shown["acknowledged_by_name"]) == ("Sales", name)
    assert (await person.get(ALERTS)).json()["items"] == [shown]


async def test_nobody_of_another_tenant_sees_or_takes_it(centre: Centre, history: History) -> None:
    alert = await history.alert()
    theirs = await centre.client(Role.OWNER, THEIRS)
    assert (await theirs.get(ALERTS)).json()["items"] == []
    problem(await theirs.get(f"{ALERTS}/{alert}"), 404, "not_found")
    problem(await theirs.post(f"{ALERTS}/{alert}/acknowledgement"), 404, "not_found")


async def test_after_a_year_and_a_month_it_is_forgotten(
    centre: Centre, history: History, person: httpx.AsyncClient
) -> None:
    await history.alert()
    later = START + KEPT + timedelta(days=1)
    await history.write(
        AlertRaised(
            id=EventId(centre.ids.new()),
            tenant=await centre.tenant(),
            at=later,
            rule=UUID(int=8),
            name="Many wait",
            measure="waiting",
            queue=None,
            side="above",
            limit=5.0,
            value=6.0,
            begun=later,
        )
    )
    assert [one["name"] for one in (await person.get(ALERTS)).json()["items"]] == ["Many wait"]
