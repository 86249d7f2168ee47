"""Draft, check, publish, roll back: versions never change, and a call keeps its own."""

from datetime import timedelta
from functools import partial
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.codec import pack, unpack
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import UserId
from routing.flows.checks.validate import validate
from routing.flows.document.flow import Flow
from routing.flows.errors import AlreadyLive, DraftChanged, FlowNotValid, NoDraft, UnknownVersion
from routing.flows.run.interpreter import step
from routing.flows.run.words import KeyPressed
from routing.flows.versions import FlowRecord, Stamp, publish, roll_back, save_draft, version_of
from tests.unit.routing.flows.caller import Caller
from tests.unit.routing.flows.documents import END, ENDS, MENU, NOW, Known, example, flow

check = partial(validate, known=Known())
STAMP = Stamp(NOW, UserId(UUID(int=1)))
LATER = Stamp(NOW + timedelta(hours=1), UserId(UUID(int=2)))
FIRST = flow({"menu": MENU | {"options": {"1": "one", "2": "two"}}, **ENDS})
SECOND = flow({"menu": MENU | {"options": {"1": "two", "2": "one"}}, **ENDS})
BROKEN = flow({"hello": {"kind": "say", "text": "x", "next": ""}, "lost": END})


def published(*flows: Flow) -> FlowRecord:
    record = FlowRecord(name="main")
    for one in flows:
        record = publish(save_draft(record, one, record.revision), check, STAMP)
    return record


def test_a_new_flow_is_live_nowhere() -> None:
    record = save_draft(FlowRecord(name="main"), BROKEN, 0)
    assert (record.live, record.draft, record.revision) == (None, BROKEN, 1)
    with pytest.raises(UnknownVersion, match="Nothing is published"):
        version_of(record, 1)


def test_publishing_makes_a_numbered_version_live() -> None:
    record = published(FIRST, SECOND)
    assert [version.number for version in record.versions] == [1, 2]
    assert record.live == record.versions[1]
    assert record.draft is None


def test_a_broken_draft_is_kept_and_not_published() -> None:
    record = save_draft(published(FIRST), BROKEN, 1)
    with pytest.raises(FlowNotValid, match="2 problems") as refused:
        publish(record, check, STAMP)
    shown = refused.value.extra["problems"]
    assert [one["code"] for one in shown] == ["not_connected", "unreachable"]  # type: ignore[index, union-attr]
    assert record.live is not None
    assert record.live.flow == FIRST


def test_nothing_to_publish() -> None:
    with pytest.raises(NoDraft):
        publish(published(FIRST), check, STAMP)


def test_two_authors_do_not_overwrite_each_other() -> None:
    record = save_draft(published(FIRST), SECOND, 1)
    with pytest.raises(DraftChanged) as refused:
        save_draft(record, FIRST, 1)
    assert refused.value.extra["revision"] == 2


class TestRollBack:
    def test_an_earlier_version_is_live_again_under_its_number(self) -> None:
        record = roll_back(published(FIRST, SECOND), 1, check, LATER)
        assert record.live == record.versions[0]
        assert len(record.versions) == 2
        assert (record.history[-1].by, record.history[-1].rolled_back) == (LATER.by, True)
        assert published(FIRST, SECOND).history == record.history[:-1], "what was is not rewritten"

    def test_the_next_version_has_a_number_of_its_own(self) -> None:
        record = roll_back(published(FIRST, SECOND), 1, check, LATER)
        record = publish(save_draft(record, SECOND, record.revision), check, LATER)
        assert record.live is not None
        assert record.live.number == 3

    def test_the_draft_stays(self) -> None:
        record = save_draft(published(FIRST, SECOND), BROKEN, 2)
        assert roll_back(record, 1, check, LATER).draft == BROKEN

    def test_to_what_is_live_or_never_was(self) -> None:
        with pytest.raises(AlreadyLive):
            roll_back(published(FIRST), 1, check, LATER)
        for number in (0, -1, 2):
            with pytest.raises(UnknownVersion):
                roll_back(published(FIRST), number, check, LATER)

    def test_to_a_version_whose_prompts_are_gone(self) -> None:
        record = published(example(), FIRST)
        with pytest.raises(FlowNotValid):
            roll_back(record, 1, partial(validate, known=Known("greeting")), LATER)


def test_a_call_keeps_the_version_that_it_began_with() -> None:
    record = published(FIRST)
    assert record.live is not None
    caller = Caller(record.live.flow)
    record = publish(save_draft(record, SECOND, 1), check, LATER)
    assert (caller.position.flow, caller.position.version) == ("main", 1)
    its_own = version_of(record, caller.position.version).flow
    assert step(its_own, caller.position, KeyPressed(key="1"), NOW).position.node == "one"
    assert step(record.live.flow, caller.position, KeyPressed(key="1"), NOW).position.node == "two"  # type: ignore[union-attr]


@given(st.lists(st.tuples(st.sampled_from(["save", "publish", "roll_back"]), st.integers(0, 4)), max_size=20))
def test_versions_never_change_whatever_is_done(acts: list[tuple[str, int]]) -> None:
    record = FlowRecord(name="main")
    documents = [flow({"hi": {"kind": "say", "text": str(n), "next": "end"}, "end": END}) for n in range(4)] + [BROKEN]
    for act, number in acts:
        before = record
        try:
            if act == "save":
                record = save_draft(record, documents[number], record.revision)
            elif act == "publish":
                record = publish(record, check, STAMP)
            else:
                record = roll_back(record, number, check, LATER)
        except CordboardError:
            assert record is before
        assert record.versions[: len(before.versions)] == before.versions
        assert record.history[: len(before.history)] == before.history
        assert [version.number for version in record.versions] == list(range(1, len(record.versions) + 1))
        assert all(version.flow != BROKEN for version in record.versions)
        assert unpack(pack(record), FlowRecord) == record


def test_a_record_with_every_kind_of_node_can_be_kept() -> None:
    record = published(example())
    assert unpack(pack(record), FlowRecord) == record
