"""Lines to telephones outside that are kept up between calls: confirmed by a key, lost, called again, ended."""

from typing import Any
from uuid import UUID

import pytest
from msgspec.structs import replace

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.desk import AcceptConsultation, ConsultColleague, Dial, HangUp, LogIn, LogOut, RequestState
from kernel.contracts.directory import CallLimits
from kernel.contracts.lines import AgentLineChanged, LineState
from kernel.contracts.log import (
    AgentReachabilityChanged,
    AgentStateChanged,
    CallAnswered,
    CallEnded,
    CallOffered,
    LimitReached,
    OfferEnded,
    PartyLeft,
)
from kernel.contracts.telephony import (
    CallDigit,
    CallReleased,
    ConnectAgent,
    EndCall,
    PlaceCall,
    PlayToCaller,
    TrunkParty,
)
from kernel.primitives.ids import CallId, TenantId
from kernel.primitives.phone import PhoneNumber
from routing.acd.flow_words import Announce, Announced
from routing.acd.line_confirm import confirm_phrase
from routing.acd.picturing import picture_of
from routing.calls.model import CallPhase
from routing.errors import SoftphoneUnreachable
from routing.lines.machine import CONFIRM_SECONDS, RETRY_SECONDS, RING_SECONDS, TABLE, LineInput, Next, step
from routing.matching.announcing import Phrase
from routing.reconciler.differences import compare
from tests.unit.routing.floor import ANN, BEN, FAR_END, Floor
from tests.unit.routing.floor import directory as of_tenant

MOBILE = PhoneNumber("+447700900123")
BROKEN = EndReason.SIGNALLING_TIMEOUT


def a_floor(**changes: Any) -> Floor:
    agents = of_tenant(Floor(1).tenant).agents
    at_home = (
        replace(agent, telephone=TrunkParty(called=MOBILE), telephone_kept=True) if agent.agent == ANN else agent
        for agent in agents
    )
    return Floor(1, agents=tuple(at_home), **changes)


@pytest.fixture
def floor() -> Floor:
    return a_floor()


def line(floor: Floor) -> CallId:
    found = floor.agent(ANN).line.call
    assert found is not None
    return found


def log_in(floor: Floor) -> CallId:
    floor.wish(ANN, LogIn(telephone=True))
    return line(floor)


def press(floor: Floor, call: CallId, digit: str = "1") -> None:
    floor.take(CallDigit(**floor.stamp(), call=call, digit=digit))


def asked(floor: Floor) -> tuple[Phrase, ...]:
    errand = floor.errands[-1].errand
    assert isinstance(errand, Announce)
    return errand.phrases


def up(floor: Floor) -> CallId:
    call = log_in(floor)
    floor.establish(call)
    press(floor, call)
    return call


def test_a_line_that_rings_is_not_called_a_second_time(floor: Floor) -> None:
    log_in(floor)
    with pytest.raises(SoftphoneUnreachable):
        floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
    assert len(floor.sent(PlaceCall)) == 1


def test_what_a_carrier_ends_is_called_again_whatever_the_reason(floor: Floor) -> None:
    call = up(floor)
    cause = EndCause(EndResult.UPSTREAM, EndReason.BUSY)
    floor.take(CallReleased(**floor.stamp(), call=call, cause=cause))
    assert floor.agent(ANN).line.state is LineState.PAUSED


def test_a_number_that_is_being_dialled_over_a_line_that_goes_is_let_go(floor: Floor) -> None:
    kept = up(floor)
    floor.wish(ANN, Dial(called=FAR_END))
    dialled = floor.agent(ANN).call
    assert dialled is not None
    floor.release(kept)
    assert floor.state.call(dialled) is None


def test_a_key_pressed_again_changes_nothing(floor: Floor) -> None:
    call = up(floor)
    commands = len(floor.commands)
    press(floor, call)
    assert (floor.last.events, len(floor.commands)) == ((), commands)


