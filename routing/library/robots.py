"""Use cases: voice robots that call flows connect callers with; the secret is told to nobody else once it is stored."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import update
from sqlalchemy.engine import Row
from sqlalchemy.ext.asyncio import AsyncSession

from kernel.contracts.base import TenantScope
from kernel.primitives.secret import Secret
from kernel.primitives.web_guard import WebRules, as_http, url_refusal
from routing.flows.errors import TooManyKept, WrongRobot
from routing.flows.known import NameKind
from routing.flows.limits import NOTE_LENGTH, ROBOTS_KEPT, URL_LENGTH
from routing.library.credentials import Sealing
from routing.library.naming import LiveFlows, require_unnamed
from routing.library.rows import NamedRows, require_revision
from routing.library.tables import RobotRow
from routing.library.unit import LibraryUnit

SECRET_LENGTH = 4_000  # a header that servers commonly take

_robots = RobotRow.table()


class Robot(msgspec.Struct, frozen=True, kw_only=True):
    id: UUID
    name: str
    url: str
    note: str
    sealed: bytes | None
    revision: int = 1


class RobotWish(msgspec.Struct, frozen=True):
    """`secret`: shown to the robot as `Authorization: Bearer …`; None: nothing is."""

    url: str
    note: str
    secret: Secret | None


def _robot(row: Row[Any]) -> Robot:
    return Robot(id=row.id, name=row.name, url=row.url, note=row.note, sealed=row.sealed, revision=row.revision)


def _purpose(key: UUID) -> str:
    return f"robot {key}"


class RobotRepository:
    def __init__(self, session: AsyncSession, scope: TenantScope) -> None:
        self._session, self._tenant = session, scope.tenant
        self.rows = NamedRows[Robot](session, scope, _robots, _robot)

    async def named(self, name: str) -> Robot | None:
        return next((one for one in await self.rows.page(None, ROBOTS_KEPT) if one.name == name), None)

    async def secret(self, name: str, sealing: Sealing) -> Secret | None:
        """None: there is no such robot, or it has none."""
        robot = await self.named(name)
        return None if robot is None or robot.sealed is None else sealing.open(robot.sealed, _purpose(robot.id))

    async def reseal(self, sealing: Sealing) -> int:
        """All secrets under the server's present key; returns how many. Revisions stay: nobody changed them."""
        found = [one for one in await self.rows.page(None, ROBOTS_KEPT) if one.sealed is not None]
        for one in found:
            sealed = sealing.seal(sealing.open(one.sealed or b"", _purpose(one.id)), _purpose(one.id))
            mine = (_robots.c.tenant_id == self._tenant, _robots.c.id == one.id)
            await self._session.execute(update(_robots).where(*mine).values(sealed=sealed))
        return len(found)


class RobotService:
    """`rules`: which servers the operator lets tenants name."""

    def __init__(self, unit: LibraryUnit, sealing: Sealing, rules: WebRules) -> None:
        self._unit = unit
        self._sealing = sealing
        self._rules = rules
        self._rows = RobotRepository(unit.session, unit.scope).rows

    async def page(self, after: UUID | None, limit: int) -> Sequence[Robot]:
        return await self._rows.page(after, limit)

    async def get(self, key: UUID) -> Robot:
        """NotFound."""
        return await self._rows.get(key, "robot")

    async def names(self) -> frozenset[str]:
        return await self._rows.names()

    async def create(self, name: str, wish: RobotWish) -> Robot:
        """NameInUse, TooManyKept, WrongRobot."""
        self._require_right(wish)
        if await self._rows.count() >= ROBOTS_KEPT:
            raise TooManyKept(f"{ROBOTS_KEPT} robots may be kept: remove one.", allowed=ROBOTS_KEPT)
        key = self._unit.new_id()
        values = {"url": wish.url, "note": wish.note, "sealed": self._sealed(key, wish.secret)}
        await self._rows.add({"id": key, "name": name, **values})
        await self._unit.changed("robot.created", key, name=name)
        return await self.get(key)

    async def replace(self, key: UUID, wish: RobotWish, expected: int | None, *, keep_secret: bool) -> Robot:
        """NotFound, RevisionMismatch, WrongRobot; calls that the robot has go on as they began."""
        self._require_right(wish)
        old = await self.get(key)
        require_revision(old.revision, expected)
        sealed = old.sealed if keep_secret else self._sealed(key, wish.secret)
        await self._rows.replace(key, old.revision, {"url": wish.url, "note": wish.note, "sealed": sealed})
        await self._unit.changed("robot.changed", key, name=old.name)
        return await self.get(key)

    async def remove(self, key: UUID, live: LiveFlows, expected: int | None) -> None:
        """NotFound, RevisionMismatch, NamedByFlows while a live flow connects it."""
        old = await self.get(key)
        require_revision(old.revision, expected)
        require_unnamed(live, NameKind.ROBOT, old.name)
        await self._rows.remove(key)
        await self._unit.changed("robot.removed", key, name=old.name)

    def _sealed(self, key: UUID, secret: Secret | None) -> bytes | None:
        return None if secret is None else self._sealing.seal(secret, _purpose(key))

    def _require_right(self, wish: RobotWish) -> None:
        if not wish.url.lower().startswith(("ws://", "wss://")) or len(wish.url) > URL_LENGTH:
            raise WrongRobot(f"Give the robot's WebSocket as wss://HOST/PATH, {URL_LENGTH} characters at most.")
        wrong = url_refusal(as_http(wish.url), self._rules)
        if wrong is not None:
            raise WrongRobot(
                f"The address may not be called ({wrong.value}): use wss:// and a public name, at the ports that are "
                "allowed for lookups.",
            )
        if len(wish.note) > NOTE_LENGTH:
            raise WrongRobot(f"A note has {NOTE_LENGTH} characters at most.")
        secret = "" if wish.secret is None else wish.secret.reveal()
        if wish.secret is not None and not (
            0 < len(secret) <= SECRET_LENGTH and secret.isascii() and secret.isprintable()
        ):
            raise WrongRobot(f"A secret has 1 to {SECRET_LENGTH} printable ASCII characters.")
