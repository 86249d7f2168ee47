"""The one door to the core: (state, input, now) → events and commands. Asking alone changes nothing."""

from datetime import datetime

import msgspec

from kernel.contracts.callbacks import CallbackAct
from kernel.contracts.calls import AgentState, EndCause, EndReason, EndResult, OfferOutcome
from kernel.contracts.desk import DeskIntent
from kernel.contracts.heard import HeardEvent
from kernel.contracts.log import CallErased, RecordingDeleted, RecordingStored
from kernel.contracts.supervision import SupervisorAct
from kernel.contracts.telephony import TelephonyReport
from kernel.contracts.voicemail import VoicemailAct
from kernel.primitives.ids import CallId, Ids, TenantId, UserId
from routing.acd import flow_steps, leaving
from routing.acd.beside import follow_colleagues, let_colleague_go
from routing.acd.comforting import announced, tell_waiting
from routing.acd.diverting import give_up
from routing.acd.draft import NOTHING, Decision, Draft
from routing.acd.flow_words import Announced, ErrandAnswer, FlowSpoken, FlowWord, RobotFound
from routing.acd.handling import (
    distribute,
    drop_offer,
    end_by_system,
    enqueue,
    leave_lost_agent,
    recall_offer,
    withdraw_offer,
)
from routing.acd.intents import on_intent
from routing.acd.lines import follow_lines, line_announced, lines_due
from routing.acd.mending import mend
from routing.acd.message_offers import offer_messages
from routing.acd.messages import follow_messages, messages_due, on_heard, on_voicemail_act
from routing.acd.moves import Wish, change, move, stand_of
from routing.acd.overflowing import send_on
from routing.acd.phones import follow_asides
from routing.acd.promises import follow_promises, on_callback_act, promises_due
from routing.acd.reports import on_report
from routing.acd.ringing import next_turn, ring_customers
from routing.acd.state import RoutingState
from routing.acd.supervising import follow_supervision, on_act, supervisors_due
from routing.agents.machine import AgentInput, Reason
from routing.agents.model import Agent
from routing.agents.timing import time_out_of
from routing.calls.model import CallPhase
from routing.reconciler.healing import WakeTimers
from routing.reconciler.patience import Verdict

REPORT_LOST = EndCause(EndResult.INDETERMINATE, EndReason.SIGNALLING_TIMEOUT)


class AgentIntent(msgspec.Struct, frozen=True):
    """By an agent at the desk of their own tenant."""

    home: TenantId
    agent: UserId
    intent: DeskIntent


class SupervisorIntent(msgspec.Struct, frozen=True):
    """By a supervisor of the tenant, who may work at this tenant's desk too."""

    tenant: TenantId
    supervisor: UserId
    act: SupervisorAct


class CallbackIntent(msgspec.Struct, frozen=True):
    """By somebody of the tenant, or by a program of theirs."""

    tenant: TenantId
    person: UserId | None
    act: CallbackAct


class VoicemailIntent(msgspec.Struct, frozen=True):
    """By somebody of the tenant."""

    tenant: TenantId
    person: UserId
    act: VoicemailAct


class TimersDue(msgspec.Struct, frozen=True):
    """`next_timer` has come."""


class RulesAdopted(msgspec.Struct, frozen=True):
    """The state was given another directory, or has just been rebuilt."""


class Mend(msgspec.Struct, frozen=True):
    """A difference to the gateway, or of the state with itself, that has lasted."""

    verdict: Verdict


Intent = AgentIntent | SupervisorIntent | CallbackIntent | VoicemailIntent
ALL_OVER = TimersDue | RulesAdopted | Mend | CallErased  # whatever comes of it itself, others are meant by it
RoutingInput = TelephonyReport | Intent | HeardEvent | TimersDue | RulesAdopted | ErrandAnswer | Mend


def decide(state: RoutingState, word: RoutingInput, now: datetime, ids: Ids, *, keep: bool = False) -> Decision:
    """CordboardError when an agent's wish is refused; an empty decision when there is nothing to do.

    `keep` leaves the state as the decision's events make it, for who will commit them.
    """
    draft = Draft(state, now, ids)
    with state.trial() as trial:
        _take(draft, word)
        if draft.is_blank and not isinstance(word, ALL_OVER):
            return NOTHING  # and what time alone brings about comes with its timer
        flow_steps.settle(draft)
        follow_lines(draft)
        follow_promises(draft)
        follow_messages(draft)
        follow_colleagues(draft)
        follow_asides(draft)
        follow_supervision(draft)
        _give_out(draft, everywhere=isinstance(word, RulesAdopted))
        decision = draft.decision
        if keep:
            trial.keep()
            state.matched(draft.now)
    if keep:
        for event in decision.events:
            state.remember(event)
        if isinstance(word, CallErased):
            state.remember(word)
    return decision


