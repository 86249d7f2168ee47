"""What becomes of messages: left, stored, offered, taken, rung back from, finished with a note, given back, let lie."""

import contextlib
from collections.abc import Callable

from hypothesis import strategies as st
from hypothesis.stateful import rule

from kernel.contracts.desk import Dial
from kernel.contracts.log import RecordingStored
from kernel.contracts.voicemail import (
    FinishVoicemail,
    GiveBackVoicemail,
    RejectVoicemail,
    TakeVoicemail,
    VoicemailAct,
)
from kernel.primitives.errors import CordboardError
from kernel.primitives.ids import RecordingId, UserId
from routing.acd.decide import VoicemailIntent
from routing.voicemail.machine import Phase
from routing.voicemail.model import Voicemail
from tests.unit.routing.floor import ANN, BEN, FAR_END
from tests.unit.routing.flow_documents import VOICEMAIL_KEY
from tests.unit.routing.steps import PLACES
from tests.unit.routing.whole_line import LineMachine

SPOKEN_SECONDS = 20.0
ActOn = Callable[[Voicemail], VoicemailAct]


class MessageMachine(LineMachine):
    # --- left and stored ---

    @rule(stored=st.sampled_from((True, True, False)))
    def somebody_leaves_a_message(self, stored: bool) -> None:
        call = self.floor.arrive()
        self.calls.append(call)
        self.floor.establish(call)
        self.press(call, VOICEMAIL_KEY)
        self.all_reports_come_in_order(goes_well=True, rounds=3)
        self.floor.wait(SPOKEN_SECONDS)
        self.release(call)
        for message in [one for one in self.floor.state.messages if stored and one.call == call]:
            self.store(message)

    @rule(place=PLACES)
    def a_sound_is_stored(self, place: int) -> None:
        message = self.some_message(place, lambda one: True)
        if message is not None:
            self.store(message)

    def store(self, one: Voicemail) -> None:
        stored = RecordingStored(
            **self.floor.stamp(one.tenant), recording=RecordingId(one.voicemail), call=one.call, key="k",
            seconds=one.seconds, channels=2, bytes=9, sha256="", started_at=one.left_at,
        )  # fmt: skip
        self.floor.take(stored)

    # --- as work ---

    def some_message(self, place: int, fits: Callable[[Voicemail], bool]) -> Voicemail | None:
        there = [one for one in self.floor.state.messages if fits(one)]
        return there[place % len(there)] if there else None

    def act_on(self, message: Voicemail | None, person: UserId | None, act: ActOn) -> None:
        if message is not None and person is not None:
            with contextlib.suppress(CordboardError):
                self.floor.take(VoicemailIntent(message.tenant, person, act(message)))

    @rule(takes=st.sampled_from((True, True, False)))
    def whoever_is_asked_answers(self, takes: bool) -> None:
        for message in [one for one in self.floor.state.messages if one.phase is Phase.OFFERED]:
            kind = TakeVoicemail if takes else RejectVoicemail
            self.act_on(message, message.agent, lambda one, kind=kind: kind(voicemail=one.voicemail))

    @rule(place=PLACES, person=st.sampled_from((ANN, BEN)), takes=st.booleans())
    def somebody_picks_one_or_gives_it_back(self, place: int, person: UserId, takes: bool) -> None:
        kind = TakeVoicemail if takes else GiveBackVoicemail
        self.act_on(self.some_message(place, lambda one: True), person, lambda one: kind(voicemail=one.voicemail))

    @rule(place=PLACES)
    def the_caller_is_rung_back(self, place: int) -> None:
        message = self.some_message(place, lambda one: one.phase is Phase.TAKEN)
        if message is not None and message.agent is not None:
            self.attempt(message.agent, Dial(called=FAR_END, client=message.tenant))

    @rule(place=PLACES, disposition=st.sampled_from(("", "resolved", "other", "no such")))
    def one_is_finished(self, place: int, disposition: str) -> None:
        message = self.some_message(place, lambda one: one.agent is not None)
        person = None if message is None else message.agent
        self.act_on(
            message,
            person,
            lambda one: FinishVoicemail(voicemail=one.voicemail, disposition=disposition, note="rang back"),
        )
