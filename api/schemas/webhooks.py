"""Webhooks: events of the log, sent to a tenant's own servers."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from api.schemas.common import Body, Input
from tenants.webhooks.model import PARKED_KEPT, Disabled
from tenants.webhooks.published import EventType
from tenants.webhooks.tables import URL_LENGTH

Url = Annotated[str, Meta(min_length=1, max_length=URL_LENGTH)]
Events = Annotated[tuple[EventType, ...], Meta(min_length=1)]


class WebhookBody(Body, frozen=True):
    """The secret is never told again. `failing_since`, `next_attempt_at` and `error` are of an attempt that failed.

    `disabled_because`: `by_hand`, `gone` (it answered 410) or `failing` (no success for five days).
    """

    id: UUID
    name: str
    url: str
    events: tuple[EventType, ...]
    enabled: bool
    disabled_because: Disabled | None
    created_at: datetime
    former_secret_until: datetime | None
    delivered_at: datetime | None
    failing_since: datetime | None
    next_attempt_at: datetime | None
    error: str | None


class NewWebhookBody(WebhookBody, frozen=True):
    """`secret` is shown this once."""

    secret: str


class WebhookInput(Input, frozen=True):
    """`url` is asked by https at port 443 or 8443, and must lead to a public server."""

    name: str
    url: Url
    events: Events


class WebhookChange(Input, frozen=True):
    """Only what is present changes; one that is enabled again goes on where it stopped."""

    name: str | UnsetType = UNSET
    url: Url | UnsetType = UNSET
    events: Events | UnsetType = UNSET
    enabled: bool | UnsetType = UNSET


class ParkedDeliveryBody(Body, frozen=True):
    """`id` is the `webhook-id` of all attempts, `error` what came of the last one; `again`: it is about to be sent."""

    id: UUID
    sequence: int
    type: str
    at: datetime
    parked_at: datetime
    error: str
    again: bool


class ResendInput(Input, frozen=True):
    """Ids of parked deliveries; all of them if absent."""

    deliveries: Annotated[tuple[UUID, ...], Meta(min_length=1, max_length=PARKED_KEPT)] | UnsetType = UNSET


class ResendBody(Body, frozen=True):
    """How many parked deliveries are sent again."""

    deliveries: int
