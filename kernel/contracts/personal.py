"""What modules tell of the people outside whose data they keep: callers, called parties, contacts."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import msgspec

from kernel.primitives.ids import CallId, QueueId
from kernel.primitives.phone import PhoneNumber


class DataKind(StrEnum):
    CALLS = "calls"  # the outside party's number in a call's record
    NOTES = "notes"  # what agents wrote about a call
    RECORDINGS = "recordings"
    CALLBACKS = "callbacks"  # the number that a customer was to be rung back at
    CONTACTS = "contacts"
    MARKED_CALLERS = "marked_callers"  # served first, or turned away


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody by what they are known by; e-mail addresses are in lower case, `calls` are those they took part in."""

    phones: tuple[PhoneNumber, ...] = ()
    emails: tuple[str, ...] = ()
    calls: tuple[CallId, ...] = ()


class PersonalRecord(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that is kept about a person; `busy`: it cannot be erased yet, as a call or a callback that is not over.

    `id` names the call, the recording or the like (a note has its call's), `at` is when it came about, `data` is
    what an export shows, `file` the name of its file in an export ("": it has none).
    """

    kind: DataKind
    id: UUID
    at: datetime
    person: Person
    call: CallId | None = None
    queue: QueueId | None = None
    data: dict[str, Any] = {}
    file: str = ""
    busy: bool = False


class CallFacts(msgspec.Struct, frozen=True, kw_only=True):
    """A call's last queue and its outside party: what decides how long things kept of it stay."""

    queue: QueueId | None
    person: Person


class Erasure(StrEnum):
    """Why something is erased."""

    RETENTION = "retention"
    PERSON = "erasure"
