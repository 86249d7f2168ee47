"""What of the log is billed."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kernel.contracts.calls import Actor, AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.codec import pack, unpack
from kernel.contracts.log import (
    AgentStateChanged,
    CallAnswered,
    CallEnded,
    CallOffered,
    LogEvent,
    PartyLeft,
    RecordingDeleted,
    RecordingStored,
)
from kernel.contracts.telephony import PhoneParty, TrunkParty
from kernel.primitives.ids import CallId, EventId, RecordingId, TenantId, TrunkId, UserId
from kernel.primitives.phone import NO_NUMBER, PhoneNumber
from tenants.billing import EntryKind
from tenants.billing.meter import Meter, Used
from tests.unit.tenants.billing.histories import JUNE, KEYS

TENANT = TenantId(UUID(int=1))
CALLED = PhoneNumber("+4930123456")
CAUSE = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)


def stamp(seconds: float) -> dict[str, Any]:
    return {"id": EventId(KEYS.new()), "tenant": TENANT, "at": JUNE.start + timedelta(seconds=seconds)}


def offered(call: CallId, at: float) -> CallOffered:
    return CallOffered(
        **stamp(at), call=call, direction=Direction.OUTBOUND, trunk=TrunkId(UUID(int=2)), called=CALLED, caller=None
    )


def call(number: int, answered: float | None, ended: float) -> list[LogEvent]:
    name = CallId(UUID(int=number))
    events: list[LogEvent] = [offered(name, 0)]
    if answered is not None:
        events.append(CallAnswered(**stamp(answered), call=name))
    return [*events, CallEnded(**stamp(ended), call=name, cause=CAUSE)]


def state(agent: int, previous: AgentState, now: AgentState, at: float = 0) -> AgentStateChanged:
    return AgentStateChanged(
        **stamp(at), agent=UserId(UUID(int=agent)), state=now, previous=previous, reason="", actor=Actor.AGENT
    )


def test_a_call_between_telephones_is_not_charged() -> None:
    events = call(1, answered=1, ended=61)[1:]
    erased = replace(offered(CallId(UUID(int=1)), 0), called=NO_NUMBER)
    assert len(metered([erased, *events])) == 1
    assert metered([replace(erased, forward=PhoneParty(user="ben")), *events]) == []


def test_a_line_to_an_agent_s_telephone_is_a_call_out_billed_once_beside_those_joined_to_it() -> None:
    agent = UserId(UUID(int=7))
    shift = [replace(event, line_of=agent) for event in call(1, answered=5, ended=28_805)]
    joined = [event for number in (2, 3) for event in call(number, answered=10, ended=70)]
    log = [*shift[:2], *joined, shift[2]]
    two, three, line = metered(log)
    assert [used.quantity for used in (two, three, line)] == [60, 60, 28_800]
    assert line.trip is not None
    assert (line.kind, line.trip.direction, line.subject) == (EntryKind.MINUTES, Direction.OUTBOUND, UUID(int=1))
    for stopped in range(len(log)):
        before = Meter()
        brought = metered(log[:stopped], before)
        again = unpack(pack(before), Meter)
        assert [*brought, *metered(log, again)] == [two, three, line], "told from the beginning after a restart"


def test_who_came_by_a_transfer_is_charged_beside_the_call() -> None:
    """A telephone of ours costs nothing, and neither does whoever left before the answer."""
    name = CallId(UUID(int=1))
    begun = JUNE.start + timedelta(seconds=20)
    french = TrunkParty(called=PhoneNumber("+33142685300"))
    parties = (
        PartyLeft(**stamp(50.2), call=name, party="transfer1", to=french, since=begun),
        PartyLeft(**stamp(50.2), call=name, party="transfer2", to=PhoneParty(user="ben"), since=begun),
        PartyLeft(**stamp(50.2), call=name, party="forward"),
    )
    *before, end = call(1, answered=1, ended=61)
    leg, whole = metered([*before, *parties, end])
    assert leg.trip is not None
    assert (leg.quantity, leg.trip.called, leg.trip.direction) == (31, french.called, Direction.OUTBOUND)
    assert (leg.subject, whole.subject, whole.quantity) == (name, name, 60)


def test_who_called_us_and_came_over_from_another_call_is_charged_as_a_call_in() -> None:
    ours = TrunkParty(called=PhoneNumber("+442071838750"))
    begun = JUNE.start + timedelta(seconds=20)
    left = PartyLeft(**stamp(50), call=CallId(UUID(int=1)), party="transfer1", to=ours, since=begun, came_in=True)
    (used,) = metered([left])
    assert used.trip is not None
    assert (used.quantity, used.trip.called, used.trip.direction) == (30, ours.called, Direction.INBOUND)


def metered(events: list[LogEvent], meter: Meter | None = None) -> list[Used]:
    meter = meter or Meter()
    found = (meter.fold(place, event) for place, event in enumerate(events, 1))
    return [used for used in found if used is not None]


def test_a_call_is_billed_from_its_answer_to_its_end_and_a_begun_second_counts() -> None:
    (used,) = metered(call(1, 5.0, 65.001))
    assert (used.kind, used.quantity, used.subject) == (EntryKind.MINUTES, 61, UUID(int=1))
    assert used.trip is not None
    assert (used.trip.called, used.trip.answered_at) == (CALLED, JUNE.start + timedelta(seconds=5))
    assert used.at == JUNE.start + timedelta(seconds=65.001)


def test_a_call_that_nobody_answered_costs_nothing() -> None:
    assert metered(call(1, None, 30)) == []


def test_a_second_answer_changes_nothing() -> None:
    events = call(1, 5, 65)
    again = CallAnswered(**stamp(50), call=CallId(UUID(int=1)))
    (used,) = metered([*events[:2], again, events[2]])
    assert used.quantity == 60


def test_recordings_come_and_go() -> None:
    recording, of_call = RecordingId(UUID(int=7)), CallId(UUID(int=1))
    stored = RecordingStored(
        **stamp(0),
        recording=recording,
        call=of_call,
        key="k",
        seconds=1.0,
        channels=2,
        bytes=5_000,
        sha256="",
        started_at=JUNE.start,
    )
    deleted = RecordingDeleted(**stamp(9), recording=recording, call=of_call, bytes=5_000, reason="retention")
    found = metered([stored, deleted])
    assert [(used.kind, used.quantity) for used in found] == [
        (EntryKind.RECORDING_STORAGE, 5_000),
        (EntryKind.RECORDING_STORAGE, -5_000),
    ]


def test_only_logging_in_and_out_count_of_an_agents_states() -> None:
    out, ready, talking = AgentState.LOGGED_OUT, AgentState.NOT_READY, AgentState.CONNECTED
    events: list[LogEvent] = [
        state(1, out, ready),
        state(1, ready, talking),
        state(1, talking, out),
        state(2, out, out),
    ]
    assert [used.quantity for used in metered(events)] == [1, -1]


@given(st.permutations(range(6)), st.data())
def test_reading_on_from_any_place_any_number_of_times_finds_the_same(order: list[int], data: st.DataObject) -> None:
    calls = [call(number, 1 + number, 10 * number + 11) for number in range(6)]
    events = sorted((event for number in order for event in calls[number]), key=lambda event: event.at)
    expected = metered(events)
    meter, found = Meter(), dict[UUID, Used]()
    for _ in range(4):
        start = data.draw(st.integers(0, meter.sequence))
        end = data.draw(st.integers(meter.sequence, len(events)))
        for place, event in enumerate(events[start:end], start + 1):
            if (used := meter.fold(place, event)) is not None:
                assert used.event not in found
                found[used.event] = used
        meter = unpack(pack(meter), Meter)  # as after a restart
    for place, event in enumerate(events, 1):
        if (used := meter.fold(place, event)) is not None:
            found[used.event] = used
    assert list(found.values()) == expected
