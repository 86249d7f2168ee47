"""An agent of the provider answers for two clients in one log-in; each client has its own record and recording."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from load_tests.peers.raw_caller import RawCaller
from load_tests.peers.sound import read, seconds_of, tone
from load_tests.peers.system import PASSWORD, System, eventually, make_centre
from load_tests.peers.webrtc_agent import WebrtcAgent

pytestmark = pytest.mark.timeout(120)

AGENT_HZ = 1000.0
HEARD_SECONDS = 0.5
AGENT = "agent1@example.org"


class Client:
    """A client tenant with a queue that the provider's agent serves by a grant, seen by its owner."""

    def __init__(self, system: System, name: str, number: str, hertz: float) -> None:
        self.name = name
        self.number = number
        self.voice = tone(hertz, 1)
        self.hertz = hertz
        self.owner = system.client()
        self._system = system

    async def found(self, agent: str) -> None:
        email = f"owner@{self.name.lower()}.example"
        owner = {"email": email, "name": self.name, "password": PASSWORD}
        self.id = (await self._system.post("/v1/provider/clients", name=self.name, owner=owner))["id"]
        await self._system.log_in(self.owner, email)
        until = (datetime.now(UTC) + timedelta(days=30)).isoformat()
        self.grant = await self.post("/v1/grants", email=AGENT, roles=["agent"], until=until, reason="Answers for us")
        queue = await self.post("/v1/queues", name="Service", agents=[agent], greeting=[], dispositions=[self.name])
        carrier = {"sources": ["127.0.0.1/32"], "host": "127.0.0.1", "port": 5060, "transport": "udp"}
        await self.post("/v1/trunks", name="Carrier", **carrier)
        await self.post("/v1/numbers", e164=self.number, queue_id=queue["id"])

    async def post(self, path: str, **body: Any) -> dict[str, Any]:
        answer = await self.owner.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.text}"
        return answer.json()

    async def call(self) -> dict[str, Any]:
        """Its one call, once its recording is stored."""

        async def stored() -> dict[str, Any] | None:
            items = (await self.owner.get("/v1/calls")).json()["items"]
            return items[0] if items and items[0]["ended_at"] and items[0]["recording_ids"] else None

        call = await eventually(stored)
        assert call
        assert len((await self.owner.get("/v1/calls")).json()["items"]) == 1
        return call


async def answered(system: System, agent: WebrtcAgent, client: Client) -> dict[str, Any]:
    """One call of the client from its ring to its disposition; returns what the desk showed."""
    async with RawCaller(system.sip_port, client.number, client.voice) as caller:
        offer = await agent.until(lambda: agent.state.get("offer"))
        await agent.answer_next()
        shown = agent.part("call")
        await asyncio.sleep(1.0)
        await agent.hang_up()
        await asyncio.wait_for(caller.hung_up.wait(), 5)
    await agent.until(lambda: agent.part("me")["state"] == "wrap_up")
    wrapping = agent.part("call")
    assert wrapping["dispositions"] == [client.name]
    await agent.intent(type="finish_wrap_up", call=wrapping["id"], disposition=client.name, note="")
    await agent.until(lambda: agent.part("me")["state"] == "available")
    return {"offer": offer["client"]["name"], "call": shown["client"]["name"]}


async def test_each_client_is_answered_in_its_name_and_has_its_own_record(system: System, tmp_path: Path) -> None:
    home = await make_centre(system)
    agent_id = home.agents[0]["id"]
    clients = [Client(system, "Red", "+442071838711", 440.0), Client(system, "Blue", "+442071838712", 620.0)]
    for client in clients:
        await client.found(agent_id)
    async with WebrtcAgent(system, AGENT, tone(AGENT_HZ, 1)) as agent:
        assert {one["name"] for one in agent.part("me")["clients"]} == {"Red", "Blue"}
        for client in clients:
            assert await answered(system, agent, client) == {"offer": client.name, "call": client.name}
        for client in clients:
            call = await client.call()
            assert (call["outcome"], call["disposition"], call["agent_id"]) == ("answered", client.name, agent_id)
            audio = await client.owner.get(f"/v1/recordings/{call['recording_ids'][0]}/audio")
            file = tmp_path / f"{client.name}.wav"
            file.write_bytes(audio.content)
            customer, ours = read(file)
            assert seconds_of(customer, client.hertz) > HEARD_SECONDS
            assert seconds_of(ours, AGENT_HZ) > HEARD_SECONDS
            assert await own_calls(agent, client, agent_id) == [call["id"]]
        assert (await system.get("/v1/calls"))["items"] == []
        await no_more_of(clients[0], system, agent)
    for client in clients:
        await client.owner.aclose()


async def own_calls(agent: WebrtcAgent, client: Client, agent_id: str) -> list[str]:
    """What the desk's history asks for, under the agent's grant."""
    query, headers = {"agent_id": agent_id}, {"Cordboard-Client": client.id}
    answer = await agent.http.get("/v1/calls", params=query, headers=headers)
    assert answer.is_success, answer.text
    return [call["id"] for call in answer.json()["items"]]


async def no_more_of(client: Client, system: System, agent: WebrtcAgent) -> None:
    """The client ends the grant: its next caller waits, and the desk shows the client no more."""
    ended = await client.owner.request("DELETE", f"/v1/grants/{client.grant['id']}", headers=await etag(client))
    assert ended.is_success, ended.text
    await agent.until(lambda: client.name not in {one["name"] for one in agent.part("me")["clients"]})
    async with RawCaller(system.sip_port, client.number, client.voice):
        await asyncio.sleep(0.5)
        assert agent.state.get("offer") is None


async def etag(client: Client) -> dict[str, str]:
    answer: httpx.Response = await client.owner.get(f"/v1/grants/{client.grant['id']}")
    return {"If-Match": answer.headers["etag"]}


async def test_a_killed_server_takes_a_clients_call_up_again_at_the_same_desk(system: System) -> None:
    home = await make_centre(system)
    red = Client(system, "Red", "+442071838711", 440.0)
    await red.found(home.agents[0]["id"])
    async with WebrtcAgent(system, AGENT, tone(AGENT_HZ, 1)) as agent:
        async with RawCaller(system.sip_port, red.number, red.voice) as caller:
            await agent.answer_next()
            await system.kill()
            await system.start()
            await agent.connect()
            await agent.resume()
            await agent.connected()
            assert agent.part("call")["client"]["name"] == "Red"
            await agent.heard_since(asyncio.get_running_loop().time())
            await agent.hang_up()
            await asyncio.wait_for(caller.hung_up.wait(), 5)
        await agent.until(lambda: agent.part("me")["state"] == "wrap_up")
        await agent.intent(type="finish_wrap_up", call=agent.part("call")["id"], disposition="Red", note="")
    assert (await red.call())["disposition"] == "Red"
    await red.owner.aclose()
