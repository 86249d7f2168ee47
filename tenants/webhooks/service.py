"""Use cases: a tenant's webhooks, what was parked, and sending it again."""

import secrets as chance
from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from kernel.primitives.secret import Secret
from kernel.primitives.web_guard import WebRules, url_refusal
from tenants.directory.changes import changed, get_or_not_found, require_revision
from tenants.directory.checks import Checks
from tenants.directory.sealing import SecretBox
from tenants.unit import TenantUnit
from tenants.webhooks.errors import TooManyWebhooks
from tenants.webhooks.model import ENDPOINTS_KEPT, OVERLAP, Disabled, Endpoint, Parked, Progress
from tenants.webhooks.published import EventType
from tenants.webhooks.repository import ParkedRepository, ProgressRepository, WebhookRepository
from tenants.webhooks.signing import SECRET_BYTES, secret_of
from tenants.webhooks.tables import URL_LENGTH


class Watched(NamedTuple):
    """An endpoint and how it fares."""

    endpoint: Endpoint
    progress: Progress

    @property
    def id(self) -> UUID:
        return self.endpoint.id


class WebhookService:
    """`rules`: which servers may be asked."""

    def __init__(self, unit: TenantUnit, secrets: SecretBox, rules: WebRules) -> None:
        self._unit = unit
        self._secrets = secrets
        self._rules = rules
        self._webhooks = WebhookRepository(unit.session, unit.scope)
        self._progress = ProgressRepository(unit.session, unit.scope)

    async def page(self, after: UUID | None, limit: int) -> Sequence[Watched]:
        found = await self._webhooks.rows.page(after, limit)
        progress = await self._progress.of([endpoint.id for endpoint in found])
        return [Watched(endpoint, progress[endpoint.id]) for endpoint in found]

    async def get(self, key: UUID) -> Watched:
        """NotFound."""
        return await self._watched(await get_or_not_found(self._webhooks.rows, key, "webhook"))

    async def create(self, name: str, url: str, events: Sequence[EventType]) -> tuple[Watched, Secret]:
        """It is told what happens from now on. InvalidInput, TooManyWebhooks."""
        if await self._webhooks.count() >= ENDPOINTS_KEPT:
            raise TooManyWebhooks(f"{ENDPOINTS_KEPT} webhooks may be kept: remove one.", allowed=ENDPOINTS_KEPT)
        key, secret = self._unit.new_id(), secret_of(chance.token_bytes(SECRET_BYTES))
        endpoint = Endpoint(id=key, name=name, url=url, events=tuple(events), created_at=self._unit.now, sealed=b"")
        self._check(endpoint)
        endpoint = msgspec.structs.replace(endpoint, sealed=self._secrets.seal(secret, endpoint.purpose))
        progress = Progress(sequence=await self._unit.log_end())
        await self._webhooks.add(endpoint, progress)
        await self._unit.changed("webhook.created", key, name=name, host=_host(url), events=[*map(str, events)])
        return Watched(endpoint, progress), secret

    async def change(
        self, key: UUID, changes: Mapping[str, Any], enabled: bool | None, expected: int | None
    ) -> Watched:
        """One that is enabled again goes on where it stopped. NotFound, RevisionMismatch, InvalidInput."""
        old = (await self.get(key)).endpoint
        require_revision(old, expected)
        new = changed(old, changes)
        if enabled is not None:
            new = msgspec.structs.replace(new, disabled=None if enabled else old.disabled or Disabled.BY_HAND)
        self._check(new)
        await self._webhooks.change(new, old.revision)
        if enabled and old.disabled is not None:
            await self._begin_again(key)
        told = sorted([*changes, *(["enabled"] if enabled is not None else [])])
        await self._unit.changed("webhook.changed", key, fields=told)
        return await self._watched(new)

    async def rotate(self, key: UUID) -> tuple[Watched, Secret]:
        """A new secret; the old one signs beside it for OVERLAP. NotFound."""
        old, secret = (await self.get(key)).endpoint, secret_of(chance.token_bytes(SECRET_BYTES))
        sealed = self._secrets.seal(secret, old.purpose)
        until = self._unit.now + OVERLAP
        new = changed(old, {"sealed": sealed, "former": old.sealed, "former_until": until})
        await self._webhooks.change(new, old.revision)
        await self._unit.changed("webhook.rotated", key)
        return await self._watched(new), secret

    async def remove(self, key: UUID, expected: int | None) -> None:
        """NotFound, RevisionMismatch."""
        old = (await self.get(key)).endpoint
        require_revision(old, expected)
        await self._webhooks.remove(key)
        await self._unit.changed("webhook.removed", key, name=old.name)

    async def parked(self, key: UUID, after: UUID | None, limit: int) -> Sequence[Parked]:
        """NotFound."""
        await self.get(key)
        return await ParkedRepository(self._unit.session, self._unit.scope, key).page(after, limit)

    async def send_again(self, key: UUID, events: Collection[UUID] | None) -> int:
        """Of these events, or of all that are parked: how many there are. NotFound."""
        await self.get(key)
        asked = await ParkedRepository(self._unit.session, self._unit.scope, key).ask_again(events)
        await self._unit.changed("webhook.sent_again", key, deliveries=asked)
        return asked

    async def _watched(self, endpoint: Endpoint) -> Watched:
        return Watched(endpoint, (await self._progress.of([endpoint.id]))[endpoint.id])

    async def _begin_again(self, key: UUID) -> None:
        """At once, with all the patience of the first time."""
        progress = (await self._progress.of([key]))[key]
        await self._progress.save(key, Progress(sequence=progress.sequence, delivered_at=progress.delivered_at))

    def _check(self, endpoint: Endpoint) -> None:
        checks = Checks()
        checks.name("name", endpoint.name)
        wrong = url_refusal(endpoint.url, self._rules)
        told = "an https URL of a public server, at port 443 or 8443"
        checks.require(wrong is None, "url", f"url_{wrong}", told)
        checks.require(len(endpoint.url) <= URL_LENGTH, "url", "too_long", f"at most {URL_LENGTH} characters")
        checks.require(bool(endpoint.events), "events", "bad_number", "one or more types of events")
        checks.distinct("events", endpoint.events)
        checks.done()


def _host(url: str) -> str:
    """Of what may have a secret behind it."""
    return urlsplit(url).hostname or ""
