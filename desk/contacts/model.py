"""A contact, as it is and as somebody wrote it down."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import msgspec

from kernel.primitives.ids import ContactId
from kernel.primitives.phone import PhoneNumber


class Draft(msgspec.Struct, frozen=True, kw_only=True):
    """What a person or a file says of a contact, not yet checked."""

    name: str
    numbers: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    company: str = ""
    language: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}
    external_id: str | None = None


class Contact(msgspec.Struct, frozen=True, kw_only=True):
    """`fields` are the tenant's own, by code; `external_id` is the name in another system, each only once."""

    id: ContactId
    name: str
    numbers: tuple[PhoneNumber, ...] = ()
    emails: tuple[str, ...] = ()
    company: str = ""
    language: str | None = None
    notes: str = ""
    tags: tuple[str, ...] = ()
    fields: Mapping[str, str] = {}
    external_id: str | None = None
    created_at: datetime
    updated_at: datetime
    revision: int = 1

    def draft(self) -> Draft:
        """As it would be written down."""
        told: dict[str, Any] = {name: getattr(self, name) for name in Draft.__struct_fields__}
        told["numbers"] = tuple(number.e164 for number in self.numbers)
        return Draft(**told)


class ContactFilter(msgspec.Struct, frozen=True, kw_only=True):
    """Contacts of which all that is given holds, by name; `after` is the last one of the former page.

    `name` is the beginning of a name; `email` is whole; capital letters make no difference in either.
    """

    limit: int = 50
    after: ContactId | None = None
    name: str | None = None
    number: PhoneNumber | None = None
    email: str | None = None
    external_id: str | None = None
