"""Contacts."""

from datetime import datetime
from uuid import UUID

import msgspec
from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input


class ContactBody(Body, frozen=True):
    """`numbers` are E.164; `fields` are your own, by code; `duplicate_ids`: contacts with one of the numbers."""

    id: UUID
    name: str
    numbers: tuple[str, ...]
    emails: tuple[str, ...]
    company: str
    language: str | None
    notes: str
    tags: tuple[str, ...]
    fields: dict[str, str]
    external_id: str | None
    created_at: datetime
    updated_at: datetime
    duplicate_ids: tuple[UUID, ...]


class ContactInput(Input, frozen=True):
    """`language` is a BCP 47 tag; `external_id` is the contact's name in another system."""

    name: str
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    company: str = ""
    language: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = msgspec.field(default_factory=dict[str, str])
    external_id: str | None = None


class ContactChange(Input, frozen=True):
    """Only what is present changes; lists and `fields` are replaced whole."""

    name: str | UnsetType = UNSET
    numbers: tuple[str, ...] | UnsetType = UNSET
    emails: tuple[str, ...] | UnsetType = UNSET
    company: str | UnsetType = UNSET
    language: str | UnsetType | None = UNSET
    notes: str | UnsetType = UNSET
    tags: tuple[str, ...] | UnsetType = UNSET
    fields: dict[str, str] | UnsetType = UNSET
    external_id: str | UnsetType | None = UNSET


class RefusedLine(Body, frozen=True):
    """`line` counts from 1, the heading."""

    line: int
    field: str
    code: str
    detail: str


class DuplicateLine(Body, frozen=True):
    """The line was taken; `duplicate_ids` are other contacts with one of its numbers."""

    line: int
    contact_id: UUID
    duplicate_ids: tuple[UUID, ...]


class ContactsImported(Body, frozen=True):
    """`refused` has every line that was left out, once for each wrong field."""

    created: int
    updated: int
    refused: tuple[RefusedLine, ...]
    duplicates: tuple[DuplicateLine, ...]
