"""Templates and conditions: total, and what they read is known before."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.flows.document.conditions import (
    AllOf,
    AnyCondition,
    AnyOf,
    BeginsWith,
    Equals,
    IsEmpty,
    Not,
    NumberBetween,
    OneOf,
    holds,
    in_words,
    variables_in,
)
from routing.flows.document.templates import UnreadableTemplate, render, render_url, variables_of

VARIABLES = {"name": "Ann", "level": "3", "way": "..", "odd": "a/b?c=d&e#f %"}


class TestTemplates:
    def test_variables_are_filled_in_and_braces_kept(self) -> None:
        assert render("Hello {name}, {{level}} {level}{nothing}.", VARIABLES) == "Hello Ann, {level} 3."

    def test_a_value_is_not_read_again(self) -> None:
        assert render("{a}", {"a": "{b}", "b": "x"}) == "{b}"

    @pytest.mark.parametrize("wrong", ["{", "}", "{Name}", "{na me}", "a } b", "{{}", "{name"])
    def test_a_lone_brace_is_told_with_its_place(self, wrong: str) -> None:
        with pytest.raises(UnreadableTemplate, match=r"character \d"):
            variables_of(wrong)

    def test_values_cannot_leave_their_place_in_a_url(self) -> None:
        found = render_url("https://x.example/a/{odd}/{way}?q={name}", VARIABLES)
        assert found == "https://x.example/a/a%2Fb%3Fc%3Dd%26e%23f%20%25/?q=Ann"

    @given(st.text(alphabet="{}ab \n", max_size=30))
    def test_any_text_can_be_rendered(self, template: str) -> None:
        render(template, {"a": "1"})

    @given(st.text(alphabet="{}ab ", max_size=30), st.text(alphabet="{}ab", max_size=5))
    def test_what_it_reads_is_all_that_matters(self, template: str, value: str) -> None:
        try:
            read = variables_of(template)
        except UnreadableTemplate:
            return
        everything = dict.fromkeys(("a", "b", "ab", "ba", *read), value)
        assert render(template, everything) == render(template, dict.fromkeys(read, value))


CASES: list[tuple[AnyCondition, bool]] = [
    (Equals(variable="name", value="Ann"), True),
    (Equals(variable="name", value="ann"), False),
    (Equals(variable="nothing", value=""), True),
    (OneOf(variable="level", values=("1", "3")), True),
    (OneOf(variable="level", values=("1", "2")), False),
    (BeginsWith(variable="name", prefix="An"), True),
    (BeginsWith(variable="nothing", prefix="A"), False),
    (IsEmpty(variable="nothing"), True),
    (IsEmpty(variable="name"), False),
    (NumberBetween(variable="level", at_least=3, at_most=3), True),
    (NumberBetween(variable="level", at_most=2.9), False),
    (NumberBetween(variable="level", at_least=3.1), False),
    (NumberBetween(variable="name"), False),
    (NumberBetween(variable="nothing", at_least=-1), False),
    (Not(of=IsEmpty(variable="name")), True),
    (AllOf(of=(IsEmpty(variable="nothing"), Equals(variable="name", value="Ann"))), True),
    (AllOf(of=(IsEmpty(variable="nothing"), Equals(variable="name", value="Ben"))), False),
    (AnyOf(of=(IsEmpty(variable="name"), Equals(variable="name", value="Ann"))), True),
    (AnyOf(of=(IsEmpty(variable="name"), Equals(variable="name", value="Ben"))), False),
]


class TestConditions:
    @pytest.mark.parametrize(("condition", "expected"), CASES, ids=lambda case: str(case)[:60])
    def test_each_kind(self, condition: AnyCondition, expected: bool) -> None:
        assert holds(condition, VARIABLES) is expected

    @pytest.mark.parametrize("text", ["nan", "inf", "1e999", "0x10", "", "١", "1_000"])
    def test_strange_numbers_are_answered(self, text: str) -> None:
        assert holds(NumberBetween(variable="x", at_least=5), {"x": text}) in {True, False}

    @pytest.mark.parametrize("text", ["nan", "inf", "-inf", "1e999"])
    def test_what_is_no_finite_number_lies_nowhere(self, text: str) -> None:
        assert not holds(NumberBetween(variable="x"), {"x": text})

    def test_words_name_what_is_asked(self) -> None:
        condition = AllOf(of=(IsEmpty(variable="a"), Not(of=AnyOf(of=(NumberBetween(variable="b", at_least=1),)))))
        assert in_words(condition) == "(a is empty and not (b is a number from 1 to any))"
        assert variables_in(condition) == {"a", "b"}
