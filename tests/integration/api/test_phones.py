"""Telephones over HTTP: domains, secrets that are shown once, provisioning, revocation; two tenants."""

from typing import Any

from api_server import OURS, THEIRS, Centre, problem

from kernel.contracts.base import TenantScope
from kernel.contracts.directory import AgentProfile
from kernel.contracts.telephony import PartyAddress, PhoneParty, TrunkParty
from kernel.primitives.phone import PhoneNumber
from tenants.directory import Role, load_tenant_directory
from tenants.directory.operator import OperatorPhones


async def domain(centre: Centre, name: str, whose: str = OURS) -> str:
    made = await (await centre.client(domain=whose)).post("/v1/phone-domains", json={"domain": name})
    assert made.status_code == 201, made.text
    return made.json()["id"]


async def phone(centre: Centre, domain_id: str, whose: str = OURS, **more: Any) -> dict[str, Any]:
    agent = str(await centre.user(Role.AGENT, whose))
    body = {"user_id": agent, "domain_id": domain_id, "name": "alice"} | more
    made = await (await centre.client(domain=whose)).post("/v1/phones", json=body)
    assert made.status_code == 201, made.text
    assert made.headers["cache-control"] == "no-store"
    return made.json()


async def test_the_gateway_learns_the_secret_that_was_shown_once(centre: Centre) -> None:
    made = await phone(centre, await domain(centre, "phones.ours.example"), format="baresip")
    await phone(centre, await domain(centre, "phones.theirs.example", THEIRS), THEIRS)  # of the same name
    directory = OperatorPhones(centre.database, centre.services.secrets)
    known = {config.domain: config for config in await directory.phones()}
    assert set(known) == {"phones.ours.example", "phones.theirs.example"}
    ours = known["phones.ours.example"]
    assert (ours.name, ours.algorithm, ours.secret.reveal()) == ("alice", "MD5", made["secret"])
    assert f"auth_pass={made['secret']};" in made["provisioning"]["text"]
    client = await centre.client()
    shown = (await client.get(f"/v1/phones/{made['id']}")).json()
    assert made == shown | {"secret": made["secret"], "provisioning": made["provisioning"]}
    assert (await client.get("/v1/phones")).json()["items"] == [shown]

    renewed = (await client.post(f"/v1/phones/{made['id']}/secret", json={"algorithm": "SHA-256"})).json()
    assert renewed["secret"] != made["secret"]
    (config,) = await directory.phones(ours.tenant)
    assert (config.algorithm, config.secret.reveal()) == ("SHA-256", renewed["secret"])
    assert (await client.delete(f"/v1/phones/{made['id']}")).status_code == 204
    assert await directory.phones(ours.tenant) == []
    actions = [entry.action for entry in await centre.audit()]
    assert sorted(action for action in actions if action.startswith("phone.")) == [
        "phone.created",
        "phone.revoked",
        "phone.secret_rotated",
    ]
    assert made["secret"] not in str(await centre.audit())


async def test_the_gateway_learns_which_telephones_may_transfer(centre: Centre) -> None:
    made = await phone(centre, await domain(centre, "phones.ours.example"))
    theirs = await phone(centre, await domain(centre, "phones.theirs.example", THEIRS), THEIRS)
    assert made["may_transfer"]
    client, place = await centre.client(), f"/v1/phones/{made['id']}"
    etag = (await client.get(place)).headers["etag"]
    changed = await client.patch(place, json={"may_transfer": False}, headers={"If-Match": etag})
    assert (changed.status_code, changed.json()["may_transfer"]) == (200, False)
    problem(await client.patch(place, json={}, headers={"If-Match": etag}), 412, "revision_mismatch")
    problem(await client.patch(f"/v1/phones/{theirs['id']}", json={"may_transfer": False}), 404, "not_found")
    await client.post(f"{place}/secret", json={})
    directory = OperatorPhones(centre.database, centre.services.secrets)
    assert {config.domain: config.may_transfer for config in await directory.phones()} == {
        "phones.ours.example": False,
        "phones.theirs.example": True,
    }


