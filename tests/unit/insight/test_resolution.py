"""First-call resolution: wrap-up codes and repeated calls, against calls followed by hand."""

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from insight.given.contracts import Contact, ResolutionRule, Survey
from insight.given.resolution import Resolutions
from insight.kpi.given_sums import GivenSums
from kernel.primitives.ids import CallId
from tests.unit.insight.story import START

LATER = START + timedelta(days=60)


def contact(number: int, day: float, code: str = "resolved", **told: object) -> Contact:
    fields: dict[str, object] = {"party": "+442071838751", "topic": "sales", "handled": True, **told}
    return Contact(
        call=CallId(UUID(int=number)),
        at=START + timedelta(days=day),
        disposition=code,
        **fields,  # pyright: ignore[reportArgumentType]
    )


def judged(*contacts: Contact, now: datetime = LATER, rule: ResolutionRule | None = None) -> GivenSums:
    resolutions, sums = Resolutions(contacts, rule or ResolutionRule(), now), GivenSums()
    for each in resolutions.handled:
        sums.add(resolutions.judge(each))
    return sums


class TestRepeatedCalls:
    def test_a_call_that_nobody_followed_up_is_resolved(self) -> None:
        assert judged(contact(1, 0)) == GivenSums(contacts=1, coded=1, resolved=1)

    def test_of_two_within_the_days_only_the_last_is_resolved(self) -> None:
        assert judged(contact(1, 0), contact(2, 3)).resolved == 1

    @pytest.mark.parametrize(("day", "resolved"), [(7, 1), (7.001, 2)])
    def test_the_last_moment_of_the_window_counts(self, day: float, resolved: int) -> None:
        assert judged(contact(1, 0), contact(2, day)).resolved == resolved

    def test_a_repeat_that_no_agent_answered_counts_too(self) -> None:
        assert judged(contact(1, 0), contact(2, 1, code="", handled=False)) == GivenSums(contacts=1, coded=1)

    @pytest.mark.parametrize("other", [{"topic": "service"}, {"party": "+442071838752"}])
    def test_another_topic_or_number_is_another_matter(self, other: dict[str, str]) -> None:
        assert judged(contact(1, 0), contact(2, 1, **other)).resolved == 2

    def test_numbers_that_are_not_known_are_never_the_same(self) -> None:
        assert judged(contact(1, 0, party=None), contact(2, 1, party=None)).resolved == 2

    def test_two_calls_of_one_moment_repeat_each_other_once(self) -> None:
        assert judged(contact(1, 0), contact(2, 0)).resolved == 1


class TestSurveys:
    @pytest.mark.parametrize(
        ("said", "code", "resolved"), [(True, "follow_up", 1), (False, "resolved", 0), (None, "resolved", 1)]
    )
    def test_the_callers_word_goes_before_the_agents_code(self, said: bool | None, code: str, resolved: int) -> None:
        survey = Survey(id=UUID(int=5), call=CallId(UUID(int=1)), at=START, resolved=said)
        found = Resolutions([contact(1, 0, code)], ResolutionRule(), LATER, [survey])
        assert found.judge(found.handled[0]).resolved == resolved

    def test_who_calls_again_was_not_helped_whatever_they_said(self) -> None:
        survey = Survey(id=UUID(int=5), call=CallId(UUID(int=1)), at=START, resolved=True)
        found = Resolutions([contact(1, 0), contact(2, 1)], ResolutionRule(), LATER, [survey])
        assert found.judge(found.handled[0]).resolved == 0


class TestCodes:
    @pytest.mark.parametrize("code", ["", "follow_up"])
    def test_without_a_resolving_code_a_call_is_not_resolved(self, code: str) -> None:
        assert judged(contact(1, 0, code)) == GivenSums(contacts=1, coded=int(bool(code)))

    def test_a_tenant_says_which_codes_resolve_and_for_how_many_days(self) -> None:
        rule = ResolutionRule(codes=("sold",), days=1)
        assert judged(contact(1, 0, "sold"), contact(2, 2, "sold"), rule=rule).resolved == 2


class TestUndecided:
    def test_a_call_is_undecided_until_its_days_are_over(self) -> None:
        assert judged(contact(1, 0), now=START + timedelta(days=6)).undecided == 1
        assert judged(contact(1, 0), now=START + timedelta(days=7)).undecided == 0

    def test_a_repeated_call_is_decided_at_once(self) -> None:
        assert judged(contact(1, 0), contact(2, 1), now=START + timedelta(days=1)).undecided == 1


days = st.lists(
    st.tuples(st.integers(0, 20), st.sampled_from(("a", "b", None)), st.sampled_from(("resolved", "follow_up", ""))),
    max_size=12,
)


@given(days, st.data())
def test_late_and_repeated_contacts_change_nothing(
    told: list[tuple[int, str | None, str]], data: st.DataObject
) -> None:
    contacts = [contact(number, day, code, party=party) for number, (day, party, code) in enumerate(told)]
    again = data.draw(st.lists(st.sampled_from(contacts), max_size=4)) if contacts else []
    assert judged(*data.draw(st.permutations([*contacts, *again]))) == judged(*contacts)


@given(days)
def test_resolved_are_those_that_a_plain_search_finds(told: list[tuple[int, str | None, str]]) -> None:
    contacts = [contact(number, day, code, party=party) for number, (day, party, code) in enumerate(told)]
    found = sum(
        one.disposition == "resolved"
        and not any(
            other.party == one.party is not None
            and (one.at, one.call) < (other.at, other.call)
            and other.at <= one.at + timedelta(days=7)
            for other in contacts
        )
        for one in contacts
    )
    assert judged(*contacts).resolved == found
