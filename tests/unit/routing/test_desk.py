"""What an agent asks for is carried out or refused with a code; the walk tries every intent in every state."""

from collections.abc import Callable, Mapping
from uuid import UUID

import pytest

from kernel.contracts.calls import AgentState, Direction, EndReason
from kernel.contracts.desk import (
    AcceptOffer,
    DeskIntent,
    Dial,
    FinishWrapUp,
    HangUp,
    Hold,
    LogIn,
    LogOut,
    PressDigits,
    RejectOffer,
    RequestState,
    Retrieve,
)
from kernel.contracts.log import (
    AgentRequestedState,
    CallAnswered,
    CallConnected,
    CallDisposed,
    CallEnded,
    CallHeld,
    CallOffered,
    CallRetrieved,
)
from kernel.contracts.telephony import EndCall, HoldCall, PlaceCall, RetrieveCall, SendCallDigits, ShutSoftphone
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import NO_TRUNK, CallId, OfferId
from kernel.primitives.phone import PhoneNumber
from routing.calls.model import LIMITS, CallPhase
from routing.errors import (
    AlreadyOnCall,
    CallNotConnected,
    NoTrunk,
    NoWrapUp,
    SoftphoneUnreachable,
    UnknownDigits,
    UnknownDisposition,
    UnknownReason,
    UnknownState,
)
from tests.unit.routing.floor import (
    ANN,
    FAR_END,
    SALES_NUMBER,
    TRUNK,
    WRAP_UP,
    Floor,
    kinds,
)

LOGGED_OUT, NOT_READY, AVAILABLE = AgentState.LOGGED_OUT, AgentState.NOT_READY, AgentState.AVAILABLE
OFFERED, CONNECTED, IN_WRAP_UP = AgentState.OFFERED, AgentState.CONNECTED, AgentState.WRAP_UP


def nothing(floor: Floor) -> None:
    floor.reach(ANN)


REACHED_BY: dict[AgentState, Callable[[Floor], object]] = {
    LOGGED_OUT: nothing,
    NOT_READY: lambda floor: floor.not_ready(ANN),
    AVAILABLE: lambda floor: floor.available(ANN),
    OFFERED: lambda floor: floor.offered(ANN),
    CONNECTED: lambda floor: floor.connected(ANN),
    IN_WRAP_UP: lambda floor: floor.wrapping_up(ANN),
}
ALL_OUT = dict.fromkeys(AgentState, "not_logged_in")
WALK: dict[str, tuple[Callable[[CallId, OfferId], DeskIntent], Mapping[AgentState, AgentState | str]]] = {
    "log in": (
        lambda call, offer: LogIn(),
        {state: state for state in AgentState} | {LOGGED_OUT: NOT_READY},
    ),
    "log out": (
        lambda call, offer: LogOut(),
        dict.fromkeys(AgentState, LOGGED_OUT) | {CONNECTED: CONNECTED, IN_WRAP_UP: IN_WRAP_UP},
    ),
    "available": (
        lambda call, offer: RequestState(state=AVAILABLE),
        {state: state for state in AgentState} | {LOGGED_OUT: "not_logged_in", NOT_READY: AVAILABLE},
    ),
    "not ready": (
        lambda call, offer: RequestState(state=NOT_READY, reason="break"),
        {state: state for state in AgentState} | {LOGGED_OUT: "not_logged_in", AVAILABLE: NOT_READY},
    ),
    "accept": (
        lambda call, offer: AcceptOffer(offer=offer),
        dict.fromkeys(AgentState, "offer_gone") | {LOGGED_OUT: "not_logged_in", OFFERED: CONNECTED},
    ),
    "reject": (
        lambda call, offer: RejectOffer(offer=offer),
        dict.fromkeys(AgentState, "offer_gone") | {LOGGED_OUT: "not_logged_in", OFFERED: NOT_READY},
    ),
    "hang up": (
        lambda call, offer: HangUp(call=call),
        dict.fromkeys(AgentState, "call_gone") | {LOGGED_OUT: "not_logged_in", CONNECTED: IN_WRAP_UP},
    ),
    "hold": (
        lambda call, offer: Hold(call=call),
        dict.fromkeys(AgentState, "call_gone") | {LOGGED_OUT: "not_logged_in", CONNECTED: CONNECTED},
    ),
    "retrieve": (
        lambda call, offer: Retrieve(call=call),
        dict.fromkeys(AgentState, "call_gone") | {LOGGED_OUT: "not_logged_in", CONNECTED: "call_not_held"},
    ),
    "digits": (
        lambda call, offer: PressDigits(call=call, digits="1"),
        dict.fromkeys(AgentState, "call_gone") | {LOGGED_OUT: "not_logged_in", CONNECTED: CONNECTED},
    ),
    "dial": (
        lambda call, offer: Dial(called=FAR_END),
        dict.fromkeys(AgentState, "already_on_call")
        | {LOGGED_OUT: "not_logged_in", NOT_READY: CONNECTED, AVAILABLE: CONNECTED},
    ),
    "finish wrap-up": (
        lambda call, offer: FinishWrapUp(call=call, disposition="resolved"),
        dict.fromkeys(AgentState, "no_wrap_up") | {LOGGED_OUT: "not_logged_in", IN_WRAP_UP: AVAILABLE},
    ),
}


