"""Examples of bodies about webhooks."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Body, Input
from api.schemas.webhooks import (
    NewWebhookBody,
    ParkedDeliveryBody,
    ResendBody,
    ResendInput,
    WebhookBody,
    WebhookChange,
    WebhookInput,
)
from tenants.webhooks.published import EventType

_WEBHOOK = UUID("0198c0de-0000-7000-8000-000000000a01")
_EVENT = UUID("0198c0de-0000-7000-8000-000000000a02")
_SHOWN_ONCE = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSwMfKQ9r8GKYo="
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_NAME, _URL = "CRM", "https://crm.example.com/hooks/cordboard"
_EVENTS = (EventType.CALL_CONNECTED, EventType.CALL_ENDED)
_FIELDS: dict[str, Any] = {
    "id": _WEBHOOK,
    "name": _NAME,
    "url": _URL,
    "events": _EVENTS,
    "enabled": True,
    "disabled_because": None,
    "created_at": _AT,
    "former_secret_until": None,
    "delivered_at": None,
    "failing_since": None,
    "next_attempt_at": None,
    "error": None,
}

BODIES: tuple[Body | Input, ...] = (
    WebhookBody(**_FIELDS),
    NewWebhookBody(**_FIELDS, secret=_SHOWN_ONCE),
    WebhookInput(name=_NAME, url=_URL, events=_EVENTS),
    WebhookChange(enabled=True),
    ParkedDeliveryBody(
        id=_EVENT, sequence=4_711, type="call.ended", at=_AT, parked_at=_AT, error="status 500", again=False
    ),
    ResendInput(),
    ResendBody(deliveries=0),
)

PATH_IDS = {"webhooks": _WEBHOOK}
