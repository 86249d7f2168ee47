"""A floor whose agents are offered messages."""

from uuid import UUID

from msgspec.structs import replace

from kernel.contracts.calls import AgentState
from kernel.contracts.queues import (
    MessageRules,
    Overflow,
    OverflowCause,
    ToVoicemail,
    WaitingRules,
)
from kernel.primitives.ids import TenantId, UserId, VoicemailId
from routing.voicemail.machine import Phase
from tests.unit.routing.floor import directory
from tests.unit.routing.message_floor import MessageFloor

RULES = MessageRules(prompts=(), offered=True)
NOBODY_THERE = Overflow(OverflowCause.NO_AGENTS, ToVoicemail())


class WorkFloor(MessageFloor):
    """Sales offers its messages; everybody is logged out at first, so that callers leave some."""

    def __init__(self, rules: MessageRules = RULES) -> None:
        super().__init__()
        sales, support = directory(TenantId(UUID(int=1))).queues
        waiting = WaitingRules(overflows=(NOBODY_THERE,), voicemail=rules)
        self.adopt(queues=(replace(sales, waiting=waiting), support))

    def heard(self, seconds: float = 20.0) -> VoicemailId:
        """One whose sound is stored."""
        message = self.left(seconds)
        self.store(message.call, message.voicemail)
        return message.voicemail

    def phase(self, name: VoicemailId) -> tuple[Phase, UserId | None]:
        message = self.message(name)
        return message.phase, message.agent

    def state_of(self, agent: UserId) -> tuple[AgentState, str]:
        known = self.agent(agent)
        return known.state, known.reason
