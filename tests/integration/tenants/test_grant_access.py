"""Whatever happens to grants, access exists exactly while a live one says so."""

from datetime import datetime, timedelta
from typing import Any, NamedTuple
from uuid import UUID

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert, update

from kernel.contracts.base import TenantScope
from kernel.ports.unit_of_work import Database
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import ProviderId, TenantId, UserId
from tenants.audit import Origin
from tenants.directory import EVERY_PERMISSION, Role
from tenants.directory.grants import Beneficiary, GrantBook, GrantService, Person, Terms
from tenants.directory.repository import login_key
from tenants.directory.tables import Provider, Tenant, UserRow
from tenants.unit import TenantUnit
from tests.fakes import FakeClock, SequentialIds

PEOPLE = {"ada": Role.AGENT, "bob": Role.SUPERVISOR}
CLIENTS = ("first", "second")
HOURS = st.integers(1, 48)

STEPS = st.one_of(
    st.tuples(st.just("give"), st.sampled_from(CLIENTS), st.sampled_from([*PEOPLE, "agents"]), HOURS),
    st.tuples(st.just("ask"), st.sampled_from(CLIENTS), st.sampled_from([*PEOPLE, "agents"]), HOURS),
    st.tuples(st.sampled_from(["accept", "end", "withdraw"]), st.integers(0, 7)),
    st.tuples(st.just("pass"), st.integers(0, 30)),
    st.tuples(st.sampled_from(["leaves", "returns"]), st.sampled_from(list(PEOPLE))),
    st.tuples(st.sampled_from(["closes", "reopens"]), st.sampled_from(CLIENTS)),
)


class Promise(NamedTuple):
    """What the test itself remembers of a grant: no code of the product decides here."""

    client: str
    holder: str
    until: datetime
    given: bool
    over: bool = False


class Model:
    def __init__(self) -> None:
        self.promises: list[Promise] = []
        self.gone: set[str] = set()
        self.closed: set[str] = set()

    def may(self, name: str, client: str, now: datetime) -> bool:
        holders = {name, "agents"} if PEOPLE[name] is Role.AGENT else {name}
        return (
            name not in self.gone
            and client not in self.closed
            and any(
                one.client == client and one.holder in holders and one.given and not one.over and now < one.until
                for one in self.promises
            )
        )


