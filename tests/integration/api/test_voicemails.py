"""Messages and missed calls at the API: who sees which, and that listening is written down."""

from pathlib import Path
from uuid import UUID

from api_clients import let_in, new_client
from api_history import CALLER, WAV, History
from api_server import OURS, THEIRS, Centre, problem

from kernel.primitives.ids import QueueId
from tenants.directory import Role


async def queues(centre: Centre) -> tuple[QueueId, QueueId]:
    """One that the agent works in, and one that nobody does."""
    agent = str(await centre.user(Role.AGENT))
    own, other = await centre.queue(agents=[agent]), await centre.queue(name="Other")
    return QueueId(UUID(own["id"])), QueueId(UUID(other["id"]))


async def test_agents_see_the_messages_of_their_queues_and_listening_is_written_down(
    centre: Centre, tmp_path: Path
) -> None:
    owner, agent = await centre.client(Role.OWNER), await centre.client(Role.AGENT)
    mine, other = await queues(centre)
    history = History(centre, await centre.tenant())
    call = history.new_call()
    heard, unheard = [await history.recording(call, tmp_path) for _ in range(2)]
    centre.routing.leave(history.tenant, call, mine, heard)
    centre.routing.leave(history.tenant, call, other, unheard)

    assert [one["id"] for one in (await agent.get("/v1/voicemails")).json()["items"]] == [str(heard)]
    assert len((await owner.get("/v1/voicemails")).json()["items"]) == 2
    assert (await agent.post(f"/v1/voicemails/{unheard}/take")).status_code == 404
    assert (await (await centre.client(Role.QUALITY)).get("/v1/voicemails")).status_code == 403
    theirs = await centre.client(Role.OWNER, THEIRS)
    assert (await theirs.get(f"/v1/voicemails/{heard}")).status_code == 404

    assert (await agent.get(f"/v1/voicemails/{heard}/audio")).content == WAV
    newest, *_ = await centre.audit(OURS)
    assert newest.action == "voicemail.listened"
    assert (await agent.post(f"/v1/voicemails/{heard}/take")).status_code == 204
    assert (await owner.post(f"/v1/voicemails/{heard}/take")).json()["code"] == "voicemail_taken"
    assert (await agent.post(f"/v1/voicemails/{heard}/finish", json={"note": "Rang back."})).status_code == 204
    assert (await agent.get("/v1/voicemails")).json()["items"] == []


async def test_a_guest_hears_and_takes_care_of_what_the_client_lets_them_and_of_their_queues_alone(
    centre: Centre, tmp_path: Path
) -> None:
    client = await new_client(centre)
    agent, person = await centre.client(Role.AGENT), await centre.user(Role.AGENT)
    grant = await let_in(centre, client, Role.AGENT, roles=["agent"])
    theirs, other = [
        QueueId(UUID((await client.owner.post("/v1/queues", json={"name": name, "agents": members})).json()["id"]))
        for name, members in (("Theirs", [str(person)]), ("Other", []))
    ]
    history = History(centre, client.id)
    call = history.new_call()
    heard, unheard = [await history.recording(call, tmp_path) for _ in range(2)]
    centre.routing.leave(client.id, call, theirs, heard)
    centre.routing.leave(client.id, call, other, unheard)

    assert (await agent.get("/v1/voicemails")).json()["items"] == [], "at home there is none"
    assert (await agent.get(f"/v1/voicemails/{heard}/audio")).status_code == 404, "not without saying where"
    listed = await agent.get("/v1/voicemails", headers=client.header)
    assert [one["id"] for one in listed.json()["items"]] == [str(heard)]
    assert (await agent.get(f"/v1/voicemails/{heard}/audio", headers=client.header)).content == WAV
    for path in ("audio", ""):
        problem(
            await agent.get(f"/v1/voicemails/{unheard}/{path}".rstrip("/"), headers=client.header), 404, "not_found"
        )
    for act in ("take", "reject", "give-back"):
        problem(await agent.post(f"/v1/voicemails/{unheard}/{act}", headers=client.header), 404, "not_found")
    assert (await agent.post(f"/v1/voicemails/{heard}/take", headers=client.header)).status_code == 204
    stranger = await centre.client(Role.OWNER, THEIRS)
    problem(await stranger.get(f"/v1/voicemails/{heard}", headers=client.header), 404, "no_such_client")
    problem(
        await (await centre.client(Role.QUALITY)).get("/v1/voicemails", headers=client.header), 404, "no_such_client"
    )

    await client.owner.delete(f"/v1/grants/{grant['id']}")
    problem(await agent.get("/v1/voicemails", headers=client.header), 404, "no_such_client")
    problem(await agent.post(f"/v1/voicemails/{heard}/finish", headers=client.header, json={}), 404, "no_such_client")


async def test_who_called_in_vain_is_listed_until_somebody_spoke_with_them(centre: Centre) -> None:
    owner, agent = await centre.client(Role.OWNER), await centre.client(Role.AGENT)
    mine, other = await queues(centre)
    history = History(centre, await centre.tenant())
    for queue, at in ((other, 0.0), (mine, 100.0)):
        call = history.new_call()
        await history.write(
            history.offered(call, at),
            history.answered(call, at),
            history.queued(call, queue, at),
            history.ended(call, at=at + 30),
        )
    (line,) = (await agent.get("/v1/missed-calls")).json()["items"]
    assert (line["number"], line["times"], line["queue_id"]) == (CALLER.e164, 2, str(mine))
    assert line["longest_wait_seconds"] == 30
    assert (await (await centre.client(Role.OWNER, THEIRS)).get("/v1/missed-calls")).json()["items"] == []
    await history.whole_call(await centre.user(Role.AGENT), mine, at=200.0)
    assert (await owner.get("/v1/missed-calls")).json()["items"] == []
