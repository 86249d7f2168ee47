"""Transfers that an agent asks for at the telephone that is their seat: as by the desk's buttons, for the same call.

Whom they name is called while the caller hears the ringing, and the agent wraps up; a queue, or a colleague who is
free, gets the caller as from the desk. With somebody whom they have asked by a second call of the telephone the caller
talks at once, and that call ends. What cannot be is refused, and the agent has the caller still.
"""

from kernel.contracts.calls import AgentState, Direction, EndCause, EndReason, EndResult
from kernel.contracts.desk import TransferToColleague
from kernel.contracts.parties import PhoneParty, TrunkParty
from kernel.contracts.telephony import AnswerTransfer, Consulted, TransferAsked
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import QueueId, UserId
from routing.acd.colleagues import require_free, transfer_to_colleague
from routing.acd.draft import Draft
from routing.acd.inviting import pass_to, require_room, to_queue
from routing.acd.telephones import party_of
from routing.acd.transfers import DECLINED, Target, refuse, take_over, target_of
from routing.agents.model import Agent
from routing.calls.model import Call

NOT_FREE = EndCause(EndResult.CALLEE, EndReason.BUSY, sip_code=486, q850=17)

Goal = Target | TransferToColleague


def seat_transfers(draft: Draft, call: Call, report: TransferAsked) -> bool:
    """Whether it is the telephone of the agent who has the call."""
    agent = call.agent
    if agent is None or report.leg != party_of(agent):
        return False
    goal = _goal(draft, call, report)
    draft.acting = agent
    if isinstance(goal, EndCause):
        refuse(draft, call, report, goal)
    elif isinstance(goal, Consulted):
        take_over(draft, call, report, goal)
    else:
        _pass_on(draft, call, report, agent, goal)
    draft.acting = None
    return True


def _pass_on(
    draft: Draft,
    call: Call,
    report: TransferAsked,
    agent: UserId,
    goal: TransferToColleague | PhoneParty | TrunkParty | QueueId,
) -> None:
    """The telephone hears of its success at once, and is hung up: whatever becomes of the caller is ours to see to."""
    stamp = draft.stamp(call.tenant)
    draft.send(AnswerTransfer(**stamp, call=call.call, leg=report.leg, accepted=True, done=True))
    if isinstance(goal, TransferToColleague):
        transfer_to_colleague(draft, call, agent, goal)
    elif isinstance(goal, PhoneParty | TrunkParty):
        pass_to(draft, call, agent, goal)
    else:
        to_queue(draft, call, agent, goal)


def _goal(draft: Draft, call: Call, report: TransferAsked) -> Goal:
    try:
        require_room(call)
    except CordboardError:
        return DECLINED
    goal = target_of(draft, call, report)
    return _at_telephone(draft, call, goal) if isinstance(goal, PhoneParty) else goal


def _at_telephone(draft: Draft, call: Call, to: PhoneParty) -> Goal:
    """An agent who works by it is offered the caller, or is not free; else it is a telephone like any other."""
    agent = _works_by(draft, call, to.user)
    if agent is None:
        return to
    try:
        require_free(draft, call, agent.agent)
    except CordboardError:
        return NOT_FREE
    waits = call.direction is Direction.INBOUND and draft.state.rules.queue(call.queue) is not None
    return TransferToColleague(call=call.call, agent=agent.agent) if waits else to


def _works_by(draft: Draft, call: Call, user: str) -> Agent | None:
    state, telephone = draft.state, PhoneParty(user=user)
    here = (one for one in state.agents if one.home == call.tenant and one.telephone)
    logged_in = (one for one in here if one.state is not AgentState.LOGGED_OUT)
    return next((one for one in logged_in if state.rules.telephone_of(one.agent) == telephone), None)
