"""By which leg each agent takes part in calls: the line that is kept up to a telephone, or the browser's."""

from collections.abc import Callable

from gateway.app.phone_hub import Agent
from gateway.app.ports import GatewayPorts
from gateway.calls.inputs import AgentAttached, AgentDetached
from gateway.calls.legs import LegState
from gateway.calls.model import Call, Moment
from kernel.primitives.ids import CallId


class AgentLegs:
    """`browser(agent)` is asked at the moment at which the leg is needed."""

    def __init__(self, ports: GatewayPorts, browser: Callable[[Agent], str | None]) -> None:
        self._ports = ports
        self._browser = browser
        self._lines: dict[Agent, tuple[CallId, str]] = {}

    def has_line(self, agent: Agent) -> bool:
        return agent in self._lines

    def moment(self, agent: Agent | None = None) -> Moment:
        """Now, with the leg of the agent."""
        line = None if agent is None else self._lines.get(agent)
        leg = line[1] if line is not None else None if agent is None else self._browser(agent)
        return Moment(self._ports.clock.now(), self._ports.ids, leg, by_line=line is not None)

    def note(self, call: Call) -> tuple[Agent, AgentAttached | AgentDetached] | None:
        """What the line to an agent's telephone has become, for the call that the agent is in; None: nothing new."""
        if call.line_of is None:
            return None
        agent, line = (call.tenant, call.line_of), (call.id, call.far.name)
        if call.far.state is LegState.ANSWERED and self._lines.get(agent) != line:
            self._lines[agent] = line
            return agent, AgentAttached(call.line_of, call.far.name, by_line=True)
        if call.over and self._lines.get(agent) == line:
            del self._lines[agent]
            return agent, AgentDetached(call.line_of, call.far.name)
        return None