async def test_people_who_are_not_active_have_no_telephone(centre: Centre) -> None:
    await phone(centre, await domain(centre, "phones.ours.example"))
    agent = await centre.user(Role.AGENT)
    answer = await (await centre.client()).patch(f"/v1/users/{agent}", json={"active": False})
    assert answer.is_success, answer.text
    assert await OperatorPhones(centre.database, centre.services.secrets).phones() == []


async def test_domains_are_one_tenants_and_names_are_unlike(centre: Centre) -> None:
    ours = await domain(centre, "phones.ours.example")
    client, others = await centre.client(), await centre.client(domain=THEIRS)
    problem(await others.post("/v1/phone-domains", json={"domain": "Phones.Ours.example"}), 409, "phone_domain_taken")
    problem(await client.post("/v1/phone-domains", json={"domain": "192.0.2.1"}), 422, "invalid_input")
    made = await phone(centre, ours)
    body = {"user_id": made["user_id"], "domain_id": ours, "name": "alice"}
    problem(await client.post("/v1/phones", json=body), 409, "name_taken")
    document = problem(await others.post("/v1/phones", json=body | {"name": "x"}), 422, "invalid_input")
    assert {error["field"] for error in document["errors"]} == {"user_id", "domain_id"}
    problem(await others.get(f"/v1/phones/{made['id']}"), 404, "not_found")
    problem(await client.delete(f"/v1/phone-domains/{ours}"), 409, "still_in_use")


async def test_an_agent_may_be_let_work_by_a_telephone_of_their_own_or_by_a_number(centre: Centre) -> None:
    made = await phone(centre, await domain(centre, "phones.ours.example"))
    theirs = await phone(centre, await domain(centre, "phones.theirs.example", THEIRS), THEIRS)
    client, others = await centre.client(), await centre.client(domain=THEIRS)
    place = f"/v1/agent-telephones/{made['user_id']}"
    problem(await client.get(place), 404, "not_found")
    by_phone = (await client.put(place, json={"phone": made["name"], "only": True})).json()
    assert by_phone == {
        "user_id": made["user_id"],
        "phone": made["name"],
        "number": None,
        "only": True,
        "mode": "each_call",
    }
    assert await told_to_routing(centre) == (PhoneParty(user=made["name"]), True)
    by_number = (await client.put(place, json={"number": "+44 20 7946 0077"})).json()
    assert (by_number["phone"], by_number["number"]) == (None, "+442079460077")
    assert await told_to_routing(centre) == (TrunkParty(called=PhoneNumber("+442079460077")), False)

    assert not await told_kept(centre)
    kept = (await client.put(place, json={"number": "+442079460077", "mode": "kept"})).json()
    assert (kept["mode"], await told_kept(centre)) == ("kept", True)
    problem(await client.put(place, json={"phone": made["name"], "mode": "kept"}), 422, "invalid_input")

    for wrong in ({}, {"phone": "unknown"}, {"phone": made["name"], "number": "+442079460077"}, {"number": "112"}):
        problem(await client.put(place, json=wrong), 422, "invalid_input")
    problem(await others.get(place), 404, "not_found")
    problem(await others.put(place, json={"number": "+442079460077"}), 404, "not_found")
    problem(await others.delete(place), 404, "not_found")
    problem(
        await client.put(f"/v1/agent-telephones/{theirs['user_id']}", json={"number": "+442079460077"}),
        404,
        "not_found",
    )

    assert (await others.get("/v1/agent-telephones")).json() == {"agents": []}
    assert (await client.delete(place)).status_code == 204
    assert await told_to_routing(centre) == (None, False)


async def told_to_routing(centre: Centre) -> tuple[PartyAddress | None, bool]:
    profile = await profile_of(centre)
    return profile.telephone, profile.telephone_only


async def told_kept(centre: Centre) -> bool:
    return (await profile_of(centre)).telephone_kept


async def profile_of(centre: Centre) -> AgentProfile:
    scope = TenantScope(await centre.tenant(OURS))
    directory = await load_tenant_directory(centre.database, scope, centre.clock.now())
    agent = await centre.user(Role.AGENT, OURS)
    (profile,) = [one for one in directory.agents if one.agent == agent]
    return profile
