"""The live board's WebSocket over a real socket."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import msgspec
import pytest
from api_desk import PATIENCE, Desk, served
from api_history import History
from api_server import OURS, THEIRS, Centre
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import CallId, QueueId, UserId
from tenants.directory import Role

MAPS = ("queues", "waiting", "calls", "agents", "alerts")


class Page(Desk):
    """Reads frames as `docs/indicators.md` says."""

    async def frame(self) -> dict[str, Any]:
        async with asyncio.timeout(PATIENCE):
            frame = msgspec.json.decode(await self.socket.recv())
        if frame["op"] == "snapshot":
            self.sequence, self.state = frame["sequence"], frame["state"]
        elif frame["op"] == "event":
            assert frame["sequence"] == self.sequence + 1, "a gap"
            self.sequence += 1
            for name, value in frame["changes"].items():
                rows = self.state[name] | value if name in MAPS else value
                self.state[name] = {key: row for key, row in rows.items() if row} if name in MAPS else rows
        return frame

    async def shows(self, name: str, count: int) -> None:
        while len(self.state[name]) != count:
            await self.frame()


class Shop:
    """A queue with its agent in one tenant."""

    def __init__(self, history: History, queue: QueueId, agent: UserId) -> None:
        self.history = history
        self.queue = queue
        self.agent = agent

    async def caller_waits(self) -> CallId:
        call = self.history.new_call()
        await self.history.write(self.history.offered(call), self.history.queued(call, self.queue))
        return call


async def shop_of(centre: Centre, domain: str = OURS) -> Shop:
    agent = await centre.user(Role.AGENT, domain)
    queue = await centre.queue(domain, agents=[str(agent)])
    return Shop(History(centre, await centre.tenant(domain)), QueueId(UUID(queue["id"])), agent)


@pytest.fixture
async def url(centre: Centre) -> AsyncIterator[str]:
    async with served(centre) as url:
        yield url.replace("/v1/desk", "/v1/live/events")


@asynccontextmanager
async def page(centre: Centre, url: str, role: Role = Role.OWNER, domain: str = OURS) -> AsyncGenerator[Page]:
    client = await centre.client(role, domain)
    cookie = {"Cookie": f"cordboard_session={client.cookies['cordboard_session']}"}
    async with connect(url, additional_headers=cookie) as socket:
        yield Page(socket)


async def test_a_board_shows_callers_agents_and_queues_as_they_change(centre: Centre, url: str) -> None:
    shop = await shop_of(centre)
    waiting = await shop.caller_waits()
    async with page(centre, url) as board:
        snapshot = await board.frame()
        assert (snapshot["op"], snapshot["now"]) == ("snapshot", "2026-03-02T09:00:00Z")
        assert board.state["waiting"][str(waiting)]["since"] == "2026-03-02T09:00:02Z"
        assert board.state["tenant"]["name"] == OURS
        await shop.caller_waits()
        await board.shows("waiting", 2)
        await shop.history.write(shop.history.state(shop.agent, AgentState.CONNECTED))
        await shop.history.write(shop.history.connected(waiting, shop.agent, shop.queue))
        await board.shows("waiting", 1)
        await board.shows("calls", 1)
        while board.state["agents"][str(shop.agent)]["state"] != "connected":
            await board.frame()
        assert board.state["queues"][str(shop.queue)]["waiting"] == 1


async def test_a_ping_is_answered_with_the_servers_time(centre: Centre, url: str) -> None:
    async with page(centre, url) as board:
        await board.send(op="ping")
        pong = await board.until("pong")
    assert pong == {"op": "pong", "now": "2026-03-02T09:00:00Z"}


async def test_another_tenants_calls_are_not_shown(centre: Centre, url: str) -> None:
    ours, theirs = await shop_of(centre), await shop_of(centre, THEIRS)
    async with page(centre, url) as board:
        await board.frame()
        await theirs.caller_waits()
        call = await ours.caller_waits()
        await board.shows("waiting", 1)
        assert list(board.state["waiting"]) == [str(call)]
        assert list(board.state["queues"]) == [str(ours.queue)]


async def test_who_leads_a_team_sees_its_agents_only(centre: Centre, url: str) -> None:
    shop = await shop_of(centre)
    owner, lead = await centre.client(), str(await centre.user(Role.SUPERVISOR))
    team = (await owner.post("/v1/teams", json={"name": "First", "leads": [lead]})).json()
    async with page(centre, url, Role.SUPERVISOR) as board:
        assert (await board.frame())["state"]["agents"] == {}
        await owner.patch(f"/v1/teams/{team['id']}", json={"members": [str(shop.agent)]})
        await board.shows("agents", 1)
    async with page(centre, url) as board:
        assert list((await board.frame())["state"]["agents"]) == [str(shop.agent)]


async def test_an_agent_is_shown_no_board(centre: Centre, url: str) -> None:
    async with page(centre, url, Role.AGENT) as board:
        assert await board.closed() == (4403, "forbidden")


async def test_nobody_is_shown_no_board(url: str) -> None:
    async with connect(url) as socket:
        assert await Page(socket).closed() == (4401, "no_session")


async def test_a_page_of_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        await connect(url, origin=Origin("https://evil.example"))


async def test_a_session_that_is_ended_ends_the_view(centre: Centre, url: str) -> None:
    async with page(centre, url) as board:
        await board.frame()
        client = await centre.client()
        await client.delete("/v1/session")
        assert await board.closed() == (4401, "no_session")


async def test_a_program_looks_with_its_key(centre: Centre, url: str) -> None:
    client = await centre.client()
    made = (await client.post("/v1/api-keys", json={"name": "wallboard", "permissions": ["live.read"]})).json()
    async with connect(url, additional_headers={"Authorization": f"Bearer {made['key']}"}) as socket:
        board = Page(socket)
        assert (await board.frame())["op"] == "snapshot"


async def test_a_board_says_nothing_but_pings(centre: Centre, url: str) -> None:
    async with page(centre, url) as board:
        await board.send(op="intent", id=1, intent={})
        assert (await board.closed())[0] == 4400
