"""Talking and asking: prompts, barge-in, menus, entries, pauses, attempts."""

from typing import Any, ClassVar

import pytest

from routing.flows import limits
from routing.flows.run.effects import EndCall, Speak, StopSpeaking
from routing.flows.run.position import Ending, Phase
from routing.flows.run.words import KeyPressed, SpeechEnded
from tests.unit.routing.flows.caller import Caller
from tests.unit.routing.flows.documents import END, ENDS, MENU, flow, text

INPUT: dict[str, Any] = {
    "kind": "input",
    "variable": "number",
    "prompts": [text("number?")],
    "invalid": [text("wrong")],
    "silence": [text("still there?")],
    "min_digits": 3,
    "max_digits": 4,
    "retries": 1,
    "next": "one",
    "on_invalid": "wrong",
    "on_silence": "nobody",
}


def menu(**fields: Any) -> Caller:
    return Caller(flow({"menu": MENU | {"retries": 1} | fields, **ENDS}))


def entry(**fields: Any) -> Caller:
    return Caller(flow({"input": INPUT | fields, **ENDS}))


class TestTalking:
    HELLO = flow(
        {
            "hello": {"kind": "play", "prompts": ["greeting", "closed"], "next": "words"},
            "words": {
                "kind": "say",
                "text": "You called {called}.",
                "language": "de",
                "barge_in": False,
                "next": "menu",
            },
            "menu": MENU,
            **ENDS,
        }
    )

    def test_prompts_then_words_then_on(self) -> None:
        caller = Caller(self.HELLO)
        assert caller.hears == ["greeting", "closed"]
        assert caller.listen().hears == ["You called +442079460001."]
        speak = caller.effects[0]
        assert isinstance(speak, Speak)
        assert speak.said[0].language == "de"  # type: ignore[union-attr]
        assert caller.listen().hears == ["1 or 2"]

    def test_a_key_cuts_short_and_is_kept_for_the_question(self) -> None:
        caller = Caller(
            flow({"hello": {"kind": "play", "prompts": ["greeting"], "next": "menu"}, "menu": MENU, **ENDS})
        )
        caller.press("2")
        assert caller.effects[0] == StopSpeaking()
        assert not caller.hears, "the menu need not be read out to who knows it"
        assert (caller.node, caller.position.ending) == ("two", Ending.HUNG_UP)

    def test_what_must_be_heard_is_heard_and_keys_before_it_are_lost(self) -> None:
        caller = Caller(self.HELLO).press("2")
        assert (caller.node, caller.phase) == ("words", Phase.SPEAKING)
        caller.press("1")
        assert (caller.node, caller.effects) == ("words", ())
        assert caller.listen().hears == ["1 or 2"]

    def test_a_prompt_whose_end_is_not_reported_holds_nobody(self) -> None:
        caller = Caller(self.HELLO)
        assert caller.later(limits.PROMPT_GUARD_SECONDS - 1).node == "hello"
        assert caller.later(1).node == "words"


class TestMenu:
    def test_a_key_after_the_prompt(self) -> None:
        caller = menu().listen().press("2")
        assert caller.node == "two"
        assert caller.moves[0][1:] == ("options.2", "two", "the caller pressed 2")
        assert isinstance(caller.effects[-1], EndCall)

    def test_barge_in(self) -> None:
        caller = menu().press("1")
        assert (caller.node, caller.effects[0]) == ("one", StopSpeaking())

    def test_without_barge_in_keys_wait_for_the_end(self) -> None:
        caller = menu(barge_in=False).press("1")
        assert (caller.node, caller.phase, caller.effects) == ("menu", Phase.SPEAKING, ())
        assert caller.listen().press("1").node == "one"

    def test_a_wrong_key_asks_again_then_gives_up(self) -> None:
        caller = menu(invalid=[text("no such choice")]).listen().press("7")
        assert (caller.node, caller.hears) == ("menu", ["no such choice", "1 or 2"])
        assert caller.listen().press("A").node == "wrong"

    def test_silence_asks_again_then_gives_up(self) -> None:
        caller = menu(silence=[text("hello?")]).listen().wait()
        assert (caller.node, caller.hears) == ("menu", ["hello?", "1 or 2"])
        assert caller.listen().wait().node == "nobody"

    def test_attempts_of_both_kinds_are_counted_together(self) -> None:
        assert menu().listen().wait().listen().press("7").node == "wrong"

    def test_each_visit_has_its_own_attempts(self) -> None:
        caller = menu(options={"1": "menu", "2": "two"}).listen().wait().listen().press("1")
        assert (caller.node, caller.position.tries) == ("menu", 0)

    def test_the_wait_begins_after_the_prompt(self) -> None:
        caller = menu(wait_seconds=5)
        assert caller.later(60).phase is Phase.SPEAKING
        caller.listen()
        assert caller.later(4.9).effects == ()
        assert caller.later(0.1).hears == ["1 or 2"]

    def test_keys_pressed_ahead_go_through_several_menus(self) -> None:
        nodes = {"menu": MENU | {"options": {"1": "sub"}}, "sub": MENU | {"options": {"1": "one", "2": "two"}}}
        caller = Caller(flow(nodes | ENDS)).press("12")
        assert caller.node == "two"

    def test_a_wrong_key_forgets_those_after_it(self) -> None:
        lookup = {"kind": "hours", "calendar": "office", "open": "menu", "closed": "menu"}
        caller = Caller(flow({"hours": lookup, "menu": MENU, **ENDS})).press("72")
        assert caller.position.ahead == "72"
        caller.wait()
        assert (caller.node, caller.position.ahead, caller.hears) == ("menu", "", ["1 or 2"])

    def test_keys_ahead_are_limited(self) -> None:
        hours = {"kind": "hours", "calendar": "office", "open": "menu", "closed": "menu"}
        caller = Caller(flow({"hours": hours, "menu": MENU, **ENDS})).press("1D" * 100)
        assert caller.position.ahead == "1" * limits.KEYS_AHEAD


