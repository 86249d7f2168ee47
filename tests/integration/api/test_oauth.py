"""OAuth 2.0 client credentials: RFC 6749 4.4, RFC 6750, RFC 8414."""

import base64
from typing import Any
from urllib.parse import quote_plus

import httpx
import pytest
from api_server import THEIRS, Centre, problem

from api.auth.clients import TOKEN_SECONDS
from tenants.directory import Role

CLIENTS = "/v1/oauth-clients"
TOKEN = "/v1/oauth/token"


async def make(centre: Centre, *permissions: str, domain: str = "ours.example") -> dict[str, Any]:
    owner = await centre.client(Role.OWNER, domain)
    answer = await owner.post(CLIENTS, json={"name": "Warehouse", "permissions": permissions or ["queues.read"]})
    assert answer.status_code == 201, answer.text
    return answer.json()


def basic(client: str, secret: str) -> dict[str, str]:
    return {
        "Authorization": "Basic " + base64.b64encode(f"{quote_plus(client)}:{quote_plus(secret)}".encode()).decode()
    }


async def ask(centre: Centre, made: dict[str, Any], **form: str) -> httpx.Response:
    async with centre.stranger() as client:
        body = {"grant_type": "client_credentials", "client_id": made["id"], "client_secret": made["client_secret"]}
        return await client.post(TOKEN, data=body | form)


async def token(centre: Centre, made: dict[str, Any], **form: str) -> httpx.AsyncClient:
    answer = await ask(centre, made, **form)
    assert answer.status_code == 200, answer.text
    client = centre.stranger()
    del client.headers["X-Cordboard"]
    client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
    return client


def refused(answer: httpx.Response, status: int, error: str) -> None:
    """RFC 6749 5.2."""
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.json()["error_description"]
    assert answer.headers["cache-control"] == "no-store"


class TestToken:
    async def test_it_is_given_for_the_secret_in_the_body(self, centre: Centre) -> None:
        answer = await ask(centre, await make(centre, "queues.read", "users.read"))
        body = answer.json()
        assert body["token_type"] == "Bearer"
        assert body["expires_in"] == TOKEN_SECONDS
        assert body["scope"] == "queues.read users.read"
        assert (answer.headers["cache-control"], answer.headers["pragma"]) == ("no-store", "no-cache")

    async def test_or_in_the_header(self, centre: Centre) -> None:
        made = await make(centre)
        async with centre.stranger() as client:
            headers = basic(made["id"], made["client_secret"])
            answer = await client.post(TOKEN, data={"grant_type": "client_credentials"}, headers=headers)
            assert answer.status_code == 200

    async def test_a_narrower_scope_may_be_asked_for(self, centre: Centre) -> None:
        made = await make(centre, "queues.read", "users.read")
        async with await token(centre, made, scope="queues.read") as client:
            assert (await client.get("/v1/queues")).status_code == 200
            problem(await client.get("/v1/users"), 403, "forbidden")

    @pytest.mark.parametrize("scope", ["users.read", "everything", "queues.read users.read", "queues.read nonsense"])
    async def test_a_wider_one_is_refused(self, centre: Centre, scope: str) -> None:
        refused(await ask(centre, await make(centre), scope=scope), 400, "invalid_scope")

    @pytest.mark.parametrize(
        ("form", "status", "error"),
        [
            ({"client_secret": "wrong"}, 401, "invalid_client"),
            ({"client_secret": ""}, 401, "invalid_client"),
            ({"client_id": "nobody"}, 401, "invalid_client"),
            ({"client_id": "0198c0de-0000-7000-8000-000000000001"}, 401, "invalid_client"),
            ({"grant_type": "password"}, 400, "unsupported_grant_type"),
            ({"grant_type": ""}, 400, "invalid_request"),
        ],
    )
    async def test_refusals_are_in_the_words_of_the_rfc(
        self, centre: Centre, form: dict[str, str], status: int, error: str
    ) -> None:
        refused(await ask(centre, await make(centre), **form), status, error)

    @pytest.mark.parametrize("header", ["Basic !", "Basic " + "YQ==", "Basic"])
    async def test_a_broken_header_is_an_unknown_client(self, centre: Centre, header: str) -> None:
        async with centre.stranger() as client:
            body = {"grant_type": "client_credentials"}
            answer = await client.post(TOKEN, data=body, headers={"Authorization": header})
            refused(answer, 401, "invalid_client")
            assert answer.headers["www-authenticate"] == 'Basic realm="cordboard"'

    async def test_a_parameter_sent_twice_or_a_secret_in_two_ways_is_no_request(self, centre: Centre) -> None:
        made = await make(centre)
        async with centre.stranger() as client:
            form = {"Content-Type": "application/x-www-form-urlencoded"}
            twice = "grant_type=client_credentials&grant_type=client_credentials"
            refused(await client.post(TOKEN, content=twice, headers=form), 400, "invalid_request")
            both = {"grant_type": "client_credentials", "client_secret": made["client_secret"]}
            headers = basic(made["id"], made["client_secret"])
            refused(await client.post(TOKEN, data=both, headers=headers), 400, "invalid_request")
            answer = await client.post(TOKEN, json={"grant_type": "client_credentials"})
            problem(answer, 415, "unsupported_media_type")

    async def test_it_expires(self, centre: Centre) -> None:
        async with await token(centre, await make(centre)) as client:
            centre.clock.advance(TOKEN_SECONDS - 1)
            assert (await client.get("/v1/queues")).status_code == 200
            centre.clock.advance(1)
            problem(await client.get("/v1/queues"), 401, "invalid_token")

    async def test_it_shows_its_own_tenant_only(self, centre: Centre) -> None:
        theirs = await centre.queue(THEIRS)
        async with await token(centre, await make(centre)) as client:
            problem(await client.get(f"/v1/queues/{theirs['id']}"), 404, "not_found")

    async def test_it_is_nobodys_session(self, centre: Centre) -> None:
        async with await token(centre, await make(centre)) as client:
            problem(await client.get("/v1/session"), 403, "forbidden")
            problem(await client.delete("/v1/session"), 403, "session_needed")


