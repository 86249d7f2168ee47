"""Open sessions: seen, and ended one by one, all others, or by an admin; the own password."""

from uuid import UUID

import httpx
import pytest
from api_desk import opened, served
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem

from api.auth.lockout import FAILURES_FROM_ONE_PLACE
from tenants.directory import Role

AGENT = email(Role.AGENT, OURS)
NEW = "another long password"


async def sessions(client: httpx.AsyncClient) -> list[dict[str, object]]:
    answer = await client.get("/v1/sessions")
    assert answer.status_code == 200, answer.text
    return answer.json()


class TestList:
    async def test_each_shows_from_where_it_is_and_which_one_asks(self, centre: Centre) -> None:
        async with centre.stranger("192.0.2.1") as one, centre.stranger("192.0.2.2") as other:
            one.headers["User-Agent"] = "Desk/1"
            await log_in(one, AGENT)
            centre.clock.advance(10)
            await log_in(other, AGENT)
            found = {session["address"]: session for session in await sessions(one)}
            assert found["192.0.2.1"]["current"] is True
            assert found["192.0.2.1"]["agent"] == "Desk/1"
            assert found["192.0.2.2"]["current"] is False
            assert [session["address"] for session in await sessions(one)][:2] == ["192.0.2.2", "192.0.2.1"]
            assert all(session["method"] == "password" for session in found.values())

    async def test_when_one_was_last_seen_is_kept_by_the_minute(self, centre: Centre) -> None:
        async with centre.stranger() as client:
            opened = (await log_in(client, AGENT)).json()
            assert opened["user"]["email"] == AGENT
            before = (await sessions(client))[0]["last_seen_at"]
            centre.clock.advance(59)
            assert (await sessions(client))[0]["last_seen_at"] == before
            centre.clock.advance(1)
            await client.get("/v1/session")
            assert (await sessions(client))[0]["last_seen_at"] == "2026-03-02T09:01:00Z"

    async def test_an_expired_one_is_none(self, centre: Centre) -> None:
        async with centre.stranger() as client:
            await log_in(client, AGENT)
            centre.clock.advance(centre.services.settings.session_seconds)
            await log_in(client, AGENT)
            assert len(await sessions(client)) == 1


class TestEnd:
    async def test_one_of_the_own(self, centre: Centre) -> None:
        async with centre.stranger() as one, centre.stranger() as other:
            await log_in(one, AGENT)
            await log_in(other, AGENT)
            (key,) = [session["id"] for session in await sessions(other) if session["current"]]
            assert (await one.delete(f"/v1/sessions/{key}")).status_code == 204
            problem(await other.get("/v1/session"), 401, "no_session")
            problem(await one.delete(f"/v1/sessions/{key}"), 404, "not_found")

    async def test_all_others(self, centre: Centre) -> None:
        async with centre.stranger() as one, centre.stranger() as other:
            await log_in(one, AGENT)
            await log_in(other, AGENT)
            assert (await one.delete("/v1/sessions")).status_code == 204
            problem(await other.get("/v1/session"), 401, "no_session")
            assert len(await sessions(one)) == 1

    @pytest.mark.parametrize("domain", [OURS, THEIRS])
    async def test_but_nobody_elses(self, centre: Centre, domain: str) -> None:
        async with centre.stranger() as client:
            await log_in(client, email(Role.SUPERVISOR, domain))
            key = (await sessions(client))[0]["id"]
            agent = await centre.client(Role.AGENT)
            problem(await agent.delete(f"/v1/sessions/{key}"), 404, "not_found")
            assert (await client.get("/v1/session")).status_code == 200

    async def test_an_admin_ends_another_users(self, centre: Centre) -> None:
        agent, admin = await centre.client(Role.AGENT), await centre.client(Role.ADMIN)
        path = f"/v1/users/{await centre.user(Role.AGENT)}/sessions"
        assert len((await admin.get(path)).json()) == 1
        assert (await admin.delete(path)).status_code == 204
        problem(await agent.get("/v1/session"), 401, "no_session")
        assert (await admin.get(path)).json() == []

    async def test_no_admin_of_another_tenant_does(self, centre: Centre) -> None:
        admin = await centre.client(Role.ADMIN)
        path = f"/v1/users/{await centre.user(Role.AGENT, THEIRS)}/sessions"
        problem(await admin.get(path), 404, "not_found")
        problem(await admin.delete(path), 404, "not_found")

    @pytest.mark.parametrize("way", ["one", "others", "admin"])
    async def test_its_desk_closes(self, centre: Centre, way: str) -> None:
        agent, admin = await centre.client(Role.AGENT), await centre.client(Role.ADMIN)
        async with (
            served(centre) as url,
            opened(centre, url, Role.AGENT, OURS) as desk,
            centre.stranger() as elsewhere,
        ):
            await (await desk.hello()).until("snapshot")
            await log_in(elsewhere, AGENT)
            (key,) = [session["id"] for session in await sessions(agent) if session["current"]]
            match way:
                case "one":
                    answer = await elsewhere.delete(f"/v1/sessions/{key}")
                case "others":
                    answer = await elsewhere.delete("/v1/sessions")
                case _:
                    answer = await admin.delete(f"/v1/users/{await centre.user(Role.AGENT)}/sessions")
            assert answer.status_code == 204
            assert await desk.closed() == (4401, "no_session")


class TestPassword:
    async def test_a_new_one_ends_the_other_sessions(self, centre: Centre) -> None:
        async with centre.stranger() as one, centre.stranger() as other:
            await log_in(one, AGENT)
            await log_in(other, AGENT)
            body = {"old_password": PASSWORD, "new_password": NEW}
            assert (await one.post("/v1/session/password", json=body)).status_code == 204
            assert (await one.get("/v1/session")).status_code == 200
            problem(await other.get("/v1/session"), 401, "no_session")
            problem(await log_in(other, AGENT), 401, "wrong_credentials")
            assert (await log_in(other, AGENT, NEW)).status_code == 200

    async def test_it_must_be_a_good_one(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        body = {"old_password": PASSWORD, "new_password": "short"}
        problem(await agent.post("/v1/session/password", json=body), 422, "invalid_input")

    async def test_guesses_at_the_old_one_count_like_those_at_the_log_in(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        body = {"old_password": "a wrong password", "new_password": NEW}
        for _ in range(FAILURES_FROM_ONE_PLACE):
            problem(await agent.post("/v1/session/password", json=body), 403, "wrong_password")
        problem(
            await agent.post("/v1/session/password", json=body | {"old_password": PASSWORD}), 429, "too_many_attempts"
        )

    async def test_it_is_audited_as_the_persons_own(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        await agent.post("/v1/session/password", json={"old_password": PASSWORD, "new_password": NEW})
        (entry,) = [entry for entry in await centre.audit() if entry.action == "user.password_changed"]
        assert entry.origin.user == entry.subject_id == UUID(str(await centre.user(Role.AGENT)))
