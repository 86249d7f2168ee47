"""What was decided of who takes part in a call as a third, recorded and sent."""

from kernel.contracts.log import PartyLeft
from kernel.contracts.supervision import SupervisionChanged
from kernel.contracts.telephony import TrunkParty
from kernel.primitives.ids import CallId
from routing.acd.draft import Draft
from routing.acd.telephones import party_of
from routing.supervision.listening import Moment, Ruling, leave


def moment_of(draft: Draft) -> Moment:
    return Moment(draft.now, draft.ids)


def carry_out(draft: Draft, ruling: Ruling) -> None:
    for event in ruling.events:
        if event.manner is None:
            _telephone_left(draft, event)
        draft.record(event)
    for command in ruling.commands:
        draft.send(command)


def _telephone_left(draft: Draft, event: SupervisionChanged) -> None:
    """What calling a number outside costs is billed by the leg, from its answer on."""
    ear = draft.state.listening.ear(event.supervisor)
    if ear is None or ear.since is None or not isinstance(ear.telephone, TrunkParty):
        return
    stamp = draft.stamp(ear.tenant)
    party = party_of(event.supervisor)
    draft.record(PartyLeft(**stamp, call=ear.call, party=party, to=ear.telephone, since=ear.since))


def let_listeners_go(draft: Draft, call: CallId) -> None:
    """With the call, and before its end is told."""
    for supervisor, ear in draft.state.listening.ears.items():
        if ear.call == call:
            carry_out(draft, leave(supervisor, ear, moment_of(draft)))
