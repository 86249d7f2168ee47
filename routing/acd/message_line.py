"""The messages of a floor, and those of them that agents are asked to take, in the order of their queues."""

from datetime import datetime

from kernel.contracts.queues import Preferred
from kernel.primitives.ids import CallId, VoicemailId
from routing.matching.rules import Caller
from routing.matching.waiting import Waiting
from routing.queues.rules import Rules
from routing.voicemail.box import Box
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail

OVERDUE_PRIORITY = 1_000_000  # before all that are not, whatever the queues' own priorities and their ageing say


class MessageLine(Box):
    """`line` is apart from that of callers, so that nobody's position or expected wait counts a message."""

    def __init__(self, rules: Rules) -> None:
        super().__init__()
        self._rules = rules
        self.line = Waiting(rules.matching)

    def adopt(self, rules: Rules) -> None:
        """Another directory: which are offered, and to whom, is told anew."""
        self._rules, self.line = rules, Waiting(rules.matching)
        for message in self:
            self._stand(message.voicemail, message)

    def put(self, name: VoicemailId, message: Voicemail | None) -> None:
        super().put(name, message)
        self._stand(name, message)

    def next_widening(self, after: datetime | None) -> datetime | None:
        """When one is next accepted by more agents than it was."""
        return self.line.next_widening(after)

    def _stand(self, name: VoicemailId, message: Voicemail | None) -> None:
        entry = None if message is None else self._entry(message)
        if entry is None:
            self.line.discard(CallId(name))
        else:
            self.line.add(entry)

    def _entry(self, message: Voicemail) -> Caller | None:
        """None: nobody is asked. One that is for somebody in person waits for them until it is overdue."""
        rules = self._rules.queue(message.queue)
        heard = message.recording is not None and not message.given_back
        if rules is None or message.phase is not Phase.NEW or not heard or not rules.waiting.voicemail.offered:
            return None
        preferred = None
        if message.owner is not None and not message.overdue:
            if message.queue not in self._rules.queues_of(message.owner):
                return None
            preferred = Preferred(message.owner, (message.due - message.left_at).total_seconds())
        priority = rules.priority + (OVERDUE_PRIORITY if message.overdue else 0)
        return Caller(CallId(message.voicemail), message.queue, message.left_at, priority, preferred=preferred)
