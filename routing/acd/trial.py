"""What a decision has touched so far, as it was before."""

from collections.abc import Callable
from typing import Self

from kernel.primitives.ids import CallbackId, CallId, UserId, VoicemailId
from routing.agents.model import Agent
from routing.callbacks.model import Callback
from routing.calls.model import Call
from routing.supervision.listening import Ear
from routing.voicemail.model import Voicemail


class Trial:
    """Each by its name; None: there was none. `over` is called at its end."""

    def __init__(self, over: "Callable[[Trial], None]") -> None:
        self._over = over
        self.agents: dict[UserId, Agent | None] = {}
        self.calls: dict[CallId, Call | None] = {}
        self.ended: list[Call] = []
        self.callbacks: dict[CallbackId, Callback | None] = {}
        self.messages: dict[VoicemailId, Voicemail | None] = {}
        self.ears: dict[UserId, Ear | None] = {}
        self.kept = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._over(self)

    def keep(self) -> None:
        """What was applied stays applied."""
        self.kept = True
