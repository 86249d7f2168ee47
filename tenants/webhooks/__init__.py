"""Events of a tenant's log, sent to servers of its choice: signed, in order, and at least once (`docs/webhooks.md`)."""

from tenants.webhooks.delivery import DeliveryPorts
from tenants.webhooks.model import Endpoint, Parked, Progress
from tenants.webhooks.published import EventType
from tenants.webhooks.service import Watched, WebhookService
from tenants.webhooks.worker import WebhookPorts, WebhookWorker

__all__ = [
    "DeliveryPorts",
    "Endpoint",
    "EventType",
    "Parked",
    "Progress",
    "Watched",
    "WebhookPorts",
    "WebhookService",
    "WebhookWorker",
]
