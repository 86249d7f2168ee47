"""What happens to callers while they wait: places that are kept, messages, and the agent they know."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from kernel.contracts.queues import Comfort, Distribution, LastAgent, Preferred
from kernel.primitives.ids import QueueId
from kernel.primitives.phone import PhoneNumber
from routing.matching.comfort import Heard, Message, message, next_message, said, spoken_minutes
from routing.matching.places import KEPT_PLACES, LONGEST_KEPT, Places
from routing.matching.preference import LastTalk, preferred
from routing.matching.rules import base_priority
from tests.unit.routing.matching.samples import ONE, START, TWO, at, call, caller, idle, member, offers, owner, user

NUMBER, OTHER = PhoneNumber("+442071838750"), PhoneNumber("+442071838751")


class TestPlaces:
    def test_who_rings_again_in_time_has_the_old_place(self) -> None:
        places = Places()
        places.keep(ONE, NUMBER, START, at(100))
        assert places.place(ONE, NUMBER, at(699), 600) == START

    def test_a_place_is_given_back_once(self) -> None:
        places = Places()
        places.keep(ONE, NUMBER, START, at(100))
        places.drop(ONE, NUMBER)
        assert places.place(ONE, NUMBER, at(102), 600) is None

    @pytest.mark.parametrize(
        ("queue", "number", "seconds"), [(TWO, NUMBER, 101), (ONE, OTHER, 101), (ONE, NUMBER, 700)]
    )
    def test_it_is_of_one_queue_one_number_and_a_time(
        self, queue: QueueId, number: PhoneNumber, seconds: float
    ) -> None:
        places = Places()
        places.keep(ONE, NUMBER, START, at(100))
        assert places.place(queue, number, at(seconds), 600) is None

    def test_a_withheld_number_has_none(self) -> None:
        places = Places()
        places.keep(ONE, None, START, at(100))
        assert places.place(ONE, None, at(101), 600) is None
        assert len(places) == 0

    def test_leaving_twice_counts_from_the_later_time(self) -> None:
        places = Places()
        places.keep(ONE, NUMBER, START, at(100))
        places.keep(ONE, NUMBER, START, at(200))
        assert places.place(ONE, NUMBER, at(750), 600) == START

    def test_what_nobody_came_back_to_is_forgotten(self) -> None:
        places = Places()
        places.keep(ONE, NUMBER, START, at(100))
        places.keep(ONE, OTHER, START, at(100) + LONGEST_KEPT)
        assert len(places) == 1

    def test_they_never_grow_beyond_their_limit(self) -> None:
        places = Places()
        for number in range(KEPT_PLACES + 5):
            places.keep(ONE, PhoneNumber(f"+4420{number:08}"), START, at(1))
        assert len(places) == KEPT_PLACES
        assert places.place(ONE, PhoneNumber("+442000000000"), at(2), 600) is None
        assert places.place(ONE, PhoneNumber("+442000000005"), at(2), 600) == START

    def test_they_live_through_a_restart(self) -> None:
        before, after = Places(), Places()
        before.keep(ONE, NUMBER, START, at(100))
        after.restore(before.snapshot())
        assert after.place(ONE, NUMBER, at(101), 600) == START

    def test_the_place_counts_when_the_next_agent_is_free(self) -> None:
        """Back after others have come, and for a callback all the same: it is the place that decides."""
        floor = owner([member(1)])
        floor.come(caller(2, 50))
        floor.come(caller(3, since=0))
        assert floor.waiting.position(call(3), at(300)) == 1
        floor.free(idle(1))
        assert offers(floor, 300) == [(call(3), user(1))]


COMFORT = Comfort(
    prompts=("patience", "website"), first_seconds=20.0, every_seconds=45.0, say_position=True, say_wait=True
)


class TestComfort:
    def test_messages_come_at_their_intervals_in_turn(self) -> None:
        heard = Heard(START)
        told: list[str | None] = []
        times: list[datetime] = []
        for _ in range(3):
            now = next_message(COMFORT, heard)
            one = message(COMFORT, heard, 3, 100.0)
            heard = said(heard, one, now)
            told.append(one.prompt)
            times.append(now)
        assert times == [at(20), at(65), at(110)]
        assert told == ["patience", "website", "patience"]

    def test_after_a_stand_still_one_message_is_said_and_not_all_that_were_due(self) -> None:
        heard = said(Heard(START), message(COMFORT, Heard(START), 1, None), at(400))
        assert next_message(COMFORT, heard) == at(445)

    def test_a_worse_position_is_not_told(self) -> None:
        heard = said(Heard(START), message(COMFORT, Heard(START), 3, None), at(20))
        assert message(COMFORT, heard, 4, None).position is None
        assert message(COMFORT, heard, 2, None).position == 2
        silent = said(heard, message(COMFORT, heard, 4, None), at(65))
        assert silent.position == 3

    def test_a_position_far_back_is_not_told(self) -> None:
        assert message(COMFORT, Heard(START), 11, None).position is None

    def test_what_is_not_wanted_is_not_said(self) -> None:
        assert message(Comfort(), Heard(START), 1, 60.0) == Message()

    @pytest.mark.parametrize(
        ("seconds", "minutes"),
        [(0.0, 1), (60.0, 1), (61.0, 2), (600.0, 10), (601.0, 15), (3_600.0, 60), (3_601.0, None), (None, None)],
    )
    def test_minutes_are_rounded_up(self, seconds: float | None, minutes: int | None) -> None:
        assert spoken_minutes(seconds) == minutes


@dataclass(frozen=True)
class Asked:
    last: LastTalk | None = None
    asked: Preferred | None = None
    logged_in: bool = True

    def answer(self) -> Preferred | None:
        rules = Distribution(last_agent=LastAgent(hold_seconds=30.0, within_seconds=3_600.0))
        return preferred(rules, self.last, self.asked, at(3_600), is_logged_in=self.logged_in)


class TestPreferred:
    def test_the_last_agent_is_for_a_time(self) -> None:
        assert Asked(LastTalk(user(1), at(0))).answer() == Preferred(user(1), 30.0)
        assert Asked(LastTalk(user(1), at(-1))).answer() is None

    def test_nobody_waits_for_who_is_not_there(self) -> None:
        assert Asked(LastTalk(user(1), at(0)), logged_in=False).answer() is None

    def test_what_was_asked_for_comes_first(self) -> None:
        asked = Preferred(user(2), 60.0)
        assert Asked(LastTalk(user(1), at(0)), asked).answer() == asked

    def test_a_queue_that_does_not_want_it_has_none(self) -> None:
        assert preferred(Distribution(), LastTalk(user(1), START), None, START, is_logged_in=True) is None


def test_the_priority_of_a_call_that_enters() -> None:
    rules = Distribution(vip_priority=10)
    assert base_priority(5, rules) == 5
    assert base_priority(5, rules, asked=2) == 2
    assert base_priority(5, rules, asked=2, vip=True) == 12
