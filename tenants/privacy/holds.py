"""Legal holds: nothing that is held is erased, by retention or on request; pure."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from kernel.contracts.personal import DataKind, Person, PersonalRecord
from kernel.primitives.ids import UserId


class HoldKind(StrEnum):
    CALL = "call"
    RECORDING = "recording"
    PERSON = "person"


class LegalHold(msgspec.Struct, frozen=True, kw_only=True):
    """`subject` is the id of the call or recording; `value` a person's E.164 number or e-mail address."""

    id: UUID
    kind: HoldKind
    subject: UUID | None = None
    value: str = ""
    reason: str
    set_by: UserId | None
    set_at: datetime
    lifted_by: UserId | None = None
    lifted_at: datetime | None = None

    def holds_person(self, person: Person) -> bool:
        known = {number.e164 for number in person.phones} | set(person.emails)
        return self.kind is HoldKind.PERSON and self.value in known

    def holds(self, record: PersonalRecord) -> bool:
        """A held call holds all that was kept of it; a held person all that is theirs."""
        match self.kind:
            case HoldKind.CALL:
                return record.call is not None and record.call == self.subject
            case HoldKind.RECORDING:
                return record.kind is DataKind.RECORDINGS and record.id == self.subject
            case HoldKind.PERSON:
                return self.holds_person(record.person)


def holding(holds: Sequence[LegalHold], record: PersonalRecord) -> LegalHold | None:
    """The first that holds it."""
    return next((hold for hold in holds if hold.holds(record)), None)


def masked(value: str) -> str:
    """What is left of a person's number or address once a hold is lifted."""
    return f"…{value[-2:]}"
