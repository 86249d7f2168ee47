"""The line between routing and the far side, on which all may be lost, repeated and late; and who makes it good again.

`hurt` are calls and agents of whom something was lost on the way, or broke: nothing else may be touched by a cure.
"""

from datetime import datetime, timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from kernel.contracts.base import Message
from kernel.contracts.log import CallDisconnected, CallEnded
from kernel.contracts.telephony import CallDigit, CallReleased, SoftphoneChanged, TelephonyReport, TransferAsked
from kernel.primitives.ids import CallId, TenantId, UserId
from kernel.primitives.phone import PhoneNumber
from routing.acd.decide import Mend
from routing.acd.flow_words import Announce, Announced, ErrandAnswer, FlowErrand, FlowSpoken, FlowWord
from routing.calls.model import FAR, CallPhase
from routing.flows.run.effects import Speak
from routing.flows.run.words import LookupAnswered, LookupFailed
from routing.reconciler.differences import Difference, compare
from routing.reconciler.healing import DeleteLeg
from routing.reconciler.patience import Verdict, Watch
from tests.unit.routing.far_side import HUNG_UP
from tests.unit.routing.floor import FAR_END, SUPPORT_NUMBER
from tests.unit.routing.steps import LONGEST_PHASE, PLACES, FloorMachine
from tests.unit.routing.whole_floor import NUMBERS, TENANTS, WholeFloor

Word = TelephonyReport | ErrandAnswer
TIMES = (1, 1, 1, 1, 0, 2)  # that a report comes
EVERY = 3.0  # seconds between two pictures
BEFORE = timedelta(milliseconds=1)
SETTLED = LONGEST_PHASE + 60  # what was lost on the way ends by a limit, and then heals
ROUNDS = 30  # of words and answers, until everybody has said all


