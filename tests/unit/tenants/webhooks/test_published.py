"""What leaves the house of each event, and that the documentation says so."""

import re
import typing
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest

from kernel.contracts.base import Message
from kernel.contracts.calls import Actor, AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.log import AgentRequestedState, AgentStateChanged, CallDisposed, CallEnded, LogEvent, Logged
from kernel.primitives.ids import CallId, EventId, QueueId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from tenants.webhooks.published import IDS, CallFacts, EventType, body_of, is_told, may_be_told, type_of
from tests.fakes import START

DOCS = Path(__file__).parents[4] / "docs" / "webhooks.md"
TENANT, CALL, AGENT = TenantId(UUID(int=1)), CallId(UUID(int=2)), UserId(UUID(int=3))
NUMBER = PhoneNumber("+442071838751")
FACTS = CallFacts(direction=Direction.INBOUND, caller=NUMBER, called=None, offered_at=START)


def members(union: Any) -> list[type[Message]]:
    return [kind for part in typing.get_args(union) for kind in ([part] if isinstance(part, type) else members(part))]


BY_TAG = {str(kind.__struct_config__.tag): kind for kind in members(LogEvent)}


def logged(event: LogEvent) -> Logged:
    return Logged(sequence=9, event=event)


def test_a_call_brings_its_numbers() -> None:
    cause = EndCause(EndResult.CALLER, EndReason.ABANDONED, 487, 16)
    event = CallEnded(id=EventId(UUID(int=4)), tenant=TENANT, at=START, call=CALL, cause=cause, queue=QueueId(TENANT))
    assert msgspec.json.decode(body_of(logged(event), {CALL: FACTS})) == {
        "type": "call.ended",
        "timestamp": "2026-03-02T09:00:00Z",
        "tenant_id": str(TENANT),
        "sequence": 9,
        "data": {
            "call_id": str(CALL),
            "cause": {"result": "caller", "reason": "abandoned", "sip_code": 487, "q850": 16},
            "agent_id": None,
            "queue_id": str(TENANT),
            "call": {
                "direction": "inbound",
                "caller": "+442071838751",
                "called": None,
                "offered_at": "2026-03-02T09:00:00Z",
            },
        },
    }


def test_notes_stay_here() -> None:
    event = CallDisposed(
        id=EventId(UUID(int=4)), tenant=TENANT, at=START, call=CALL, agent=AGENT, disposition="sold", note="is ill"
    )
    told = body_of(logged(event), {})
    assert b"sold" in told
    assert b"ill" not in told
    assert msgspec.json.decode(told)["data"]["call"] is None


def test_the_end_of_a_line_stays_here() -> None:
    cause = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
    ended = CallEnded(id=EventId(UUID(int=4)), tenant=TENANT, at=START, call=CALL, cause=cause)
    assert may_be_told(ended, [EventType.CALL_ENDED])
    assert not may_be_told(ended, [EventType.CALL_OFFERED])
    assert not may_be_told(msgspec.structs.replace(ended, line_of=AGENT), [EventType.CALL_ENDED])


def test_what_is_of_a_call_is_told_only_where_the_call_has_a_record() -> None:
    cause = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
    ended = CallEnded(id=EventId(UUID(int=4)), tenant=TENANT, at=START, call=CALL, cause=cause)
    assert is_told(ended, {CALL})
    assert not is_told(ended, set())
    elsewhere = AgentStateChanged(
        id=EventId(UUID(int=4)),
        tenant=TENANT,
        at=START,
        agent=AGENT,
        state=AgentState.CONNECTED,
        previous=AgentState.OFFERED,
        reason="",
        actor=Actor.AGENT,
        call=CALL,
    )
    assert is_told(elsewhere, set()), "a guest's call is in its own tenant's records"


def test_what_is_not_published_is_an_error() -> None:
    event = AgentRequestedState(id=EventId(UUID(int=4)), tenant=TENANT, at=START, agent=AGENT, requested=None)
    with pytest.raises(ValueError, match="requested_state"):
        body_of(logged(event), {})


@pytest.mark.parametrize("kind", EventType)
def test_every_type_is_one_of_the_log_and_tells_what_it_has(kind: EventType) -> None:
    fields = BY_TAG[kind.value].__struct_fields__
    assert set(kind.fields) <= set(fields)
    assert "note" not in kind.fields or kind is EventType.CALL_ERASED


@pytest.mark.parametrize("kind", EventType)
def test_no_number_is_told_but_those_of_the_call_itself(kind: EventType) -> None:
    hints = typing.get_type_hints(BY_TAG[kind.value])
    assert [name for name in kind.fields if "PhoneNumber" in str(hints[name]) or "Party" in str(hints[name])] == []


def test_the_types_are_named_as_the_log_names_them() -> None:
    event = AgentRequestedState(id=EventId(UUID(int=4)), tenant=TENANT, at=START, agent=AGENT, requested=None)
    assert type_of(event) == "agent.requested_state"


def test_the_documentation_lists_them() -> None:
    rows = re.findall(r"^\| `([a-z_.]+)` \| (.*?) \| (.*?) \|$", DOCS.read_text(), re.MULTILINE)
    wanted = [
        (
            kind.value,
            kind.meaning.replace("|", ""),
            ", ".join(f"`{name}_id`" if name in IDS else f"`{name}`" for name in kind.fields),
        )
        for kind in EventType
    ]
    assert [row for row in rows if row[0] in BY_TAG] == wanted
