"""The reconciler in use: every few seconds all floors are compared with what the gateway and the engine hold."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Mapping

import structlog

from kernel.contracts.reconciling import Surroundings
from routing.errors import RoutingUnavailable
from routing.joining import FloorClosed
from routing.owner import FloorOwner
from routing.ports import Gateway
from routing.reconciler.healing import DeleteLeg
from routing.reconciler.patience import Verdict

log = structlog.get_logger(__name__)


class Reconciling:
    """Asks the gateway once for all floors; what fails for one of them keeps none of the others."""

    def __init__(self, gateway: Gateway, owners: Callable[[], Iterable[FloorOwner]], seconds: float) -> None:
        self._gateway = gateway
        self._owners = owners
        self._seconds = seconds
        self._counts: Counter[str] = Counter(reconciler_healed=0, reconciler_not_healed=0, reconciler_failed=0)

    @property
    def figures(self) -> Mapping[str, float]:
        return dict(self._counts)

    async def run(self) -> None:
        while True:
            await asyncio.sleep(self._seconds)
            await self.round()

    async def round(self) -> None:
        try:
            seen = await self._gateway.surroundings()
        except Exception:
            log.exception("reconciler.gateway_failed")
            seen = None
        for owner in self._owners():
            await self._compare(owner, seen)

    async def _compare(self, owner: FloorOwner, seen: Surroundings | None) -> None:
        behind = max(self._gateway.behind(tenant) for tenant in owner.floor)
        try:
            for verdict in await owner.reconcile(seen, behind):
                await self._note(verdict)
        except (FloorClosed, RoutingUnavailable):
            return
        except Exception:
            self._counts["reconciler_failed"] += 1
            log.exception("reconciler.failed", tenants=[str(tenant) for tenant in owner.floor])

    async def _note(self, verdict: Verdict) -> None:
        """The rest of the cure, and a line for the operator."""
        found = verdict.difference
        named = {"agent": found.agent, "call": found.call, "leg": found.leg}
        words = {name: str(value) for name, value in named.items() if value is not None}
        words |= {"difference": str(found.kind), "tenant": str(found.tenant), "since": verdict.since.isoformat()}
        if verdict.cure is None:
            self._counts["reconciler_not_healed"] += 1
            log.critical("reconciler.not_healed", state=found.state, cures=verdict.times - 1, **words)
            return
        self._counts["reconciler_healed"] += 1
        log.warning("reconciler.healed", state=found.state, cure=type(verdict.cure).__name__, **words)
        if isinstance(verdict.cure, DeleteLeg):
            await self._gateway.delete_stray(verdict.cure.leg)
