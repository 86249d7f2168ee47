"""A floor's messages that are not done: a fold over its logs, in the order in which they are served."""

from collections.abc import Iterator
from datetime import datetime

from kernel.contracts.voicemail import VoicemailEvent
from kernel.primitives.ids import CallId, QueueId, TenantId, UserId, VoicemailId
from routing.queues.line import Line
from routing.voicemail.fold import apply
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail


class Box:
    """Hundreds of messages at most, so lists are sorted when they are read; only the timers are asked all the time."""

    def __init__(self) -> None:
        self._messages: dict[VoicemailId, Voicemail] = {}
        self._held: dict[VoicemailId, UserId] = {}
        self._timers: Line[tuple[datetime, VoicemailId]] = Line()

    def __iter__(self) -> Iterator[Voicemail]:
        return iter(sorted(self._messages.values(), key=lambda message: message.key))

    def __len__(self) -> int:
        return len(self._messages)

    def get(self, voicemail: VoicemailId) -> Voicemail | None:
        return self._messages.get(voicemail)

    def of(self, tenant: TenantId) -> list[Voicemail]:
        return [message for message in self if message.tenant == tenant]

    def of_call(self, call: CallId) -> list[Voicemail]:
        return [message for message in self if message.call == call]

    def of_agent(self, agent: UserId) -> list[Voicemail]:
        """Those that the agent was asked to hear, or has taken."""
        return [self._messages[name] for name, holder in self._held.items() if holder == agent]

    def work_of(self, agent: UserId) -> Voicemail | None:
        """The one that the agent has taken."""
        return next((message for message in self.of_agent(agent) if message.phase is Phase.TAKEN), None)

    @property
    def held(self) -> list[Voicemail]:
        """Those that somebody was asked to hear, or has taken."""
        return [self._messages[name] for name in self._held]

    def waiting(self, queue: QueueId) -> list[Voicemail]:
        """Those that nobody takes care of."""
        return [message for message in self if message.queue == queue and message.phase is Phase.NEW]

    @property
    def next_timer(self) -> datetime | None:
        return self._timers[0][0] if self._timers else None

    def first_due(self, now: datetime) -> Voicemail | None:
        """One whose timer has come."""
        first = self._timers.first
        return None if first is None or first[0] > now else self._messages[first[1]]

    def apply(self, event: VoicemailEvent) -> None:
        self.put(event.voicemail, apply(self.get(event.voicemail), event))

    def put(self, name: VoicemailId, message: Voicemail | None) -> None:
        """What it is now; None: it is done."""
        former = self._messages.pop(name, None)
        if former is not None and former.next_timer is not None:
            self._timers.discard((former.next_timer.at, name))
        self._held.pop(name, None)
        if message is not None:
            self._messages[name] = message
            if message.agent is not None:
                self._held[name] = message.agent
            if message.next_timer is not None:
                self._timers.add((message.next_timer.at, name))