def test_where_nothing_can_be_said_the_line_waits_for_the_key_in_silence(floor: Floor) -> None:
    call = log_in(floor)
    floor.establish(call)
    floor.take(Announced(floor.tenant, call, 0, ()))
    assert not floor.sent(PlayToCaller)
    press(floor, call)
    assert floor.agent(ANN).line.state is LineState.UP


def test_a_line_that_is_confirmed_has_all_its_tries_again(floor: Floor) -> None:
    """What broke long ago does not count against what breaks now."""
    log_in(floor)
    for pause in RETRY_SECONDS:
        floor.release(line(floor), BROKEN)
        floor.wait(pause)
    floor.establish(line(floor))
    assert floor.agent(ANN).line.tries == len(RETRY_SECONDS), "an answer may be a mailbox's"
    press(floor, line(floor))
    floor.release(line(floor), BROKEN)
    assert (state(floor), floor.agent(ANN).line.tries) == (LineState.PAUSED, 1)


def test_a_line_that_the_agent_ended_has_all_its_tries_again(floor: Floor) -> None:
    log_in(floor)
    floor.release(line(floor), BROKEN)
    floor.wait(RETRY_SECONDS[0])
    floor.release(line(floor))
    assert (state(floor), floor.agent(ANN).line.tries) == (LineState.DOWN, 0)


def test_a_line_that_was_down_and_stays_so_is_no_change() -> None:
    floor = a_floor(limits=CallLimits(calls_at_once=1))
    floor.queued()
    floor.wish(ANN, LogIn(telephone=True))
    assert floor.events(LimitReached)
    assert not floor.events(AgentLineChanged)


def test_without_a_trunk_it_is_not_called_again(floor: Floor) -> None:
    log_in(floor)
    floor.release(line(floor), BROKEN)
    floor.adopt(agents=floor.directories[floor.tenant].agents, outbound_trunk=None)
    floor.wait(RETRY_SECONDS[0])
    assert (state(floor), len(floor.sent(PlaceCall))) == (LineState.DOWN, 1)


def test_a_telephone_that_was_taken_away_is_not_called_again(floor: Floor) -> None:
    log_in(floor)
    floor.release(line(floor), BROKEN)
    floor.adopt(agents=of_tenant(floor.tenant).agents)
    floor.wait(RETRY_SECONDS[0])
    assert (state(floor), len(floor.sent(PlaceCall))) == (LineState.DOWN, 1)


def test_a_line_that_nobody_answered_says_nothing_new_of_the_agent(floor: Floor) -> None:
    """Who is not reached is as unreachable as before."""
    call = log_in(floor)
    told = len(floor.events(AgentStateChanged)) + len(floor.events(AgentReachabilityChanged))
    floor.release(call)
    assert len(floor.events(AgentStateChanged)) + len(floor.events(AgentReachabilityChanged)) == told


def test_another_tenants_words_are_not_heard_on_the_line(floor: Floor) -> None:
    call = log_in(floor)
    floor.establish(call)
    floor.take(Announced(TenantId(UUID(int=77)), call, 0, ("said",)))
    assert not floor.sent(PlayToCaller)


def test_a_key_in_another_call_confirms_no_line(floor: Floor) -> None:
    kept = log_in(floor)
    floor.establish(kept)
    press(floor, floor.queued())
    assert state(floor) is LineState.CONFIRMING


def test_the_number_of_the_tenant_calls_and_no_other(floor: Floor) -> None:
    floor.adopt(agents=floor.directories[floor.tenant].agents, outbound_caller=FAR_END)
    log_in(floor)
    assert [one.caller for one in (*floor.events(CallOffered), *floor.sent(PlaceCall))] == [FAR_END, FAR_END]


def test_each_wait_has_its_own_end(floor: Floor) -> None:
    call = log_in(floor)
    floor.wait(RING_SECONDS - 1)
    assert state(floor) is LineState.RINGING
    floor.establish(call)
    floor.wait(CONFIRM_SECONDS - 1)
    assert state(floor) is LineState.CONFIRMING
    floor.wait(1)
    assert state(floor) is LineState.DOWN
    assert floor.sent(EndCall)[-1].cause.reason is EndReason.NO_ANSWER


