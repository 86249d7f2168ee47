"""Insight over a real database and bus: what is asked, what survives a restart, what a recount finds."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from insight_stage import Stage
from sqlalchemy import delete, update

from insight import following as following_module
from insight import saving as saving_module
from insight.questions import CallFilter, IndicatorFilter, ShownOutcome
from insight.tables import CallRecordRow, FoldProgressRow, IntervalRow
from kernel.contracts.base import TenantScope
from kernel.contracts.calls import AgentState, Direction
from kernel.contracts.codec import pack
from kernel.contracts.directory import DirectoryChanged
from kernel.contracts.log import Logged
from kernel.ports.unit_of_work import Change
from kernel.primitives.ids import EventId, TenantId
from tests.unit.insight.story import (
    ABANDONED,
    ALICE,
    BOB,
    CALLER,
    OTHER_TENANT,
    OVERLOADED,
    SALES,
    SERVICE,
    START,
    TENANT,
    Story,
    call_id,
)

SCOPE, OTHER_SCOPE = TenantScope(TENANT), TenantScope(OTHER_TENANT)
DAY = IndicatorFilter(since=START, until=START + timedelta(hours=15))


def busy_hour(tenant: TenantId = TENANT) -> Story:
    """Two answered calls, a short and a long abandon, a blocked one, one under way."""
    story = Story(tenant)
    story.state(ALICE, AgentState.AVAILABLE)
    for number, second in ((1, 10), (2, 1000)):
        story.at(second).offered(number)
        story.answered(number)
        story.queued(number)
        story.at(second + 4).take_call(number, ALICE)
        story.at(second + 64).finish_call(number, ALICE)
        story.stored(number)
        story.at(second + 90).state(ALICE, AgentState.AVAILABLE)
    for number, second, wait in ((3, 1200, 3), (4, 1300, 30)):
        story.at(second).offered(number)
        story.queued(number)
        story.at(second + wait).ended(number, ABANDONED)
    story.at(1400).offered(5)
    story.ended(5, OVERLOADED)
    story.at(1500).offered(6)
    story.queued(6, SERVICE)
    return story


async def test_calls_are_found_by_each_of_their_marks(stage: Stage) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())

    async def numbers(**wanted: object) -> list[int]:
        found = await service.find_calls(SCOPE, CallFilter(**wanted))  # type: ignore[arg-type]
        return [each.call.int - 1000 for each in found]

    assert await numbers() == [6, 5, 4, 3, 2, 1]
    assert await numbers(outcome=ShownOutcome.ANSWERED) == [2, 1]
    assert await numbers(outcome=ShownOutcome.ABANDONED) == [4]
    assert await numbers(outcome=ShownOutcome.SHORT_ABANDONED) == [3]
    assert await numbers(outcome=ShownOutcome.BLOCKED) == [5]
    assert await numbers(queue=SERVICE) == [6]
    assert await numbers(agent=ALICE) == [2, 1]
    assert await numbers(direction=Direction.OUTBOUND) == []
    assert await numbers(number=CALLER.e164, limit=2) == [6, 5]
    assert await numbers(limit=2, before=call_id(5)) == [4, 3]
    assert await numbers(since=START + timedelta(seconds=1000), until=START + timedelta(seconds=1300)) == [3, 2]


async def test_a_call_of_another_tenant_is_not_there(stage: Stage) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    assert await service.get_call(SCOPE, call_id(1)) is not None
    assert await service.get_call(OTHER_SCOPE, call_id(1)) is None
    assert await service.find_calls(OTHER_SCOPE, CallFilter()) == []


async def test_two_tenants_with_the_same_calls_count_for_themselves(stage: Stage) -> None:
    service = await stage.open()
    ours, theirs = busy_hour(), busy_hour(OTHER_TENANT)
    theirs.at(1600).offered(7)
    theirs.ended(7, OVERLOADED)
    for story in (ours, theirs):
        await stage.tell(story)
    for scope, expected in ((SCOPE, 5), (OTHER_SCOPE, 6)):
        (row,) = await service.indicators(scope, DAY)
        assert row.values["calls_offered"] == expected
        assert await service.recount(scope.tenant) == []


async def test_indicators_use_the_thresholds_of_each_queue(stage: Stage) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    by_queue = {row.scope: row.values for row in await service.indicators(SCOPE, _by("queue"))}
    assert by_queue[SALES]["calls_short_abandoned"] == 1
    assert by_queue[SALES]["service_level"] == pytest.approx(2 / 4 * 100)
    assert by_queue[SERVICE]["calls_offered"] == 0
    (tenant,) = await service.indicators(SCOPE, DAY)
    assert tenant.values["calls_blocked"] == 1
    by_agent = {row.scope: row.values for row in await service.indicators(SCOPE, _by("agent"))}
    assert by_agent[ALICE]["average_talk_time"] == pytest.approx(60)
    assert by_agent[BOB]["calls_per_hour"] is None


def _by(by: str, granularity: str = "total") -> IndicatorFilter:
    return IndicatorFilter(since=DAY.since, until=DAY.until, by=by, granularity=granularity)  # type: ignore[arg-type]


async def test_the_present_state_counts_until_now(stage: Stage) -> None:
    service = await stage.open()
    story = Story()
    story.state(ALICE, AgentState.CONNECTED)
    story.at(1800).requested(ALICE, AgentState.AVAILABLE)
    await stage.tell(story)
    rows = await service.indicators(SCOPE, _by("agent", "quarter_hour"))
    assert [row.values["occupancy"] for row in rows] == [100, 100]


@pytest.mark.parametrize(("granularity", "starts"), [("half_hour", [0]), ("quarter_hour", [0, 15]), ("day", [0])])
async def test_finer_rows_begin_on_the_clock(stage: Stage, granularity: str, starts: list[int]) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    rows = await service.indicators(SCOPE, _by("tenant", granularity))
    assert [row.start for row in rows] == [START + timedelta(minutes=start) for start in starts]


async def test_hours_begin_by_the_tenants_clock(stage: Stage) -> None:
    stage.directory.time_zone = "Asia/Kolkata"
    service = await stage.open()
    story = Story()
    story.at(40 * 60).offered(1)
    story.ended(1, OVERLOADED)
    await stage.tell(story)
    (row,) = await service.indicators(SCOPE, _by("tenant", "hour"))
    assert row.start == START + timedelta(minutes=30)


async def test_a_recount_equals_the_tables_and_the_live_view(stage: Stage) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    assert await service.recount(TENANT) == []


async def test_a_recount_names_what_differs(stage: Stage) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    assert await service.recount(TENANT) == []
    async with stage.database.write() as unit:
        await unit.session.execute(update(IntervalRow.table()).values(handled=7))
        await unit.session.execute(delete(CallRecordRow.table()).where(CallRecordRow.table().c.call_id == call_id(3)))
    state = await service.open(TENANT)
    state.agents[ALICE].reason = "tampered"
    differences = await service.recount(TENANT)
    assert {each.place for each in differences} == {"call_record", "interval", "live"}
    assert str(call_id(3)) in {each.key for each in differences}


@pytest.mark.parametrize("checkpoint_every", [1, 7, 2_000])
async def test_after_a_restart_at_any_event_nothing_is_lost_or_counted_twice(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, checkpoint_every: int
) -> None:
    monkeypatch.setattr(following_module, "CHECKPOINT_EVENTS", checkpoint_every)
    whole = busy_hour()
    story = Story()
    service = await stage.open()
    for place in range(0, len(whole.log), 5):
        story.log = whole.log[: place + 5]
        await stage.tell(story)
        if place % 2:
            await service.find_calls(SCOPE, CallFilter())
        await service.close()
        stage.services.remove(service)
        service = await stage.open()
    assert await service.recount(TENANT) == []
    (row,) = await service.indicators(SCOPE, DAY)
    assert row.values["calls_answered"] == 2


async def test_tables_ahead_of_an_old_checkpoint_are_not_added_to_again(stage: Stage) -> None:
    service = await stage.open()
    story = busy_hour()
    await stage.tell(story)
    await service.find_calls(SCOPE, CallFilter())
    async with stage.database.read() as unit:
        progress = await unit.session.execute(FoldProgressRow.table().select())
        assert progress.one().sequence == len(story.log)
    await service.close()
    stage.services.remove(service)
    again = await stage.open()
    assert await again.recount(TENANT) == []


async def test_two_followers_of_one_database_count_every_event_once(stage: Stage) -> None:
    one, two = await stage.open(), await stage.open()
    await stage.tell(busy_hour())
    assert await two.recount(TENANT) == []
    assert await one.recount(TENANT) == []


async def test_two_followers_that_save_at_once_in_small_pieces_count_every_event_once(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(saving_module, "PIECE_EVENTS", 2)
    one, two = await stage.open(), await stage.open()
    story = busy_hour()
    whole, story.log = story.log, []
    for place in range(0, len(whole), 9):
        story.log = whole[: place + 9]
        await stage.tell(story)
        await asyncio.gather(one.find_calls(SCOPE, CallFilter()), two.find_calls(SCOPE, CallFilter()))
    assert await two.recount(TENANT) == []
    assert await one.recount(TENANT) == []


@pytest.mark.parametrize("pieces", [0, 1, 3])
async def test_a_saving_that_breaks_off_after_some_pieces_goes_on_where_it_was(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, pieces: int
) -> None:
    monkeypatch.setattr(saving_module, "PIECE_EVENTS", 4)
    written = 0
    record = stage.database.record

    async def breaking(change: Change) -> Sequence[Logged]:
        nonlocal written
        if change.only_if is None or written < pieces:
            written += change.only_if is not None
            return await record(change)
        raise OSError("the disk is gone")

    service = await stage.open()
    await stage.tell(busy_hour())
    with monkeypatch.context() as broken:
        broken.setattr(stage.database, "record", breaking)
        with pytest.raises(OSError, match="disk is gone"):
            await service.find_calls(SCOPE, CallFilter())
    another = await stage.open()  # as after a kill: it knows the tables and the log only
    assert await another.recount(TENANT) == []
    assert await service.recount(TENANT) == []


async def test_a_missed_message_is_read_from_the_log(stage: Stage) -> None:
    service = await stage.open()
    await service.open(TENANT)
    story = busy_hour()
    async with stage.database.write() as unit:
        logged = await unit.append(*(each.event for each in story.log))
        unit._emitted.clear()  # type: ignore[attr-defined]  # the relay never heard of them
    await stage.bus.publish(f"log.{TENANT}", pack(logged[-1]))
    assert (await service.open(TENANT)).sequence == len(story.log)
    assert len([tenant for tenant, _ in stage.heard if tenant == TENANT]) == len(story.log)


async def test_a_late_recording_reaches_a_call_that_left_memory(stage: Stage) -> None:
    service = await stage.open()
    story = busy_hour()
    await stage.tell(story)
    await service.find_calls(SCOPE, CallFilter())
    story.at(4000).stored(1)
    story.at(4001).disposed(1, ALICE, "follow_up")
    await stage.tell(story)
    found = await service.get_call(SCOPE, call_id(1))
    assert found is not None
    assert found.record.disposition == "follow_up"
    assert await service.recount(TENANT) == []


async def test_figures_of_today_move_with_the_tenants_time_zone(stage: Stage) -> None:
    service = await stage.open()
    story = Story()
    for number, hour in ((1, 14.5), (2, 15.5)):
        story.at(hour * 3600).offered(number)
        story.queued(number)
        story.at(hour * 3600 + 60).ended(number, ABANDONED)
    await stage.tell(story)
    state = await service.open(TENANT)
    await service.find_calls(SCOPE, CallFilter())
    assert state.day.queues[SALES].abandoned == 1
    stage.directory.time_zone = "Asia/Tokyo"
    changed = DirectoryChanged(id=EventId(UUID(int=1)), tenant=TENANT, at=stage.clock.now())
    await stage.bus.publish(f"directory.{TENANT}", pack(changed))
    assert state.day.queues[SALES].abandoned == 2
    assert await service.recount(TENANT) == []


async def test_what_is_pending_is_written_at_the_end(stage: Stage, tmp_path: Path) -> None:
    service = await stage.open()
    await stage.tell(busy_hour())
    await service.open(TENANT)
    await service.close()
    stage.services.remove(service)
    async with stage.database.read() as unit:
        rows = await unit.session.execute(CallRecordRow.table().select())
        assert len(rows.all()) == 6
