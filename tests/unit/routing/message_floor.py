"""A floor that takes messages."""

from typing import Any
from uuid import UUID

from msgspec.structs import replace

from kernel.contracts.log import RecordingDeleted, RecordingStored
from kernel.contracts.queues import MessageRules, Overflow, OverflowCause, ToVoicemail, WaitingRules
from kernel.contracts.telephony import (
    MessageBegun,
    RecordMessage,
)
from kernel.contracts.voicemail import (
    VoicemailAct,
)
from kernel.primitives.ids import CallId, RecordingId, TenantId, UserId, VoicemailId
from routing.acd.decide import VoicemailIntent
from routing.voicemail.model import Voicemail
from tests.unit.routing.audit import Auditor
from tests.unit.routing.floor import Floor, directory

RULES = MessageRules(prompts=("leave_one",), longest_seconds=60.0)
NOBODY_THERE = Overflow(OverflowCause.NO_AGENTS, ToVoicemail())


class MessageFloor(Floor):
    """Nobody is logged in: sales takes messages."""

    def __init__(self) -> None:
        sales, support = directory(TenantId(UUID(int=1))).queues
        waiting = WaitingRules(overflows=(NOBODY_THERE,), voicemail=RULES)
        super().__init__(1, queues=(replace(sales, waiting=waiting), support))
        self.auditor = Auditor(self.state)

    def take(self, word: Any) -> Any:
        decision = super().take(word)
        self.auditor.follow(self.log)
        self.auditor.check(self.state, self.rules)
        return decision

    def begin(self, call: CallId) -> None:
        self.take(MessageBegun(**self.stamp_of(call), call=call, recording=self.sent(RecordMessage)[-1].recording))

    def speaking(self) -> CallId:
        call = self.queued()
        self.wait(5)
        self.begin(call)
        return call

    def left(self, seconds: float = 20.0) -> Voicemail:
        call = self.speaking()
        self.wait(seconds)
        self.release(call)
        (message,) = self.state.messages.of_call(call)
        return message

    def store(self, call: CallId, name: VoicemailId) -> None:
        stored = RecordingStored(
            **self.stamp(), recording=RecordingId(name), call=call, key="k", seconds=20.0, channels=2, bytes=9,
            sha256="", started_at=self.now,
        )  # fmt: skip
        self.take(stored)

    def erase(self, message: Voicemail) -> None:
        recording = RecordingId(message.voicemail)
        gone = RecordingDeleted(**self.stamp(), recording=recording, call=message.call, bytes=9, reason="retention")
        self.take(gone)

    def act(self, person: UserId, act: VoicemailAct, tenant: TenantId | None = None) -> None:
        self.take(VoicemailIntent(tenant or self.tenant, person, act))

    def message(self, name: VoicemailId) -> Voicemail:
        found = self.state.messages.get(name)
        assert found is not None
        return found
