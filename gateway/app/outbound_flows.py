"""The flows by which carriers call us and we call them, as long as they live (RFC 5626 4.2 to 4.4)."""

import structlog

from gateway.app.sessions import SipLink
from gateway.sip.flow import Destination, Flow
from gateway.trunks.registering import Outcome
from kernel.primitives.ids import TrunkId

INTERVAL_TOO_BRIEF = 423

log = structlog.get_logger(__name__)


class OutboundFlows:
    """Those of the trunks whose registrar said that it keeps to them; several trunks may share one."""

    def __init__(self, sip: SipLink) -> None:
        self._sip = sip
        self._flows: dict[TrunkId, Flow] = {}

    def of(self, trunk: TrunkId) -> Flow | None:
        """Where calls by this trunk go; None: where it is dialled."""
        return self._flows.get(trunk)

    def follow(self, trunk: TrunkId, destination: Destination | None, outcome: Outcome, random: float) -> None:
        """Take the outcome of a REGISTER that went to `destination`; `random` of [0, 1) spreads keep-alives.

        After a failure the way is found anew: the flow may lead to a server that is no more.
        """
        if outcome.status == INTERVAL_TOO_BRIEF:
            return
        driver = self._sip.driver
        keeps = outcome.outbound and 200 <= outcome.status < 300
        flow = driver.flow_to(destination) if keeps and destination is not None else None
        if flow != self._flows.get(trunk):
            self.drop(trunk)
        if flow is not None:
            self._flows[trunk] = flow
            driver.keep_open(flow, outcome.flow_timer, random)

    def drop(self, trunk: TrunkId) -> None:
        """It is registered by this flow no more."""
        flow = self._flows.pop(trunk, None)
        if flow is not None and flow not in self._flows.values():
            self._sip.driver.let_go(flow)

    def lost(self, flow: Flow) -> list[TrunkId]:
        """A flow is gone; returns whose it was."""
        gone = [trunk for trunk, kept in self._flows.items() if kept == flow]
        for trunk in gone:
            del self._flows[trunk]
            log.warning("trunk.flow_lost", trunk=str(trunk), transport=flow.transport)
        return gone
