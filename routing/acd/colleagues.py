"""Passing a call on inside the house: to a queue with what the caller needs, or to a colleague by name.

Who is asked first has the agent's ear alone while the caller hears music; then the caller is handed over, or all talk.
"""

from collections.abc import Sequence
from datetime import timedelta

from msgspec.structs import replace

from kernel.contracts.calls import AgentState, Direction, OfferOutcome, TransferOutcome
from kernel.contracts.colleagues import CallPassedOn, ColleagueAsked, ColleagueJoined
from kernel.contracts.desk import (
    AcceptConsultation,
    Confer,
    ConsultColleague,
    DropParty,
    HandOver,
    RejectConsultation,
    TransferToColleague,
    TransferToQueue,
)
from kernel.contracts.directory import RING_SECONDS
from kernel.contracts.log import CallConnected, CallHeld, TransferEnded
from kernel.contracts.queues import AllOf, AtLeast, Needs, SkillLevel, Step
from kernel.contracts.supervision import LeaveSupervision, Manner, SuperviseCall
from kernel.contracts.telephony import HoldCall, PartyEstablished, PartyReleased, RetrieveCall
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, QueueId, UserId
from routing.acd import inviting
from routing.acd.beside import let_colleague_go, rings_for_colleague
from routing.acd.draft import Draft
from routing.acd.handling import connect_agent, lose_telephone, offer
from routing.acd.moves import Stand, Wish, engage, move
from routing.acd.telephones import BROKEN, address_for, may_be_called, outcome_of, party_of
from routing.agents.machine import AgentInput, Reason
from routing.agents.model import Agent
from routing.calls.model import AGENT, Call, CallPhase, Colleague
from routing.errors import (
    AgentNotFree,
    AtTelephone,
    CannotQueue,
    NobodyInvited,
    OfferGone,
    TransferUnderWay,
    UnknownSkill,
)
from routing.matching.matcher import Match

COLLEAGUE = "colleague"  # whom `drop_party` names so

# --- what the agent asks for: the call is the agent's, and in conversation or on hold ---


def transfer_to_queue(draft: Draft, call: Call, agent: UserId, intent: TransferToQueue) -> None:
    queue = inviting.require_queue(draft, call, intent.queue)
    needs = _needs(draft, queue, intent.skills)
    _pass_on(draft, call, agent, intent.note, queue=queue)
    inviting.to_queue(draft, call, agent, queue, needs)


def transfer_to_colleague(draft: Draft, call: Call, agent: UserId, intent: TransferToColleague) -> None:
    """Their desk rings at once; a caller whom they do not take has the old place in the queue, which is in front."""
    rules = draft.state.rules.queue(call.queue)
    if call.direction is not Direction.INBOUND or rules is None:
        raise CannotQueue("Only a caller who came by a queue can be passed on so: ask your colleague first.")
    require_free(draft, call, intent.agent)
    inviting.require_room(call)
    _pass_on(draft, call, agent, intent.note, to=intent.agent)
    inviting.to_queue(draft, call, agent, rules.queue, call.needs, since=call.since)
    offer(draft, Match(call.call, rules.queue, intent.agent))


def consult_colleague(draft: Draft, call: Call, agent: UserId, intent: ConsultColleague) -> None:
    inviting.require_room(call)
    if call.aside is not None or call.colleague is not None:
        raise TransferUnderWay("Finish the present consultation first.")
    colleague = require_free(draft, call, intent.agent)
    if not may_be_called(draft, colleague):
        lose_telephone(draft, colleague)
        draft.refusal = AgentNotFree("Your colleague's telephone may not be called now.", state=colleague.state.value)
        return
    if call.phase is CallPhase.CONNECTED:
        draft.record(CallHeld(**draft.stamp(call.tenant), call=call.call, agent=agent))
        draft.send(HoldCall(**draft.stamp(call.tenant), call=call.call, music=draft.state.rules.music(call.queue)))
    _pass_on(draft, call, agent, intent.note, to=intent.agent)
    rules = draft.state.rules.queue(call.queue)
    until = draft.now + timedelta(seconds=RING_SECONDS if rules is None else rules.ring_seconds)
    draft.record(
        ColleagueAsked(
            **draft.stamp(call.tenant),
            call=call.call,
            agent=colleague.agent,
            home=colleague.home,
            by=agent,
            until=until,
        )
    )
    stand = Stand(AgentState.OFFERED, queue=call.queue, until=until, client=call.tenant)
    engage(draft, colleague.agent, AgentInput.OFFER, stand)
    if colleague.telephone:
        _reach_telephone(draft, call.call, colleague)


