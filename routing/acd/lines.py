"""Lines to agents' telephones that are kept up between calls: called, confirmed by a key, lost, called again, ended.

A line is a call of its own, billed to the agent's tenant as a call out; it is in no queue, and in no figure. Calls are
joined to it as to a browser's nailed-up leg.
"""

from collections.abc import Callable
from datetime import timedelta

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult, Fault
from kernel.contracts.lines import AgentLineChanged, LineState
from kernel.contracts.log import AgentSeatTaken, AgentStateChanged, CallAnswered, CallEnded, CallOffered, LogEvent
from kernel.contracts.telephony import EndCall, PlaceCall, PlayToCaller, TrunkParty
from kernel.primitives.ids import CallId, TrunkId, UserId
from routing.acd.beside import let_colleague_go
from routing.acd.draft import Draft
from routing.acd.flow_words import Announce, Announced, FlowErrand
from routing.acd.handling import end_call, leave_lost_agent
from routing.acd.limits import note, require_destination, require_room
from routing.acd.line_confirm import KEY, confirm_phrase
from routing.acd.moves import Wish, move
from routing.acd.reaching import note_reach
from routing.acd.telephones import BROKEN
from routing.agents.machine import AgentInput, Reason
from routing.agents.model import Agent
from routing.calls.model import TALKING, Call, CallPhase
from routing.errors import OverLimit
from routing.lines.machine import CONFIRM_SECONDS, RETRY_SECONDS, RING_SECONDS, LineInput, step
from routing.lines.model import Line

SHUT = EndCause(EndResult.COMPLETED, EndReason.HANGUP_BY_SYSTEM, q850=16)
UNCONFIRMED = EndCause(EndResult.CALLEE, EndReason.NO_ANSWER, q850=19)


def ring_line(draft: Draft, name: UserId) -> None:
    """Call it, unless it is being called; what may not be dialled is told to the admins, and stays down."""
    agent = draft.state.agent(name)
    telephone = draft.state.rules.telephone_of(name)
    if step(agent.line.state, LineInput.CALL) is None:
        return
    if not isinstance(telephone, TrunkParty) or (trunk := _permitted(draft, agent, telephone)) is None:
        _change(draft, agent, Line())
        return
    call = CallId(draft.fresh())
    stamp, caller = draft.stamp(agent.home), draft.state.rules.directory(agent.home).outbound_caller
    draft.record(
        CallOffered(
            **stamp,
            call=call,
            direction=Direction.OUTBOUND,
            trunk=trunk,
            called=telephone.called,
            caller=caller,
            line_of=name,
        )
    )
    until = draft.now + timedelta(seconds=RING_SECONDS)
    _change(draft, agent, Line(state=LineState.RINGING, call=call, until=until, tries=agent.line.tries))
    draft.send(
        PlaceCall(
            **draft.stamp(agent.home),
            call=call,
            agent=None,
            trunk=trunk,
            called=telephone.called,
            caller=caller,
            record=False,
            line_of=name,
        )
    )


def _permitted(draft: Draft, agent: Agent, telephone: TrunkParty) -> TrunkId | None:
    directory = draft.state.rules.directory(agent.home)
    try:
        require_destination(draft, directory, telephone.called)
        require_room(draft, agent.home)
    except OverLimit as refusal:
        note(draft, agent.home, refusal)
        return None
    return directory.outbound_trunk


def _change(draft: Draft, agent: Agent, line: Line) -> None:
    if agent.line == line:
        return
    draft.record(
        AgentLineChanged(
            **draft.stamp(agent.home),
            agent=agent.agent,
            line=line.state,
            call=line.call,
            until=line.until,
            tries=line.tries,
        )
    )


# --- confirmed by a key ---


def _answered(draft: Draft, agent: Agent, call: Call) -> None:
    until = draft.now + timedelta(seconds=CONFIRM_SECONDS)
    _change(draft, agent, Line(state=LineState.CONFIRMING, call=call.call, until=until, tries=agent.line.tries))
    phrase = confirm_phrase(draft.state.rules.directory(agent.home).language)
    draft.run(FlowErrand(agent.home, call.call, Announce(0, (), (phrase,))))


def line_announced(draft: Draft, word: Announced) -> bool:
    """Whether it is for an agent's line, who hears it unless they have pressed the key."""
    name = draft.state.lines.agent_of(word.call)
    if name is None:
        return False
    agent = draft.state.agent(name)
    if agent.line.state is LineState.CONFIRMING and agent.home == word.tenant and word.prompts:
        draft.send(PlayToCaller(**draft.stamp(agent.home), call=word.call, prompts=word.prompts, music=None))
    return True


