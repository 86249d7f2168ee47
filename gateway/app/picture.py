"""What this gateway and its engine hold now, for who compares it with what was decided."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping

from gateway.app.call_room import CallRoom
from gateway.app.call_worker import CallWorker
from gateway.app.lanes import Lanes
from gateway.app.phone_hub import PhoneHub, is_phone_leg
from gateway.app.ports import MediaEngine
from kernel.contracts.engine import DeleteLeg, EngineLost, EngineRefused, Snapshot, TakeSnapshot
from kernel.contracts.reconciling import Dialog, Holding, Surroundings
from kernel.primitives.ids import CallId, TenantId, UserId

AT_ONCE = 500  # calls of one turn of the loop: some two milliseconds
QUIET_SHARE = 100  # the engine is asked for all its legs so seldom that it takes a hundredth of the time at most

Strays = Mapping[TenantId, Mapping[str, CallId]]


class PictureTaker:
    """Changes nothing. Calls are looked at some at a time, so that what is told of two may be of two moments."""

    def __init__(
        self, calls: CallRoom, phones: PhoneHub, lanes: Lanes, engine: MediaEngine, now: Callable[[], float]
    ) -> None:
        """`now` in seconds, for how often the engine is asked."""
        self._calls = calls
        self._phones = phones
        self._lanes = lanes
        self._engine = engine
        self._now = now
        self._ask_again = float("-inf")

    async def take(self) -> Surroundings:
        legs = await self._legs()
        strays = self._strays(legs or frozenset())
        dialogs: dict[TenantId, dict[CallId, Dialog]] = defaultdict(dict)
        for place, worker in enumerate(self._calls.workers, 1):
            dialog = _dialog(worker, moving=self._lanes.has_work(worker.call.id))
            if dialog is not None:
                dialogs[worker.call.tenant][worker.call.id] = dialog
            if place % AT_ONCE == 0:
                await asyncio.sleep(0)
        phones: dict[TenantId, set[UserId]] = defaultdict(set)
        for tenant, agent in self._phones.reachable():
            phones[tenant].add(agent)
        return Surroundings(
            legs=legs,
            tenants={
                tenant: Holding(
                    dialogs=dialogs.get(tenant, {}),
                    softphones=frozenset(phones.get(tenant, ())),
                    strays=strays.get(tenant, {}),
                )
                for tenant in dialogs.keys() | phones.keys() | strays.keys()
            },
        )

    async def delete_stray(self, leg: str) -> None:
        """Unless somebody has it after all; EngineLost, EngineRefused."""
        if leg not in self._known() and not self._phones.owns(leg):
            await self._engine.request(DeleteLeg(leg=leg))

    async def _legs(self) -> frozenset[str] | None:
        """None where the engine is not asked, or does not answer."""
        begun = self._now()
        if begun < self._ask_again:
            return None
        try:
            snapshot = await self._engine.request(TakeSnapshot())
        except (EngineLost, EngineRefused):
            return None
        assert isinstance(snapshot, Snapshot)
        legs = frozenset(state.leg for state in snapshot.legs)
        ended = self._now()
        self._ask_again = ended + QUIET_SHARE * (ended - begun)
        return legs

    def _strays(self, legs: frozenset[str]) -> Strays:
        """Legs of calls that ended; softphones' are the gateway's own affair."""
        found: dict[TenantId, dict[str, CallId]] = defaultdict(dict)
        for leg in legs - self._known():
            ended = None if is_phone_leg(leg) else self._calls.ended_with(leg)
            if ended is not None:
                found[ended[0]][leg] = ended[1]
        return found

    def _known(self) -> set[str]:
        return {leg.name for worker in self._calls.workers for leg in worker.legs.all}


def _dialog(worker: CallWorker, *, moving: bool) -> Dialog | None:
    """None for a call that was released and has told so."""
    call = worker.call
    if call.over:
        return Dialog(moving=True) if moving else None
    joined = call.agent is not None and (call.agent.media is not None or call.agent.seat)
    return Dialog(
        leg=None if worker.far.state.media is None else worker.far.name,
        agent=call.agent.agent if call.agent is not None and joined else None,
        moving=moving,
    )