def _reach_telephone(draft: Draft, name: CallId, agent: Agent) -> None:
    """It rings; over a line that is kept up they talk at once, after a tone."""
    call = draft.state.call(name)
    if call is None or call.colleague is None:
        raise AssertionError("who was just asked is known")
    if agent.kept:
        _accept(draft, call, call.colleague)
    else:
        seat = address_for(draft, agent, call.outside)
        draft.send(
            replace(_manner(draft, call, call.colleague, Manner.WHISPER), seat=seat, party=party_of(agent.agent))
        )


def hand_over(draft: Draft, call: Call, agent: UserId, intent: HandOver) -> None:
    colleague = call.colleague
    if colleague is None:
        inviting.hand_over(draft, call, agent, intent)
        return
    if colleague.since is None:
        raise NobodyInvited("Your colleague has not answered yet: wait, or transfer the caller at once.")
    draft.record(
        TransferEnded(
            **draft.stamp(call.tenant), call=call.call, leg=AGENT, outcome=TransferOutcome.COMPLETED, attended=True
        )
    )
    inviting.leave(draft, call, agent)
    _get(draft, call, colleague)


def _get(draft: Draft, call: Call, colleague: Colleague) -> None:
    """Who was asked has the call; the gateway knows them as the agent from then on."""
    draft.record(CallConnected(**draft.stamp(call.tenant), call=call.call, agent=colleague.agent, queue=call.queue))
    got = draft.state.call(call.call)
    if got is not None:
        connect_agent(draft, got, colleague.agent)
    draft.send(LeaveSupervision(**draft.stamp(call.tenant), call=call.call, supervisor=colleague.agent))


def confer(draft: Draft, call: Call, agent: UserId, intent: Confer) -> None:
    colleague = call.colleague
    if colleague is None or not colleague.aside:
        inviting.confer(draft, call, agent, intent)
        return
    if colleague.since is None:
        raise NobodyInvited("Your colleague has not answered yet.")
    _talk(draft, call, colleague, Manner.BARGE)
    if call.phase is CallPhase.HELD:
        inviting.take_off_hold(draft, call, agent)
        draft.send(RetrieveCall(**draft.stamp(call.tenant), call=call.call))


def drop_party(draft: Draft, call: Call, agent: UserId, intent: DropParty) -> None:
    if intent.party == COLLEAGUE and call.colleague is not None:
        let_colleague_go(draft, call)
        return
    inviting.drop_party(draft, call, agent, intent)


def drop_aside(draft: Draft, call: Call) -> None:
    """The agent goes back to the caller."""
    inviting.drop_aside(draft, call)
    if call.colleague is not None and call.colleague.aside:
        let_colleague_go(draft, call)


# --- what the colleague answers ---


def accept_consultation(draft: Draft, agent: Agent, intent: AcceptConsultation) -> None:
    if agent.telephone:
        raise AtTelephone("Answer at your telephone, which rings.")
    _accept(draft, *_asked(draft, agent, intent.call))


def _accept(draft: Draft, call: Call, colleague: Colleague) -> None:
    _talk(draft, call, colleague, Manner.WHISPER)
    stand = Stand(AgentState.CONNECTED, call=call.call, queue=call.queue, client=call.tenant)
    engage(draft, colleague.agent, AgentInput.ACCEPT, stand)


def reject_consultation(draft: Draft, agent: Agent, intent: RejectConsultation) -> None:
    _asked(draft, agent, intent.call)
    move(draft, agent.agent, AgentInput.REJECT)


