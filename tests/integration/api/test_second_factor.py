"""The second factor: set up, asked for at log-in, lost, and guessed at."""

import asyncio
from collections import Counter
from typing import Any

import httpx
import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem
from sqlalchemy import select

from api.auth.lockout import FAILURES_FROM_ONE_PLACE, LOCKED
from api.auth.tables import RecoveryCodeRow, SecondFactorRow
from api.auth.tickets import TICKET_SECONDS
from api.auth.totp import RECOVERY_CODES, STEP_SECONDS, code_at, step_of
from kernel.primitives.secret import Secret
from tenants.directory import Role

AGENT = email(Role.AGENT, OURS)
WRONG = "000000"


class Phone:
    """An authenticator that has scanned the QR code."""

    def __init__(self, centre: Centre, secret: str) -> None:
        self._clock = centre.clock
        self._secret = Secret(secret)

    def code(self) -> str:
        """Of the next step: each is good once."""
        self._clock.advance(STEP_SECONDS)
        return self.shown()

    def shown(self) -> str:
        return code_at(self._secret, step_of(self._clock.now()))


async def enrol(centre: Centre, client: httpx.AsyncClient) -> tuple[Phone, list[str]]:
    """An authenticator and its recovery codes."""
    begun = await client.post("/v1/second-factor", json={"password": PASSWORD})
    assert begun.status_code == 200, begun.text
    phone = Phone(centre, begun.json()["secret"])
    confirmed = await client.post("/v1/second-factor/confirmation", json={"code": phone.code()})
    assert confirmed.status_code == 200, confirmed.text
    return phone, confirmed.json()["recovery_codes"]


async def ticket(client: httpx.AsyncClient, address: str = AGENT, code: str = "second_factor_required") -> str:
    return problem(await log_in(client, address), 401, code)["ticket"]


async def second_step(client: httpx.AsyncClient, ticket: str, **proof: str) -> httpx.Response:
    return await client.post("/v1/session/second-factor", json={"ticket": ticket} | proof)


