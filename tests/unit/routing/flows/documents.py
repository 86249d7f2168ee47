"""Flows to test with: the example of the documentation, small ones, and what is known around them."""

import re
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec

from kernel.primitives.ids import QueueId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.flows.document.flow import Flow, read_flow
from routing.flows.known import NameKind
from routing.flows.run.position import CallFacts

PAGE = Path(__file__).resolve().parents[4] / "docs/flows.md"
QUEUE = QueueId(UUID("0197a3c2-0000-7000-8000-000000000001"))
AGENT = UserId(UUID("0197a3c2-0000-7000-8000-000000000002"))
NOW = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)  # a Monday
FACTS = CallFacts(called=PhoneNumber("+442079460001"), caller=PhoneNumber("+442079460555"))

NAMES: dict[NameKind, tuple[str, ...]] = {
    NameKind.PROMPT: ("greeting", "closed", "music"),
    NameKind.QUEUE: (str(QUEUE),),
    NameKind.SKILL: ("contracts",),
    NameKind.CALENDAR: ("office",),
    NameKind.FLOW: ("main", "other"),
    NameKind.AGENT: (str(AGENT),),
    NameKind.PHONE: ("desk1",),
    NameKind.ROBOT: ("booking",),
    NameKind.CREDENTIAL: ("crm",),
}


class Known:
    """What the tenant has; `without` is what was taken away."""

    def __init__(self, *without: str) -> None:
        self._without = without

    def names(self, kind: NameKind) -> Collection[str]:
        return [name for name in NAMES[kind] if name not in self._without]


def example() -> Flow:
    """As tenants read it."""
    return read_flow(_block(0))


def example_calendar() -> str:
    return _block(1)


def _block(place: int) -> str:
    return re.findall(r"```json\n(.*?)```", PAGE.read_text(), re.DOTALL)[place]


def flow(nodes: Mapping[str, Any], **fields: Any) -> Flow:
    """As it comes from JSON; starts at the first node."""
    document = {"start": next(iter(nodes), ""), "nodes": nodes} | fields
    return read_flow(msgspec.json.encode(document))


def text(words: str) -> dict[str, str]:
    return {"kind": "text", "text": words}


END: dict[str, Any] = {"kind": "hang_up"}
MENU: dict[str, Any] = {
    "kind": "menu",
    "prompts": [text("1 or 2")],
    "options": {"1": "one", "2": "two"},
    "on_invalid": "wrong",
    "on_silence": "nobody",
}
ENDS: dict[str, Any] = dict.fromkeys(("one", "two", "wrong", "nobody"), END)
