"""Numbers of promised callbacks, of messages and of marked callers go as those of calls do."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from rig import DAY, PrivacyRig

from kernel.contracts.callbacks import CallbackErased, CallbackEvent, CallbackRequested
from kernel.contracts.personal import DataKind, Erasure
from kernel.contracts.voicemail import VoicemailErased
from kernel.primitives.ids import CallbackId
from kernel.primitives.phone import ERASED
from routing.callbacks.book import Book
from tenants.directory import Mark
from tenants.privacy import HoldKind, JobKind, person_of
from tests.fakes import TwoTenants
from tests.unit.insight.story import SALES, SERVICE

CALLER, OWN, STRANGER = "+442079460018", "+442079460077", "+442079460999"


async def numbers(rig: PrivacyRig, tenants: TwoTenants) -> dict[CallbackId, str]:
    """Of every callback of ours, as the log has it."""
    events = [entry.event for entry in await rig.database.read_log(tenants.ours)]
    return {event.callback: event.number.e164 for event in events if isinstance(event, CallbackRequested)}


async def erased(rig: PrivacyRig, tenants: TwoTenants) -> list[tuple[CallbackId, str]]:
    events = [entry.event for entry in await rig.database.read_log(tenants.ours)]
    return [(event.callback, event.reason) for event in events if isinstance(event, CallbackErased)]


class TestCallbacks:
    async def test_erasing_a_person_reaches_what_was_promised_to_them_without_a_call(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        mine = await rig.callback(tenants.ours, CALLER)
        other = await rig.callback(tenants.ours, STRANGER)
        await rig.callback(tenants.theirs, CALLER)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert (job.certificate["erased"], job.certificate["kept"]) == ({"callbacks": 1}, [])
        assert await numbers(rig, tenants) == {mine: "", other: STRANGER}
        assert CALLER[1:].encode() not in await rig.stored(tenants.ours)
        assert CALLER[1:].encode() in await rig.stored(tenants.theirs)
        assert await erased(rig, tenants) == [(mine, "erasure")]

    async def test_the_number_that_was_given_in_a_call_goes_with_the_callers(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        call = await rig.call(tenants.ours, 1, CALLER)
        await rig.callback(tenants.ours, OWN, origin=call)
        await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert OWN[1:].encode() not in await rig.stored(tenants.ours)
        await rig.relay.drain()
        assert await rig.insight.recount(tenants.ours) == []

    async def test_an_open_one_is_kept_and_said_so(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        mine = await rig.callback(tenants.ours, CALLER, ended=False)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert job.certificate["kept"] == [["callbacks", str(mine), "the callback is open"]]
        assert await numbers(rig, tenants) == {mine: CALLER}

    async def test_a_held_call_holds_the_callback_that_was_asked_for_in_it(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        call = await rig.call(tenants.ours, 1, CALLER)
        mine = await rig.callback(tenants.ours, CALLER, origin=call)
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).hold_thing(HoldKind.CALL, call, "complaint 12")
        await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert await numbers(rig, tenants) == {mine: CALLER}

    async def test_done_again_it_tells_nothing_new(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        mine = await rig.callback(tenants.ours, CALLER)
        found = await rig.keeper.find(tenants.our_scope, person_of(CALLER, None))
        source = rig.keeper.source(DataKind.CALLBACKS)
        for _ in range(2):
            await source.erase(tenants.our_scope, found.records, Erasure.RETENTION)
        assert await erased(rig, tenants) == [(mine, "retention")]

    async def test_more_than_a_page_is_found(
        self, rig: PrivacyRig, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("kernel.adapters.event_pages.PAGE", 2)
        made = [await rig.callback(tenants.ours, CALLER) for _ in range(5)]
        rig.clock.advance(60)
        made.append(await rig.callback(tenants.ours, CALLER))
        found = await rig.keeper.find(tenants.our_scope, person_of(CALLER, None))
        assert [(record.id, record.busy) for record in found.records] == [(one, False) for one in made]

    async def test_what_is_due_goes_by_the_queues_own_time(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        async with rig.database.write(tenants.our_scope) as unit:
            days = {"callbacks": 30}
            known = {SALES, SERVICE}
            await rig.service(unit, tenants.our_scope).set_policy(days, {SERVICE: {"callbacks": 5}}, known, None)
        sales, service = [await rig.callback(tenants.ours, CALLER, queue=queue) for queue in (SALES, SERVICE)]
        for after, left in ((6, {sales: CALLER, service: ""}), (25, {sales: "", service: ""})):
            rig.clock.advance(after * DAY)
            await rig.worker.sweep_all()
            assert await numbers(rig, tenants) == left
        assert await erased(rig, tenants) == [(service, "retention"), (sales, "retention")]

    async def test_routing_reads_an_erased_log_without_promising_anything(
        self, rig: PrivacyRig, tenants: TwoTenants
    ) -> None:
        """Of two in one queue that were open at once, both have no number any more."""
        both = [await rig.callback(tenants.ours, number, ended=False) for number in (CALLER, OWN)]
        for one in both:
            await rig.end_callback(tenants.ours, one)
        for number in (CALLER, OWN):
            await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(number, None))
        book = Book()
        for entry in await rig.database.read_log(tenants.ours):
            if isinstance(entry.event, CallbackEvent):
                book.apply(entry.event)
        assert (len(book), book.count(SALES), book.open_for(SALES, ERASED)) == (0, 0, None)


async def test_what_was_written_about_a_message_goes_with_its_caller(rig: PrivacyRig, tenants: TwoTenants) -> None:
    mine, other = await rig.call(tenants.ours, 1, CALLER), await rig.call(tenants.ours, 2, STRANGER)
    message = await rig.message(tenants.ours, mine, CALLER, note="a delicate matter")
    await rig.message(tenants.ours, other, STRANGER, note="another matter")
    theirs = await rig.call(tenants.theirs, 1, CALLER)
    await rig.message(tenants.theirs, theirs, CALLER, note="a delicate matter")
    job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
    assert job.certificate is not None
    assert job.certificate["erased"] == {"notes": 1, "calls": 1}
    assert b"a delicate matter" not in await rig.stored(tenants.ours)
    assert b"another matter" in await rig.stored(tenants.ours)
    assert b"a delicate matter" in await rig.stored(tenants.theirs)
    events = [entry.event for entry in await rig.database.read_log(tenants.ours)]
    assert [event.voicemail for event in events if isinstance(event, VoicemailErased)] == [message]


async def test_the_caller_leaves_a_message_with_their_call(rig: PrivacyRig, tenants: TwoTenants) -> None:
    call = await rig.call(tenants.ours, 1, CALLER)
    await rig.message(tenants.ours, call, CALLER)
    await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
    assert CALLER[1:].encode() not in await rig.stored(tenants.ours)


class TestMarkedCallers:
    async def test_erasing_a_person_takes_their_mark_away(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.found()
        await rig.mark(tenants.ours, CALLER, Mark.BLOCKED)
        await rig.mark(tenants.ours, STRANGER, Mark.VIP)
        await rig.mark(tenants.theirs, CALLER, Mark.VIP)
        await rig.relay.drain()
        told: list[str] = []

        async def hear(subject: str, payload: bytes) -> None:
            told.append(subject)

        await rig.bus.subscribe("directory.*", hear)
        job = await rig.job(tenants.our_scope, JobKind.ERASURE, person_of(CALLER, None))
        assert job.certificate is not None
        assert job.certificate["erased"] == {"marked_callers": 1}
        assert await rig.marked(tenants.our_scope) == [STRANGER]
        assert await rig.marked(tenants.their_scope) == [CALLER]
        unmarked = next(one for one in await rig.audit(tenants.our_scope) if one.action == "caller.unmarked")
        assert (unmarked.origin.actor, unmarked.origin.agent) == ("system", "erasure")
        await rig.relay.drain()
        assert told == [f"directory.{tenants.ours}"], "routing holds a copy"

    async def test_a_held_person_stays_marked(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        await rig.found()
        await rig.mark(tenants.ours, CALLER, Mark.BLOCKED)
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).hold_person(person_of(CALLER, None), "threats")
        rig.clock.advance(3_651 * DAY)
        await rig.worker.sweep_all()
        assert await rig.marked(tenants.our_scope) == [CALLER]

    async def test_marks_go_when_their_time_is_over(self, rig: PrivacyRig, tenants: TwoTenants) -> None:
        async with rig.database.write(tenants.our_scope) as unit:
            await rig.service(unit, tenants.our_scope).set_policy({"marked_callers": 30}, {}, set(), None)
        await rig.found()
        await rig.mark(tenants.ours, CALLER, Mark.VIP)
        rig.clock.advance(29 * DAY)
        await rig.mark(tenants.ours, STRANGER, Mark.VIP)
        await rig.worker.sweep_all()
        assert await rig.marked(tenants.our_scope) == [CALLER, STRANGER]
        rig.clock.advance(2 * DAY)
        await rig.worker.sweep_all()
        assert await rig.marked(tenants.our_scope) == [STRANGER]


async def test_an_export_shows_both(rig: PrivacyRig, tenants: TwoTenants) -> None:
    await rig.found()
    await rig.callback(tenants.ours, CALLER, ended=False)
    await rig.mark(tenants.ours, CALLER, Mark.VIP)
    await rig.callback(tenants.ours, STRANGER)
    job = await rig.job(tenants.our_scope, JobKind.EXPORT, person_of(CALLER, None))
    assert job.blob is not None
    content = b"".join([piece async for piece in rig.vault.open(tenants.our_scope, job.blob)])
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        told = {name: archive.read(name) for name in archive.namelist()}
    (promised,) = json.loads(told["callbacks.json"])
    (mark,) = json.loads(told["marked_callers.json"])
    assert (promised["number"], mark["number"], mark["mark"], mark["note"]) == (CALLER, CALLER, "vip", "a word")
    assert STRANGER.encode() not in b"".join(told.values())


async def test_what_came_about_within_a_time_is_told_from_its_beginning_and_without_its_end(
    rig: PrivacyRig, tenants: TwoTenants
) -> None:
    await rig.found()
    since = rig.clock.now()
    for number in (CALLER, STRANGER):
        await rig.callback(tenants.ours, number)
        await rig.mark(tenants.ours, number, Mark.VIP)
        rig.clock.advance(60)
    for kind in (DataKind.CALLBACKS, DataKind.MARKED_CALLERS):
        source = rig.keeper.source(kind)
        for span, expected in (((0, 60), [CALLER]), ((60, 120), [STRANGER]), ((1, 60), [])):
            begin, end = (since + timedelta(seconds=second) for second in span)
            told = [record async for record in source.between(tenants.our_scope, kind, begin, end)]
            assert [number.e164 for one in told for number in one.person.phones] == expected
        assert [one async for one in source.between(tenants.our_scope, DataKind.NOTES, since, rig.clock.now())] == []
