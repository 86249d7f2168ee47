"""What a caller brings into a queue: the place that they left, the agent who knows them, their priority."""

from datetime import datetime

from kernel.contracts.calls import AgentState
from kernel.contracts.directory import QueueRules
from kernel.contracts.queues import Needs, Preferred
from routing.acd.draft import Draft
from routing.callbacks.model import Callback
from routing.calls.model import Call
from routing.matching.preference import preferred
from routing.matching.rules import base_priority


def promised_to(draft: Draft, call: Call) -> Callback | None:
    """The callback that we make by this call."""
    return draft.state.callbacks.of_call(call.call)


def needs_of(draft: Draft, call: Call) -> Needs:
    promised = promised_to(draft, call)
    return call.needs or (() if promised is None else promised.needs)


def kept_place(draft: Draft, call: Call, rules: QueueRules, since: datetime) -> datetime:
    """Who gave up or was cut off a short while ago stands where they stood, who is called back where they asked."""
    promised = promised_to(draft, call)
    if promised is not None:
        return promised.since
    places = draft.state.memory(call.tenant).places
    former = places.place(rules.queue, call.outside, draft.now, rules.waiting.keep_place_seconds)
    return since if former is None else min(former, since)


def known_agent(draft: Draft, call: Call, rules: QueueRules) -> Preferred | None:
    """Whom the queue lets the caller wait for, because they have just talked; nobody waits for who is not there."""
    talk = draft.state.memory(call.tenant).last_talk(call.outside)
    if talk is None:
        return None
    there = draft.state.agent(talk.agent).state is not AgentState.LOGGED_OUT
    return preferred(rules.distribution, talk, None, draft.now, is_logged_in=there)


def priority_of(draft: Draft, call: Call, rules: QueueRules) -> int:
    promised = promised_to(draft, call)
    if promised is not None and call.asked is None:
        return promised.priority
    vip = draft.state.rules.is_vip(call.tenant, call.outside)
    return base_priority(rules.priority, rules.distribution, call.asked, vip=vip)
