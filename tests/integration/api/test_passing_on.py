"""Passing calls on by the API: whose call, as whom, within which limits; once, however often it is sent."""

from typing import Any
from uuid import UUID

import httpx
import pytest
from api_history import History
from api_server import THEIRS, Centre, problem

from kernel.contracts.calls import AgentState
from kernel.contracts.desk import (
    Confer,
    Consult,
    ConsultColleague,
    DropParty,
    HandOver,
    PassingIntent,
    Retrieve,
    Transfer,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.queues import SkillLevel
from kernel.contracts.supervision import PassOn
from kernel.primitives.ids import CallId, QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.errors import CallGone, DestinationNotAllowed, UnknownQueue
from tenants.directory import Role

OUTSIDE = "+442079460077"


class Talk:
    """An agent and a caller who came by a queue."""

    def __init__(self, history: History, queue: QueueId, agent: UserId) -> None:
        self.history = history
        self.queue = queue
        self.agent = agent
        self.call: CallId = history.new_call()

    async def begin(self) -> None:
        told = self.history
        await told.write(
            told.offered(self.call),
            told.answered(self.call),
            told.queued(self.call, self.queue),
            told.connected(self.call, self.agent, self.queue),
            told.state(self.agent, AgentState.CONNECTED, at=6.0),
        )

    def url(self, rest: str) -> str:
        return f"/v1/calls/{self.call}/{rest}"


@pytest.fixture
async def talk(centre: Centre) -> Talk:
    agent = await centre.user(Role.AGENT)
    queue = await centre.queue(agents=[str(agent)])
    assert (await (await centre.client()).put(f"/v1/seats/{agent}")).is_success
    talk = Talk(History(centre, await centre.tenant()), QueueId(UUID(queue["id"])), agent)
    await talk.begin()
    return talk


def acts(talk: Talk) -> list[tuple[str, str, dict[str, Any] | None, PassingIntent]]:
    """Method, path, body and what the desk would have asked for."""
    call, number = talk.call, PhoneNumber.parse(OUTSIDE)
    outside = {"to": {"kind": "number", "number": OUTSIDE}}
    colleague = {"to": {"kind": "colleague", "agent_id": str(talk.agent), "note": "Knows it"}}
    skills = [{"skill": "german", "level": 5}]
    queue = {"to": {"kind": "queue", "queue_id": str(talk.queue), "note": "Refund", "skills": skills}}
    german = (SkillLevel("german", 5),)
    return [
        ("POST", "transfer", outside, Transfer(call=call, called=number)),
        ("POST", "transfer", queue, TransferToQueue(call=call, queue=talk.queue, note="Refund", skills=german)),
        ("POST", "transfer", colleague, TransferToColleague(call=call, agent=talk.agent, note="Knows it")),
        ("POST", "consultation", outside, Consult(call=call, called=number)),
        ("POST", "consultation", colleague, ConsultColleague(call=call, agent=talk.agent, note="Knows it")),
        ("DELETE", "consultation", None, Retrieve(call=call)),
        ("POST", "hand-over", None, HandOver(call=call)),
        ("POST", "conference", None, Confer(call=call)),
        ("DELETE", "parties/party1", None, DropParty(call=call, party="party1")),
    ]


async def send(client: httpx.AsyncClient, talk: Talk, rest: str, **body: Any) -> httpx.Response:
    return await client.post(talk.url(rest), json=body)


async def test_an_agent_does_with_the_own_call_what_the_desk_does(centre: Centre, talk: Talk) -> None:
    agent = await centre.client(Role.AGENT)
    for method, rest, body, intent in acts(talk):
        answer = await agent.request(method, talk.url(rest), json=body)
        assert (answer.status_code, answer.content) == (204, b""), answer.text
        assert centre.routing.intents[-1] == (talk.history.tenant, talk.agent, intent)
    assert not centre.routing.acts


async def test_a_supervisor_does_it_for_the_agent_who_talks(centre: Centre, talk: Talk) -> None:
    lead, person = await centre.client(Role.SUPERVISOR), await centre.user(Role.SUPERVISOR)
    for method, rest, body, intent in acts(talk):
        assert (await lead.request(method, talk.url(rest), json=body)).status_code == 204
        assert centre.routing.acts[-1] == (talk.history.tenant, person, PassOn(intent=intent))
    assert not centre.routing.intents


async def test_who_leads_a_team_passes_on_its_calls_only(centre: Centre, talk: Talk) -> None:
    lead, person = await centre.client(Role.SUPERVISOR), await centre.user(Role.SUPERVISOR)
    team = {"name": "Late", "members": [], "leads": [str(person)]}
    assert (await (await centre.client()).post("/v1/teams", json=team)).status_code == 201
    problem(await send(lead, talk, "hand-over"), 404, "not_found")
    assert not centre.routing.acts


async def test_a_call_that_was_never_theirs_is_not_there(centre: Centre, talk: Talk) -> None:
    history = talk.history
    colleagues = Talk(history, talk.queue, await centre.user(Role.SUPERVISOR))
    await colleagues.begin()
    agent = await centre.client(Role.AGENT)
    problem(await send(agent, colleagues, "hand-over"), 404, "not_found")
    problem(await agent.get(colleagues.url("parties")), 404, "not_found")
    problem(await send(await centre.client(Role.OWNER, THEIRS), talk, "hand-over"), 404, "not_found")
    problem(await send(await centre.client(Role.QUALITY), talk, "hand-over"), 403, "forbidden")
    assert not centre.routing.intents
    assert not centre.routing.acts


@pytest.mark.parametrize(
    ("refusal", "status"),
    [
        (CallGone("The call has ended or left your desk."), 409),
        (UnknownQueue("Choose one of the queues that the call's company has."), 422),
        (DestinationNotAllowed("Numbers of FR are not among the countries that may be dialled.", country="FR"), 403),
    ],
)
async def test_what_routing_refuses_is_a_problem(
    centre: Centre, talk: Talk, refusal: CallGone | UnknownQueue | DestinationNotAllowed, status: int
) -> None:
    centre.routing.refusal = refusal
    answer = await send(await centre.client(Role.AGENT), talk, "transfer", to={"kind": "number", "number": OUTSIDE})
    told = problem(answer, status, refusal.code)
    assert told["detail"] == refusal.detail


@pytest.mark.parametrize(
    "to",
    [
        {"kind": "number", "number": "0207"},
        {"kind": "queue"},
        {"kind": "colleague", "agent_id": "me"},
        {"kind": "moon"},
        {"kind": "number", "number": OUTSIDE, "nunber": ""},
        {"kind": "queue", "queue_id": str(UUID(int=1)), "note": "x" * 501},
    ],
)
async def test_a_target_that_is_none_is_told_of(centre: Centre, talk: Talk, to: dict[str, Any]) -> None:
    problem(await send(await centre.client(Role.AGENT), talk, "transfer", to=to), 422, "invalid_input")
    assert not centre.routing.intents


async def test_with_a_key_it_is_done_once(centre: Centre, talk: Talk) -> None:
    agent, key = await centre.client(Role.AGENT), {"Idempotency-Key": "once"}
    to = {"to": {"kind": "number", "number": OUTSIDE}}
    first = await agent.post(talk.url("transfer"), json=to, headers=key)
    centre.routing.refusal = CallGone("The call has ended or left your desk.")
    again = await agent.post(talk.url("transfer"), json=to, headers=key)
    assert (first.status_code, again.status_code, again.content) == (204, 204, b"")
    assert again.headers["idempotent-replayed"] == "true"
    assert len(centre.routing.intents) == 1
    problem(await agent.post(talk.url("consultation"), json=to, headers=key), 422, "idempotency_key_reused")
    problem(await agent.post(talk.url("transfer"), json=to, headers={"Idempotency-Key": "new"}), 409, "call_gone")
    centre.routing.refusal = None
    assert (await agent.post(talk.url("transfer"), json=to, headers={"Idempotency-Key": "new"})).status_code == 204


async def test_who_talks_and_who_was_called_in_is_told(centre: Centre, talk: Talk) -> None:
    for role in (Role.AGENT, Role.SUPERVISOR):
        told = (await (await centre.client(role)).get(talk.url("parties"))).json()
        assert told == {"agent_id": str(talk.agent), "parties": []}
    await talk.history.write(talk.history.ended(talk.call, talk.agent))
    told = (await (await centre.client(Role.SUPERVISOR)).get(talk.url("parties"))).json()
    assert told == {"agent_id": None, "parties": []}
