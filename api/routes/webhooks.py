"""Webhooks: where events are sent, what was parked, and sending it again."""

from typing import Any
from uuid import UUID

import msgspec
from litestar import Response, delete, get, patch, post
from litestar.di import NamedDependency
from litestar.params import JSONBody

from api.conditions import etag
from api.paging import Paging
from api.routes.responses import given, shown
from api.schemas.common import Page
from api.schemas.webhooks import (
    NewWebhookBody,
    ParkedDeliveryBody,
    ResendBody,
    ResendInput,
    WebhookBody,
    WebhookChange,
    WebhookInput,
)
from api.work import Unit, Work
from kernel.primitives.secret import Secret
from tenants.webhooks import Parked, Watched, WebhookService

COLLECTION = "/v1/webhooks"
RESEND = f"{COLLECTION}/{{id:uuid}}/parked/resend"


def _service(unit: Unit, work: Work) -> WebhookService:
    return WebhookService(unit.tenant_unit, work.services.secrets, work.services.webhook_rules)


def _fields(watched: Watched) -> dict[str, Any]:
    endpoint, progress = watched
    return {
        "id": endpoint.id,
        "name": endpoint.name,
        "url": endpoint.url,
        "events": endpoint.events,
        "enabled": endpoint.disabled is None,
        "disabled_because": endpoint.disabled,
        "created_at": endpoint.created_at,
        "former_secret_until": endpoint.former_until,
        "delivered_at": progress.delivered_at,
        "failing_since": progress.failing_since,
        "next_attempt_at": None if endpoint.disabled else progress.next_at,
        "error": progress.error or None,
    }


def _body(watched: Watched) -> WebhookBody:
    return WebhookBody(**_fields(watched))


def _made(made: tuple[Watched, Secret]) -> Response[NewWebhookBody]:
    watched, secret = made
    body = NewWebhookBody(**_fields(watched), secret=secret.reveal())
    headers = {"ETag": etag(watched.endpoint.revision), "Location": f"{COLLECTION}/{watched.id}"}
    return Response(body, status_code=201, headers=headers)


def _parked(parked: Parked) -> ParkedDeliveryBody:
    return ParkedDeliveryBody(**msgspec.structs.asdict(parked))


@get(COLLECTION, operation_id="list_webhooks", tags=["Webhooks"])
async def list_webhooks(work: NamedDependency[Work], paging: NamedDependency[Paging]) -> Page[WebhookBody]:
    """Webhooks in the order in which they were made, and how they fare."""
    async with work.read() as unit:
        found = await _service(unit, work).page(paging.after, paging.one_more)
    return paging.page(found, _body)


@post(COLLECTION, operation_id="create_webhook", status_code=201, tags=["Webhooks"])
async def create_webhook(data: JSONBody[WebhookInput], work: NamedDependency[Work]) -> Response[NewWebhookBody]:
    """Have events sent from now on; the secret that signs them is shown this once."""

    async def add(unit: Unit) -> Response[NewWebhookBody]:
        return _made(await _service(unit, work).create(data.name, data.url, data.events))

    return await work.create(add)


@get(f"{COLLECTION}/{{id:uuid}}", operation_id="get_webhook", tags=["Webhooks"])
async def get_webhook(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[WebhookBody]:
    """One webhook, and how it fares."""
    async with work.read() as unit:
        watched = await _service(unit, work).get(key)
    return shown(_body(watched), watched.endpoint.revision)


@patch(f"{COLLECTION}/{{id:uuid}}", operation_id="update_webhook", tags=["Webhooks"])
async def update_webhook(
    key: NamedDependency[UUID],
    data: JSONBody[WebhookChange],
    work: NamedDependency[Work],
    expected: NamedDependency[int | None],
) -> Response[WebhookBody]:
    """Change, disable or enable a webhook."""
    changes = given(data)
    enabled = changes.pop("enabled", None)
    async with work.write() as unit:
        watched = await _service(unit, work).change(key, changes, enabled, expected)
    return shown(_body(watched), watched.endpoint.revision)


@post(f"{COLLECTION}/{{id:uuid}}/rotation", operation_id="rotate_webhook", status_code=201, tags=["Webhooks"])
async def rotate_webhook(key: NamedDependency[UUID], work: NamedDependency[Work]) -> Response[NewWebhookBody]:
    """A new secret, shown this once; for a day all is signed by the old one too."""

    async def rotate(unit: Unit) -> Response[NewWebhookBody]:
        return _made(await _service(unit, work).rotate(key))

    return await work.create(rotate)


@delete(f"{COLLECTION}/{{id:uuid}}", operation_id="delete_webhook", status_code=204, tags=["Webhooks"])
async def delete_webhook(
    key: NamedDependency[UUID], work: NamedDependency[Work], expected: NamedDependency[int | None]
) -> None:
    """Remove a webhook with all that is parked for it."""
    async with work.write() as unit:
        await _service(unit, work).remove(key, expected)


@get(f"{COLLECTION}/{{id:uuid}}/parked", operation_id="list_parked_deliveries", tags=["Webhooks"])
async def list_parked_deliveries(
    key: NamedDependency[UUID], work: NamedDependency[Work], paging: NamedDependency[Paging]
) -> Page[ParkedDeliveryBody]:
    """Deliveries that were given up after a day, oldest first."""
    async with work.read() as unit:
        found = await _service(unit, work).parked(key, paging.after, paging.one_more)
    return paging.page(found, _parked)


@post(RESEND, operation_id="resend_parked_deliveries", status_code=200, tags=["Webhooks"])
async def resend_parked_deliveries(
    key: NamedDependency[UUID], data: JSONBody[ResendInput], work: NamedDependency[Work]
) -> ResendBody:
    """Send parked deliveries again, each once; what is not taken stays parked."""
    events = given(data).get("deliveries")
    async with work.write() as unit:
        return ResendBody(deliveries=await _service(unit, work).send_again(key, events))


HANDLERS = [
    list_webhooks,
    create_webhook,
    get_webhook,
    update_webhook,
    rotate_webhook,
    delete_webhook,
    list_parked_deliveries,
    resend_parked_deliveries,
]
