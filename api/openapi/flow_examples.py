"""Examples of bodies about call flows."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from api.schemas.common import Body, Input
from api.schemas.flows import (
    CalendarBody,
    CalendarChange,
    CalendarInput,
    FlowBody,
    FlowCheckBody,
    FlowCredentialBody,
    FlowCredentialInput,
    FlowDocumentBody,
    FlowDraftInput,
    FlowEntryBody,
    FlowInput,
    FlowProblemBody,
    FlowPublishInput,
    FlowRollBackInput,
    FlowSchemaBody,
    FlowTrialInput,
    FlowVersionBody,
    PromptBody,
    PromptInput,
    PromptTextInput,
    RobotBody,
    RobotChange,
    RobotInput,
    TranscriptBody,
    TranscriptLineBody,
)
from routing.flows.simulate.transcript import LineKind, Stop

_FLOW = UUID("0198c0de-0000-7000-8000-000000000601")
_CALENDAR = UUID("0198c0de-0000-7000-8000-000000000602")
_PROMPT = UUID("0198c0de-0000-7000-8000-000000000603")
_CREDENTIAL = UUID("0198c0de-0000-7000-8000-000000000604")
_ROBOT = UUID("0198c0de-0000-7000-8000-000000000605")
_AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
_USER = UUID("0198c0de-0000-7000-8000-000000000001")

_DOCUMENT: dict[str, Any] = {
    "format": 1,
    "description": "The main line",
    "language": "en-GB",
    "start": "welcome",
    "nodes": {
        "welcome": {"kind": "play", "prompts": ["greeting"], "next": "main"},
        "main": {
            "kind": "menu",
            "prompts": [{"kind": "text", "text": "To hear this again press 1, to end press 9."}],
            "options": {"1": "welcome", "9": "bye"},
            "on_invalid": "bye",
            "on_silence": "bye",
        },
        "bye": {"kind": "hang_up"},
    },
}
_HOURS: dict[str, Any] = {
    "time_zone": "Europe/London",
    "weekly": {"monday": [{"since": "09:00", "until": "17:30"}]},
    "holidays": {"country": "GB", "subdivision": "ENG"},
    "exceptions": {"2026-12-24": {"openings": [{"since": "09:00", "until": "12:00"}], "reason": "Christmas Eve"}},
}

BODIES: tuple[Body | Input, ...] = (
    FlowEntryBody(id=_FLOW, name="main", live=1, has_draft=False),
    FlowVersionBody(number=1, published_at=_AT, published_by=_USER, note="Spring"),
    FlowBody(
        id=_FLOW,
        name="main",
        live=1,
        draft=None,
        versions=(FlowVersionBody(number=1, published_at=_AT, published_by=_USER, note="Spring"),),
    ),
    FlowInput(name="main", document=_DOCUMENT),
    FlowDraftInput(document=_DOCUMENT),
    FlowDocumentBody(version=1, document=_DOCUMENT),
    FlowPublishInput(note="Spring"),
    FlowRollBackInput(version=1),
    FlowSchemaBody(document={"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "Call flow"}),
    FlowProblemBody(node="main", field="options.9", code="not_connected", message="Connect this exit to a node."),
    FlowCheckBody(problems=()),
    FlowTrialInput(script=({"do": "press", "keys": "9"},), called="+442071838750", caller="+442079460018", at=_AT),
    TranscriptLineBody(seconds=0.0, kind=LineKind.HEARS, node="welcome", text="prompt greeting", to=""),
    TranscriptBody(
        lines=(TranscriptLineBody(seconds=0.0, kind=LineKind.HEARS, node="welcome", text="prompt greeting", to=""),),
        stop=Stop.ENDED,
        ending="hung_up",
        remark="",
        variables={"called": "+442071838750"},
    ),
    CalendarBody(id=_CALENDAR, name="office", calendar=_HOURS),
    CalendarInput(name="office", calendar=_HOURS),
    CalendarChange(calendar=_HOURS),
    PromptBody(id=_PROMPT, name="closed", text="We are closed.", language="en-GB", seconds=1.2),
    PromptInput(name="closed", text="We are closed.", language="en-GB"),
    PromptTextInput(text="We are closed today.", language="en-GB"),
    FlowCredentialBody(id=_CREDENTIAL, name="crm"),
    RobotBody(id=_ROBOT, name="reception", url="wss://robot.example.com/calls", note="Run by sales", has_secret=True),
    RobotInput(
        name="reception", url="wss://robot.example.com/calls", secret="k7Wm2p…".replace("…", "x"), note="Run by sales"
    ),
    RobotChange(url="wss://robot.example.com/v2/calls", note="Run by sales"),
    FlowCredentialInput(name="crm", value="Bearer k7Wm2p…".replace("…", "x")),
)

TEXTS = {"upload_prompt": "the bytes of a sound file"}

PATH_IDS = {
    "flows": _FLOW,
    "calendars": _CALENDAR,
    "prompts": _PROMPT,
    "flow-credentials": _CREDENTIAL,
    "robots": _ROBOT,
}
