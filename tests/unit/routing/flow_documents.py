"""Flows for tests: a menu with everything that a caller can be sent to, and small ones."""

from typing import Any
from uuid import UUID

import msgspec

from routing.acd.flow_book import TenantFlows, VersionName
from routing.flows.calendars.calendar import Calendar, Opening
from routing.flows.document.flow import Flow
from tests.unit.routing.floor import SALES, SUPPORT

FLOW = UUID(int=0xF10)
VOICEMAIL_KEY = "5"

MAIN: dict[str, Any] = {
    "start": "hours",
    "variables": {"code": "", "level": ""},
    "nodes": {
        "hours": {"kind": "hours", "calendar": "office", "open": "menu", "closed": "closed"},
        "closed": {"kind": "play", "prompts": ["closed"], "next": "bye"},
        "bye": {"kind": "hang_up"},
        "menu": {
            "kind": "menu",
            "prompts": [{"kind": "prompt", "prompt": "hello"}],
            "options": {"1": "sales", "2": "code", "3": "out", "4": "other", VOICEMAIL_KEY: "message", "6": "words"},
            "on_invalid": "bye",
            "on_silence": "bye",
        },
        "sales": {
            "kind": "queue", "queue": str(SALES), "priority": 40, "limit_seconds": 60, "callback_key": "*",
            "on_full": "bye", "on_no_agents": "closed", "on_limit": "closed", "on_callback": "offer",
        },
        "offer": {
            "kind": "callback", "queue": str(SALES), "prompts": [{"kind": "prompt", "prompt": "offer"}],
            "next": "bye", "on_declined": "sales", "on_unavailable": "sales",
        },
        "code": {
            "kind": "input", "variable": "code", "prompts": [{"kind": "prompt", "prompt": "code"}], "private": True,
            "max_digits": 4, "terminator": "", "next": "who", "on_invalid": "bye", "on_silence": "bye",
        },
        "who": {
            "kind": "lookup", "url": "https://crm.example.com/{code}", "results": {"level": "level"},
            "next": "level", "on_failure": "sales",
        },
        "level": {
            "kind": "branch", "otherwise": "sales",
            "cases": [{"when": {"kind": "number_between", "variable": "level", "at_least": 3}, "next": "support"}],
        },
        "support": {"kind": "queue", "queue": str(SUPPORT), "on_full": "bye"},
        "out": {
            "kind": "transfer", "to": {"kind": "number", "number": "+442079460123"}, "ring_seconds": 20,
            "on_failure": "closed",
        },
        "other": {"kind": "go_to", "flow": "other"},
        "message": {"kind": "voicemail", "queue": str(SALES), "next": "bye", "on_failure": "closed"},
        "words": {"kind": "say", "text": "You called {called}.", "next": "bye"},
    },
    "fallback_queue": str(SUPPORT),
}  # fmt: skip
OTHER: dict[str, Any] = {"start": "s", "nodes": {"s": {"kind": "queue", "queue": str(SUPPORT), "on_full": "b"},
                                                 "b": {"kind": "hang_up"}}}  # fmt: skip
SKILLED: dict[str, Any] = {
    "start": "s",
    "nodes": {
        "s": {"kind": "queue", "queue": str(SUPPORT), "skills": [{"skill": "german", "level": 3}], "on_full": "b"},
        "b": {"kind": "hang_up"},
    },
}
KNOWN: dict[str, Any] = {
    "start": "s",
    "nodes": {
        "s": {"kind": "queue", "queue": str(SUPPORT), "agent": "{who}", "agent_seconds": 20, "on_full": "b"},
        "b": {"kind": "hang_up"},
    },
}
ALWAYS = Calendar(time_zone="UTC", weekly={"monday": (Opening("00:00", "24:00"),)})
NEVER = Calendar(time_zone="UTC", always_closed=True)


def flows_of(calendar: Calendar = ALWAYS, **documents: dict[str, Any]) -> TenantFlows:
    documents = documents or {"main": MAIN, "other": OTHER}
    return TenantFlows(
        live=dict.fromkeys(documents, 1),
        names={FLOW: "main"},
        versions={VersionName(name, 1): msgspec.convert(one, Flow, strict=False) for name, one in documents.items()},
        calendars={"office": calendar},
    )
