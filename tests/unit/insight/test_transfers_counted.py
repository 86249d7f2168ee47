"""Which transfers count, for whom, of what kind."""

from datetime import UTC

import pytest

from insight.kpi.counters import Counters, TransferMode, TransferTarget, transfer_key, transfers_with
from insight.kpi.live import LiveView
from kernel.contracts.calls import TransferOutcome
from kernel.contracts.telephony import PartyAddress, PhoneParty, TrunkParty
from kernel.primitives.ids import UserId
from tests.unit.insight.story import ALICE, BOB, CALLED, SALES, SERVICE, Story, call_id

DONE = TransferOutcome.COMPLETED
OUTSIDE = TrunkParty(called=CALLED)


@pytest.fixture
def story() -> Story:
    """Alice talks with a caller."""
    story = Story()
    story.offered(1)
    story.queued(1)
    story.at(5).take_call(1, ALICE)
    story.at(60)
    return story


def counted(story: Story) -> dict[UserId | None, dict[str, int]]:
    view, sums = LiveView(UTC), dict[UserId | None, Counters]()
    for logged in story.log:
        for key, counters in view.apply(logged).counters.items():
            sums.setdefault(key.agent, Counters()).add(counters)
    return {agent: counters.transfers for agent, counters in sums.items() if counters.transfers}


@pytest.mark.parametrize(("to", "key"), [(OUTSIDE, "blind:outside"), (PhoneParty(user="bob"), "blind:phone")])
def test_what_an_agents_telephone_passes_on_is_theirs(story: Story, to: PartyAddress, key: str) -> None:
    story.transfer_begun(1, to, leg="seat")
    story.at(65).transferred(1, DONE, leg="seat")
    assert counted(story) == {ALICE: {key: 1}}


def test_what_a_carrier_connects_itself_is_a_transfer_too(story: Story) -> None:
    story.transfer_begun(1, OUTSIDE, leg="seat")
    story.transferred(1, TransferOutcome.HANDED_OVER, leg="seat")
    assert counted(story) == {ALICE: {"blind:outside": 1}}


def test_a_named_agent_mode_and_reason_are_kept(story: Story) -> None:
    story.transferred(1, DONE, agent=ALICE, attended=True, reason="wrong_choice", queue=SERVICE)
    assert counted(story) == {ALICE: {"attended:queue:wrong_choice": 1}}


def test_what_the_caller_passes_on_is_nobodys(story: Story) -> None:
    story.transfer_begun(1, OUTSIDE)
    story.transferred(1, DONE)
    assert counted(story) == {}


@pytest.mark.parametrize("outcome", [TransferOutcome.FAILED, TransferOutcome.REFUSED])
def test_one_that_came_to_nothing_does_not_count(story: Story, outcome: TransferOutcome) -> None:
    story.transferred(1, outcome, leg="seat")
    assert counted(story) == {}


def test_each_of_two_agents_who_pass_a_call_on_has_one(story: Story) -> None:
    story.transferred(1, DONE, agent=ALICE, queue=SALES)
    story.disconnected(1, ALICE)
    story.queued(1)
    story.at(70).take_call(1, BOB)
    story.at(90).transferred(1, DONE, leg="seat")
    assert counted(story) == {ALICE: {"blind:queue": 1}, BOB: {"blind:outside": 1}}


def test_of_two_calls_that_become_one_the_one_that_ends_tells_of_no_second_transfer(story: Story) -> None:
    story.transferred(1, DONE, leg="seat", attended=True, into=call_id(2))
    assert counted(story) == {}


def test_transfers_are_told_by_mode_and_target() -> None:
    sums = {
        transfer_key(TransferMode.BLIND, TransferTarget.QUEUE, ""): 1,
        transfer_key(TransferMode.BLIND, TransferTarget.OUTSIDE, "vip:gold"): 2,
        transfer_key(TransferMode.ATTENDED, TransferTarget.QUEUE, "skill"): 4,
    }
    assert transfers_with(sums) == 7
    assert transfers_with(sums, TransferMode.BLIND) == 3
    assert transfers_with(sums, target=TransferTarget.QUEUE) == 5
    assert transfers_with(sums, TransferMode.ATTENDED, TransferTarget.OUTSIDE) == 0
