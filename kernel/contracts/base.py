"""What every message that crosses modules carries."""

from datetime import datetime

import msgspec

from kernel.primitives.ids import EventId, TenantId


class Message(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind"):
    """`id` makes handling idempotent, `at` is aware UTC."""

    id: EventId
    tenant: TenantId
    at: datetime


class TenantScope(msgspec.Struct, frozen=True):
    """The one door to a tenant's rows; made only from authentication or from a bus message."""

    tenant: TenantId
