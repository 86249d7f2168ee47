"""API keys: what they open, what they never open, and how they end."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest
from api_server import THEIRS, Centre, problem
from sqlalchemy import select

from api.auth.tables import ApiKeyRow, IdempotencyRow
from tenants.directory import Role

KEYS = "/v1/api-keys"


def machine(centre: Centre, token: str, address: str = "192.0.2.80") -> httpx.AsyncClient:
    client = centre.stranger(address)
    del client.headers["X-Cordboard"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


async def make(client: httpx.AsyncClient, *permissions: str, **more: Any) -> dict[str, Any]:
    answer = await client.post(KEYS, json={"name": "Import", "permissions": permissions or ["queues.read"]} | more)
    assert answer.status_code == 201, answer.text
    return answer.json()


class TestUse:
    async def test_it_opens_what_it_was_given_without_cookie_or_csrf_header(self, centre: Centre) -> None:
        made = await make(await centre.client(), "queues.read", "queues.write")
        async with machine(centre, made["key"]) as client:
            assert (await client.post("/v1/queues", json={"name": "By machine"})).status_code == 201
            assert [queue["name"] for queue in (await client.get("/v1/queues")).json()["items"]] == ["By machine"]

    async def test_and_nothing_else(self, centre: Centre) -> None:
        made = await make(await centre.client(), "queues.read")
        async with machine(centre, made["key"]) as client:
            answer = await client.post("/v1/queues", json={"name": "By machine"})
            problem(answer, 403, "forbidden")
            assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]

    async def test_it_is_not_the_person_who_made_it(self, centre: Centre) -> None:
        made = await make(await centre.client(), "queues.read")
        async with machine(centre, made["key"]) as client:
            problem(await client.get("/v1/sessions"), 403, "session_needed")
            problem(await client.post("/v1/second-factor", json={"password": "x"}), 403, "session_needed")

    async def test_what_belongs_to_another_tenant_is_not_there(self, centre: Centre) -> None:
        theirs = await centre.queue(THEIRS)
        made = await make(await centre.client(), "queues.read")
        async with machine(centre, made["key"]) as client:
            problem(await client.get(f"/v1/queues/{theirs['id']}"), 404, "not_found")
            assert (await client.get("/v1/queues")).json()["items"] == []

    async def test_last_use_is_shown(self, centre: Centre) -> None:
        owner = await centre.client()
        made = await make(owner, "queues.read")
        assert made["last_used_at"] is None
        async with machine(centre, made["key"], "192.0.2.81") as client:
            await client.get("/v1/queues")
        shown = (await owner.get(f"{KEYS}/{made['id']}")).json()
        assert (shown["last_used_at"], shown["last_used_address"]) == ("2026-03-02T09:00:00Z", "192.0.2.81")
        assert "key" not in shown

    async def test_what_it_does_is_audited_as_the_keys(self, centre: Centre) -> None:
        made = await make(await centre.client(), "queues.read", "queues.write")
        async with machine(centre, made["key"]) as client:
            await client.post("/v1/queues", json={"name": "By machine"})
        (entry,) = [entry for entry in await centre.audit() if entry.action == "queue.created"]
        assert (entry.origin.actor, entry.origin.user) == ("api_key", await centre.user(Role.OWNER))

    @pytest.mark.parametrize(
        "token", ["", "x", "cb_live_" + "0" * 38, "cb_access_" + "0" * 38, "cb_live_" + "x" * 5000]
    )
    async def test_a_token_that_is_none_opens_nothing_even_beside_a_session(self, centre: Centre, token: str) -> None:
        owner = await centre.client()
        answer = await owner.get("/v1/queues", headers={"Authorization": f"Bearer {token}"})
        problem(answer, 401, "invalid_token")
        assert answer.headers["www-authenticate"].startswith('Bearer realm="cordboard", error="invalid_token"')

    async def test_who_tries_many_is_slowed_down(self, centre: Centre) -> None:
        async with machine(centre, "cb_live_guess") as client:
            answers = [(await client.get("/v1/queues")).status_code for _ in range(101)]
            assert answers == [401] * 100 + [429]


class TestEnd:
    async def test_a_revoked_one_is_refused_at_once(self, centre: Centre) -> None:
        owner = await centre.client()
        made = await make(owner, "queues.read")
        async with machine(centre, made["key"]) as client:
            assert (await client.get("/v1/queues")).status_code == 200
            assert (await owner.delete(f"{KEYS}/{made['id']}")).status_code == 204
            problem(await client.get("/v1/queues"), 401, "invalid_token")
        assert (await owner.get(f"{KEYS}/{made['id']}")).json()["revoked_at"] == "2026-03-02T09:00:00Z"

    async def test_it_expires(self, centre: Centre) -> None:
        expires_at = (centre.clock.now() + timedelta(hours=1)).isoformat()
        made = await make(await centre.client(), "queues.read", expires_at=expires_at)
        async with machine(centre, made["key"]) as client:
            centre.clock.advance(3599)
            assert (await client.get("/v1/queues")).status_code == 200
            centre.clock.advance(1)
            problem(await client.get("/v1/queues"), 401, "invalid_token")

    async def test_it_ends_with_its_maker_and_shrinks_with_their_roles(self, centre: Centre) -> None:
        owner, admin = await centre.client(), await centre.client(Role.ADMIN)
        made = await make(admin, "queues.read", "queues.write")
        key = await centre.user(Role.ADMIN)
        async with machine(centre, made["key"]) as client:
            assert (await client.post("/v1/queues", json={"name": "One"})).status_code == 201
            await owner.patch(f"/v1/users/{key}", json={"roles": ["agent"]})
            problem(await client.post("/v1/queues", json={"name": "Two"}), 403, "forbidden")
            assert (await client.get("/v1/queues")).status_code == 200
            await owner.patch(f"/v1/users/{key}", json={"active": False})
            problem(await client.get("/v1/queues"), 401, "invalid_token")

    @pytest.mark.parametrize("overlap", [0, 3600])
    async def test_rotating_gives_another_and_ends_the_old_one(self, centre: Centre, overlap: int) -> None:
        owner = await centre.client()
        old = await make(owner, "queues.read")
        new = (await owner.post(f"{KEYS}/{old['id']}/rotation", json={"overlap_seconds": overlap})).json()
        assert (new["name"], new["permissions"]) == (old["name"], old["permissions"])
        async with machine(centre, old["key"]) as before, machine(centre, new["key"]) as after:
            assert (await after.get("/v1/queues")).status_code == 200
            assert (await before.get("/v1/queues")).status_code == (200 if overlap else 401)
            centre.clock.advance(overlap)
            problem(await before.get("/v1/queues"), 401, "invalid_token")
        again = await owner.post(f"{KEYS}/{old['id']}/rotation", json={})
        problem(again, 422, "invalid_input")


class TestMaking:
    async def test_it_is_shown_once_and_kept_as_a_hash(self, centre: Centre) -> None:
        owner = await centre.client()
        made = await make(owner)
        assert made["key"].startswith(made["hint"])
        shown = (await owner.get(KEYS)).json()["items"]
        assert [key["hint"] for key in shown] == [made["hint"]]
        assert all("key" not in key for key in shown)
        async with centre.database.read() as uow:
            (row,) = (await uow.session.execute(select(ApiKeyRow.table()))).all()
        assert made["key"].encode() not in row.key_hash

    async def test_a_repeated_request_gets_the_same_key_which_is_not_kept_in_clear(self, centre: Centre) -> None:
        owner = await centre.client()
        body, headers = {"name": "Import", "permissions": ["queues.read"]}, {"Idempotency-Key": "once"}
        answers = [(await owner.post(KEYS, json=body, headers=headers)).json() for _ in range(2)]
        assert answers[0] == answers[1]
        async with centre.database.read() as uow:
            (row,) = (await uow.session.execute(select(IdempotencyRow.table()))).all()
        assert answers[0]["key"].encode() not in row.body

    @pytest.mark.parametrize("permission", ["owners.write", "provider.clients"])
    async def test_nobody_gives_what_they_have_not(self, centre: Centre, permission: str) -> None:
        admin = await centre.client(Role.ADMIN)
        body = {"name": "Import", "permissions": ["queues.read", permission]}
        assert problem(await admin.post(KEYS, json=body), 422, "invalid_input")["errors"][0]["code"] == "not_yours"

    async def test_a_key_makes_none_that_may_more(self, centre: Centre) -> None:
        made = await make(await centre.client(), "keys.write", "queues.read")
        async with machine(centre, made["key"]) as client:
            body = {"name": "Child", "permissions": ["users.write"]}
            problem(await client.post(KEYS, json=body), 422, "invalid_input")
            assert (await client.post(KEYS, json=body | {"permissions": ["queues.read"]})).status_code == 201

    @pytest.mark.parametrize(
        "wrong",
        [
            {"name": ""},
            {"permissions": []},
            {"permissions": ["everything"]},
            {"expires_at": "2026-03-02T09:00:00Z"},
            {"expires_at": "2028-03-02T09:00:00Z"},
            {"expires_at": "2026-03-03T09:00:00"},
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, centre: Centre, wrong: dict[str, Any]) -> None:
        body = {"name": "Import", "permissions": ["queues.read"]} | wrong
        problem(await (await centre.client()).post(KEYS, json=body), 422, "invalid_input")

    async def test_by_default_it_lasts_ninety_days(self, centre: Centre) -> None:
        made = await make(await centre.client())
        assert datetime.fromisoformat(made["expires_at"]) == centre.clock.now() + timedelta(days=90)

    async def test_other_tenants_keys_are_not_there(self, centre: Centre) -> None:
        made = await make(await centre.client(Role.OWNER, THEIRS))
        owner = await centre.client()
        problem(await owner.get(f"{KEYS}/{made['id']}"), 404, "not_found")
        problem(await owner.delete(f"{KEYS}/{made['id']}"), 404, "not_found")
        problem(await owner.post(f"{KEYS}/{made['id']}/rotation", json={}), 404, "not_found")
        assert (await owner.get(KEYS)).json()["items"] == []