def test_who_logs_out_ends_it_by_the_systems_hand(floor: Floor) -> None:
    up(floor)
    floor.wish(ANN, LogOut())
    assert floor.sent(EndCall)[-1].cause.reason is EndReason.HANGUP_BY_SYSTEM


def test_a_line_that_is_gone_is_nobodys(floor: Floor) -> None:
    call = up(floor)
    assert floor.state.lines.agent_of(call) == ANN
    floor.release(call)
    assert floor.state.lines.agent_of(call) is None


def available(floor: Floor) -> CallId:
    call = up(floor)
    floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
    return call


def connected(floor: Floor) -> tuple[CallId, CallId]:
    kept = available(floor)
    return kept, floor.queued()


def state(floor: Floor) -> LineState:
    return floor.agent(ANN).line.state


def test_every_state_takes_every_input() -> None:
    for phase in LineState:
        for word in LineInput:
            row = TABLE.get((phase, word))
            following = step(phase, word)
            assert following in (None, LineState.PAUSED) if row in (None, Next.AGAIN) else following is row
    assert step(LineState.UP, LineInput.BROKEN, len(RETRY_SECONDS)) is LineState.DOWN


class TestUp:
    def test_it_is_called_at_the_log_in_once_and_confirmed_by_a_key(self, floor: Floor) -> None:
        call = log_in(floor)
        (placed,) = floor.sent(PlaceCall)
        assert (placed.agent, placed.line_of, placed.called, placed.record) == (None, ANN, MOBILE, False)
        assert floor.events(CallOffered)[0].line_of == ANN
        assert state(floor) is LineState.RINGING
        floor.establish(call)
        assert (state(floor), floor.call(call).phase) == (LineState.CONFIRMING, CallPhase.LINE)
        assert floor.errands[-1].call == call
        press(floor, call, "7")
        assert not floor.agent(ANN).reachable
        press(floor, call)
        assert (state(floor), floor.agent(ANN).reachable) == (LineState.UP, True)
        floor.wish(ANN, LogIn(telephone=True))
        floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
        assert len(floor.sent(PlaceCall)) == 1

    def test_all_that_the_log_tells_of_its_call_names_the_agent(self, floor: Floor) -> None:
        kept, call = connected(floor)
        floor.wish(ANN, HangUp(call=call))
        floor.wait(61)
        floor.wish(ANN, LogOut())
        for kind in (CallOffered, CallAnswered, CallEnded):
            assert {event.call: event.line_of for event in floor.events(kind)} == {kept: ANN, call: None}, kind

    @pytest.mark.parametrize("language", ["en-GB", "de-AT", "fr", "es", "it", "nl"])
    def test_the_key_is_asked_for_in_the_tenant_s_language(self, language: str) -> None:
        floor = a_floor(language=language)
        floor.establish(log_in(floor))
        (phrase,) = asked(floor)
        assert (phrase.prompt, phrase.language, phrase.text.count("1")) == ("line_confirm", language, 2)
        assert len({confirm_phrase(one).text for one in ("en", language)}) == (1 if language == "en-GB" else 2)

    def test_nobody_hears_the_words_who_has_pressed_the_key(self, floor: Floor) -> None:
        call = log_in(floor)
        floor.establish(call)
        words = Announced(floor.tenant, call, 0, ("said",))
        floor.take(words)
        assert floor.sent(PlayToCaller)[-1].prompts == ("said",)
        press(floor, call)
        assert floor.sent(PlayToCaller)[-1].prompts == ()
        said = len(floor.sent(PlayToCaller))
        floor.take(words)
        assert len(floor.sent(PlayToCaller)) == said

    def test_where_we_have_no_words_it_is_asked_for_in_english(self) -> None:
        floor = a_floor(language="tlh")
        floor.establish(log_in(floor))
        assert asked(floor) == (confirm_phrase("en"),)

    def test_a_caller_is_there_at_once(self, floor: Floor) -> None:
        _, call = connected(floor)
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)
        joined = floor.sent(ConnectAgent)[-1]
        assert (joined.call, joined.seat) == (call, None)
        assert floor.events(OfferEnded)[-1].outcome.value == "accepted"

    def test_the_end_of_a_call_does_not_end_the_line(self, floor: Floor) -> None:
        kept, call = connected(floor)
        floor.wish(ANN, HangUp(call=call))
        floor.wait(61)
        assert (state(floor), floor.agent(ANN).state) == (LineState.UP, AgentState.AVAILABLE)
        again = floor.queued()
        assert (floor.agent(ANN).call, line(floor)) == (again, kept)
        assert not floor.events(PartyLeft), "the line is billed by its own call"

    def test_a_number_is_dialled_over_it(self, floor: Floor) -> None:
        up(floor)
        floor.wish(ANN, Dial(called=FAR_END))
        placed = floor.sent(PlaceCall)[-1]
        assert (placed.called, placed.agent, placed.seat) == (FAR_END, ANN, None)

    def test_the_log_and_the_snapshot_tell_it_again(self, floor: Floor) -> None:
        connected(floor)
        for again in (floor.refold(), floor.restored()):
            assert again.agent(ANN) == floor.agent(ANN)
            assert again.lines.agent_of(line(floor)) == ANN

    def test_nothing_is_to_be_reconciled_about_it(self, floor: Floor) -> None:
        available(floor)
        assert compare(picture_of(floor.state, floor.now, None)) == []


