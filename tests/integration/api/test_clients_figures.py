"""What a provider's people see of all their clients at once: figures and the live view, of those who let them."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import msgspec
import pytest
from api_clients import Client, let_in, new_client
from api_desk import served
from api_history import History
from api_server import OURS, THEIRS, Centre, problem
from websockets.asyncio.client import connect

from kernel.contracts.base import TenantScope
from kernel.primitives.ids import QueueId, UserId
from tenants.audit import AuditRepository
from tenants.directory import Role

FIGURES, LIVE = "/v1/indicators/clients", "/v1/live/clients"
HOUR = {"since": "2026-03-02T08:30:00Z", "unit": "day"}


class Clients:
    """Two of ours and one of another provider; each had as many calls as its place in this list, one waits."""

    def __init__(self, centre: Centre, first: Client, second: Client, foreign: Client) -> None:
        self.centre = centre
        self.first, self.second, self.foreign = first, second, foreign
        self.all = (first, second, foreign)

    @classmethod
    async def of(cls, centre: Centre) -> "Clients":
        made = [
            await new_client(centre, f"kim{place}@client.example", f"Client {place}", provider)
            for place, provider in enumerate((OURS, OURS, THEIRS), start=1)
        ]
        clients = cls(centre, *made)
        for count, client in enumerate(made, start=1):
            await clients.called(client, count)
        return clients

    async def called(self, client: Client, count: int) -> None:
        me = (await client.owner.get("/v1/session")).json()["user"]["id"]
        queue = (await client.owner.post("/v1/queues", json={"name": "Sales", "agents": [me]})).json()["id"]
        history = History(self.centre, client.id)
        for place in range(count):
            await history.whole_call(UserId(UUID(me)), QueueId(UUID(queue)), place * 60.0)
        waiting = history.new_call()
        await history.write(history.offered(waiting, 300), history.queued(waiting, QueueId(UUID(queue)), 300))


@pytest.fixture
async def clients(centre: Centre) -> Clients:
    return await Clients.of(centre)


def offered(answer: Any) -> dict[tuple[str, str], float]:
    """By kind and id, the number of calls."""
    return {
        (item["scope"]["kind"], item["scope"]["id"]): reading["value"]
        for item in answer.json()["items"]
        for reading in item["readings"]
        if reading["key"] == "calls_offered"
    }


async def test_figures_of_those_clients_that_let_one_see_them_and_their_sum(centre: Centre, clients: Clients) -> None:
    person, home = await centre.client(Role.SUPERVISOR), str(await centre.tenant())
    await let_in(centre, clients.first)
    answer = await person.get(FIGURES, params=HOUR)
    assert offered(answer) == {("client", str(clients.first.id)): 1.0, ("provider", home): 1.0}
    await let_in(centre, clients.second)
    answer = await person.get(FIGURES, params=HOUR)
    assert offered(answer) == {
        ("client", str(clients.first.id)): 1.0,
        ("client", str(clients.second.id)): 2.0,
        ("provider", home): 3.0,
    }
    own = await person.get("/v1/indicators/overview", params=HOUR, headers=clients.second.header)
    (alone,) = own.json()["items"]
    (shown,) = [item for item in answer.json()["items"] if item["scope"]["id"] == str(clients.second.id)]
    values = [{reading["key"]: reading["value"] for reading in item["readings"]} for item in (shown, alone)]
    assert values[0] == values[1], "as the client reads itself"


async def test_the_audit_of_each_client_tells_of_it(centre: Centre, clients: Clients) -> None:
    person = await centre.client(Role.SUPERVISOR)
    for client in (clients.first, clients.second):
        await let_in(centre, client)
    await person.get(FIGURES, params=HOUR)
    for client in (clients.first, clients.second):
        scope = TenantScope(client.id)
        async with centre.database.read(scope) as unit:
            told = await AuditRepository(unit.session, scope).page(None, 1)
        assert (told[0].action, told[0].detail["operation"]) == ("grant.used", "read_client_indicators")


async def test_a_grant_that_does_not_go_so_far_shows_nothing(centre: Centre, clients: Clients) -> None:
    await let_in(centre, clients.first, roles=["agent"])
    person = await centre.client(Role.SUPERVISOR)
    assert list(offered(await person.get(FIGURES, params=HOUR))) == [("provider", str(await centre.tenant()))]
    assert (await person.get(LIVE)).json()["clients"] == []


async def test_a_client_has_no_clients(centre: Centre, clients: Clients) -> None:
    await let_in(centre, clients.first)
    person = await centre.client(Role.SUPERVISOR)
    for path in (FIGURES, LIVE):
        problem(await clients.first.owner.get(path, params=HOUR), 403, "provider_only")
        problem(await person.get(path, params=HOUR, headers=clients.first.header), 403, "provider_only")


async def test_the_live_view_of_all_clients(centre: Centre, clients: Clients) -> None:
    for client in (clients.first, clients.second):
        await let_in(centre, client)
    shown = (await (await centre.client(Role.SUPERVISOR)).get(LIVE)).json()
    assert [(one["name"], one["sums"]["answered_today"]) for one in shown["clients"]] == [
        ("Client 1", 1),
        ("Client 2", 2),
    ]
    assert (shown["sums"]["waiting"], shown["sums"]["answered_today"]) == (2, 3)
    assert shown["sums"]["longest_waiting_since"] == "2026-03-02T09:05:00Z"
    assert [queue["waiting"] for one in shown["clients"] for queue in one["queues"]] == [1, 1]


@pytest.fixture
async def board(centre: Centre) -> AsyncIterator[str]:
    async with served(centre) as url:
        yield url.replace("/v1/desk", "/v1/live/events")


async def test_a_browser_opens_a_clients_board(centre: Centre, clients: Clients, board: str) -> None:
    """It cannot send a header with a WebSocket."""
    person = await centre.client(Role.SUPERVISOR)
    cookie = {"Cookie": f"cordboard_session={person.cookies['cordboard_session']}"}

    async def first(client: Client) -> Any:
        async with connect(f"{board}?client={client.id}", additional_headers=cookie) as socket:
            return msgspec.json.decode(await socket.recv())

    assert (await first(clients.first))["problem"]["code"] == "no_such_client"
    grant = await let_in(centre, clients.first)
    assert (await first(clients.first))["state"]["tenant"]["name"] == "Client 1"
    assert (await first(clients.foreign))["problem"]["code"] == "no_such_client"
    await clients.first.owner.delete(f"/v1/grants/{grant['id']}")
    assert (await first(clients.first))["problem"]["code"] == "no_such_client"


async def test_a_header_or_a_page_s_parameter_names_no_client_where_neither_belongs(
    centre: Centre, clients: Clients
) -> None:
    """The parameter is for WebSockets only: a link must not make somebody act elsewhere."""
    await let_in(centre, clients.first)
    person = await centre.client(Role.SUPERVISOR)
    shown = await person.get("/v1/tenant", params={"client": str(clients.first.id)})
    assert shown.json()["name"] == OURS
