"""What happens at the same time, and what others read while it does."""

import asyncio
from collections import Counter
from typing import Any

import pytest
from api_server import OURS, PASSWORD, THEIRS, Centre, email, log_in, problem
from msgspec.structs import replace

from api.auth.lockout import FAILURES_FROM_ONE_PLACE
from kernel.contracts.base import TenantScope
from kernel.contracts.directory import TenantDirectory
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import TenantId
from kernel.primitives.secret import Secret
from tenants.audit import Origin
from tenants.directory import Role, TenantDirectories, load_tenant_directory
from tenants.directory import reading as directory_reading
from tenants.directory.errors import EmailTaken
from tenants.directory.operator import NewTenant, OperatorTenants


async def test_one_free_seat_is_given_once(centre: Centre) -> None:
    client = await centre.client()
    await client.patch("/v1/plan", json={"seats": 1})
    users = [await centre.user(role) for role in (Role.AGENT, Role.SUPERVISOR, Role.QUALITY)]
    answers = await asyncio.gather(*(client.put(f"/v1/seats/{user}") for user in users))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 409: 2}
    assert len((await client.get("/v1/seats")).json()["assigned"]) == 1


async def test_a_key_sent_twice_at_once_makes_one_queue(centre: Centre) -> None:
    client = await centre.client()
    key = {"Idempotency-Key": "once"}
    posts = [client.post("/v1/queues", json={"name": "Service"}, headers=key) for _ in range(5)]
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["id"] for answer in answers}) == 1


async def test_of_two_changes_to_one_revision_one_is_made(centre: Centre) -> None:
    client, queue = await centre.client(), await centre.queue()
    path, tag = f"/v1/queues/{queue['id']}", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(client.patch(path, json={"priority": n}, headers=tag) for n in range(4)))
    assert Counter(answer.status_code for answer in answers) == {200: 1, 412: 3}


async def test_guesses_at_once_are_counted_each(centre: Centre) -> None:
    async with centre.stranger() as client:
        guesses = [log_in(client, email(Role.AGENT, OURS), f"guess {n}") for n in range(4 * FAILURES_FROM_ONE_PLACE)]
        answers = Counter(answer.status_code for answer in await asyncio.gather(*guesses))
        assert answers == {401: FAILURES_FROM_ONE_PLACE, 429: 3 * FAILURES_FROM_ONE_PLACE}
        problem(await log_in(client, email(Role.AGENT, OURS)), 429, "too_many_attempts")


class TestDirectories:
    async def test_they_follow_every_change_of_their_tenant(self, centre: Centre) -> None:
        tenant, other = await centre.tenant(), await centre.tenant(THEIRS)
        before, theirs = await centre.directories.directory(tenant), await centre.directories.directory(other)
        assert await centre.directories.directory(tenant) is before
        await centre.queue()
        async with asyncio.timeout(5):
            while await centre.directories.directory(tenant) is before:  # noqa: ASYNC110 (nobody tells)
                await asyncio.sleep(0.005)
        assert [rules.name for rules in (await centre.directories.directory(tenant)).queues] == ["Service"]
        assert await centre.directories.directory(other) == theirs

    async def test_what_was_read_while_it_changed_is_not_kept(
        self, centre: Centre, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The first reading is held up until a later change was announced."""
        tenant = await centre.tenant()
        directories = TenantDirectories(centre.database, centre.clock)
        await directories.follow(centre.bus)
        announced, first = asyncio.Event(), True

        async def announce(_subject: str, _payload: bytes) -> None:
            announced.set()

        await centre.bus.subscribe("directory.*", announce)

        async def held_up(*arguments: object) -> TenantDirectory:
            nonlocal first
            found = await load_tenant_directory(*arguments)  # type: ignore[arg-type]
            if first:
                first = False
                announced.clear()
                await centre.queue()
                await announced.wait()
            return found

        monkeypatch.setattr(directory_reading, "load_tenant_directory", held_up)
        assert (await directories.directory(tenant)).queues == ()
        assert [rules.name for rules in (await directories.directory(tenant)).queues] == ["Service"]


class TestFounding:
    def operator(self, centre: Centre) -> OperatorTenants:
        services = centre.services
        return OperatorTenants(centre.database, centre.clock, centre.ids, services.passwords)

    async def found(self, centre: Centre, **change: Any) -> TenantId:
        operator = self.operator(centre)
        provider = await operator.add_provider("Provider")
        new = NewTenant(name="New", owner_email="new@new.example", owner_name="Nora", owner_password=Secret(PASSWORD))
        founded = await operator.found(provider, replace(new, **change), Origin(None, "", "test"))
        return founded.tenant

    async def test_a_new_tenant_has_an_owner_who_can_log_in_and_a_plan(self, centre: Centre) -> None:
        tenant = await self.found(centre, time_zone="Asia/Seoul", currency="KRW", seats=3)
        assert tenant in await self.operator(centre).all()
        async with centre.stranger() as client:
            assert (await log_in(client, "new@new.example")).json()["tenant"]["time_zone"] == "Asia/Seoul"
            plan = (await client.get("/v1/plan")).json()
            assert (plan["seats"], plan["price_per_seat"]["currency"]) == (3, "KRW")
        directory = await load_tenant_directory(centre.database, TenantScope(tenant), centre.clock.now())
        assert (directory.currency, directory.queues) == ("KRW", ())

    @pytest.mark.parametrize(
        ("change", "error"),
        [
            ({"owner_email": email(Role.AGENT, OURS)}, EmailTaken),
            ({"time_zone": "Mars/Base"}, InvalidInput),
            ({"owner_password": Secret("short")}, InvalidInput),
            ({"seats": -1}, InvalidInput),
        ],
    )
    async def test_a_tenant_that_cannot_be_leaves_nothing_behind(
        self, centre: Centre, change: dict[str, Any], error: type[Exception]
    ) -> None:
        before = await self.operator(centre).all()
        with pytest.raises(error):
            await self.found(centre, **change)
        assert await self.operator(centre).all() == before