class TestDown:
    def test_who_presses_no_key_has_no_line(self, floor: Floor) -> None:
        call = log_in(floor)
        floor.establish(call)
        floor.wait(CONFIRM_SECONDS + 1)
        assert (state(floor), floor.sent(EndCall)[-1].call) == (LineState.DOWN, call)

    def test_nobody_rings_for_ever(self, floor: Floor) -> None:
        call = log_in(floor)
        floor.wait(RING_SECONDS + 1)
        assert (state(floor), floor.sent(EndCall)[-1].call) == (LineState.DOWN, call)
        assert floor.state.call(call) is None

    def test_hanging_it_up_makes_not_ready_and_the_wish_calls_it_again(self, floor: Floor) -> None:
        floor.release(available(floor))
        assert (state(floor), floor.agent(ANN).state) == (LineState.DOWN, AgentState.NOT_READY)
        assert floor.agent(ANN).reason == "telephone_lost"
        floor.wait(60)
        assert len(floor.sent(PlaceCall)) == 1
        with pytest.raises(SoftphoneUnreachable):
            floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))
        assert (len(floor.sent(PlaceCall)), state(floor)) == (2, LineState.RINGING)
        floor.establish(line(floor))
        press(floor, line(floor))
        floor.wish(ANN, RequestState(state=AgentState.AVAILABLE))

    def test_what_broke_is_called_again_and_the_agent_goes_on(self, floor: Floor) -> None:
        floor.release(available(floor), BROKEN)
        assert (state(floor), floor.agent(ANN).state) == (LineState.PAUSED, AgentState.NOT_READY)
        floor.wait(RETRY_SECONDS[0])
        assert state(floor) is LineState.RINGING
        floor.establish(line(floor))
        press(floor, line(floor))
        assert floor.agent(ANN).state is AgentState.AVAILABLE

    def test_what_breaks_on_and_on_waits_for_the_agent(self, floor: Floor) -> None:
        log_in(floor)
        for pause in RETRY_SECONDS:
            floor.release(line(floor), BROKEN)
            floor.wait(pause - 1)
            assert state(floor) is LineState.PAUSED
            floor.wait(1)
        floor.release(line(floor), BROKEN)
        assert state(floor) is LineState.DOWN
        assert len(floor.sent(PlaceCall)) == 1 + len(RETRY_SECONDS)

    @pytest.mark.parametrize("reason", [EndReason.HANGUP_BY_CALLER, BROKEN])
    def test_who_talks_over_it_is_kept_for_another_agent(self, floor: Floor, reason: EndReason) -> None:
        kept, call = connected(floor)
        floor.release(kept, reason)
        assert floor.call(call).phase is CallPhase.QUEUED
        assert (floor.agent(ANN).state, floor.agent(ANN).reason) == (AgentState.NOT_READY, "telephone_lost")
        floor.available(BEN)
        assert floor.agent(BEN).call == call

    @pytest.mark.parametrize("dials", [False, True])
    def test_who_loses_it_in_a_call_is_available_at_no_moment(self, floor: Floor, dials: bool) -> None:
        kept = available(floor)
        if dials:
            floor.wish(ANN, Dial(called=FAR_END))
        else:
            floor.queued()
        before = len(floor.events(AgentStateChanged))
        floor.release(kept)
        (changed,) = floor.events(AgentStateChanged)[before:]
        assert (changed.agent, changed.state, changed.reason) == (ANN, AgentState.NOT_READY, "telephone_lost")

    def test_a_colleague_who_is_asked_over_it_leaves_the_call_to_who_asked(self, floor: Floor) -> None:
        call = floor.connected(BEN)
        kept = available(floor)
        floor.wish(BEN, ConsultColleague(call=call, agent=ANN))
        if floor.agent(ANN).state is AgentState.OFFERED:
            floor.wish(ANN, AcceptConsultation(call=call))
        assert (floor.agent(ANN).state, floor.agent(ANN).call) == (AgentState.CONNECTED, call)
        floor.release(kept)
        assert (floor.agent(ANN).call, floor.agent(BEN).state) == (None, AgentState.CONNECTED)
        assert (floor.call(call).agent, floor.call(call).phase) == (BEN, CallPhase.HELD), "he takes the caller back"

    def test_who_had_asked_for_a_break_has_it(self, floor: Floor) -> None:
        kept, _ = connected(floor)
        floor.wish(ANN, RequestState(state=AgentState.NOT_READY, reason="break"))
        floor.release(kept)
        floor.wait(31)
        assert (floor.agent(ANN).state, floor.agent(ANN).reason) == (AgentState.NOT_READY, "break")

    def test_without_room_it_stays_down(self) -> None:
        floor = a_floor(limits=CallLimits(calls_at_once=1))
        floor.queued()
        floor.wish(ANN, LogIn(telephone=True))
        assert (state(floor), floor.sent(PlaceCall)) == (LineState.DOWN, [])
        assert floor.events(LimitReached)

    def test_a_restart_that_lost_it_has_it_called_again(self, floor: Floor) -> None:
        available(floor)
        floor.announce([], [])
        assert (state(floor), floor.agent(ANN).state) == (LineState.PAUSED, AgentState.NOT_READY)

    def test_logging_out_ends_it(self, floor: Floor) -> None:
        kept = available(floor)
        floor.wish(ANN, LogOut())
        assert (state(floor), floor.sent(EndCall)[-1].call) == (LineState.DOWN, kept)
        assert floor.state.call(kept) is None

    def test_working_in_the_browser_ends_it(self, floor: Floor) -> None:
        kept = up(floor)
        floor.wish(ANN, LogIn(telephone=False))
        assert (state(floor), floor.sent(EndCall)[-1].call) == (LineState.DOWN, kept)

    def test_what_may_not_be_dialled_any_more_stays_down(self, floor: Floor) -> None:
        log_in(floor)
        floor.adopt(agents=floor.directories[floor.tenant].agents, limits=CallLimits(countries=("DE",)))
        floor.take(CallReleased(**floor.stamp(), call=line(floor), cause=EndCause(EndResult.UPSTREAM, BROKEN)))
        floor.wait(RETRY_SECONDS[0])
        assert state(floor) is LineState.DOWN
        assert floor.events(LimitReached)