class Scene:
    """One provider with two people and two clients, in a database that others use too."""

    def __init__(self, database: Database, clock: FakeClock, ids: SequentialIds) -> None:
        self._database = database
        self._clock = clock
        self._ids = ids
        self.home = TenantId(ids.new())
        self.tenants = {name: TenantId(ids.new()) for name in CLIENTS}
        self.people = {name: UserId(ids.new()) for name in PEOPLE}
        self.keys: list[UUID] = []
        self.model = Model()

    async def begin(self) -> None:
        provider = ProviderId(self._ids.new())
        async with self._database.write() as uow:
            values = {"id": provider, "name": "Provider", "home_tenant_id": self.home, "revision": 1}
            await uow.session.execute(insert(Provider.table()).values(**values))
            for tenant in (self.home, *self.tenants.values()):
                await uow.session.execute(insert(Tenant.table()).values(**_tenant(tenant, provider)))
            for name, key in self.people.items():
                await uow.session.execute(insert(UserRow.table()).values(**_user(name, key, self.home)))

    async def _as(self, tenant: TenantId, what: str, *arguments: Any, **more: Any) -> Any:
        async with self._database.write() as uow:
            origin = Origin(UserId(self._ids.new()), "", "test")
            unit = TenantUnit(uow, TenantScope(tenant), origin, self._clock, self._ids)
            return await getattr(GrantService(unit, EVERY_PERMISSION), what)(*arguments, **more)

    async def do(self, step: tuple[Any, ...]) -> None:
        match step:
            case ("give" | "ask" as verb, client, holder, hours):
                await self._promise(verb, client, holder, hours)
            case ("accept" | "end" | "withdraw" as verb, index):
                await self._decide(verb, index)
            case ("pass", hours):
                self._clock.advance(hours * 3600.0)
            case ("leaves" | "returns" as verb, name):
                await self._staff(name, verb == "returns")
            case _:
                await self._close(step[1], step[0] == "closes")

    async def _promise(self, verb: str, client: str, holder: str, hours: int) -> None:
        until = self._clock.now() + timedelta(hours=hours)
        terms = Terms(roles=(Role.SUPERVISOR,), permissions=(), until=until, reason="Test")
        to = Beneficiary(role=Role.AGENT) if holder == "agents" else Beneficiary(user=self.people[holder])
        try:
            if verb == "give":
                grant = await self._as(self.tenants[client], "give", to, terms)
            else:
                grant = await self._as(self.home, "ask", self.tenants[client], to, terms)
        except CordboardError:
            assert holder in self.model.gone, "only who left cannot be let in"
            return
        self.keys.append(grant.id)
        self.model.promises.append(Promise(client, holder, until, verb == "give"))

    async def _decide(self, verb: str, index: int) -> None:
        if index >= len(self.keys):
            return
        known = self.model.promises[index]
        alive = not known.over and self._clock.now() < known.until
        possible = alive and (verb != "accept" or not known.given)
        tenant = self.home if verb == "withdraw" else self.tenants[known.client]
        arguments = (self.keys[index], None, None) if verb == "accept" else (self.keys[index], None)
        try:
            await self._as(tenant, verb, *arguments)
        except CordboardError:
            assert not possible
            return
        assert possible
        change = {"given": True} if verb == "accept" else {"over": True}
        self.model.promises[index] = known._replace(**change)

    async def _staff(self, name: str, active: bool) -> None:
        async with self._database.write() as uow:
            mine = update(UserRow.table()).where(UserRow.table().c.id == self.people[name])
            await uow.session.execute(mine.values(active=active))
        await self._as(self.home, "person_changed", self.people[name], active)
        if active:
            self.model.gone.discard(name)
            return
        self.model.gone.add(name)
        self.model.promises = [one._replace(over=one.over or one.holder == name) for one in self.model.promises]

    async def _close(self, client: str, closed: bool) -> None:
        async with self._database.write() as uow:
            mine = update(Tenant.table()).where(Tenant.table().c.id == self.tenants[client])
            await uow.session.execute(mine.values(closed_at=self._clock.now() if closed else None))
        (self.model.closed.add if closed else self.model.closed.discard)(client)

    async def check(self) -> None:
        now = self._clock.now()
        async with self._database.read() as uow:
            book = GrantBook(uow.session)
            for name, role in PEOPLE.items():
                person = Person(id=self.people[name], email="", name=name, roles=frozenset({role}))
                active = {one.id for one in await book.people(self.home)}
                grants = await book.of_person(person, self.home, now) if person.id in active else ()
                let_in = {grant.client for grant in grants}
                for client, tenant in self.tenants.items():
                    assert (tenant in let_in) == self.model.may(name, client, now), (name, client)


def _tenant(key: TenantId, provider: ProviderId) -> dict[str, Any]:
    return {
        "id": key,
        "provider_id": provider,
        "name": "Tenant",
        "time_zone": "UTC",
        "currency": "EUR",
        "locale": "en",
        "not_ready_reasons": [],
        "revision": 1,
    }


def _user(name: str, key: UserId, home: TenantId) -> dict[str, Any]:
    email = f"{name}.{key}@provider.example"
    return {
        "id": key,
        "tenant_id": home,
        "email": email,
        "login_key": login_key(email),
        "name": name,
        "roles": [str(PEOPLE[name])],
        "custom_roles": [],
        "password_hash": "",
        "active": True,
        "revision": 1,
    }


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=30)
@given(steps=st.lists(STEPS, max_size=15))
@example(steps=[("give", CLIENTS[0], next(iter(PEOPLE)), 1), ("pass", 2), ("leaves", next(iter(PEOPLE)))])
async def test_access_exists_exactly_while_a_live_grant_says_so(
    database: Database, clock: FakeClock, ids: SequentialIds, steps: list[tuple[Any, ...]]
) -> None:
    scene = Scene(database, clock, ids)
    await scene.begin()
    for step in steps:
        await scene.do(step)
        await scene.check()
