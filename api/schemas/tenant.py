"""The tenant itself."""

from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input


class TenantBody(Body, frozen=True):
    """`outbound_*` name the trunk and the number that agents' own calls use; None: agents cannot dial out."""

    id: UUID
    name: str
    time_zone: str
    currency: str
    locale: str
    outbound_trunk_id: UUID | None
    outbound_number_id: UUID | None
    not_ready_reasons: tuple[str, ...]


class TenantChange(Input, frozen=True):
    """Only what is present changes."""

    name: str | UnsetType = UNSET
    time_zone: str | UnsetType = UNSET
    locale: str | UnsetType = UNSET
    outbound_trunk_id: UUID | UnsetType | None = UNSET
    outbound_number_id: UUID | UnsetType | None = UNSET
    not_ready_reasons: tuple[str, ...] | UnsetType = UNSET