class TestLogIn:
    async def test_the_password_alone_gives_a_ticket_and_the_code_the_session(self, centre: Centre) -> None:
        phone, _ = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            answer = await log_in(client, AGENT)
            document = problem(answer, 401, "second_factor_required")
            assert "set-cookie" not in answer.headers
            problem(await client.get("/v1/session"), 401, "no_session")
            opened = await second_step(client, document["ticket"], code=phone.code())
            assert opened.status_code == 200
            assert opened.json()["user"]["email"] == AGENT
            assert "recovery_codes" not in opened.json()
            assert (await client.get("/v1/session")).status_code == 200
            sessions = (await client.get("/v1/sessions")).json()
            assert [one["method"] for one in sessions if one["current"]] == ["second_factor"]

    async def test_a_wrong_password_tells_nothing_of_the_second_factor(self, centre: Centre) -> None:
        await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            problem(await log_in(client, AGENT, "not the password"), 401, "wrong_credentials")

    async def test_a_code_is_good_once(self, centre: Centre) -> None:
        phone, _ = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as one, centre.stranger() as other:
            code = phone.code()
            assert (await second_step(one, await ticket(one), code=code)).status_code == 200
            problem(await second_step(other, await ticket(other), code=code), 401, "wrong_code")
            assert (await second_step(other, await ticket(other), code=phone.code())).status_code == 200

    async def test_the_code_that_switched_it_on_opens_nothing(self, centre: Centre) -> None:
        phone, _ = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            problem(await second_step(client, await ticket(client), code=phone.shown()), 401, "wrong_code")

    async def test_a_ticket_is_good_once_and_not_for_long(self, centre: Centre) -> None:
        phone, _ = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            used, late = await ticket(client), await ticket(client)
            assert (await second_step(client, used, code=phone.code())).status_code == 200
            problem(await second_step(client, used, code=phone.code()), 401, "ticket_ended")
            centre.clock.advance(TICKET_SECONDS)
            problem(await second_step(client, late, code=phone.code()), 401, "ticket_ended")
            problem(await second_step(client, "x" * 500, code=phone.code()), 401, "ticket_ended")

    async def test_wrong_codes_lock_even_between_right_passwords(self, centre: Centre) -> None:
        phone, codes = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            for _ in range(FAILURES_FROM_ONE_PLACE):
                problem(await second_step(client, await ticket(client), code=WRONG), 401, "wrong_code")
            problem(await log_in(client, AGENT), 429, "too_many_attempts")
            centre.clock.advance(LOCKED.total_seconds())
            held = await ticket(client)
            for _ in range(FAILURES_FROM_ONE_PLACE):
                problem(await second_step(client, held, recovery_code=WRONG), 401, "wrong_code")
            problem(await second_step(client, held, code=phone.code()), 429, "too_many_attempts")
            problem(await second_step(client, held, recovery_code=codes[0]), 429, "too_many_attempts")

    async def test_codes_guessed_at_once_are_counted_each(self, centre: Centre) -> None:
        await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            held = await ticket(client)
            guesses = [second_step(client, held, code=f"{n:06}") for n in range(4 * FAILURES_FROM_ONE_PLACE)]
            answers = Counter(answer.status_code for answer in await asyncio.gather(*guesses))
            assert answers == {401: FAILURES_FROM_ONE_PLACE, 429: 3 * FAILURES_FROM_ONE_PLACE}

    async def test_one_code_sent_twice_at_once_opens_one_session(self, centre: Centre) -> None:
        phone, _ = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as one, centre.stranger() as other:
            tickets = [await ticket(one), await ticket(other)]
            code = phone.code()
            tries = [second_step(client, held, code=code) for client, held in zip((one, other), tickets, strict=True)]
            assert Counter(answer.status_code for answer in await asyncio.gather(*tries)) == {200: 1, 401: 1}


