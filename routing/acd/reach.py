"""Whether an agent's telephone can carry a call, and what the agent is told where it cannot."""

from kernel.contracts.calls import Fault
from routing.agents.model import Agent
from routing.errors import SoftphoneUnreachable

_ADVICE = {
    Fault.CONNECTION: "The sound connection of the desk is not up: reload the page if it does not return.",
    Fault.MICROPHONE: "The desk has no microphone that gives sound: plug the headset in, or choose another one.",
    Fault.AUDIO_PATH: "No sound arrives from the desk: choose the microphone anew, or reload the page.",
    Fault.TELEPHONE: "Your telephone is not registered, or may not be called: see to it, or work in the browser.",
}


def require_reachable(agent: Agent) -> None:
    """SoftphoneUnreachable, with what to do."""
    if not agent.reachable:
        raise SoftphoneUnreachable(_ADVICE[agent.fault], fault=agent.fault.value)


def require_heard(agent: Agent) -> None:
    """SoftphoneUnreachable; who has only lost the microphone can still listen."""
    if agent.cut_off:
        require_reachable(agent)
