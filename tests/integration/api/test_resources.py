"""Users, queues, numbers, trunks and the tenant over HTTP: making, changing, listing, removing."""

from typing import Any

import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, problem

from api.idempotency import KEPT
from kernel.contracts.base import TenantScope
from kernel.contracts.codec import unpack
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.telephony import PhoneParty, TrunkParty
from kernel.primitives.phone import PhoneNumber
from kernel.primitives.secret import Secret
from tenants.directory import CannotOpen, Role, SecretBox, load_tenant_directory
from tenants.directory.operator import OperatorTrunks

TRUNK = {"name": "Carrier", "sources": ["192.0.2.0/28"], "host": "sip.carrier.example"}
USER = {"email": "new@ours.example", "name": "New", "password": PASSWORD, "roles": ["agent"]}


async def test_a_queue_is_made_with_defaults_changed_and_removed(centre: Centre) -> None:
    client = await centre.client()
    made = await client.post("/v1/queues", json={"name": "Service"})
    assert made.status_code == 201
    body = made.json()
    assert made.headers["location"] == f"/v1/queues/{body['id']}"
    assert (body["ring_seconds"], body["wrap_up_seconds"], body["music"], body["record"]) == (20.0, 60.0, "music", True)
    agent = str(await centre.user(Role.AGENT))
    changed = await client.patch(made.headers["location"], json={"agents": [agent], "priority": 5})
    assert changed.json() == body | {"agents": [agent], "priority": 5}
    assert (await client.get(made.headers["location"])).json() == changed.json()
    assert (await client.delete(made.headers["location"])).status_code == 204
    problem(await client.get(made.headers["location"]), 404, "not_found")
    assert (await client.get("/v1/queues")).json() == {"items": [], "next_cursor": None}


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " Service"}, "name"),
        ({"ring_seconds": 1}, "ring_seconds"),
        ({"priority": 101}, "priority"),
        ({"greeting": ["../../etc/passwd"]}, "greeting"),
        ({"music": "a/b"}, "music"),
        ({"dispositions": []}, "dispositions"),
        ({"dispositions": ["a", "a"]}, "dispositions"),
        ({"agents": ["0198c0de-0000-7000-8000-000000000001"]}, "agents"),
    ],
)
async def test_a_wrong_field_of_a_queue_is_named(centre: Centre, change: dict[str, Any], field: str) -> None:
    queue = await centre.queue()
    client = await centre.client()
    document = problem(await client.patch(f"/v1/queues/{queue['id']}", json=change), 422, "invalid_input")
    assert [error["field"] for error in document["errors"]] == [field]
    assert (await client.get(f"/v1/queues/{queue['id']}")).json() == queue


async def test_all_wrong_fields_are_named_at_once(centre: Centre) -> None:
    body = TRUNK | {
        "name": "",
        "host": "not a host",
        "port": 70_000,
        "sources": ["nonsense", "10.0.0.0/8"],
        "region": "XX",
    }
    document = problem(await (await centre.client()).post("/v1/trunks", json=body), 422, "invalid_input")
    assert [error["code"] for error in document["errors"]] == [
        "not_a_name",
        "not_a_network",
        "network_too_wide",
        "not_a_host",
        "out_of_range",
        "no_such_region",
    ]


@pytest.mark.parametrize("body", [{"nam": "Service"}, {"name": 5}, {}, {"name": "Service", "colour": "red"}, []])
async def test_a_body_of_another_shape_is_refused(centre: Centre, body: Any) -> None:
    problem(await (await centre.client()).post("/v1/queues", json=body), 422, "invalid_input")


