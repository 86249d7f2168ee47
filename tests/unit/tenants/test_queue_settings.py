"""What a queue's settings may say, and that they are kept as they are."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.queues import (
    AllOf,
    AnyOf,
    AtLeast,
    Comfort,
    Condition,
    Distribution,
    Needs,
    Not,
    Overflow,
    OverflowCause,
    Step,
    ToNumber,
    ToQueue,
    ToVoicemail,
    WaitingRules,
)
from kernel.primitives.errors import InvalidInput
from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber
from tenants.directory.model import Queue
from tenants.directory.queue_settings import DEPTH, PARTS, from_json, problems, to_json
from tenants.directory.queues import check_queue

GERMAN, FRENCH = AtLeast("german"), AtLeast("french")
MINE, OTHER = QueueId(UUID(int=1)), QueueId(UUID(int=2))
FULL, WAITED = OverflowCause.FULL, OverflowCause.WAITED


class TestNeeds:
    def test_usual_needs_have_no_problems(self) -> None:
        assert problems((Step(AtLeast("german", 5)), Step(GERMAN, 30.0), Step(AllOf(), 90.0))) == []

    def test_steps_out_of_order(self) -> None:
        assert "in order" in problems((Step(GERMAN, 30.0), Step(FRENCH, 30.0)))[0]

    def test_too_deep(self) -> None:
        deep: Condition = GERMAN
        for _ in range(DEPTH):
            deep = Not(deep)
        assert "flatter" in problems((Step(deep),))[0]

    def test_too_many_parts(self) -> None:
        wide = AllOf(tuple(AnyOf((GERMAN,) * 24) for _ in range(4)))
        assert PARTS < 101
        assert "second queue" in problems((Step(wide),))[0]


def refused(waiting: WaitingRules = WaitingRules(), needs: Needs = ()) -> list[str]:  # noqa: B008 (frozen)
    """The fields that are wrong."""
    queue = Queue(id=MINE, name="Sales", waiting=waiting, distribution=Distribution(needs=needs))
    try:
        check_queue(queue, frozenset({MINE, OTHER}))
    except InvalidInput as error:
        found: Any = error.extra["errors"]
        return [wrong["field"] for wrong in found]
    return []


class TestChecks:
    def test_usual_settings_are_right(self) -> None:
        overflows = (Overflow(FULL, ToQueue(OTHER)), Overflow(WAITED, ToVoicemail(), 300.0))
        assert refused(WaitingRules(capacity=20, overflows=overflows, comfort=Comfort(prompts=("patience",)))) == []

    @pytest.mark.parametrize(
        ("overflow", "field"),
        [
            (Overflow(FULL, ToQueue(MINE)), "to.queue"),
            (Overflow(FULL, ToQueue(QueueId(UUID(int=3)))), "to.queue"),
            (Overflow(WAITED, ToVoicemail()), "after_seconds"),
            (Overflow(FULL, ToVoicemail(), 20.0), "after_seconds"),
        ],
    )
    def test_an_overflow_that_cannot_be_meant(self, overflow: Overflow, field: str) -> None:
        assert refused(WaitingRules(capacity=1, overflows=(overflow,))) == [f"waiting.overflows.0.{field}"]

    def test_what_is_never_full_does_not_overflow(self) -> None:
        assert refused(WaitingRules(overflows=(Overflow(FULL, ToVoicemail()),))) == ["waiting.overflows.0.when"]

    def test_names_and_steps(self) -> None:
        assert refused(WaitingRules(comfort=Comfort(prompts=("../etc",)))) == ["waiting.comfort.prompts"]
        assert refused(needs=(Step(GERMAN, 30.0), Step(FRENCH))) == ["distribution.needs"]


def test_rules_are_kept_as_they_are_and_rows_without_them_have_the_defaults() -> None:
    overflow = Overflow(WAITED, ToNumber(PhoneNumber("+442071838750")), 30.0)
    rules = WaitingRules(capacity=3, overflows=(overflow, replace(overflow, to=ToQueue(OTHER))), comfort=Comfort())
    assert from_json(to_json(rules), WaitingRules) == rules
    assert from_json({}, WaitingRules) == WaitingRules()
    distribution = Distribution(needs=(Step(Not(GERMAN), 5.0),))
    assert from_json(to_json(distribution), Distribution) == distribution
