"""A call's way through its flow: words in, the next position, events and commands out."""

from datetime import datetime, timedelta
from typing import cast, get_args

from msgspec.structs import replace

from kernel.contracts import robots
from kernel.contracts.calls import Direction, EndReason
from kernel.contracts.flow_events import MOVES_TOLD, FlowEntered, FlowLeft, FlowMove, FlowPassed
from kernel.contracts.queues import LANGUAGE
from kernel.contracts.robots import RobotEnded
from kernel.contracts.telephony import CallDigit, CallPlayed, PauseRecording, PlayToCaller
from kernel.primitives.ids import CallId, QueueId, TenantId
from routing.acd.callback_confirm import COMPANY, CONFIRMATIONS
from routing.acd.callback_offer import NUMBER, OFFERS, digits_said
from routing.acd.draft import Draft
from routing.acd.flow_book import VersionName
from routing.acd.flow_effects import TOKEN, Asked, carry_out, leave_queue
from routing.acd.flow_standings import Standing
from routing.acd.flow_words import Errand, FlowAnswer, FlowSpoken, FlowWord, RobotFound
from routing.acd.handling import end_by_system, enqueue_in, play_music
from routing.calls.model import TALKING, Call, CallPhase
from routing.flows.document.flow import Flow
from routing.flows.document.names import Digit
from routing.flows.document.nodes import Input
from routing.flows.run.effects import ConnectRobot
from routing.flows.run.interpreter import begin, enter, step
from routing.flows.run.position import CallFacts, Ending, Phase, Position
from routing.flows.run.walk import Step
from routing.flows.run.words import (
    AnyWord,
    CallerHungUp,
    FlowMissing,
    KeyPressed,
    MessageFailed,
    QueueExit,
    QueueLeft,
    RobotFailed,
    RobotReturned,
    SpeechEnded,
    TimeOut,
    TransferFailed,
)

_KEYS = frozenset(get_args(Digit))
_IN_FLOWS = frozenset({CallPhase.IN_FLOW, CallPhase.QUEUED, CallPhase.OFFERED})
_GIVEN_UP = frozenset({EndReason.HANGUP_BY_CALLER, EndReason.CANCELLED})
_AFTER = timedelta(milliseconds=1)  # the offer ends first


# --- the beginning ---


def begin_flow(draft: Draft, call: Call, at: datetime) -> None:
    """Through the live version; where the flow has none, into the queue that the number leads to beside it."""
    found = draft.state.book.live(call.tenant, call.flow)
    if found is None:
        _without_flow(draft, call, at)
        return
    _begin(draft, call, found, at)


def _begin(draft: Draft, call: Call, found: tuple[VersionName, Flow], at: datetime) -> None:
    name, flow = found
    draft.record(FlowEntered(**draft.stamp(call.tenant, at), call=call.call, flow=name.flow, version=name.number))
    facts = CallFacts(called=call.called, caller=call.caller, diverted_by=call.diverted_by)
    started = begin(flow, name.flow, name.number, facts, draft.now)
    _follow(draft, Standing(call=call.call, tenant=call.tenant, position=started.position), started)


def overflow_into(draft: Draft, call: Call, flow: str) -> bool:
    """A waiting caller leaves the queue for a flow; False where it has no live version, and nothing is changed."""
    found = draft.state.book.live(call.tenant, flow)
    if found is None or call.phase is not CallPhase.QUEUED:
        return False
    leave_queue(draft, call)
    _begin(draft, call, found, draft.now)
    return True


def offer_callback(draft: Draft, call: Call, queue: QueueId) -> None:
    """A waiting caller is asked whether to be called back, and waits on at the old place where they do not want to."""
    comfort = draft.state.rules.waiting(queue).comfort
    name = OFFERS.name(queue, LANGUAGE if comfort is None else comfort.language)
    flow = OFFERS.of(name)
    if flow is None or call.caller is None:
        return
    leave_queue(draft, call)
    said = replace(flow, variables={NUMBER: digits_said(call.caller)})
    _begin(draft, call, (VersionName(name, 1), said), draft.now)


def confirm_callback(draft: Draft, call: Call, queue: QueueId) -> None:
    """A customer who was called back is asked for a key, and waits in line then."""
    comfort = draft.state.rules.waiting(queue).comfort
    name = CONFIRMATIONS.name(queue, LANGUAGE if comfort is None else comfort.language)
    flow = CONFIRMATIONS.of(name)
    if flow is None:
        raise AssertionError("the flow has the name that it was given")
    said = replace(flow, variables={COMPANY: draft.state.rules.directory(call.tenant).name})
    _begin(draft, call, (VersionName(name, 1), said), draft.now)


def _without_flow(draft: Draft, call: Call, at: datetime) -> None:
    """Whom we called waits in the queue for which we did."""
    own = None if call.queue is None else draft.state.rules.queue(call.queue)
    rules = draft.state.rules.queue_of(call.tenant, call.called) if call.direction is Direction.INBOUND else own
    if rules is None:
        end_by_system(draft, call)
        return
    enqueue_in(draft, call, rules.queue, at)
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)


