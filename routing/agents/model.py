"""What routing knows of one agent: folded from the log, never changed in place."""

from datetime import datetime, timedelta

import msgspec

from kernel.contracts.calls import AgentState, Fault
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId
from routing.agents.tally import ENGAGED, Tally
from routing.lines.model import Line

AGENT_RETURN_SECONDS = 30.0  # a browser restarts and reconnects in 10–20 s; callers bear half a minute of music
AGENT_RETURN = timedelta(seconds=AGENT_RETURN_SECONDS)


class Agent(msgspec.Struct, frozen=True, kw_only=True):
    """`reachable_at` is when reachability last changed, `idle_since` ranks the longest idle agent.

    All of it is told by the log of the agent's `home`; `client` is whose work the present state is.
    """

    agent: UserId
    home: TenantId
    state: AgentState = AgentState.LOGGED_OUT
    reason: str = ""
    until: datetime | None = None
    call: CallId | None = None
    queue: QueueId | None = None
    requested: AgentState | None = None
    requested_reason: str = ""
    reachable: bool = False
    reachable_at: datetime | None = None
    fault: Fault = Fault.CONNECTION  # why not reachable
    idle_since: datetime | None = None
    client: TenantId | None = None
    by_phone: bool = False  # in the call by a telephone, so that the softphone may go and come
    tally: Tally = Tally()
    since: datetime | None = None  # when the present state, with this reason and call, began
    telephone: bool = False  # takes calls by a telephone, and not in the browser
    kept: bool = False  # the telephone's line is kept up between calls
    line: Line = Line()
    registered: tuple[str, ...] = ()  # the agent's telephones, by their user names
    desk: str = ""  # the page of a browser at which the agent works

    @property
    def cut_off(self) -> bool:
        """Without any connection, so that nobody in a call can be heard; by a telephone nobody is."""
        return not self.reachable and not self.by_phone and self.fault is Fault.CONNECTION

    @property
    def deadline(self) -> datetime | None:
        """When the present state ends by itself; a connected agent whose softphone is lost has AGENT_RETURN_SECONDS."""
        if self.state is AgentState.CONNECTED:
            lost_at = self.reachable_at if self.cut_off else None
            return None if lost_at is None else lost_at + AGENT_RETURN
        return self.until

    @property
    def host(self) -> TenantId | None:
        """The other tenant on whose call the agent works now."""
        return host_of(self.home, self.state, self.client)


def host_of(home: TenantId, state: AgentState, client: TenantId | None) -> TenantId | None:
    return client if state in ENGAGED and client != home else None
