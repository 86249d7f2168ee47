"""Every operation by every role, by a stranger and by people of another tenant, as the table of permissions says."""

from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from api_operations import Caller, Operation, World, code, operations
from api_server import OURS, THEIRS, Centre, email
from msgspec.structs import replace
from sqlalchemy import update

from kernel.contracts.base import TenantScope
from tenants.directory import EVERY_PERMISSION, Permission, Role
from tenants.directory.custom_roles import CustomRoleRepository
from tenants.directory.model import CustomRole
from tenants.directory.tables import UserRow

pytestmark = pytest.mark.timeout(180)

REFUSALS = {"forbidden", "no_session", "csrf_header_missing"}
# Their ids are the sender's: before it deletes, the stranger has kept an entry of this id with itself.
NAMED_BY_SENDER = {"delete_given"}
GUARDED = tuple(one for one in operations() if not one.rule.public)
CHANGES_BY_ITSELF = {
    "list_audit",
    "export_audit",
    "verify_audit",
    "get_session",
    "list_sessions",
    "list_user_sessions",
    "get_live",
}
"""What the owner sees of these changes by looking."""


@pytest.fixture
async def world(centre: Centre, tmp_path: Path) -> World:
    world = World(centre, tmp_path)
    assert await world.build() == []
    return world


def line(operation: Operation, who: str, answer: httpx.Response) -> str:
    return f"{operation.name} as {who}: {answer.status_code} {code(answer) or ''} {answer.text[:200]}"


def told(wrong: Iterable[str]) -> str:
    return "\n".join(wrong)


async def test_strangers_are_told_nothing(centre: Centre, world: World) -> None:
    wrong: list[str] = []
    async with centre.stranger() as client:
        for operation in GUARDED:
            answer = await world.send(client, operation)
            if (answer.status_code, code(answer)) != (401, "no_session"):
                wrong.append(line(operation, "nobody", answer))
    assert not wrong, told(wrong)


async def test_a_role_may_not_do_what_the_table_does_not_say(centre: Centre, world: World) -> None:
    wrong: list[str] = []
    for role in Role:
        caller = Caller(centre, world, email(role, OURS))
        for operation in GUARDED:
            if not operation.rule.allows_role(role):
                answer = await caller.ask(operation)
                if (answer.status_code, code(answer)) != (403, "forbidden"):
                    wrong.append(line(operation, role, answer))
    assert not wrong, told(wrong)


async def test_a_role_may_do_what_the_table_says(centre: Centre, world: World) -> None:
    wrong: list[str] = []
    for role in Role:
        caller = Caller(centre, world, email(role, OURS))
        wrong += await let_through(caller, (one for one in GUARDED if one.rule.allows_role(role)), role)
    assert not wrong, told(wrong)


async def let_through(caller: Caller, chosen: Iterable[Operation], who: str) -> list[str]:
    """Those that the caller is refused, or that break; what is not there, taken or wrong is an answer."""
    wrong: list[str] = []
    for operation in chosen:
        answer = await caller.ask(operation)
        if code(answer) in REFUSALS or answer.status_code >= 500:
            wrong.append(line(operation, who, answer))
    return wrong


class OwnRole:
    """A custom role whose permissions change while its holder is logged in."""

    def __init__(self, centre: Centre, scope: TenantScope) -> None:
        self._centre = centre
        self._scope = scope
        self._role = CustomRole(id=centre.ids.new(), name="The matrix", permissions=(Permission.TENANT_READ,))

    async def give(self, user: UUID) -> None:
        """In place of all other roles."""
        async with self._centre.database.write(self._scope) as unit:
            await CustomRoleRepository(unit.session, self._scope).add(self._role)
            mine = update(UserRow.table()).where(UserRow.table().c.id == user)
            await unit.session.execute(mine.values(roles=[], custom_roles=[str(self._role.id)]))

    async def may(self, permissions: Iterable[Permission]) -> None:
        new = replace(self._role, permissions=tuple(permissions), revision=self._role.revision + 1)
        async with self._centre.database.write(self._scope) as unit:
            await CustomRoleRepository(unit.session, self._scope).change(new, self._role.revision)
        self._role = new


async def test_one_permission_is_enough_and_all_others_are_not(centre: Centre, world: World) -> None:
    role = OwnRole(centre, TenantScope(await centre.tenant()))
    await role.give(await centre.user(Role.ANALYST))
    caller = Caller(centre, world, email(Role.ANALYST, OURS))
    wrong: list[str] = []
    for permission in sorted({one.rule.permission for one in GUARDED if one.rule.permission is not None}):
        needing = [one for one in GUARDED if one.rule.permission is permission]
        await role.may({permission})
        wrong += await let_through(caller, needing, f"a role with {permission} only")
        own = {narrower for one in needing for narrower in (one.rule.own, one.rule.team)}
        await role.may(EVERY_PERMISSION - {permission} - own)
        for operation in needing:
            answer = await caller.ask(operation)
            if code(answer) != "forbidden":
                wrong.append(line(operation, f"a role with all but {permission}", answer))
    assert not wrong, told(wrong)


async def test_people_of_another_tenant_find_nothing_and_change_nothing(centre: Centre, world: World) -> None:
    before = await seen(centre, world)
    caller = Caller(centre, world, email(Role.OWNER, THEIRS))
    secrets = set(world.ids.values())
    wrong: list[str] = []
    for operation in GUARDED:
        answer = await caller.ask(operation)
        if operation.path_ids and answer.status_code != 404 and operation.name not in NAMED_BY_SENDER:
            wrong.append(line(operation, "an owner elsewhere", answer))
        sent = answer.request.content.decode()
        told_more = any(secret in answer.text and secret not in sent for secret in secrets)
        if answer.status_code >= 500 or (answer.status_code < 400 and told_more):
            wrong.append(line(operation, "an owner elsewhere", answer))
    assert not wrong, told(wrong)
    assert await seen(centre, world) == before


async def seen(centre: Centre, world: World) -> dict[str, str]:
    """What the owner is shown, by operation."""
    caller = Caller(centre, world, email(Role.OWNER, OURS))
    looks = [one for one in GUARDED if one.method == "get" and one.name not in CHANGES_BY_ITSELF]
    return {one.name: (await caller.ask(one)).text for one in looks}