# --- words ---


def key_pressed(draft: Draft, report: CallDigit) -> None:
    if report.digit in _KEYS:
        _advance(draft, report.tenant, report.call, KeyPressed(key=cast("Digit", report.digit)))


def played(draft: Draft, report: CallPlayed) -> bool:
    """Whether it was what a flow said."""
    if not report.token.startswith(TOKEN):
        return False
    turn = report.token.removeprefix(TOKEN)
    if turn.isdecimal():
        _advance(draft, report.tenant, report.call, SpeechEnded(turn=int(turn)))
    return True


def robot_ended(draft: Draft, report: RobotEnded) -> None:
    """It came back, or it failed."""
    turn = report.token.removeprefix(TOKEN)
    if turn.isdecimal():
        returned = RobotReturned(turn=int(turn), outcome=report.outcome, results=dict(report.results))
        failed = RobotFailed(turn=int(turn), why=report.failure)
        _advance(draft, report.tenant, report.call, failed if report.failure else returned)


def answered(draft: Draft, answer: FlowAnswer) -> None:
    """Of an errand; one that comes too late changes nothing."""
    match answer:
        case FlowWord():
            _advance(draft, answer.tenant, answer.call, answer.word)
        case FlowSpoken():
            _spoken(draft, answer)
        case RobotFound():
            _robot_found(draft, answer)


def _spoken(draft: Draft, answer: FlowSpoken) -> None:
    if _no_longer_owed(draft, answer, Phase.SPEAKING) is None:
        return
    token = f"{TOKEN}{answer.turn}"
    draft.send(
        PlayToCaller(**draft.stamp(answer.tenant), call=answer.call, prompts=answer.prompts, music=None, token=token)
    )


def _robot_found(draft: Draft, answer: RobotFound) -> None:
    asked = _no_longer_owed(draft, answer, Phase.WAITING)
    if isinstance(asked, ConnectRobot):
        token, told = f"{TOKEN}{answer.turn}", tuple(asked.send.items())
        stamp = draft.stamp(answer.tenant)
        draft.send(robots.ConnectRobot(**stamp, call=answer.call, token=token, place=answer.place, parameters=told))


def _no_longer_owed(draft: Draft, answer: FlowSpoken | RobotFound, phase: Phase) -> Errand | None:
    """What was asked, from now on no more; None where the call is elsewhere by now."""
    standing = draft.state.flows.of(answer.call)
    if standing is None or standing.tenant != answer.tenant or not standing.owed:
        return None
    position = standing.position
    if (position.turn, position.phase) != (answer.turn, phase):
        return None
    draft.state.flows.put(replace(standing, owed=()))
    return standing.owed[0]


def hung_up(draft: Draft, call: Call, reason: EndReason) -> None:
    """Before the call's end is recorded: what the caller said so far is kept."""
    if call.phase is CallPhase.IN_FLOW and reason in _GIVEN_UP:
        _advance(draft, call.tenant, call.call, CallerHungUp())


def time_is_up(draft: Draft) -> None:
    """Of all calls whose deadline in their flow has come."""
    flows = draft.state.flows
    while (first := flows.first) is not None and first[0] <= draft.now:
        standing = flows.of(first[1])
        if standing is None:
            raise AssertionError("a deadline belongs to a call in a flow")
        if standing.limit is None or standing.limit > draft.now:
            _advance(draft, standing.tenant, standing.call, TimeOut())
        else:
            _waited_enough(draft, standing)


def _waited_enough(draft: Draft, standing: Standing) -> None:
    """Who is being offered to an agent goes nowhere else; the flow goes on should that come to nothing."""
    call = draft.state.call(standing.call)
    if call is not None and call.phase is CallPhase.OFFERED:
        until = draft.state.agent(call.agent).until if call.agent is not None else None
        if until is not None and until >= draft.now:
            draft.state.flows.put(replace(standing, limit=until + _AFTER))
            return
    if call is not None:
        leave_queue(draft, call)
    draft.state.flows.put(replace(standing, limit=None))
    turn = standing.position.turn
    _advance(draft, standing.tenant, standing.call, QueueLeft(turn=turn, exit=QueueExit.LIMIT))


def told(draft: Draft, call: Call, word: AnyWord) -> None:
    """What others report of what the flow asked of them."""
    _advance(draft, call.tenant, call.call, word)


def not_recorded(draft: Draft, call: Call) -> None:
    """The caller whom the flow has leave a message cannot be recorded."""
    standing = draft.state.flows.of(call.call)
    if standing is not None:
        told(draft, call, MessageFailed(turn=standing.position.turn, why="not recorded"))