class TestClients:
    async def test_a_removed_one_and_its_tokens_end_at_once(self, centre: Centre) -> None:
        made = await make(centre)
        async with await token(centre, made) as client:
            owner = await centre.client()
            assert (await owner.delete(f"{CLIENTS}/{made['id']}")).status_code == 204
            problem(await client.get("/v1/queues"), 401, "invalid_token")
            refused(await ask(centre, made), 401, "invalid_client")
            problem(await owner.get(f"{CLIENTS}/{made['id']}"), 404, "not_found")

    async def test_a_new_secret_ends_the_old_one_and_its_tokens(self, centre: Centre) -> None:
        made = await make(centre)
        async with await token(centre, made) as client:
            owner = await centre.client()
            rotated = (await owner.post(f"{CLIENTS}/{made['id']}/rotation")).json()
            assert rotated["id"] == made["id"]
            problem(await client.get("/v1/queues"), 401, "invalid_token")
            refused(await ask(centre, made), 401, "invalid_client")
            assert (await ask(centre, rotated)).status_code == 200

    async def test_what_one_does_is_audited_as_the_clients(self, centre: Centre) -> None:
        made = await make(centre, "queues.write")
        async with await token(centre, made) as client:
            assert (await client.post("/v1/queues", json={"name": "By machine"})).status_code == 201
        entries = {entry.action: entry for entry in await centre.audit()}
        assert entries["queue.created"].origin.actor == "client"
        assert entries["queue.created"].origin.user is None
        assert entries["oauth_client.token_given"].detail == {"scopes": ["queues.write"]}

    async def test_a_repeated_request_of_one_is_done_once(self, centre: Centre) -> None:
        async with await token(centre, await make(centre, "queues.write")) as client:
            posts = [
                await client.post("/v1/queues", json={"name": "Once"}, headers={"Idempotency-Key": "k"})
                for _ in range(2)
            ]
            assert posts[0].json() == posts[1].json()

    async def test_other_tenants_are_not_there(self, centre: Centre) -> None:
        made, owner = await make(centre, domain=THEIRS), await centre.client()
        problem(await owner.get(f"{CLIENTS}/{made['id']}"), 404, "not_found")
        problem(await owner.delete(f"{CLIENTS}/{made['id']}"), 404, "not_found")
        problem(await owner.post(f"{CLIENTS}/{made['id']}/rotation"), 404, "not_found")
        assert (await owner.get(CLIENTS)).json()["items"] == []


async def test_the_metadata_say_where_and_how(centre: Centre) -> None:
    async with centre.stranger() as client:
        body = (await client.get("/.well-known/oauth-authorization-server")).json()
    assert body["issuer"] == "http://desk.test"
    assert body["token_endpoint"] == "http://desk.test/v1/oauth/token"
    assert body["grant_types_supported"] == ["client_credentials"]
    assert "queues.read" in body["scopes_supported"]
    assert "provider.clients" not in body["scopes_supported"]
