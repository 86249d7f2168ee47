"""A tenant's messages that are not done: a fold over its log, in the order in which they are served."""

from collections.abc import Iterator
from datetime import datetime

from kernel.contracts.voicemail import VoicemailEvent
from kernel.primitives.ids import CallId, QueueId, RecordingId, VoicemailId
from routing.voicemail.fold import apply
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail


class Box:
    """Hundreds of messages at most, so lists are sorted when they are read."""

    def __init__(self) -> None:
        self._messages: dict[VoicemailId, Voicemail] = {}

    def __iter__(self) -> Iterator[Voicemail]:
        return iter(sorted(self._messages.values(), key=lambda message: message.key))

    def get(self, voicemail: VoicemailId) -> Voicemail | None:
        return self._messages.get(voicemail)

    def of_call(self, call: CallId) -> Voicemail | None:
        """A report that comes twice makes no second message."""
        return next((message for message in self._messages.values() if message.call == call), None)

    def of_recording(self, recording: RecordingId) -> Voicemail | None:
        return next((message for message in self._messages.values() if message.recording == recording), None)

    def waiting(self, queue: QueueId) -> list[Voicemail]:
        """Those that nobody takes care of."""
        return [message for message in self if message.queue == queue and message.phase is Phase.NEW]

    @property
    def next_timer(self) -> datetime | None:
        timers = (message.next_timer for message in self._messages.values())
        return min((timer.at for timer in timers if timer is not None), default=None)

    def apply(self, event: VoicemailEvent) -> None:
        self.put(event.voicemail, apply(self.get(event.voicemail), event))

    def put(self, name: VoicemailId, message: Voicemail | None) -> None:
        """What it is now; None: it is done."""
        if message is None:
            self._messages.pop(name, None)
        else:
            self._messages[name] = message
