"""Rate limits as requests meet them; HEAD; challenges."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from api_server import OURS, THEIRS, Centre, email, log_in, problem

from api.auth.rate_limit import ApiRates, rate
from api.services import ApiSettings
from tenants.directory import Role
from tests.databases import Place

CREDENTIAL, TENANT = 6, 10


@pytest.fixture
async def tight(founded: Place, tmp_path: Path) -> AsyncIterator[Centre]:
    """Few requests a minute."""
    settings = ApiSettings(rates=ApiRates(credential=rate(CREDENTIAL, 60), tenant=rate(TENANT, 60)))
    async with Centre(founded, tmp_path, settings) as centre:
        yield centre


async def statuses(client: httpx.AsyncClient, times: int) -> list[int]:
    return [(await client.get("/v1/tenant")).status_code for _ in range(times)]


class TestLimits:
    async def test_what_is_left_is_told_and_then_how_long_to_wait(self, tight: Centre) -> None:
        async with tight.stranger() as client:
            await log_in(client, email(Role.AGENT, OURS))
            answer = await client.get("/v1/tenant")
            assert answer.headers["ratelimit-policy"] == '"credential";q=6;w=60, "tenant";q=10;w=60'
            assert answer.headers["ratelimit"] == '"credential";r=5;t=10, "tenant";r=9;t=6'
            assert await statuses(client, CREDENTIAL - 1) == [200] * (CREDENTIAL - 1)
            refused = await client.get("/v1/tenant")
            problem(refused, 429, "rate_limited")
            assert refused.headers["ratelimit"].startswith('"credential";r=0;t=60')
            tight.clock.advance(int(refused.headers["retry-after"]))
            assert (await client.get("/v1/tenant")).status_code == 200

    async def test_a_tenant_uses_up_its_own_requests_and_nobody_elses(self, tight: Centre) -> None:
        clients = [tight.stranger() for _ in range(3)]
        for client, domain in zip(clients, (OURS, OURS, THEIRS), strict=True):
            await log_in(client, email(Role.AGENT, domain))
        greedy, colleague, other = clients
        assert (await statuses(greedy, 20)).count(200) == CREDENTIAL
        assert (await statuses(colleague, 20)).count(200) == TENANT - CREDENTIAL
        assert (await statuses(other, CREDENTIAL)).count(200) == CREDENTIAL

    async def test_a_key_has_a_limit_of_its_own(self, tight: Centre) -> None:
        owner = await tight.client()
        made = (await owner.post("/v1/api-keys", json={"name": "x", "permissions": ["tenant.read"]})).json()
        async with tight.stranger() as machine:
            machine.headers["Authorization"] = f"Bearer {made['key']}"
            assert (await statuses(machine, 20)).count(200) == CREDENTIAL
            assert (await owner.get("/v1/tenant")).status_code == 200

    async def test_refused_for_a_missing_permission_counts_too(self, tight: Centre) -> None:
        async with tight.stranger() as client:
            await log_in(client, email(Role.AGENT, OURS))
            found = [(await client.get("/v1/audit")).status_code for _ in range(CREDENTIAL + 1)]
            assert found == [403] * CREDENTIAL + [429]


class TestHead:
    @pytest.mark.parametrize("path", ["/v1/session", "/v1/queues", "/v1/problems", "/healthz"])
    async def test_it_says_what_get_says_without_the_content(self, centre: Centre, path: str) -> None:
        client = await centre.client()
        got, head = await client.get(path), await client.head(path)
        assert head.status_code == got.status_code == 200
        assert head.content == b""
        assert head.headers["content-length"] == got.headers["content-length"]
        assert head.headers["content-type"] == got.headers["content-type"]

    async def test_of_what_is_not_there(self, centre: Centre) -> None:
        answer = await (await centre.client()).head("/v1/nothing")
        assert (answer.status_code, answer.content) == (404, b"")

    async def test_what_cannot_be_got_names_its_methods(self, centre: Centre) -> None:
        answer = await (await centre.client()).put("/v1/queues", json={})
        problem(answer, 405, "method_not_allowed")
        assert {"GET", "HEAD", "POST"} <= set(answer.headers["allow"].split(", "))


class TestChallenge:
    @pytest.mark.parametrize("path", ["/v1/session", "/v1/queues"])
    async def test_every_401_has_one(self, centre: Centre, path: str) -> None:
        async with centre.stranger() as client:
            answer = await client.get(path)
            problem(answer, 401, "no_session")
            assert answer.headers["www-authenticate"] == 'Bearer realm="cordboard"'
            refused = await log_in(client, email(Role.AGENT, OURS), "not the password")
            assert refused.headers["www-authenticate"] == 'Bearer realm="cordboard"'
