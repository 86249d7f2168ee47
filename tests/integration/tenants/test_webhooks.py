"""One endpoint's deliveries over a real database: in order, until taken or parked, from where the last one stopped."""

from collections.abc import Awaitable, Callable

import pytest
from webhook_stage import URL, Stage

from kernel.adapters import SystemClock
from kernel.contracts.base import TenantScope
from kernel.primitives.errors import InvalidInput, NotFound
from kernel.primitives.web_guard import WebRules
from tenants.audit import AuditFilter, AuditRepository
from tenants.webhooks import EventType, WebhookService
from tenants.webhooks.delivery import SAVE_SECONDS
from tenants.webhooks.errors import TooManyWebhooks
from tenants.webhooks.model import DISABLED_AFTER, ENDPOINTS_KEPT, PARKED_AFTER, Disabled
from tests.databases import StoringDatabase
from tests.fakes import FakeClock, SequentialIds, TwoTenants

DAY = 86_400.0


@pytest.fixture
def stage(database: StoringDatabase, clock: FakeClock, ids: SequentialIds) -> Stage:
    return Stage(database, clock, ids)


async def test_what_happens_is_told_in_order_signed_and_from_now_on(stage: Stage, tenants: TwoTenants) -> None:
    await stage.end_calls(tenants.ours, 2)
    key, _ = await stage.register(tenants.ours)
    ends = await stage.end_calls(tenants.ours, 3)
    await stage.end_calls(tenants.theirs, 2)
    deliveries = await stage.deliveries(tenants.ours, key)
    await deliveries.advance()
    assert stage.receivers.sequences == ends
    assert {told["tenant_id"] for told in stage.receivers.bodies} == {str(tenants.ours)}
    assert {told["data"]["call"]["caller"] for told in stage.receivers.bodies} == {"+442071838751"}


async def test_lines_to_agents_telephones_are_nobody_s_calls(stage: Stage, tenants: TwoTenants) -> None:
    kinds = EventType.CALL_OFFERED, EventType.CALL_ANSWERED, EventType.CALL_ENDED
    key, _ = await stage.register(tenants.ours, URL, *kinds)
    await stage.keep_line(tenants.ours)
    (end,) = await stage.end_calls(tenants.ours, 1)
    deliveries = await stage.deliveries(tenants.ours, key)
    await deliveries.advance()
    assert stage.receivers.sequences == [end - 1, end]
    assert stage.calls.asked == {told["data"]["call_id"] for told in stage.receivers.bodies}


async def test_a_line_of_which_only_the_first_event_says_so_is_told_to_nobody(
    stage: Stage, tenants: TwoTenants
) -> None:
    """As logs have them from before the others said it too; also where one was parked by then."""
    key, _ = await stage.register(tenants.ours, URL, EventType.CALL_ANSWERED, EventType.CALL_ENDED)
    await stage.keep_line(tenants.ours, told=False)
    lines, stage.calls.lines = stage.calls.lines, set()
    stage.receivers.answers = [500] * 100
    deliveries = await stage.deliveries(tenants.ours, key)
    for _ in range(20):
        await deliveries.advance()
        stage.clock.advance(DAY / 10)
    stage.calls.lines, tried = lines, len(stage.receivers.got)
    async with stage.service(tenants.ours) as service:
        parked = await service.parked(key, None, 10)
        assert await service.send_again(key, [one.id for one in parked]) == len(parked) > 0
    deliveries.again = True
    (end,) = (await stage.end_calls(tenants.ours, 1))[-1:]
    stage.receivers.answers.clear()
    stage.clock.advance(DAY)
    await deliveries.advance()
    assert stage.receivers.sequences[tried:] == [end - 1, end]
    async with stage.service(tenants.ours) as service:
        assert not await service.parked(key, None, 10)


async def test_the_scheme_s_library_takes_it(
    database: StoringDatabase, ids: SequentialIds, tenants: TwoTenants
) -> None:
    stage = Stage(database, SystemClock(), ids)  # the library looks at the real time
    key, checked = await stage.register(tenants.ours)
    await stage.end_calls(tenants.ours, 1)
    await (await stage.deliveries(tenants.ours, key)).advance()
    ((headers, body),) = stage.receivers.got
    assert checked.verify(body, dict(headers))["type"] == "call.ended"


