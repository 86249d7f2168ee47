"""Whom a flow calls for the caller: it answers, or does not."""

from msgspec.structs import replace

from kernel.contracts.telephony import PartyEstablished, PartyReleased
from routing.acd.draft import Draft
from routing.acd.flow_steps import told
from routing.acd.handling import transfer_ended
from routing.calls.model import Call
from routing.flows.run.words import TransferAnswered, TransferFailed


def flow_party_established(draft: Draft, call: Call, report: PartyEstablished) -> bool:
    """Whether it was one."""
    standing, transfer = draft.state.flows.of(call.call), call.transfer
    if standing is None or transfer is None or standing.party != report.party or transfer.party != report.party:
        return False
    draft.record(transfer_ended(draft, call, transfer, None, min(report.at, draft.now)))
    told(draft, call, TransferAnswered(turn=standing.position.turn))
    return True


def flow_party_released(draft: Draft, call: Call, report: PartyReleased) -> bool:
    """Whether it was one that never answered: the log tells its end, and the flow goes on where it waits for it."""
    standing, transfer = draft.state.flows.of(call.call), call.transfer
    if standing is None or transfer is None or transfer.party != report.party:
        return False
    draft.record(transfer_ended(draft, call, transfer, report.cause))
    if standing.party == report.party:
        draft.state.flows.put(replace(standing, party=""))
        told(draft, call, TransferFailed(turn=standing.position.turn, why=report.cause.reason.value))
    return True