def _asked(draft: Draft, agent: Agent, name: CallId) -> tuple[Call, Colleague]:
    call = draft.state.call(name)
    colleague = None if call is None else call.colleague
    waits = colleague is not None and colleague.agent == agent.agent and colleague.since is None
    if call is None or colleague is None or not waits or not rings_for_colleague(agent):
        raise OfferGone("Your colleague does not ask any more.")
    return call, colleague


def _talk(draft: Draft, call: Call, colleague: Colleague, manner: Manner) -> None:
    """With the agent alone by whispering, while the caller on hold hears music; with all by barging in."""
    aside = manner is Manner.WHISPER
    draft.record(
        ColleagueJoined(**draft.stamp(call.tenant), call=call.call, agent=colleague.agent, aside=aside),
    )
    draft.send(_manner(draft, call, colleague, manner))


def _manner(draft: Draft, call: Call, colleague: Colleague, manner: Manner) -> SuperviseCall:
    stamp = draft.stamp(call.tenant)
    return SuperviseCall(**stamp, call=call.call, supervisor=colleague.agent, home=colleague.home, manner=manner)


# --- what becomes of the colleague's telephone ---


def colleague_answered(draft: Draft, call: Call, report: PartyEstablished) -> bool:
    """Whether it is about the telephone of a colleague who was asked."""
    colleague = _at_telephone(draft, call, report.party)
    if colleague is not None and rings_for_colleague(draft.state.agent(colleague.agent)) and colleague.since is None:
        _accept(draft, call, colleague)
    return colleague is not None


def colleague_gone(draft: Draft, call: Call, report: PartyReleased) -> bool:
    """Whether it is about the telephone of a colleague, who did not come, hung up, or was cut off."""
    colleague = _at_telephone(draft, call, report.party)
    if colleague is None:
        return False
    if colleague.since is None:
        refused = outcome_of(report.cause) is OfferOutcome.REJECTED
        if rings_for_colleague(draft.state.agent(colleague.agent)):
            move(draft, colleague.agent, AgentInput.REJECT if refused else AgentInput.RING_TIME_OUT)
    elif report.cause.reason in BROKEN:
        if draft.state.agent(colleague.agent).requested is None:
            move(draft, colleague.agent, AgentInput.REQUEST, Wish(AgentState.NOT_READY, Reason.TELEPHONE_LOST))
        let_colleague_go(draft, call, AgentInput.RETURN_TIME_OUT)
    else:
        let_colleague_go(draft, call)
    return True


def _at_telephone(draft: Draft, call: Call, party: str) -> Colleague | None:
    colleague = call.colleague
    there = (
        colleague is not None and party_of(colleague.agent) == party and draft.state.agent(colleague.agent).telephone
    )
    return colleague if there else None


# --- common ---


def require_free(draft: Draft, call: Call, name: UserId) -> Agent:
    """NotFound, AgentNotFree."""
    agent = draft.state.agent(name)
    if not draft.state.rules.may_serve(name, call.tenant) or name == call.agent:
        raise NotFound("There is no such colleague.")
    if agent.state is not AgentState.AVAILABLE or not agent.reachable:
        raise AgentNotFree("Choose a colleague who is available.", state=agent.state.value)
    return agent


def _pass_on(
    draft: Draft, call: Call, by: UserId, note: str, to: UserId | None = None, queue: QueueId | None = None
) -> None:
    stamp = draft.stamp(call.tenant)
    draft.record(CallPassedOn(**stamp, call=call.call, by=draft.asker or by, note=note.strip(), to=to, queue=queue))


def _needs(draft: Draft, queue: QueueId, skills: Sequence[SkillLevel]) -> Needs:
    """UnknownSkill where nobody of the queue has all of them: the caller would wait for ever."""
    if not skills:
        return ()
    condition = AllOf(tuple(AtLeast(one.skill, one.level) for one in skills))
    people = draft.state.rules.matching.people
    if not people.fitting(condition) & people.serving(queue):
        names = [f"{one.skill} ({one.level})" for one in skills]
        raise UnknownSkill("Nobody in this queue has these skills: ask for fewer, or for a lower level.", skills=names)
    return (Step(condition),)