async def test_the_next_process_goes_on_where_the_last_one_wrote_it_down(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    ends = await stage.end_calls(tenants.ours, 2)
    killed = await stage.deliveries(tenants.ours, key)
    assert await killed.advance() == SAVE_SECONDS, "it wants to write down what was told"
    await (await stage.deliveries(tenants.ours, key)).advance()
    assert stage.receivers.sequences == [*ends, *ends], "nothing was written down: told again under the same ids"
    assert len({headers["webhook-id"] for headers, _ in stage.receivers.got}) == 2
    await killed.save()
    more = await stage.end_calls(tenants.ours, 1)
    await (await stage.deliveries(tenants.ours, key)).advance()
    assert stage.receivers.sequences == [*ends, *ends, *more]


async def test_one_that_is_not_taken_holds_the_next_ones_back_until_its_time(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    ends = await stage.end_calls(tenants.ours, 2)
    stage.receivers.answers = [500, "connect"]
    deliveries = await stage.deliveries(tenants.ours, key)
    assert await deliveries.advance() == 5.0
    assert await deliveries.advance() == 5.0, "it waits, and asks nobody"
    stage.clock.advance(5)
    assert await deliveries.advance() == 15.0
    watched = await stage.watched(tenants.ours, key)
    assert (watched.progress.failures, watched.progress.error) == (2, "connect")
    stage.clock.advance(14)
    successor = await stage.deliveries(tenants.ours, key)
    assert await successor.advance() == 1.0, "a restart does not hurry"
    stage.clock.advance(1)
    await successor.advance()
    assert stage.receivers.sequences == [ends[0], ends[0], *ends]


async def test_after_a_day_it_is_parked_and_sent_again_when_asked(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    ends = await stage.end_calls(tenants.ours, 2)
    stage.receivers.answers = [500, 500]
    deliveries = await stage.deliveries(tenants.ours, key)
    await deliveries.advance()
    stage.clock.advance(PARKED_AFTER.total_seconds())
    await deliveries.advance()
    async with stage.service(tenants.ours) as service:
        (parked,) = await service.parked(key, None, 10)
        assert (parked.sequence, parked.type, parked.error) == (ends[0], "call.ended", "status 500")
    stage.clock.advance(3_600)
    await deliveries.advance()
    assert stage.receivers.sequences == [ends[0], ends[0], ends[1]], "the next one has its turn"

    stage.receivers.answers = [503, 204]
    for left in (1, 0):
        async with stage.service(tenants.ours) as service:
            assert await service.send_again(key, [parked.id]) == 1
        deliveries.again = True
        await deliveries.advance()
        async with stage.service(tenants.ours) as service:
            assert len(await service.parked(key, None, 10)) == left
    assert stage.receivers.sequences[3:] == [ends[0], ends[0]]


async def test_a_number_that_was_erased_does_not_leave_with_a_later_attempt(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    await stage.end_calls(tenants.ours, 1)
    stage.receivers.answers = [500]
    deliveries = await stage.deliveries(tenants.ours, key)
    await deliveries.advance()
    stage.calls.number = None
    stage.clock.advance(5)
    await deliveries.advance()
    assert [told["data"]["call"]["caller"] for told in stage.receivers.bodies] == ["+442071838751", None]


@pytest.mark.parametrize(("answer", "days", "why"), [(410, 0.0, Disabled.GONE), (500, 5.0, Disabled.FAILING)])
async def test_one_that_is_disabled_goes_on_where_it_stopped(
    stage: Stage, tenants: TwoTenants, answer: int, days: float, why: Disabled
) -> None:
    key, _ = await stage.register(tenants.ours)
    other, _ = await stage.register(tenants.theirs)
    ends = await stage.end_calls(tenants.ours, 2)
    stage.receivers.answers = [500, answer] if days else [answer]
    deliveries = await stage.deliveries(tenants.ours, key)
    await deliveries.advance()
    if days:
        stage.clock.advance(DISABLED_AFTER.total_seconds())
        await stage.end_calls(tenants.ours, 1)
        await deliveries.advance()
    assert await deliveries.advance() is None
    assert (await stage.watched(tenants.ours, key)).endpoint.disabled is why
    assert (await stage.watched(tenants.theirs, other)).endpoint.disabled is None
    async with stage.database.read(TenantScope(tenants.ours)) as unit:
        told = await AuditRepository(unit.session, TenantScope(tenants.ours)).page(
            None, 10, AuditFilter(action="webhook.disabled")
        )
    assert [entry.detail for entry in told] == [{"because": why.value}]

    stage.receivers.got.clear()
    async with stage.service(tenants.ours) as service:
        await service.change(key, {}, True, None)
    await (await stage.deliveries(tenants.ours, key)).advance()
    assert stage.receivers.sequences[: len(ends)] == ends


async def test_a_former_secret_signs_for_a_day(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    async with stage.service(tenants.ours) as service:
        await service.rotate(key)
    await stage.end_calls(tenants.ours, 1)
    await (await stage.deliveries(tenants.ours, key)).advance()
    stage.clock.advance(DAY)
    await stage.end_calls(tenants.ours, 1)
    later = await stage.deliveries(tenants.ours, key)
    await later.advance()
    counts = [len(headers["webhook-signature"].split(" ")) for headers, _ in stage.receivers.got]
    assert (counts[0], counts[-1]) == (2, 1)


async def test_a_server_that_may_not_be_asked_is_asked_nothing(stage: Stage, tenants: TwoTenants) -> None:
    key, _ = await stage.register(tenants.ours)
    await stage.end_calls(tenants.ours, 1)
    stage.receivers.refused = "address"
    assert await (await stage.deliveries(tenants.ours, key)).advance() == 5.0
    assert stage.receivers.got == []
    assert (await stage.watched(tenants.ours, key)).progress.error == "address"


class TestRegistering:
    async def test_only_public_servers_are_taken(self, stage: Stage, tenants: TwoTenants) -> None:
        for url in ("http://crm.example.com/", "https://127.0.0.1/", "https://crm.example.com:22/", "nothing"):
            async with stage.service(tenants.ours, WebRules()) as service:
                with pytest.raises(InvalidInput, match="https URL of a public server"):
                    await service.create("CRM", url, [EventType.CALL_ENDED])

    async def test_there_is_a_limit_for_each_tenant(self, stage: Stage, tenants: TwoTenants) -> None:
        for _ in range(ENDPOINTS_KEPT):
            await stage.register(tenants.ours)
        with pytest.raises(TooManyWebhooks):
            await stage.register(tenants.ours)
        await stage.register(tenants.theirs)

    async def test_another_tenant_s_are_not_there(self, stage: Stage, tenants: TwoTenants) -> None:
        key, _ = await stage.register(tenants.ours)

        async def refuse(act: Callable[[WebhookService], Awaitable[object]]) -> None:
            async with stage.service(tenants.theirs) as service:
                with pytest.raises(NotFound):
                    await act(service)

        await refuse(lambda service: service.get(key))
        await refuse(lambda service: service.rotate(key))
        await refuse(lambda service: service.change(key, {"name": "Mine"}, False, None))
        await refuse(lambda service: service.remove(key, None))
        await refuse(lambda service: service.parked(key, None, 10))
        await refuse(lambda service: service.send_again(key, None))

    async def test_what_is_removed_leaves_nothing(self, stage: Stage, tenants: TwoTenants) -> None:
        key, _ = await stage.register(tenants.ours)
        deliveries = await stage.deliveries(tenants.ours, key)
        async with stage.service(tenants.ours) as service:
            await service.remove(key, None)
        await stage.end_calls(tenants.ours, 1)
        await deliveries.advance()
        await deliveries.save()
        async with stage.service(tenants.ours) as service:
            assert await service.page(None, 10) == []
            with pytest.raises(NotFound):
                await service.parked(key, None, 10)
