"""Commands and reports get lost, come twice or late, owners restart: the reconciler makes everything good again."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult
from kernel.contracts.desk import FinishWrapUp, HangUp, LogIn, LogOut, RejectOffer, RequestState
from kernel.contracts.log import CallEnded, CallOffered
from kernel.contracts.reconciling import Dialog, Holding, Surroundings
from kernel.contracts.telephony import (
    AnswerCall,
    CallArrived,
    CallEstablished,
    CallPlayed,
    CallReleased,
    ConnectAgent,
    DisconnectAgent,
    EndCall,
    PlayToCaller,
    RejectCall,
    SoftphoneChanged,
)
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import CallId, UserId
from routing.acd.decide import Mend, RoutingInput, TimersDue, next_timer
from routing.acd.picturing import picture_of
from routing.calls.model import LIMITS
from routing.reconciler.differences import compare
from routing.reconciler.patience import Watch
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import ANN, BEN, CALLER, SALES_NUMBER, TRUNK, Floor

pytestmark = pytest.mark.timeout(180)

AGENTS = (ANN, BEN)
EVERY = 3.0
LATE = timedelta(seconds=20)  # longer than most patience
SETTLED = max(limit.total_seconds() for limit in LIMITS.values()) + 60  # lost steps end by their limits
HUNG_UP = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_CALLER)
ACTS = ("arrive", "hang_up", "accept", "reject", "finish", "leave", "log_in", "log_out", "phone", "restart", "wait")
FATES = ("comes", "comes", "comes", "is lost", "comes twice", "comes late")


class Lossy:
    """Routing and a gateway, with a line between them on which each message meets its fate."""

    def __init__(self, fates: list[str]) -> None:
        self.floor = Floor(1)
        self.auditor = Auditor(self.floor.state)
        self.watch = Watch()
        self.fates = fates
        self.dialogs: dict[CallId, UserId | None] = {}
        self.phones: set[UserId] = set()
        self.under_way: list[tuple[datetime, Callable[[], None]]] = []
        self.carried_out = 0

    # --- the line ---

    def send(self, arrive: Callable[[], None]) -> None:
        fate = self.fates.pop() if self.fates else "comes"
        if fate == "comes late":
            self.under_way.append((self.floor.now, arrive))
        elif fate != "is lost":
            for _ in range(2 if fate == "comes twice" else 1):
                arrive()

    def report(self, kind: Any, **fields: Any) -> None:
        report = kind(**self.floor.stamp(), **fields)
        self.send(lambda: self.take(report))

    def take(self, word: RoutingInput) -> None:
        self.floor.take(word)
        self.obey()

    def obey(self) -> None:
        """The gateway carries out what routing said since."""
        while self.carried_out < len(self.floor.commands):
            command = self.floor.commands[self.carried_out]
            self.carried_out += 1
            self.send(lambda command=command: self.carry_out(command))

    def carry_out(self, command: Any) -> None:
        call: Any = getattr(command, "call", None)
        if call not in self.dialogs:
            return
        match command:
            case AnswerCall():
                self.report(CallEstablished, call=call)
            case PlayToCaller() if command.prompts:
                self.report(CallPlayed, call=call, token=command.token)
            case ConnectAgent():
                self.dialogs[call] = command.agent
            case DisconnectAgent():
                self.dialogs[call] = None
            case EndCall() | RejectCall():
                self.end(call, command.cause)
            case _:
                pass

    def end(self, call: CallId, cause: EndCause = HUNG_UP) -> None:
        del self.dialogs[call]
        self.report(CallReleased, call=call, cause=cause)

    # --- time ---

    def wait(self, seconds: float) -> None:
        end = self.floor.now + timedelta(seconds=seconds)
        while self.floor.now < end:
            self.pass_time(min(end, self.floor.now + timedelta(seconds=EVERY)))
            self.deliver_late()
            self.reconcile()

    def pass_time(self, end: datetime) -> None:
        while (timer := next_timer(self.floor.state)) is not None and timer <= end:
            self.floor.now = max(timer, self.floor.now)
            self.take(TimersDue())
        self.floor.now = end

    def deliver_late(self) -> None:
        due = [arrive for at, arrive in self.under_way if at + LATE <= self.floor.now]
        self.under_way = [one for one in self.under_way if one[0] + LATE > self.floor.now]
        for arrive in due:
            arrive()

    def reconcile(self) -> None:
        told_until = min((at for at, _ in self.under_way), default=self.floor.now)
        state = self.floor.state
        for verdict in self.watch.look(picture_of(state, self.floor.now, next_timer(state), self.seen(), told_until)):
            assert verdict.cure is not None, f"not healed: {verdict}"
            self.take(Mend(verdict))

    def seen(self) -> Surroundings:
        dialogs = {call: Dialog(leg=f"{call}.far", agent=agent) for call, agent in self.dialogs.items()}
        holding = Holding(dialogs=dialogs, softphones=frozenset(self.phones))
        return Surroundings(tenants={self.floor.tenant: holding}, legs=frozenset(f"{call}.far" for call in dialogs))

    # --- what people do ---

    def act(self, what: str, place: int) -> None:
        agent = AGENTS[place % len(AGENTS)]
        calls = sorted(self.dialogs)
        call = calls[place % len(calls)] if calls else None
        if what == "arrive" and len(calls) < 6:
            new = CallId(self.floor.ids.new())
            self.dialogs[new] = None
            self.report(CallArrived, call=new, trunk=TRUNK, called=SALES_NUMBER, caller=CALLER)
        elif what == "hang_up" and call is not None:
            self.end(call)
        elif what == "phone":
            self.phones ^= {agent}
            self.report(SoftphoneChanged, agent=agent, reachable=agent in self.phones)
        elif what == "restart":
            self.restart()
        elif what == "wait":
            self.wait((0.5, 5.0, 20.0)[place % 3])
        else:
            self.wish(what, agent)

    def restart(self) -> None:
        """Another owner: the state from the log alone, nothing remembered of differences."""
        self.floor.state, self.watch = self.floor.refold(), Watch()

    def wish(self, what: str, agent: UserId) -> None:
        own = self.floor.agent(agent).call
        try:
            if what == "accept" and self.floor.offer_to(agent) is not None:
                self.floor.accept(agent)
            elif what == "reject" and self.floor.offer_to(agent) is not None:
                self.floor.wish(agent, RejectOffer(offer=self.floor.offer_of(agent)))
            elif what == "finish" and own is not None:
                self.floor.wish(agent, FinishWrapUp(call=own, disposition="resolved"))
            elif what == "leave" and own is not None:
                self.floor.wish(agent, HangUp(call=own))
            elif what == "log_out":
                self.floor.wish(agent, LogOut())
            elif what == "log_in":
                self.floor.wish(agent, LogIn())
                self.floor.wish(agent, RequestState(state=AgentState.AVAILABLE))
        except CordboardError:
            pass  # what a desk would show
        self.obey()

    def check(self) -> None:
        self.auditor.follow(self.floor.log)
        self.auditor.check(self.floor.state, self.floor.rules)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    acts=st.lists(st.tuples(st.sampled_from(ACTS), st.integers(0, 5)), min_size=5, max_size=40),
    fates=st.lists(st.sampled_from(FATES), max_size=60),
)
def test_whatever_is_lost_all_sides_agree_in_the_end_and_every_call_ends_once(
    acts: list[tuple[str, int]], fates: list[str]
) -> None:
    lossy = Lossy(fates)
    for agent in AGENTS:
        lossy.act("phone", AGENTS.index(agent))
        lossy.act("log_in", AGENTS.index(agent))
    for what, place in acts:
        lossy.act(what, place)
        lossy.check()
    lossy.fates.clear()
    lossy.wait(SETTLED)
    lossy.check()
    picture = picture_of(lossy.floor.state, lossy.floor.now, next_timer(lossy.floor.state), lossy.seen())
    assert compare(picture) == []

    for call in sorted(lossy.dialogs):
        lossy.end(call)
    lossy.wait(60)
    assert (list(lossy.floor.state.calls), lossy.dialogs) == ([], {})
    ended = [event.call for event in lossy.floor.events(CallEnded)]
    assert sorted(ended) == sorted(event.call for event in lossy.floor.events(CallOffered)), "each has one end"
