"""Messages that agents are asked to take: after all callers, and while nobody waits whom they could serve."""

from kernel.contracts.calls import AgentState
from kernel.primitives.ids import QueueId, VoicemailId
from routing.acd.draft import Draft
from routing.acd.keeping import message_rules
from routing.acd.moves import Stand, engage
from routing.agents.machine import AgentInput
from routing.matching.matcher import Match, match
from routing.matching.people import AgentSet
from routing.voicemail.decide import Matched, Moment, decide


def offer_messages(draft: Draft) -> None:
    """One after the other, for each takes an agent away from those who are left for callers."""
    line = draft.state.messages.line
    while len(line) and len(draft.state.available):
        free = _unneeded(draft)
        queues = [queue for queue in line.queues if _has_spare(draft, queue)]
        found = match(line, draft.state.available, draft.state.rules.matching, draft.now, queues, free)
        if not found:
            return
        _ask(draft, found[0])


def _unneeded(draft: Draft) -> AgentSet:
    """Agents in none of whose queues anybody waits, on the line or for a callback, or is being rung for one."""
    state = draft.state
    free = state.available.everybody
    waiting = {queue for queue in state.waiting.queues if state.waiting.count(queue)}
    for queue in waiting | {rung.queue for rung in state.callbacks.rung}:
        free &= ~state.rules.matching.people.serving(queue)
    return free


def _has_spare(draft: Draft, queue: QueueId) -> bool:
    """Whether more are available for the queue than it keeps for callers."""
    there = draft.state.available.everybody & draft.state.rules.matching.people.serving(queue)
    return there.bit_count() > message_rules(draft, queue).keep_free


def _ask(draft: Draft, found: Match) -> None:
    name = VoicemailId(found.call)
    message = draft.state.messages.get(name)
    if message is None:
        raise AssertionError("who stands in the line of messages is one of them")
    for event in decide(message, Matched(found.agent), Moment(draft.now, draft.ids, message_rules(draft, found.queue))):
        draft.record(event)
    asked = draft.state.messages.get(name)
    if asked is None or asked.agent != found.agent:
        raise AssertionError("whom the line fits may take the message")
    stand = Stand(AgentState.OFFERED, queue=found.queue, until=asked.until, client=message.tenant)
    engage(draft, found.agent, AgentInput.OFFER, stand)