async def test_a_name_is_given_once_until_its_queue_is_removed(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    problem(await client.post("/v1/queues", json={"name": "Service"}), 409, "name_taken")
    assert (await centre.queue(THEIRS))["name"] == "Service"
    await client.delete(f"/v1/queues/{queue['id']}")
    assert (await client.post("/v1/queues", json={"name": "Service"})).status_code == 201


async def test_a_queue_with_a_number_stays(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    number = (await client.post("/v1/numbers", json={"e164": "+44 20 7183 8750", "queue_id": queue["id"]})).json()
    assert number["e164"] == "+442071838750"
    document = problem(await client.delete(f"/v1/queues/{queue['id']}"), 409, "still_in_use")
    assert document["used_by"] == [{"kind": "number", "id": number["id"]}]
    assert (await client.delete(f"/v1/numbers/{number['id']}")).status_code == 204
    assert (await client.delete(f"/v1/queues/{queue['id']}")).status_code == 204


async def test_a_number_leads_to_one_tenant_only(centre: Centre) -> None:
    ours, theirs = await centre.queue(), await centre.queue(THEIRS)
    number = {"e164": "+442071838750"}
    assert (await (await centre.client()).post("/v1/numbers", json=number | {"queue_id": ours["id"]})).is_success
    client = await centre.client(Role.OWNER, THEIRS)
    problem(await client.post("/v1/numbers", json=number | {"queue_id": theirs["id"]}), 409, "number_taken")
    operator = OperatorTrunks(centre.database, centre.services.secrets)
    route = (
        await load_tenant_directory(centre.database, TenantScope(await centre.tenant()), centre.clock.now())
    ).numbers[0]
    assert await operator.owner(route.called) == await centre.tenant()


async def test_agents_are_spoken_to_in_the_tenant_s_language(centre: Centre) -> None:
    client, scope = await centre.client(Role.OWNER), TenantScope(await centre.tenant())
    assert (await client.patch("/v1/tenant", json={"locale": "de-AT"})).is_success
    assert (await load_tenant_directory(centre.database, scope, centre.clock.now())).language == "de-AT"


async def test_a_number_leads_outside_or_to_a_telephone_and_back_to_its_queue(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    body = {"e164": "+442071838750", "queue_id": queue["id"], "forward_number": "+44 20 7183 8760"}
    made = await client.post("/v1/numbers", json=body)
    assert (made.json()["forward_number"], made.json()["forward_phone"]) == ("+442071838760", None)
    place = made.headers["location"]
    scope = TenantScope(await centre.tenant())

    async def leads_to() -> object:
        return (await load_tenant_directory(centre.database, scope, centre.clock.now())).numbers[0].forward

    assert await leads_to() == TrunkParty(called=PhoneNumber("+442071838760"))
    problem(await client.patch(place, json={"forward_phone": "anna"}), 422, "invalid_input")
    problem(await client.patch(place, json={"forward_number": "+442071838750"}), 422, "invalid_input")
    assert (await client.patch(place, json={"forward_number": None, "forward_phone": "anna"})).is_success
    assert await leads_to() == PhoneParty(user="anna")
    assert (await client.patch(place, json={"forward_phone": None})).is_success
    assert await leads_to() is None
    stranger = await centre.client(Role.OWNER, THEIRS)
    problem(await stranger.patch(place, json={"forward_phone": "eve"}), 404, "not_found")


async def test_a_trunks_password_is_sealed_and_never_told(centre: Centre) -> None:
    client = await centre.client()
    made = await client.post("/v1/trunks", json=TRUNK | {"password": "a secret word", "username": "us"})
    assert made.json()["has_password"] is True
    assert "secret word" not in made.text
    assert "secret word" not in (await client.get("/v1/trunks")).text
    trunks = OperatorTrunks(centre.database, centre.services.secrets)
    assert [trunk.password for trunk in await trunks.trunks()] == [Secret("a secret word")]
    with pytest.raises(CannotOpen):
        await OperatorTrunks(centre.database, SecretBox(bytes(32))).trunks()
    removed = await client.patch(made.headers["location"], json={"password": None})
    assert removed.json()["has_password"] is False
    assert [trunk.password for trunk in await trunks.trunks()] == [None]


async def test_a_source_belongs_to_one_trunk_of_a_tenant(centre: Centre) -> None:
    client = await centre.client()
    first = (await client.post("/v1/trunks", json=TRUNK | {"sources": ["192.0.2.7"]})).json()
    assert first["sources"] == ["192.0.2.7/32"]
    second = TRUNK | {"name": "Second", "sources": ["192.0.2.7/32", "192.0.2.8#5080"]}
    assert problem(await client.post("/v1/trunks", json=second), 409, "source_taken")["trunk"] == first["id"]
    theirs = await (await centre.client(Role.OWNER, THEIRS)).post("/v1/trunks", json=second)
    assert theirs.json()["sources"] == ["192.0.2.7/32", "192.0.2.8/32#5080"]
    operator = OperatorTrunks(centre.database, centre.services.secrets)
    assert len(await operator.trunks()) == 2
    assert [trunk.tenant for trunk in await operator.trunks(await centre.tenant(THEIRS))] == [
        await centre.tenant(THEIRS)
    ]


async def test_outgoing_calls_use_a_trunk_and_a_number_that_then_stay(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    trunk = (await client.post("/v1/trunks", json=TRUNK)).json()["id"]
    number = (await client.post("/v1/numbers", json={"e164": "+442071838750", "queue_id": queue["id"]})).json()["id"]
    body = {"outbound_trunk_id": trunk, "outbound_number_id": number}
    assert (await client.patch("/v1/tenant", json=body)).json()["outbound_trunk_id"] == trunk
    problem(await client.delete(f"/v1/trunks/{trunk}"), 409, "still_in_use")
    problem(await client.delete(f"/v1/numbers/{number}"), 409, "still_in_use")
    directory = await load_tenant_directory(centre.database, TenantScope(await centre.tenant()), centre.clock.now())
    assert str(directory.outbound_trunk) == trunk
    assert directory.outbound_caller is not None
    assert directory.outbound_caller.e164 == "+442071838750"
    assert (await client.patch("/v1/tenant", json=dict.fromkeys(body))).is_success
    assert (await client.delete(f"/v1/trunks/{trunk}")).status_code == 204


async def test_an_address_is_one_log_in_over_all_tenants(centre: Centre) -> None:
    client = await centre.client()
    problem(await client.post("/v1/users", json=USER | {"email": email(Role.AGENT, THEIRS)}), 409, "email_taken")
    made = await client.post("/v1/users", json=USER)
    assert "password" not in made.text.replace("password_hash", "password")
    problem(await client.post("/v1/users", json=USER | {"email": "NEW@ours.example"}), 409, "email_taken")
    await client.delete(made.headers["location"])
    assert (await client.post("/v1/users", json=USER)).status_code == 201


@pytest.mark.parametrize("change", [{"password": "short"}, {"email": "no address"}, {"roles": []}, {"roles": ["king"]}])
async def test_a_person_needs_an_address_a_role_and_a_long_password(centre: Centre, change: dict[str, Any]) -> None:
    problem(await (await centre.client()).post("/v1/users", json=USER | change), 422, "invalid_input")


async def test_the_time_zone_must_be_one(centre: Centre) -> None:
    client = await centre.client()
    for wrong in ("Europe/Nowhere", "../../etc/passwd", "Europe", ""):
        problem(await client.patch("/v1/tenant", json={"time_zone": wrong}), 422, "invalid_input")
    assert (await client.patch("/v1/tenant", json={"time_zone": "Asia/Seoul"})).json()["time_zone"] == "Asia/Seoul"


async def test_lists_come_page_by_page_without_gaps_or_repeats(centre: Centre) -> None:
    client = await centre.client()
    names = [f"Queue {number}" for number in range(7)]
    for name in names:
        await centre.queue(name=name)
    seen: list[str] = []
    cursor: str | None = None
    while True:
        page = (await client.get("/v1/queues", params={"limit": 3} | ({"cursor": cursor} if cursor else {}))).json()
        seen += [item["name"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == names


@pytest.mark.parametrize("query", ["limit=0", "limit=201", "limit=many", "cursor=nonsense", "cursor=!!"])
async def test_a_page_that_cannot_be_is_refused(centre: Centre, query: str) -> None:
    problem(await (await centre.client()).get(f"/v1/queues?{query}"), 422, "invalid_input")


async def test_a_change_is_made_to_the_revision_that_was_read(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    path = f"/v1/queues/{queue['id']}"
    tag = (await client.get(path)).headers["etag"]
    first = await client.patch(path, json={"priority": 1}, headers={"If-Match": tag})
    assert first.status_code == 200
    assert first.headers["etag"] != tag
    problem(await client.patch(path, json={"priority": 2}, headers={"If-Match": tag}), 412, "revision_mismatch")
    problem(await client.patch(path, json={"priority": 2}, headers={"If-Match": f"W/{tag}"}), 412, "revision_mismatch")
    problem(await client.delete(path, headers={"If-Match": tag}), 412, "revision_mismatch")
    assert (await client.get(path)).json()["priority"] == 1
    assert (await client.patch(path, json={"priority": 3}, headers={"If-Match": "*"})).status_code == 200
    current = (await client.get(path)).headers["etag"]
    assert (await client.delete(path, headers={"If-Match": current})).status_code == 204


async def test_a_repeated_post_with_its_key_is_done_once(centre: Centre) -> None:
    client = await centre.client()
    key = {"Idempotency-Key": "first-try"}
    first = await client.post("/v1/queues", json={"name": "Service"}, headers=key)
    again = await client.post("/v1/queues", json={"name": "Service"}, headers=key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again.headers["etag"] == first.headers["etag"]
    assert again.headers["location"] == first.headers["location"]
    assert again.headers["idempotent-replayed"] == "true"
    assert len((await client.get("/v1/queues")).json()["items"]) == 1
    problem(await client.post("/v1/queues", json={"name": "Other"}, headers=key), 422, "idempotency_key_reused")
    theirs = await (await centre.client(Role.OWNER, THEIRS)).post("/v1/queues", json={"name": "Other"}, headers=key)
    assert theirs.status_code == 201


async def test_a_failed_post_may_be_repeated_with_its_key(centre: Centre) -> None:
    client = await centre.client()
    key = {"Idempotency-Key": "try"}
    problem(await client.post("/v1/queues", json={"name": ""}, headers=key), 422, "invalid_input")
    assert (await client.post("/v1/queues", json={"name": "Service"}, headers=key)).status_code == 201


async def test_a_key_is_forgotten_after_its_time(centre: Centre) -> None:
    client = await centre.client()
    await client.post("/v1/queues", json={"name": "Service"}, headers={"Idempotency-Key": "key"})
    centre.clock.advance(KEPT.total_seconds())
    async with centre.stranger() as again:
        await again.post("/v1/session", json={"email": email(Role.OWNER, OURS), "password": PASSWORD})
        answer = await again.post("/v1/queues", json={"name": "Other"}, headers={"Idempotency-Key": "key"})
        assert answer.status_code == 201


@pytest.mark.parametrize("key", ["", "x" * 129, "tab\there"])
async def test_a_key_that_is_none_is_refused(centre: Centre, key: str) -> None:
    client = await centre.client()
    answer = await client.post("/v1/queues", json={"name": "Service"}, headers={"Idempotency-Key": key})
    problem(answer, 422, "invalid_input")


async def test_every_change_is_audited_and_announced_to_its_tenant_only(centre: Centre) -> None:
    heard: list[tuple[str, bytes]] = []

    async def hear(subject: str, payload: bytes) -> None:
        heard.append((subject, payload))

    await centre.bus.subscribe("directory.*", hear)
    client, tenant = await centre.client(), await centre.tenant()
    queue = await centre.queue()
    await client.patch(f"/v1/queues/{queue['id']}", json={"priority": 1, "music": "quiet"})
    await centre.relay.stop()
    latest = heard[-2:]  # before them comes what founding the tenants left in the outbox
    assert [subject for subject, _ in latest] == [f"directory.{tenant}"] * 2
    assert {unpack(payload, DirectoryChanged).tenant for _, payload in latest} == {tenant}
    changed, created = (await centre.audit())[:2]
    assert (changed.action, str(changed.subject_id), changed.detail) == (
        "queue.changed",
        queue["id"],
        {"fields": ["music", "priority"]},
    )
    assert (created.action, created.origin.user) == ("queue.created", await centre.user(Role.OWNER))
    assert all(entry.action != "queue.created" for entry in await centre.audit(THEIRS))


async def test_a_refused_change_leaves_no_trace(centre: Centre) -> None:
    client = await centre.client()
    await centre.queue()
    before = [entry.action for entry in await centre.audit()]
    problem(await client.post("/v1/queues", json={"name": "Service"}), 409, "name_taken")
    assert [entry.action for entry in await centre.audit()] == before
