"""What a far end that asks for a transfer means, in the words of the calls: whom, by which right, consulted where."""

from collections.abc import Callable
from functools import partial

from msgspec.structs import replace

from gateway.app.call_worker import CallWorker
from gateway.app.far_leg import FarLeg
from gateway.app.workshop import Workshop
from gateway.calls import handover
from gateway.calls.inputs import TransferWanted
from gateway.sip.events import ReferReceived
from gateway.sip.replaces import Replaces
from gateway.trunks.numbers import read_number
from kernel.primitives.ids import CallId, TenantId
from kernel.primitives.phone import PhoneNumber


class TransferWishes:
    """`own` finds a call of the tenant: another tenant's is none at all."""

    def __init__(self, shop: Workshop, own: Callable[[CallId, TenantId], CallWorker | None]) -> None:
        self._shop = shop
        self._own = own

    def read(self, worker: CallWorker, leg: FarLeg, event: ReferReceived) -> TransferWanted:
        """Called in the order of the worker's call; of the other one it only looks at what is there now."""
        wanted = worker.transfers.asked(leg.leg, event, partial(self._meant, worker, leg))
        wanted = replace(wanted, allowed=self._may(worker, leg))
        replaces = event.refer_to.replaces
        found = self._consultation(worker, replaces) if replaces is not None else None
        if found is None or replaces is None:
            return wanted
        other, asks = found
        return replace(
            wanted,
            attended_with=other.call.id,
            consulted=None if replaces.early_only else handover.consulted(other.call, asks.leg),
            allowed=wanted.allowed and self._may(other, asks),
        )

    def _meant(self, worker: CallWorker, leg: FarLeg, user: str) -> PhoneNumber | str | None:
        """As telephones of ours dial, or as the trunk's region writes numbers: what is none is a telephone's name."""
        if leg.state.phone:
            return self._shop.dial_plan.read_user(self._home(worker, leg), user)
        name = worker.trunk_of(leg)
        trunk = self._shop.trunks.get(name) if name is not None else None
        return read_number(user, trunk.region if trunk is not None else None) or user

    def _home(self, worker: CallWorker, leg: FarLeg) -> TenantId:
        """Whose telephone it is: an agent's of another tenant may have the call."""
        party = worker.call.parties.get(leg.leg)
        return (party.home if party is not None else None) or worker.call.tenant

    def _may(self, worker: CallWorker, leg: FarLeg) -> bool:
        """As the telephone's settings say, or those of the trunk that the far end is behind."""
        if leg.state.phone:
            phone = self._shop.telephone(self._home(worker, leg), leg.state.phone)
            return phone is not None and phone.may_transfer
        name = worker.trunk_of(leg)
        trunk = self._shop.trunks.get(name) if name is not None else None
        return name is None or (trunk is not None and trunk.options.may_transfer)

    def _consultation(self, worker: CallWorker, replaces: Replaces) -> tuple[CallWorker, FarLeg] | None:
        """The call of ours that is named, and the leg there of who asks."""
        session = self._shop.sip.driver.endpoint.session_of(replaces)
        name = self._shop.sip.sessions.call_of(session)
        other = self._own(name, worker.call.tenant) if name is not None else None
        leg = other.legs.of_session(session) if other is not None else None
        return None if other is None or leg is None else (other, leg)
