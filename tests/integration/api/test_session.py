"""Logging in and out over HTTP."""

import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem
from sqlalchemy import select

from api.auth.lockout import FAILURES_FROM_ANYWHERE, FAILURES_FROM_ONE_PLACE, LOCKED
from api.auth.rate_limit import LOGIN_RATE
from api.auth.tables import SessionRow
from api.auth.tokens import token_hash
from tenants.directory import Role


async def test_the_right_password_opens_a_session_of_the_users_tenant(centre: Centre) -> None:
    async with centre.stranger() as client:
        answer = await log_in(client, email(Role.AGENT, OURS))
        assert answer.status_code == 200
        assert answer.json()["user"]["roles"] == ["agent"]
        assert answer.json()["tenant"] | {"id": None} == {
            "id": None,
            "name": OURS,
            "time_zone": "Europe/Berlin",
            "currency": "EUR",
            "locale": "en",
        }
        assert (await client.get("/v1/session")).json() == answer.json()


async def test_the_case_of_an_address_does_not_matter(centre: Centre) -> None:
    async with centre.stranger() as client:
        assert (await log_in(client, email(Role.AGENT, OURS).upper())).status_code == 200


async def test_the_cookie_is_for_the_server_only_and_the_database_does_not_hold_it(centre: Centre) -> None:
    async with centre.stranger() as client:
        answer = await log_in(client, email(Role.AGENT, OURS))
        cookie = answer.headers["set-cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        token = client.cookies["cordboard_session"]
        async with centre.database.read() as uow:
            kept = (await uow.session.execute(select(SessionRow.table()))).all()
        assert token_hash(token) in {row.token_hash for row in kept}
        assert token.encode() not in b"".join(row.token_hash for row in kept)


@pytest.mark.parametrize("address", [email(Role.AGENT, OURS), "nobody@nowhere.example"])
async def test_a_wrong_password_and_an_unknown_user_are_answered_alike(centre: Centre, address: str) -> None:
    async with centre.stranger() as client:
        document = problem(await log_in(client, address, "not the password"), 401, "wrong_credentials")
        assert "set-cookie" not in (await log_in(client, address, "no")).headers
        assert document == problem(await log_in(client, "other@nowhere.example", "x"), 401, "wrong_credentials")


@pytest.mark.parametrize("address", [email(Role.AGENT, OURS), "nobody@nowhere.example"])
async def test_after_some_wrong_passwords_even_the_right_one_waits(centre: Centre, address: str) -> None:
    async with centre.stranger() as client:
        for _ in range(FAILURES_FROM_ONE_PLACE):
            problem(await log_in(client, address, "not the password"), 401, "wrong_credentials")
        answer = await log_in(client, address)
        problem(answer, 429, "too_many_attempts")
        assert answer.headers["retry-after"] == str(int(LOCKED.total_seconds()))
        async with centre.stranger("192.0.2.7") as elsewhere:
            assert (await log_in(elsewhere, address)).status_code == (200 if OURS in address else 401)


async def test_the_lock_opens_after_its_time(centre: Centre) -> None:
    async with centre.stranger() as client:
        for _ in range(FAILURES_FROM_ONE_PLACE):
            await log_in(client, email(Role.AGENT, OURS), "not the password")
        centre.clock.advance(LOCKED.total_seconds())
        assert (await log_in(client, email(Role.AGENT, OURS))).status_code == 200


async def test_guesses_from_many_places_lock_too(centre: Centre) -> None:
    for number in range(FAILURES_FROM_ANYWHERE):
        async with centre.stranger(f"192.0.2.{number}") as client:
            problem(await log_in(client, email(Role.AGENT, OURS), "guess"), 401, "wrong_credentials")
    async with centre.stranger("198.51.100.1") as client:
        problem(await log_in(client, email(Role.AGENT, OURS)), 429, "too_many_attempts")


async def test_an_address_that_logs_in_too_often_is_slowed_down(centre: Centre) -> None:
    async with centre.stranger() as client:
        answers = [(await log_in(client, f"user{n}@nowhere.example", "x")).status_code for n in range(LOGIN_RATE.burst)]
        assert set(answers) == {401}
        answer = await log_in(client, email(Role.AGENT, OURS))
        problem(answer, 429, "rate_limited")
        assert answer.headers["retry-after"] == "1"
        centre.clock.advance(1)
        assert (await log_in(client, email(Role.AGENT, OURS))).status_code == 200


async def test_a_session_ends_by_itself(centre: Centre) -> None:
    client = await centre.client(Role.AGENT)
    centre.clock.advance(centre.services.settings.session_seconds - 1)
    assert (await client.get("/v1/session")).status_code == 200
    centre.clock.advance(1)
    problem(await client.get("/v1/session"), 401, "no_session")


async def test_logging_out_ends_this_session_and_no_other(centre: Centre) -> None:
    async with centre.stranger() as one, centre.stranger() as other:
        for client in (one, other):
            await log_in(client, email(Role.AGENT, OURS))
        token = one.cookies["cordboard_session"]
        assert (await one.delete("/v1/session")).status_code == 204
        assert "cordboard_session" not in one.cookies
        one.cookies.set("cordboard_session", token)
        problem(await one.get("/v1/session"), 401, "no_session")
        assert (await other.get("/v1/session")).status_code == 200


async def test_a_cookie_that_is_none_of_ours_is_nobody(centre: Centre) -> None:
    async with centre.stranger() as client:
        for value in ("x", "x" * 5000):
            client.cookies.set("cordboard_session", value)
            problem(await client.get("/v1/session"), 401, "no_session")


async def test_a_change_by_cookie_needs_the_header_that_other_sites_cannot_send(centre: Centre) -> None:
    client = await centre.client()
    del client.headers["X-Cordboard"]
    problem(await client.post("/v1/queues", json={"name": "Service"}), 403, "csrf_header_missing")
    assert (await client.get("/v1/queues")).json()["items"] == []


async def test_a_new_password_ends_the_users_sessions_and_is_the_only_one_from_then_on(centre: Centre) -> None:
    agent, owner = await centre.client(Role.AGENT), await centre.client()
    key = await centre.user(Role.AGENT)
    assert (await owner.patch(f"/v1/users/{key}", json={"password": "another long password"})).status_code == 200
    problem(await agent.get("/v1/session"), 401, "no_session")
    async with centre.stranger() as client:
        problem(await log_in(client, email(Role.AGENT, OURS), PASSWORD), 401, "wrong_credentials")
        assert (await log_in(client, email(Role.AGENT, OURS), "another long password")).status_code == 200


@pytest.mark.parametrize("change", ["deactivate", "remove"])
async def test_who_is_no_longer_there_cannot_log_in(centre: Centre, change: str) -> None:
    agent, owner = await centre.client(Role.AGENT), await centre.client()
    key = await centre.user(Role.AGENT)
    if change == "remove":
        assert (await owner.delete(f"/v1/users/{key}")).status_code == 204
    else:
        assert (await owner.patch(f"/v1/users/{key}", json={"active": False})).status_code == 200
    problem(await agent.get("/v1/session"), 401, "no_session")
    async with centre.stranger() as client:
        problem(await log_in(client, email(Role.AGENT, OURS)), 401, "wrong_credentials")
        assert (await log_in(client, email(Role.AGENT, THEIRS))).status_code == 200


async def test_logging_in_is_audited_with_where_from(centre: Centre) -> None:
    async with centre.stranger("192.0.2.9") as client:
        await log_in(client, email(Role.AGENT, OURS), "wrong password")
        await log_in(client, email(Role.AGENT, OURS))
    entries = {entry.action: entry for entry in await centre.audit() if entry.origin.address == "192.0.2.9"}
    assert entries["session.opened"].origin.user == await centre.user(Role.AGENT)
    assert entries["session.refused"].origin.user is None
    assert entries["session.refused"].subject_id == await centre.user(Role.AGENT)