def _take(draft: Draft, word: RoutingInput) -> None:
    match word:
        case AgentIntent() | SupervisorIntent() | CallbackIntent() | VoicemailIntent():
            _wish(draft, word)
        case RecordingStored() | RecordingDeleted() | CallErased():
            on_heard(draft, word)
        case TimersDue():
            _end_what_is_due(draft)
        case RulesAdopted():
            _adopt(draft)
        case Announced():
            if not line_announced(draft, word):
                announced(draft, word)
        case FlowWord() | FlowSpoken() | RobotFound():
            flow_steps.answered(draft, word)
        case Mend():
            _mend(draft, word.verdict)
        case _:
            on_report(draft, word)


def _wish(draft: Draft, word: Intent) -> None:
    match word:
        case AgentIntent():
            on_intent(draft, (word.home, word.agent), word.intent)
        case SupervisorIntent():
            on_act(draft, (word.tenant, word.supervisor), word.act)
        case CallbackIntent():
            on_callback_act(draft, (word.tenant, word.person), word.act)
        case VoicemailIntent():
            on_voicemail_act(draft, (word.tenant, word.person), word.act)


def next_timer(state: RoutingState) -> datetime | None:
    """When the first timed state ends by itself, or something is due for a caller who waits."""
    deadline, flow = state.deadlines.first, state.flows.first
    first: datetime | None = None
    for at in (
        None if deadline is None else deadline.at,
        None if flow is None else flow[0],
        state.next_widening,
        state.next_due,
        next_turn(state),
        state.lines.next_timer,
        state.listening.next_timer,
        state.callbacks.next_timer,
        state.messages.next_timer,
    ):
        if at is not None and (first is None or at < first):
            first = at
    return first


def _give_out(draft: Draft, everywhere: bool) -> None:
    """Calls to agents; then callers whom their queue cannot keep go on; who is left is asked to take messages.

    It ends, for a call enters each queue once at most.
    """
    if draft.state.waiting:
        distribute(draft, everywhere)
        while send_on(draft, everywhere):
            distribute(draft, everywhere)
    ring_customers(draft)
    offer_messages(draft)
    if draft.state.waiting:
        tell_waiting(draft)


# --- time ---


def _end_what_is_due(draft: Draft) -> None:
    """Agents before what they were asked to take: who did not react is not asked again."""
    while (deadline := draft.state.deadlines.first) is not None and deadline.at <= draft.now:
        if deadline.of_call:
            _end_phase(draft, CallId(deadline.whose))
        else:
            _end_state(draft, UserId(deadline.whose))
    lines_due(draft)
    supervisors_due(draft)
    promises_due(draft)
    messages_due(draft)
    flow_steps.time_is_up(draft)


def _end_phase(draft: Draft, name: CallId) -> None:
    call = draft.state.call(name)
    if call is None:
        raise AssertionError("a deadline belongs to a call that exists")
    if call.phase is CallPhase.GREETING:
        enqueue(draft, call, draft.now)
    elif call.phase is CallPhase.DIVERTED:
        give_up(draft, call)
    elif call.phase is CallPhase.MESSAGE:
        leaving.time_is_up(draft, call)
    else:
        end_by_system(draft, call, REPORT_LOST)


def _end_state(draft: Draft, name: UserId) -> None:
    agent = draft.state.agent(name)
    call = None if agent.call is None else draft.state.call(agent.call)
    if agent.state is AgentState.OFFERED and call is not None:
        withdraw_offer(draft, call, OfferOutcome.NO_ANSWER)
    elif agent.state is AgentState.CONNECTED and call is not None:
        if call.agent == name:
            leave_lost_agent(draft, call, name)
        else:
            let_colleague_go(draft, call, AgentInput.RETURN_TIME_OUT)
    else:
        move(draft, name, time_out_of(agent))


def _mend(draft: Draft, verdict: Verdict) -> None:
    if isinstance(verdict.cure, WakeTimers):
        _end_what_is_due(draft)
    mend(draft, verdict)


# --- another directory ---


def _adopt(draft: Draft) -> None:
    """Who lost the seat is logged out, after the call if there is one; who may serve a client no more gets no more."""
    flow_steps.adopt(draft)
    rules = draft.state.rules
    for agent in draft.state.agents:
        if agent.state is AgentState.LOGGED_OUT:
            continue
        if not rules.has_seat(agent.agent):
            drop_offer(draft, agent, OfferOutcome.AGENT_GONE)
            move(draft, agent.agent, AgentInput.SEAT_WITHDRAWN, Wish(AgentState.LOGGED_OUT, Reason.NO_SEAT))
        elif agent.state is AgentState.AVAILABLE:
            change(draft, agent, stand_of(agent))  # idle for other clients than before
        elif agent.state is AgentState.OFFERED:
            _recall(draft, agent)


def _recall(draft: Draft, agent: Agent) -> None:
    call = None if agent.call is None else draft.state.call(agent.call)
    if call is not None and not draft.state.rules.may_serve(agent.agent, call.tenant):
        recall_offer(draft, call, agent.agent)