class LineMachine(FloorMachine[WholeFloor]):
    def __init__(self) -> None:
        super().__init__(WholeFloor())
        self.watch = Watch()
        self.under_way: list[Word] = []
        self.errands_run = 0
        self.hurt: set[CallId | UserId] = set()

    # --- what is said ---

    def gather(self, goes_well: bool) -> None:
        """The far side does as it was told; what it says of a softphone comes at once."""
        for report in self.floor.reported(goes_well):
            if isinstance(report, SoftphoneChanged):
                self.floor.take(report)
            else:
                self.under_way.append(report)
        errands, self.errands_run = self.floor.errands[self.errands_run :], len(self.floor.errands)
        self.under_way += [answer_to(errand, goes_well) for errand in errands]

    @rule(goes_well=st.sampled_from((True, True, True, False)), rounds=st.integers(1, 4))
    def all_reports_come_in_order(self, goes_well: bool, rounds: int) -> None:
        for _ in range(rounds):
            self.gather(goes_well)
            words, self.under_way = self.under_way, []
            for word in words:
                self.deliver(word)

    @rule(goes_well=st.booleans(), place=PLACES, times=st.sampled_from(TIMES))
    def one_report_comes_out_of_order(self, goes_well: bool, place: int, times: int) -> None:
        self.gather(goes_well)
        if self.under_way:
            word = self.under_way.pop(place % len(self.under_way))
            for _ in range(times):
                self.deliver(word)
            if not times:
                self.hurt_by(word)

    def deliver(self, word: Word) -> None:
        if isinstance(word, ErrandAnswer):
            self.floor.take(word)
        else:
            self.report(word)

    @precondition(lambda self: self.floor.unheard)
    @rule()
    def a_command_is_lost(self) -> None:
        self.hurt_by(self.floor.lose_a_command())

    def hurt_by(self, lost: Any) -> None:
        self.hurt |= {name for name in (getattr(lost, "call", None), getattr(lost, "agent", None)) if name is not None}

    # --- what happens on the far side, heard of or not ---

    @rule(place=PLACES, comes=st.sampled_from((True, True, True, False)))
    def hang_up(self, place: int, comes: bool) -> None:
        self.release(self.some_call(place), comes=comes)

    def release(self, call: CallId, *, comes: bool = True) -> None:
        if not self.floor.far.end(call):
            return
        if comes:
            self.report(CallReleased(**self.floor.stamp_of(call), call=call, cause=HUNG_UP))
        else:
            self.hurt.add(call)

    def press(self, call: CallId, keys: str) -> None:
        for key in keys:
            self.floor.take(CallDigit(**self.floor.stamp_of(call), call=call, digit=key))

    @rule(
        place=PLACES, leg=st.sampled_from((FAR, FAR, "party1")), called=st.sampled_from((FAR_END, SUPPORT_NUMBER, None))
    )
    def a_far_end_asks_for_a_transfer(self, place: int, leg: str, called: PhoneNumber) -> None:
        call = self.some_call(place, CallPhase.CONNECTED, CallPhase.HELD)
        if call in self.floor.far.calls:
            self.report(TransferAsked(**self.floor.stamp_of(call), call=call, leg=leg, called=called))

    @rule(called=st.sampled_from(NUMBERS))
    def nobody_is_told_of_a_caller(self, called: Any) -> None:
        call = CallId(self.floor.ids.new())
        self.floor.far.begin(call, self.floor.owner_of(called))
        self.hurt.add(call)

    @rule(agent=PLACES, reachable=st.booleans(), comes=st.sampled_from((True, True, True, False)))
    def softphone(self, agent: int, reachable: bool, comes: bool) -> None:
        name = self.AGENTS[agent % len(self.AGENTS)]
        if comes:
            self.floor.reach(name, reachable)
        else:
            self.floor.far.reach(name, self.floor.agent(name).home, reachable=reachable)
            self.hurt.add(name)

    @rule(place=PLACES, stays=st.booleans())
    def the_engine_forgets(self, place: int, stays: bool) -> None:
        """A call's leg, or to delete one."""
        far, calls = self.floor.far, list(self.floor.far.calls)
        if not calls:
            return
        call = calls[place % len(calls)]
        if stays:
            far.strays[CallId(self.floor.ids.new())] = far.calls[call].tenant
        else:
            far.calls[call].silent = True
            self.hurt.add(call)

    @rule(tenant=st.sampled_from(TENANTS), kept=st.sampled_from((7, 7, 5)))
    def announce(self, tenant: TenantId, kept: int) -> None:
        """The gateway is another process, which may have lost calls; what routing knows otherwise has changed so."""
        far = self.floor.far
        for place, call in enumerate(list(far.of(tenant))):
            if not kept >> (place % 3) & 1:
                far.end(call)
        there = set(far.of(tenant))
        known = {call.call for call in self.floor.state.calls if call.tenant == tenant}
        self.hurt |= known - there
        self.floor.announce(sorted(there), [agent for agent, home in far.softphones.items() if home == tenant], tenant)

    # --- the reconciler ---

    @rule(pictures=st.sampled_from((1, 4, 10)), obeys=st.sampled_from((True, True, False)))
    def all_sides_are_compared(self, pictures: int, obeys: bool) -> None:
        """`obeys`: words come through meanwhile; else all that is on its way stays there."""
        for _ in range(pictures):
            if obeys:
                self.all_reports_come_in_order(goes_well=True, rounds=1)
            self.wait(EVERY)
            self.compare()

    def compare(self) -> None:
        for verdict in self.watch.look(self.floor.picture(self.told_until())):
            assert self.is_hurt(verdict.difference), f"nothing was lost: {verdict}"
            self.heal(verdict)

    def told_until(self) -> datetime | None:
        """Whatever was told before has arrived, or never will."""
        told = [word.at for word in (*self.under_way, *self.floor.unheard) if isinstance(word, Message)]
        return min(told) - BEFORE if told else None

    def is_hurt(self, found: Difference) -> bool:
        return found.leg is not None or not self.hurt.isdisjoint((found.call, found.agent))

    def heal(self, verdict: Verdict) -> None:
        """With an entry for the audit, and touching no call but those of whom something was lost."""
        agents = [agent for agent in self.floor.state.agents if agent.agent in self.hurt]
        may_be_touched = self.hurt | {agent.call for agent in agents}
        decision, found = self.floor.take(Mend(verdict)), verdict.difference
        (note,) = decision.notes
        assert (note.difference, note.tenant, note.agent, note.call, note.leg) == found[:-1]
        touched = {event.call for event in decision.events if isinstance(event, CallEnded | CallDisconnected)}
        assert touched <= may_be_touched, f"a healthy call is touched: {verdict}"
        if isinstance(verdict.cure, DeleteLeg):
            self.floor.far.delete_leg(verdict.cure.leg)

    def everything_heals(self) -> None:
        """Nothing is lost any more: after a while all sides tell the same, and each difference was cured."""
        self.watch = Watch()
        for _ in range(int(SETTLED / EVERY)):
            self.all_reports_come_in_order(goes_well=True, rounds=2)
            self.wait(EVERY)
            self.compare()
        for _ in range(ROUNDS):
            self.all_reports_come_in_order(goes_well=True, rounds=1)
        assert compare(self.floor.picture(None)) == []


def answer_to(errand: FlowErrand, goes_well: bool) -> ErrandAnswer:
    asked = errand.errand
    if isinstance(asked, Announce):
        return Announced(errand.tenant, errand.call, asked.message, asked.prompts)
    if isinstance(asked, Speak):
        return FlowSpoken(errand.tenant, errand.call, asked.turn, ("spoken",) if goes_well else ())
    if goes_well:
        return FlowWord(errand.tenant, errand.call, LookupAnswered(turn=asked.turn, status=200, body=b'{"level": "4"}'))
    return FlowWord(errand.tenant, errand.call, LookupFailed(turn=asked.turn, why="no answer"))
