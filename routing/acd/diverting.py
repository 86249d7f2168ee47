"""Callers whom their queue sent to a number outside: dialled beside the music, handed over on the answer.

Who does not answer costs the caller nothing: they have their place in the queue again.
"""

from kernel.contracts.calls import EndCause, EndReason, EndResult
from kernel.contracts.log import TransferBegun
from kernel.contracts.queues import Elsewhere, ToNumber
from kernel.contracts.telephony import ConnectParty, DropParty, JoinParty, TrunkParty
from kernel.primitives.ids import QueueId
from routing.acd.draft import Draft
from routing.acd.handling import enqueue, play_music, transfer_ended
from routing.acd.limits import require_dialable
from routing.calls.machine import CallInput, step
from routing.calls.model import QUEUE, Call, Transfer
from routing.errors import OverLimit

NO_ANSWER = EndCause(EndResult.CALLEE, EndReason.NO_ANSWER, sip_code=487, q850=19)


class NumberWay:
    """To a number outside, within the tenant's limits of what may be dialled."""

    def is_open(self, draft: Draft, call: Call, to: Elsewhere) -> bool:
        if not isinstance(to, ToNumber):
            return False
        try:
            require_dialable(draft, draft.state.rules.directory(call.tenant), to.number)
        except OverLimit:
            return False
        return True

    def take(self, draft: Draft, call: Call, queue: QueueId, to: Elsewhere) -> None:
        """Who is called is shown who calls, as far as the trunk's rules allow."""
        if not isinstance(to, ToNumber):
            return
        step(call.phase, CallInput.DIVERT)
        party = f"overflow{call.transfers + 1}"
        trunk = draft.state.rules.directory(call.tenant).outbound_trunk
        address = TrunkParty(called=to.number, caller=call.caller, trunk=trunk)
        stamp = draft.stamp
        draft.record(TransferBegun(**stamp(call.tenant), call=call.call, leg=QUEUE, party=party, to=address))
        draft.send(ConnectParty(**stamp(call.tenant), call=call.call, party=party, to=address, ends_call=False))


def answered(draft: Draft, call: Call, transfer: Transfer) -> None:
    draft.record(transfer_ended(draft, call, transfer, None))
    draft.send(JoinParty(**draft.stamp(call.tenant), call=call.call, party=transfer.party, ends_call=True))


def come_back(draft: Draft, call: Call, cause: EndCause = NO_ANSWER) -> None:
    """Nobody had the caller: back to the queue, with the old place."""
    step(call.phase, CallInput.RETURN)
    if call.transfer is not None:
        draft.record(transfer_ended(draft, call, call.transfer, cause))
    enqueue(draft, call, call.since or draft.now)
    waiting = draft.state.call(call.call)
    if waiting is not None:
        play_music(draft, waiting)


def give_up(draft: Draft, call: Call) -> None:
    """Nothing was reported in time."""
    if call.transfer is not None:
        dropped = DropParty(**draft.stamp(call.tenant), call=call.call, party=call.transfer.party, cause=NO_ANSWER)
        draft.send(dropped)
    come_back(draft, call)