@pytest.mark.parametrize("state", AgentState)
@pytest.mark.parametrize("asked", WALK)
def test_every_intent_in_every_state_is_carried_out_or_refused_with_its_code(
    floor: Floor, asked: str, state: AgentState
) -> None:
    REACHED_BY[state](floor)
    assert floor.agent(ANN).state is state
    make, outcomes = WALK[asked]
    intent = make(floor.agent(ANN).call or CallId(UUID(int=1)), floor.offer_to(ANN) or OfferId(UUID(int=1)))
    before = floor.state.snapshot(floor.tenant)
    outcome = outcomes[state]
    if isinstance(outcome, AgentState):
        floor.wish(ANN, intent)
        assert floor.agent(ANN).state is outcome
    else:
        with pytest.raises(CordboardError) as refused:
            floor.wish(ANN, intent)
        assert refused.value.code == outcome
        assert floor.state.snapshot(floor.tenant) == before


class TestPresence:
    def test_logging_in_leads_to_not_ready_with_a_reason(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn())
        assert floor.states(ANN) == [(NOT_READY, "logged_in")]

    def test_logging_out_shuts_the_softphone(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, LogOut())
        assert [command.agent for command in floor.sent(ShutSoftphone)] == [ANN]

    def test_logging_out_during_a_call_happens_after_its_wrap_up(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, LogOut())
        assert floor.events(AgentRequestedState)[0].requested is LOGGED_OUT
        floor.release(call)
        assert floor.agent(ANN).state is IN_WRAP_UP
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.agent(ANN).state is LOGGED_OUT
        assert floor.sent(ShutSoftphone)

    def test_the_last_wish_counts_and_a_repeated_one_is_not_recorded_again(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        for state, reason in ((LOGGED_OUT, ""), (NOT_READY, "meal"), (NOT_READY, "meal")):
            intent = LogOut() if state is LOGGED_OUT else RequestState(state=state, reason=reason)
            floor.wish(ANN, intent)
        assert len(floor.events(AgentRequestedState)) == 2
        floor.wait(WRAP_UP)
        assert floor.states(ANN)[-1] == (NOT_READY, "meal")

    def test_a_wish_for_a_break_made_while_it_rings_waits_for_the_call(self, floor: Floor) -> None:
        call = floor.offered(ANN)
        floor.wish(ANN, RequestState(state=NOT_READY, reason="break"))
        floor.release(call)
        assert floor.states(ANN)[-1] == (NOT_READY, "break")

    def test_another_reason_is_another_state_and_the_same_one_is_none(self, floor: Floor) -> None:
        floor.not_ready(ANN)
        for reason in ("break", "break", "meal"):
            floor.wish(ANN, RequestState(state=NOT_READY, reason=reason))
        assert floor.states(ANN) == [(NOT_READY, "logged_in"), (NOT_READY, "break"), (NOT_READY, "meal")]

    @pytest.mark.parametrize("reason", ["", "no_answer", "siesta"])
    def test_a_reason_that_is_not_the_tenants_is_refused(self, floor: Floor, reason: str) -> None:
        floor.available(ANN)
        with pytest.raises(UnknownReason):
            floor.wish(ANN, RequestState(state=NOT_READY, reason=reason))

    @pytest.mark.parametrize("state", [LOGGED_OUT, OFFERED, CONNECTED, IN_WRAP_UP])
    def test_other_states_cannot_be_asked_for(self, floor: Floor, state: AgentState) -> None:
        floor.available(ANN)
        with pytest.raises(UnknownState):
            floor.wish(ANN, RequestState(state=state))

    def test_nobody_is_available_without_a_softphone(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn())
        with pytest.raises(SoftphoneUnreachable):
            floor.wish(ANN, RequestState(state=AVAILABLE))


class TestPresentCall:
    def test_hold_and_retrieve(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        assert kinds(floor.wish(ANN, Hold(call=call))) == ["CallHeld", "HoldCall"]
        assert floor.sent(HoldCall)[0].music == "music"
        with pytest.raises(CallNotConnected):
            floor.wish(ANN, Hold(call=call))
        with pytest.raises(CallNotConnected):
            floor.wish(ANN, PressDigits(call=call, digits="1"))
        assert kinds(floor.wish(ANN, Retrieve(call=call))) == ["CallRetrieved", "RetrieveCall"]
        assert len(floor.events(CallHeld)) == len(floor.events(CallRetrieved)) == len(floor.sent(RetrieveCall)) == 1

    def test_a_caller_who_hangs_up_on_hold_leads_to_wrap_up(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, Hold(call=call))
        floor.release(call)
        assert floor.agent(ANN).state is IN_WRAP_UP

    def test_keys_are_sent(self, floor: Floor) -> None:
        call = floor.connected(ANN)
        floor.wish(ANN, PressDigits(call=call, digits="12#"))
        assert floor.sent(SendCallDigits)[0].digits == "12#"

    @pytest.mark.parametrize("digits", ["", "x", "1" * 33])
    def test_what_is_no_key_is_refused(self, floor: Floor, digits: str) -> None:
        call = floor.connected(ANN)
        with pytest.raises(UnknownDigits):
            floor.wish(ANN, PressDigits(call=call, digits=digits))


class TestWrapUp:
    def test_the_disposition_and_note_are_kept(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        floor.wish(ANN, FinishWrapUp(call=call, disposition="follow_up", note="ring back"))
        (disposed,) = floor.events(CallDisposed)
        assert (disposed.call, disposed.agent, disposed.disposition, disposed.note) == (
            call,
            ANN,
            "follow_up",
            "ring back",
        )

    def test_a_disposition_that_the_queue_does_not_have_is_refused(self, floor: Floor) -> None:
        call = floor.wrapping_up(ANN)
        with pytest.raises(UnknownDisposition):
            floor.wish(ANN, FinishWrapUp(call=call, disposition="sold"))

    def test_the_wrap_up_of_another_call_cannot_be_finished(self, floor: Floor) -> None:
        floor.wrapping_up(ANN)
        with pytest.raises(NoWrapUp):
            floor.wish(ANN, FinishWrapUp(call=CallId(UUID(int=1)), disposition="resolved"))


class TestDial:
    def dial(self, floor: Floor) -> CallId:
        floor.wish(ANN, Dial(called=FAR_END))
        call = floor.agent(ANN).call
        assert call is not None
        return call

    def test_the_call_is_placed_through_the_tenants_trunk(self, floor: Floor) -> None:
        floor.available(ANN)
        call = self.dial(floor)
        (placed,) = floor.sent(PlaceCall)
        assert (placed.call, placed.agent, placed.trunk) == (call, ANN, TRUNK)
        assert (placed.called, placed.caller) == (FAR_END, SALES_NUMBER)
        (offered,) = floor.events(CallOffered)
        assert (offered.direction, offered.agent, offered.queue) == (Direction.OUTBOUND, ANN, None)

    def test_its_answer_connects_the_agent_and_its_end_leads_to_wrap_up(self, floor: Floor) -> None:
        floor.available(ANN)
        call = self.dial(floor)
        floor.establish(call)
        assert [event.call for event in floor.events(CallAnswered)] == [call]
        assert [(event.agent, event.queue) for event in floor.events(CallConnected)] == [(ANN, None)]
        floor.release(call)
        assert floor.agent(ANN).state is IN_WRAP_UP
        floor.wish(ANN, FinishWrapUp(call=call, disposition="resolved"))
        assert floor.agent(ANN).state is AVAILABLE

    def test_a_callee_who_does_not_answer_leaves_nothing_to_write_up(self, floor: Floor) -> None:
        floor.available(ANN)
        call = self.dial(floor)
        floor.release(call, EndReason.BUSY)
        assert floor.agent(ANN).state is AVAILABLE
        (ended,) = floor.events(CallEnded)
        assert (ended.cause.reason, ended.agent, ended.queue) == (EndReason.BUSY, None, None)

    def test_hanging_up_while_it_rings_cancels(self, floor: Floor) -> None:
        floor.available(ANN)
        call = self.dial(floor)
        floor.wish(ANN, HangUp(call=call))
        assert floor.sent(EndCall)[0].cause.reason is EndReason.CANCELLED
        assert floor.agent(ANN).state is AVAILABLE

    def test_who_dials_while_not_ready_is_not_ready_again_for_the_same_reason(self, floor: Floor) -> None:
        floor.available(ANN)
        floor.wish(ANN, RequestState(state=NOT_READY, reason="back_office"))
        call = self.dial(floor)
        floor.release(call, EndReason.BUSY)
        assert floor.states(ANN)[-1] == (NOT_READY, "back_office")

    def test_a_dialled_call_of_which_nothing_is_heard_ends_by_its_limit(self, floor: Floor) -> None:
        floor.available(ANN)
        call = self.dial(floor)
        floor.wait(LIMITS[CallPhase.DIALING].total_seconds())
        assert floor.sent(EndCall)[0].call == call
        assert floor.agent(ANN).state is AVAILABLE

    def test_nobody_dials_without_a_trunk(self) -> None:
        floor = Floor(1, outbound_trunk=None)
        floor.available(ANN)
        with pytest.raises(NoTrunk):
            floor.wish(ANN, Dial(called=FAR_END))

    def test_without_a_trunk_an_emergency_number_is_dialled_by_any_that_carries_it(self) -> None:
        floor = Floor(1, outbound_trunk=None)
        floor.available(ANN)
        floor.wish(ANN, Dial(called=PhoneNumber.parse("999", "GB")))
        assert [placed.trunk for placed in floor.sent(PlaceCall)] == [NO_TRUNK]

    def test_nobody_dials_without_a_softphone(self, floor: Floor) -> None:
        floor.wish(ANN, LogIn())
        with pytest.raises(SoftphoneUnreachable):
            floor.wish(ANN, Dial(called=FAR_END))

    def test_nobody_dials_during_a_call(self, floor: Floor) -> None:
        floor.connected(ANN)
        with pytest.raises(AlreadyOnCall):
            floor.wish(ANN, Dial(called=FAR_END))
