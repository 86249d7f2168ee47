"""Messages that callers left, and who called in vain."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from msgspec import UNSET, Meta, UnsetType

from api.schemas.common import Body, Input
from routing.voicemail.machine import Phase

NOTE_LENGTH = 2_000  # a page: more belongs into a case


class VoicemailBody(Body, frozen=True):
    """`number` null: the caller hid it, or it was erased. Before `due` it should have been heard, else it is `overdue`.

    `agent_id` takes care of it until `until`; `owner_id` is for whom it was left, or who was told to do it, null: the
    queue's people. It is
    `playable` when its sound is stored; `rung_call_id` is the last call that who has it has dialled from it.
    """

    id: UUID
    queue_id: UUID
    call_id: UUID
    number: str | None
    seconds: float
    left_at: datetime
    due: datetime
    overdue: bool
    state: Phase
    agent_id: UUID | None
    until: datetime | None
    owner_id: UUID | None
    playable: bool
    rung_call_id: UUID | None


class VoicemailChange(Input, frozen=True):
    """What is left out stays. `owner_id` is an agent of the queue, who has the time that its rules give; null: anybody.

    Whoever is asked to take it now is asked no more.
    """

    queue_id: UUID | UnsetType = UNSET
    owner_id: UUID | UnsetType | None = UNSET


class VoicemailFinish(Input, frozen=True):
    """`disposition` is one of the queue's; `call_id` is the call by which the caller was rung back.

    Without it, the last one that was dialled from the message.
    """

    disposition: str = ""
    note: Annotated[str, Meta(max_length=NOTE_LENGTH)] = ""
    call_id: UUID | None = None


class MissedCallsBody(Body, frozen=True):
    """Calls in vain of one `number` since somebody spoke with it: `call_id` and `queue_id` are the last one's.

    `longest_wait_seconds` is that of all of them; `tried` counts our calls since the first that reached nobody.
    """

    number: str
    times: int
    first_at: datetime
    last_at: datetime
    call_id: UUID
    queue_id: UUID | None
    longest_wait_seconds: int
    tried: int
    last_tried_at: datetime | None


class MissedCallsList(Body, frozen=True):
    """Longest unanswered first; who has not been called back within two weeks does not expect it any more."""

    items: tuple[MissedCallsBody, ...]
