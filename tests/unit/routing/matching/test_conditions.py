"""Conditions: what they ask of one agent, and the same of all agents at once."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.contracts.codec import pack, unpack
from kernel.contracts.queues import AllOf, AnyOf, AtLeast, Condition, Not, SkillLevel
from routing.matching.conditions import fits, skills_of
from routing.matching.people import Member, People, numbers
from tests.unit.routing.matching.made_conditions import CONDITIONS, SKILLS
from tests.unit.routing.matching.samples import FRENCH, GERMAN, ONE, TWO, member, user

ABILITIES = st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 4))


class TestFits:
    @pytest.mark.parametrize(
        ("condition", "fitting"),
        [
            (AtLeast("german", 2), True),
            (AtLeast("german", 4), False),
            (FRENCH, False),
            (Not(FRENCH), True),
            (AllOf((GERMAN, FRENCH)), False),
            (AnyOf((GERMAN, FRENCH)), True),
            (AllOf(), True),
            (AllOf((AnyOf((FRENCH, AtLeast("german", 3))), Not(AtLeast("billing", 1)))), True),
        ],
    )
    def test_levels_and_or_not(self, condition: Condition, fitting: bool) -> None:
        assert fits({"german": 3}, condition) is fitting

    def test_a_skill_named_twice_counts_with_its_higher_level(self) -> None:
        assert skills_of((SkillLevel("german", 2), SkillLevel("german", 5), SkillLevel("german", 3))) == {"german": 5}


@given(st.lists(ABILITIES, max_size=8), CONDITIONS)
def test_the_set_of_who_fits_is_who_fits_one_by_one(abilities: list[dict[str, int]], condition: Condition) -> None:
    people = People(Member(user(number), (ONE,), skills) for number, skills in enumerate(abilities))
    fitting = {number for number, skills in enumerate(abilities) if fits(skills, condition)}
    assert set(numbers(people.fitting(condition))) == fitting
    assert set(numbers(people.fitting(condition))) == fitting, "and the second time"


@given(CONDITIONS)
def test_a_condition_is_stored_and_read_again(condition: Condition) -> None:
    assert unpack(pack(condition), Condition) == condition


def test_who_serves_a_queue() -> None:
    people = People([member(0), member(1, (ONE, TWO)), member(2, (TWO,))])
    assert set(numbers(people.serving(ONE))) == {0, 1}
    assert set(numbers(people.serving(TWO))) == {1, 2}
    assert people.agent(2) == user(2)
    assert people.one(user(2)) == 0b100
    assert people.one(user(9)) == 0
    assert people.person(user(9)) is None
