"""A provider's console."""

from datetime import datetime
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input


class ProviderBody(Body, frozen=True):
    """`home_tenant_id` is the tenant of the provider's own people."""

    id: UUID
    name: str
    home_tenant_id: UUID


class ProviderChange(Input, frozen=True):
    name: str | UnsetType = UNSET


class ClientBody(Body, frozen=True):
    """What a provider knows of a client without a grant."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    locale: str
    closed_at: datetime | None
    closed_reason: str | None


class OwnerInput(Input, frozen=True):
    """The client's first owner; without a password, ask for an invitation next."""

    email: str
    name: str
    password: str | None = None


class ClientInput(Input, frozen=True):
    """`price_per_seat_minor` is in minor units of the currency, per month."""

    name: str
    owner: OwnerInput
    time_zone: str = "UTC"
    currency: str = "EUR"
    locale: str = "en"
    plan: str = "standard"
    price_per_seat_minor: int = 4900
    seats: int = 1


class ClientChange(Input, frozen=True):
    """Only what is present changes. `closed` ends all log-ins of the client, for `closed_reason`, or lets them back."""

    name: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    closed: bool | UnsetType = UNSET
    closed_reason: str | UnsetType = UNSET