class TestRecoveryCodes:
    async def test_each_opens_one_session_and_the_rest_stay(self, centre: Centre) -> None:
        _, codes = await enrol(centre, await centre.client(Role.AGENT))
        assert len(codes) == RECOVERY_CODES
        async with centre.stranger() as client:
            assert (await second_step(client, await ticket(client), recovery_code=codes[0].upper())).status_code == 200
            assert (await client.get("/v1/second-factor")).json()["recovery_codes_left"] == RECOVERY_CODES - 1
            problem(await second_step(client, await ticket(client), recovery_code=codes[0]), 401, "wrong_code")
            assert (await second_step(client, await ticket(client), recovery_code=codes[1])).status_code == 200

    async def test_two_uses_at_the_same_time_open_one_session(self, centre: Centre) -> None:
        _, codes = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as one, centre.stranger() as other:
            tickets = [await ticket(one), await ticket(other)]
            pairs = zip((one, other), tickets, strict=True)
            answers = await asyncio.gather(
                *(second_step(client, held, recovery_code=codes[0]) for client, held in pairs)
            )
            assert Counter(answer.status_code for answer in answers) == {200: 1, 401: 1}

    async def test_new_ones_end_the_old_ones(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        phone, old = await enrol(centre, agent)
        body = {"password": PASSWORD, "code": phone.code()}
        new = (await agent.post("/v1/second-factor/recovery-codes", json=body)).json()["recovery_codes"]
        assert len(set(new) | set(old)) == 2 * RECOVERY_CODES
        async with centre.stranger() as client:
            problem(await second_step(client, await ticket(client), recovery_code=old[0]), 401, "wrong_code")
            assert (await second_step(client, await ticket(client), recovery_code=new[0])).status_code == 200

    async def test_neither_they_nor_the_secret_are_in_the_database(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        begun = (await agent.post("/v1/second-factor", json={"password": PASSWORD})).json()
        phone = Phone(centre, begun["secret"])
        body = {"code": phone.code()}
        codes = (await agent.post("/v1/second-factor/confirmation", json=body)).json()["recovery_codes"]
        async with centre.database.read() as uow:
            factors = (await uow.session.execute(select(SecondFactorRow.table()))).all()
            hashes = (await uow.session.execute(select(RecoveryCodeRow.table()))).all()
        kept = b"".join([row.sealed_secret for row in factors] + [row.code_hash for row in hashes])
        assert begun["secret"].encode() not in kept
        assert not any(code.replace("-", "").encode() in kept for code in codes)


class TestSettingUp:
    async def test_it_needs_the_password(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        problem(await agent.post("/v1/second-factor", json={"password": "wrong password"}), 403, "wrong_password")

    async def test_until_its_first_code_it_is_not_asked_for(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        await agent.post("/v1/second-factor", json={"password": PASSWORD})
        problem(await agent.post("/v1/second-factor/confirmation", json={"code": WRONG}), 401, "wrong_code")
        async with centre.stranger() as client:
            assert (await log_in(client, AGENT)).status_code == 200

    async def test_beginning_anew_gives_another_secret_and_the_former_is_nothing(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        secrets = [
            (await agent.post("/v1/second-factor", json={"password": PASSWORD})).json()["secret"] for _ in range(2)
        ]
        former = {"code": Phone(centre, secrets[0]).code()}
        problem(await agent.post("/v1/second-factor/confirmation", json=former), 401, "wrong_code")
        latter = {"code": Phone(centre, secrets[1]).code()}
        assert (await agent.post("/v1/second-factor/confirmation", json=latter)).status_code == 200

    async def test_confirming_nothing_is_no_enrolment(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        problem(await agent.post("/v1/second-factor/confirmation", json={"code": WRONG}), 409, "no_enrolment")

    async def test_a_second_one_beside_it_is_refused(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        await enrol(centre, agent)
        problem(await agent.post("/v1/second-factor", json={"password": PASSWORD}), 409, "second_factor_on")

    async def test_it_is_switched_off_with_password_and_code(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        phone, codes = await enrol(centre, agent)
        path = "/v1/second-factor/removal"
        wrong = {"password": "wrong password", "code": phone.code()}
        problem(await agent.post(path, json=wrong), 403, "wrong_password")
        problem(await agent.post(path, json={"password": PASSWORD, "code": WRONG}), 401, "wrong_code")
        problem(await agent.post(path, json={"password": PASSWORD}), 401, "wrong_code")
        right = {"password": PASSWORD, "recovery_code": codes[0]}
        assert (await agent.post(path, json=right)).status_code == 204
        assert (await agent.get("/v1/second-factor")).json()["since"] is None
        async with centre.stranger() as client:
            assert (await log_in(client, AGENT)).status_code == 200

    async def test_each_step_is_audited(self, centre: Centre) -> None:
        _, codes = await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            await second_step(client, await ticket(client), recovery_code=codes[0])
        actions = {entry.action for entry in await centre.audit()}
        assert {"second_factor.begun", "second_factor.enabled", "second_factor.recovery_code_used"} <= actions


async def demand(centre: Centre, **policy: Any) -> None:
    answer = await (await centre.client()).patch("/v1/log-in-policy", json=policy)
    assert answer.status_code == 200, answer.text


class TestPolicy:
    async def test_who_needs_one_sets_it_up_before_the_first_session(self, centre: Centre) -> None:
        await demand(centre, second_factor="required")
        async with centre.stranger() as client:
            held = await ticket(client, code="second_factor_enrolment_required")
            problem(await second_step(client, held, code=WRONG), 409, "no_enrolment")
            enrolment = (await client.post("/v1/session/enrolment", json={"ticket": held})).json()
            assert enrolment["qr_svg"].startswith("<svg")
            problem(await second_step(client, held, code=WRONG), 401, "wrong_code")
            opened = await second_step(client, held, code=Phone(centre, enrolment["secret"]).code())
            assert opened.status_code == 200
            assert len(opened.json()["recovery_codes"]) == RECOVERY_CODES
            await ticket(client)  # from now on it is asked for

    async def test_a_ticket_for_a_code_sets_up_nothing(self, centre: Centre) -> None:
        await enrol(centre, await centre.client(Role.AGENT))
        async with centre.stranger() as client:
            held = await ticket(client)
            problem(await client.post("/v1/session/enrolment", json={"ticket": held}), 401, "ticket_ended")

    async def test_it_may_ask_some_roles_only(self, centre: Centre) -> None:
        await demand(centre, second_factor="roles", second_factor_roles=["admin"])
        async with centre.stranger() as client:
            assert (await log_in(client, AGENT)).status_code == 200
            await ticket(client, email(Role.ADMIN, OURS), "second_factor_enrolment_required")

    async def test_of_one_tenant_says_nothing_to_another(self, centre: Centre) -> None:
        await demand(centre, second_factor="required")
        async with centre.stranger() as client:
            assert (await log_in(client, email(Role.AGENT, THEIRS))).status_code == 200

    async def test_who_needs_one_cannot_switch_it_off(self, centre: Centre) -> None:
        agent = await centre.client(Role.AGENT)
        phone, _ = await enrol(centre, agent)
        await demand(centre, second_factor="required")
        body = {"password": PASSWORD, "code": phone.code()}
        problem(await agent.post("/v1/second-factor/removal", json=body), 409, "second_factor_needed")
        assert (await agent.get("/v1/second-factor")).json()["required"] is True

    async def test_it_is_changed_by_revision(self, centre: Centre) -> None:
        owner = await centre.client()
        before = await owner.get("/v1/log-in-policy")
        assert before.headers["etag"] == '"0"'
        for revision in (0, 1):
            change = {"second_factor": "required"}
            tag = {"If-Match": f'"{revision}"'}
            assert (await owner.patch("/v1/log-in-policy", json=change, headers=tag)).status_code == 200
        answer = await owner.patch("/v1/log-in-policy", json={}, headers={"If-Match": '"1"'})
        problem(answer, 412, "revision_mismatch")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"second_factor": "roles"},
            {"second_factor": "roles", "second_factor_roles": ["agent", "agent"]},
            {"second_factor": "sometimes"},
        ],
    )
    async def test_what_makes_no_sense_is_refused(self, centre: Centre, wrong: dict[str, Any]) -> None:
        problem(await (await centre.client()).patch("/v1/log-in-policy", json=wrong), 422, "invalid_input")

    async def test_passwords_are_not_given_up_before_there_is_another_way(self, centre: Centre) -> None:
        answer = await (await centre.client()).patch("/v1/log-in-policy", json={"sign_on_only": True})
        problem(answer, 409, "no_sign_on")


class TestHelp:
    async def test_an_admin_takes_a_lost_one_away_and_the_sessions_with_it(self, centre: Centre) -> None:
        agent, admin = await centre.client(Role.AGENT), await centre.client(Role.ADMIN)
        await enrol(centre, agent)
        key = await centre.user(Role.AGENT)
        assert (await admin.delete(f"/v1/users/{key}/second-factor")).status_code == 204
        problem(await agent.get("/v1/session"), 401, "no_session")
        async with centre.stranger() as client:
            assert (await log_in(client, AGENT)).status_code == 200

    async def test_but_not_an_owners(self, centre: Centre) -> None:
        admin, key = await centre.client(Role.ADMIN), await centre.user(Role.OWNER)
        problem(await admin.delete(f"/v1/users/{key}/second-factor"), 403, "owners_only")

    async def test_nor_one_of_another_tenant(self, centre: Centre) -> None:
        owner, key = await centre.client(), await centre.user(Role.AGENT, THEIRS)
        problem(await owner.delete(f"/v1/users/{key}/second-factor"), 404, "not_found")
