"""What all calls of a gateway share."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.app.counters import GatewayCounters
from gateway.app.dial_plan import DialPlan
from gateway.app.ports import GatewayPorts
from gateway.app.sessions import SipLink
from gateway.app.store import StateStore
from gateway.app.ways import Ways
from gateway.app.web_legs import WebLegs
from gateway.sip.events import InviteReceived
from gateway.trunks.book import TrunkBook
from kernel.contracts.directory import PhoneConfig
from kernel.primitives.ids import CallId, TenantId, UserId

SESSION_ID_BITS = 62  # RFC 8829 5.2.1 advises 63; some peers read it as signed


@dataclass(frozen=True, kw_only=True)
class Workshop:
    """`transmit(home, agent, leg, on)` only queues; `retry(call, save)` has a failed save tried again."""

    ports: GatewayPorts
    store: StateStore
    trunks: TrunkBook
    ways: Ways
    sip: SipLink
    web_legs: WebLegs
    counters: GatewayCounters
    transmit: Callable[[TenantId, UserId, str, bool], None]
    retry: Callable[[CallId, Callable[[], Awaitable[None]]], None]
    dial_plan: DialPlan
    caller_of: Callable[[InviteReceived], PhoneConfig | None] = lambda _event: None  # who proved to have sent it
    telephone: Callable[[TenantId, str], PhoneConfig | None] = lambda _tenant, _user: None  # by its user name

    def number(self) -> int:
        """Of a new SDP session (RFC 8866 5.2)."""
        return self.ports.ids.new().int % (1 << SESSION_ID_BITS)