def settle(draft: Draft) -> None:
    """Flows are over for calls that an agent got, or that ended, in this decision."""
    for name in draft.state.changed_calls():
        standing = draft.state.flows.of(name)
        if standing is None:
            continue
        call = draft.state.call(name)
        if call is not None and call.phase in TALKING:
            _leave(draft, standing, Ending.AGENT)
        if call is None or call.phase in TALKING:
            draft.state.flows.remove(name)
        elif standing.agent is not None and call.phase is CallPhase.QUEUED:
            _did_not_answer(draft, call, standing)


def _did_not_answer(draft: Draft, call: Call, standing: Standing) -> None:
    """The agent whom the flow had offered the call: nobody else of the queue is asked."""
    draft.state.flows.put(replace(standing, agent=None))
    leave_queue(draft, call)
    told(draft, call, TransferFailed(turn=standing.position.turn, why="no answer"))


def adopt(draft: Draft) -> None:
    """After a start: who is in a flow of which nothing is known is not left there."""
    for call in draft.state.calls:
        if call.phase is CallPhase.IN_FLOW and draft.state.flows.of(call.call) is None:
            _without_flow(draft, call, draft.now)


# --- the way ---


def _advance(draft: Draft, tenant: TenantId, name: CallId, word: AnyWord) -> None:
    """Words about calls that are in no flow, or of another tenant, change nothing."""
    standing, call = draft.state.flows.of(name), draft.state.call(name)
    if standing is None or call is None or call.tenant != tenant or call.phase not in _IN_FLOWS:
        return
    flow = _version(draft, standing)
    if flow is None:
        _lost(draft, call)
        return
    result = step(flow, standing.position, word, draft.now)
    if result.position != standing.position or result.effects:
        _follow(draft, standing, result)


def _version(draft: Draft, standing: Standing) -> Flow | None:
    return draft.state.book.version(standing.tenant, standing.version)


def _lost(draft: Draft, call: Call) -> None:
    """The version is nowhere, which cannot be but by a hand in the database: nobody is left without an answer."""
    draft.state.flows.remove(call.call)
    if call.phase is CallPhase.IN_FLOW:
        _without_flow(draft, call, draft.now)


def _follow(draft: Draft, standing: Standing, result: Step) -> None:
    """Carry out what the step asks; where that is answered at once, go on with the answer."""
    following: Step | None = result
    while following is not None:
        _mind_recording(draft, standing, following)
        draft.state.flows.put(replace(standing, position=following.position, owed=(), limit=None))
        _tell(draft, standing, following)
        ending = following.position.ending
        if ending is not None:
            _leave(draft, replace(standing, position=following.position), ending)
        asked = [carry_out(draft, standing.call, effect) for effect in following.effects]
        if ending is not None or draft.state.call(standing.call) is None:
            draft.state.flows.remove(standing.call)
            return
        standing = draft.state.flows.of(standing.call) or standing
        following = _next(draft, standing, next((one for one in asked if one is not None), None))


def _mind_recording(draft: Draft, standing: Standing, result: Step) -> None:
    """What callers enter at a private input is not recorded: keys that are sent as tones could be heard."""
    known = draft.state.flows.of(standing.call)
    former = known is not None and _is_private(draft, known.tenant, known.position)
    present = result.position.ending is None and _is_private(draft, standing.tenant, result.position)
    if former is not present:
        draft.send(PauseRecording(**draft.stamp(standing.tenant), call=standing.call, paused=present))


def _is_private(draft: Draft, tenant: TenantId, position: Position) -> bool:
    flow = draft.state.book.version(tenant, VersionName(position.flow, position.version))
    node = None if flow is None else flow.nodes.get(position.node)
    return isinstance(node, Input) and node.private


def _tell(draft: Draft, standing: Standing, result: Step) -> None:
    if not result.moves or draft.state.call(standing.call) is None:
        return
    moves = tuple(FlowMove(move.node, move.field, move.to) for move in result.moves[:MOVES_TOLD])
    position = result.position
    draft.record(
        FlowPassed(
            **draft.stamp(standing.tenant),
            call=standing.call,
            flow=position.flow,
            version=position.version,
            moves=moves,
        )
    )


def _next(draft: Draft, standing: Standing, asked: Asked | None) -> Step | None:
    if asked is None:
        return None
    flow = _version(draft, standing)
    if isinstance(asked, str):
        found = draft.state.book.live(standing.tenant, asked)
        if found is not None:
            name, entered = found
            draft.record(
                FlowEntered(**draft.stamp(standing.tenant), call=standing.call, flow=name.flow, version=name.number)
            )
            return enter(entered, name.flow, name.number, standing.position, draft.now)
        asked = FlowMissing(turn=standing.position.turn)
    return None if flow is None else step(flow, standing.position, asked, draft.now)


def _leave(draft: Draft, standing: Standing, ending: Ending) -> None:
    """Told before what follows from it; a caller who is gone is told by the end of the call."""
    if ending is Ending.CALLER_GONE or draft.state.call(standing.call) is None:
        return
    draft.record(
        FlowLeft(
            **draft.stamp(standing.tenant),
            call=standing.call,
            flow=standing.position.flow,
            version=standing.position.version,
            ending=ending.value,
        )
    )