def line_pressed(draft: Draft, call: Call, digit: str) -> None:
    name = call.line_of
    agent = None if name is None else draft.state.agent(name)
    if agent is None or agent.line.call != call.call or digit != KEY:
        return
    if step(agent.line.state, LineInput.CONFIRMED) is None:
        return
    _change(draft, agent, Line(state=LineState.UP, call=call.call))
    draft.send(PlayToCaller(**draft.stamp(agent.home), call=call.call, prompts=(), music=None))
    note_reach(draft, draft.state.agent(agent.agent), None)


# --- its end ---


def _over(draft: Draft, agent: Agent, word: LineInput) -> None:
    """Its call has ended, or was never answered: it is called again later, or when the agent asks for it."""
    line = agent.line
    following = step(line.state, word, line.tries)
    if following is None:
        return
    paused = following is LineState.PAUSED
    until = draft.now + timedelta(seconds=RETRY_SECONDS[line.tries]) if paused else None
    _change(draft, agent, Line(state=following, until=until, tries=line.tries + 1 if paused else 0))
    if line.state is LineState.UP:
        _leave(draft, agent)
        note_reach(draft, draft.state.agent(agent.agent), Fault.TELEPHONE)


def _leave(draft: Draft, agent: Agent) -> None:
    """Whoever talks over it goes back to the queue, as with any telephone that broke."""
    call = None if agent.call is None else draft.state.call(agent.call)
    if agent.state is not AgentState.CONNECTED or call is None:
        return
    if call.agent != agent.agent:
        let_colleague_go(draft, call, AgentInput.RETURN_TIME_OUT)
        return
    if agent.requested is None:
        move(draft, agent.agent, AgentInput.REQUEST, Wish(AgentState.NOT_READY, Reason.TELEPHONE_LOST))
    if call.phase in TALKING or call.phase is CallPhase.DIALING:
        leave_lost_agent(draft, call, agent.agent)


def _hang_up(draft: Draft, agent: Agent, word: LineInput, cause: EndCause) -> None:
    call = None if agent.line.call is None else draft.state.call(agent.line.call)
    _over(draft, agent, word)
    if call is not None:
        draft.send(EndCall(**draft.stamp(call.tenant), call=call.call, cause=cause))
        end_call(draft, call, cause)


def lines_due(draft: Draft) -> None:
    while (name := draft.state.lines.first_due(draft.now)) is not None:
        agent = draft.state.agent(name)
        if agent.line.state is LineState.PAUSED:
            ring_line(draft, name)
        else:
            _hang_up(draft, agent, LineInput.TIME_OUT, UNCONFIRMED)


# --- followed ---


def follow_lines(draft: Draft) -> None:
    """After each decision: what agents and calls have become is told to the lines that it concerns."""
    told = 0
    while told < draft.told:
        events, told = draft.since(told), draft.told
        for event in events:
            follow = _FOLLOWED.get(type(event))
            if follow is not None:
                follow(draft, event)


def _state_changed(draft: Draft, event: LogEvent) -> None:
    if isinstance(event, AgentStateChanged) and event.state is AgentState.LOGGED_OUT:
        _hang_up(draft, draft.state.agent(event.agent), LineInput.SHUT, SHUT)


def _seat_taken(draft: Draft, event: LogEvent) -> None:
    if isinstance(event, AgentSeatTaken) and event.kept:
        ring_line(draft, event.agent)
    elif isinstance(event, AgentSeatTaken):
        _hang_up(draft, draft.state.agent(event.agent), LineInput.SHUT, SHUT)


def _call_answered(draft: Draft, event: LogEvent) -> None:
    call = draft.state.call(event.call) if isinstance(event, CallAnswered) else None
    name = None if call is None else draft.state.lines.agent_of(call.call)
    if call is not None and name is not None and step(draft.state.agent(name).line.state, LineInput.ANSWERED):
        _answered(draft, draft.state.agent(name), call)


def _call_ended(draft: Draft, event: LogEvent) -> None:
    name = draft.state.lines.agent_of(event.call) if isinstance(event, CallEnded) else None
    if isinstance(event, CallEnded) and name is not None:
        cause = event.cause
        broke = cause.reason in BROKEN or cause.result is EndResult.UPSTREAM
        _over(draft, draft.state.agent(name), LineInput.BROKEN if broke else LineInput.GONE)


_FOLLOWED: dict[type, Callable[[Draft, LogEvent], None]] = {
    AgentStateChanged: _state_changed,
    AgentSeatTaken: _seat_taken,
    CallAnswered: _call_answered,
    CallEnded: _call_ended,
}
