"""Call flows with what they need: business hours, prompts, credentials of lookups, robots."""

from datetime import datetime
from typing import Any
from uuid import UUID

from msgspec import UNSET, UnsetType

from api.schemas.common import Body, Input
from routing.flows.simulate.transcript import LineKind, Stop

Document = dict[str, Any]
"""Read by the flow's own reader, which tells better what is wrong with it; its schema is at /v1/flow-schema."""


class FlowEntryBody(Body, frozen=True):
    """`live` is the version that new calls take; None: nothing is published."""

    id: UUID
    name: str
    live: int | None
    has_draft: bool


class FlowVersionBody(Body, frozen=True):
    number: int
    published_at: datetime
    published_by: UUID
    note: str


class FlowBody(Body, frozen=True):
    """`draft` None: all is published."""

    id: UUID
    name: str
    live: int | None
    draft: Document | None
    versions: tuple[FlowVersionBody, ...]


class FlowInput(Input, frozen=True):
    """The document becomes the draft, whatever its problems are."""

    name: str
    document: Document


class FlowDraftInput(Input, frozen=True):
    document: Document


class FlowDocumentBody(Body, frozen=True):
    """`version` None: the draft."""

    version: int | None
    document: Document


class FlowPublishInput(Input, frozen=True):
    note: str = ""


class FlowRollBackInput(Input, frozen=True):
    version: int


class FlowSchemaBody(Body, frozen=True):
    document: Document


class FlowProblemBody(Body, frozen=True):
    """`node` "": the flow as a whole; `field` is the path inside the node; `message` says what to do."""

    node: str
    field: str
    code: str
    message: str


class FlowCheckBody(Body, frozen=True):
    """Without problems the draft can be published."""

    problems: tuple[FlowProblemBody, ...]


class FlowTrialInput(Input, frozen=True):
    """What a caller does and what others answer, in turn; `version` None: the draft, without one what is live."""

    script: tuple[Document, ...] = ()
    called: str = "+442071838750"
    caller: str | None = None
    at: datetime | None = None
    version: int | None = None


class TranscriptLineBody(Body, frozen=True):
    """`to` is where a decision leads ("" out of the flow)."""

    seconds: float
    kind: LineKind
    node: str
    text: str
    to: str


class TranscriptBody(Body, frozen=True):
    """`remark` says what a flow waits for that did not end."""

    lines: tuple[TranscriptLineBody, ...]
    stop: Stop
    ending: str | None
    remark: str
    variables: dict[str, str]


class CalendarBody(Body, frozen=True):
    id: UUID
    name: str
    calendar: Document


class CalendarInput(Input, frozen=True):
    name: str
    calendar: Document


class CalendarChange(Input, frozen=True):
    """In place of the whole calendar."""

    calendar: Document


class PromptBody(Body, frozen=True):
    """`text` is what a voice speaks; "": the sound was uploaded, or (`seconds` 0) is still to come."""

    id: UUID
    name: str
    text: str
    language: str
    seconds: float


class PromptInput(Input, frozen=True):
    """With `text` it is spoken at once; without, upload the sound next."""

    name: str
    text: str = ""
    language: str = "en"


class PromptTextInput(Input, frozen=True):
    text: str
    language: str = "en"


class FlowCredentialBody(Body, frozen=True):
    """Its value is shown to nobody."""

    id: UUID
    name: str


class RobotBody(Body, frozen=True):
    """Its secret is shown to nobody; `has_secret` tells whether there is one."""

    id: UUID
    name: str
    url: str
    note: str
    has_secret: bool


class RobotInput(Input, frozen=True):
    """`url` is its WebSocket (`wss://…`); a `secret` is shown to it as `Authorization: Bearer …`."""

    name: str
    url: str
    secret: str | None = None
    note: str = ""


class RobotChange(Input, frozen=True):
    """Without `secret` the former one stays; `null` takes it away."""

    url: str
    secret: str | UnsetType | None = UNSET
    note: str = ""


class FlowCredentialInput(Input, frozen=True):
    """`value` is the Authorization header as it is sent, such as `Bearer …`."""

    name: str
    value: str