class TestLongOptions:
    OPTIONS: ClassVar[dict[str, Any]] = {"1": "one", "12": "two", "345": "two"}

    def test_a_pause_decides_for_the_shorter(self) -> None:
        caller = menu(options=self.OPTIONS, key_seconds=2).press("1")
        assert caller.node == "menu"
        assert caller.later(1.9).node == "menu"
        assert caller.later(0.1).node == "one"

    def test_the_longer_is_taken_at_once(self) -> None:
        assert menu(options=self.OPTIONS).press("12").node == "two"

    def test_a_pause_in_the_middle_fails(self) -> None:
        caller = menu(options=self.OPTIONS).press("34").wait()
        assert (caller.node, caller.hears) == ("menu", ["1 or 2"])
        assert caller.press("345").node == "two", "the failed keys are forgotten"

    def test_a_key_that_no_option_goes_on_with_fails_at_once(self) -> None:
        assert menu(options=self.OPTIONS).press("35").hears == ["1 or 2"]

    def test_each_key_begins_the_pause_anew(self) -> None:
        caller = menu(options=self.OPTIONS, key_seconds=2).press("3").later(1.5).press("4").later(1.5)
        assert caller.press("5").node == "two"


class TestInput:
    @pytest.mark.parametrize("keys", ["123#", "1234#"])
    def test_the_terminator_ends_it(self, keys: str) -> None:
        caller = entry().press(keys)
        assert (caller.node, caller.position.variables["number"]) == ("one", keys[:-1])

    def test_a_pause_ends_it(self) -> None:
        caller = entry().press("1234")
        assert caller.node == "input", "the terminator may still come, and must not go to the next question"
        assert caller.wait().node == "one"

    def test_without_terminator_the_last_digit_ends_it(self) -> None:
        assert entry(terminator="").press("1234").node == "one"

    @pytest.mark.parametrize("keys", ["12#", "#", "12*", "12345", "12A"])
    def test_what_does_not_fit_is_asked_again_and_forgotten(self, keys: str) -> None:
        caller = entry().press(keys)
        assert (caller.node, caller.hears) == ("input", ["wrong", "number?"])
        assert caller.press("9999").wait().position.variables["number"] == "9999"

    def test_a_pause_too_early_is_a_failed_attempt(self) -> None:
        caller = entry().press("12").wait()
        assert caller.hears == ["wrong", "number?"]
        assert caller.press("12").wait().node == "wrong"
        assert "number" not in caller.position.variables

    def test_silence(self) -> None:
        caller = entry().listen().wait()
        assert caller.hears == ["still there?", "number?"]
        assert caller.listen().wait().node == "nobody"

    def test_private_digits_are_shown_nowhere(self) -> None:
        caller = entry(private=True).press("4321#")
        assert caller.moves[0].why == "the caller entered 4 digits"
        assert caller.position.private == ("number",)
        assert "4321" not in repr(caller.position)
        assert entry().press("4321#").moves[0].why == "the caller entered 4321"

    def test_half_an_entry_survives_a_restart(self) -> None:
        """`Caller` reads every position from the bytes that would be saved."""
        caller = entry().press("12")
        assert (caller.position.pressed, caller.phase) == ("12", Phase.COLLECTING)
        assert caller.press("3#").position.variables["number"] == "123"


class TestLate:
    def test_the_end_of_an_earlier_prompt_changes_nothing(self) -> None:
        caller = menu().listen().wait()
        before = caller.position
        caller.hear(SpeechEnded(turn=before.turn - 1))
        assert (caller.position, caller.effects, caller.moves) == (before, (), [])

    def test_a_second_report_of_the_same_end_changes_nothing(self) -> None:
        caller = menu().listen()
        deadline = caller.position.deadline
        caller.now = caller.now.replace(second=2)
        assert caller.listen().position.deadline == deadline

    def test_a_time_out_before_its_time_changes_nothing(self) -> None:
        caller = menu().listen()
        before = caller.position
        assert caller.later(0.5).position == before

    def test_after_the_end_nothing_happens(self) -> None:
        caller = menu().press("1")
        before = caller.position
        assert caller.hear(KeyPressed(key="1")).position is not None
        assert (caller.position, caller.effects) == (before, ())


def test_a_flow_that_only_ends() -> None:
    caller = Caller(flow({"end": END | {"cause": "refused"}}))
    assert caller.position.ending is Ending.HUNG_UP
    assert isinstance(caller.effects[0], EndCall)
    assert caller.effects[0].cause.reason.value == "not_allowed"
