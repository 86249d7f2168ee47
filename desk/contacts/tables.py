"""The rows of contacts, and the keys by which they are found."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import JSON, Index, String
from sqlmodel import Field

from kernel.ports.rows import Row, UtcDateTime

NAME_KEY = String(600).with_variant(String(600, collation="C"), "postgresql")
"""Sorted by code points on every database, so that a prefix is one range; folding triples a name's length at most."""


class ContactRow(Row, table=True):
    """Whole rows: a page of a list is one query."""

    __tablename__ = "contacts"

    tenant_id: UUID = Field(primary_key=True)
    id: UUID = Field(primary_key=True)
    revision: int
    name: str = Field(max_length=200)
    name_key: str = Field(sa_type=NAME_KEY)  # pyright: ignore[reportArgumentType] (an instance does as well)
    company: str = Field(max_length=200)
    language: str | None = Field(max_length=20)
    external_id: str | None = Field(max_length=100)
    notes: str
    numbers: list[str] = Field(sa_type=JSON)
    emails: list[str] = Field(sa_type=JSON)
    tags: list[str] = Field(sa_type=JSON)
    custom_fields: dict[str, Any] = Field(sa_type=JSON)
    created_at: datetime = Field(sa_type=UtcDateTime)
    updated_at: datetime = Field(sa_type=UtcDateTime)


_contacts = ContactRow.table()
Index("ix_contacts_name", _contacts.c.tenant_id, _contacts.c.name_key, _contacts.c.id)
Index("uq_contacts_external_id", _contacts.c.tenant_id, _contacts.c.external_id, unique=True)


class ContactKeyRow(Row, table=True):
    """A number (`n`, E.164) or an e-mail address (`e`, folded) of a contact."""

    __tablename__ = "contact_keys"

    tenant_id: UUID = Field(primary_key=True)
    kind: str = Field(primary_key=True, max_length=1)
    value: str = Field(primary_key=True, max_length=300)
    contact_id: UUID = Field(primary_key=True)


_keys = ContactKeyRow.table()
Index("ix_contact_keys_contact", _keys.c.tenant_id, _keys.c.contact_id)
