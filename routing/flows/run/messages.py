"""Nodes that take something for later: callback, voicemail."""

from routing.flows import limits
from routing.flows.document.nodes import Callback, Voicemail
from routing.flows.document.numbers import number_of
from routing.flows.run.effects import BookCallback, FinishMessage, RecordMessage, StopSpeaking
from routing.flows.run.position import Ending, Phase
from routing.flows.run.walk import Walk
from routing.flows.run.words import (
    CallbackBooked,
    CallbackRefused,
    CallerHungUp,
    KeyPressed,
    MessageFailed,
    MessageRecorded,
    SpeechEnded,
    TimeOut,
)

# --- callback ---


def arrive_callback(walk: Walk, node: Callback) -> None:
    """Nobody agrees to something by keys pressed before it was offered."""
    walk.set(ahead="")
    if number_of(walk.value(node.number)) is None:
        walk.go("on_unavailable", node.on_unavailable, f"{node.number} holds no number that can be called")
    elif node.prompts:
        walk.speak(node.prompts)
    else:
        walk.wait(Phase.COLLECTING, node.wait_seconds)


def callback_offered(walk: Walk, node: Callback, word: SpeechEnded) -> None:
    if walk.phase is Phase.SPEAKING:
        walk.wait(Phase.COLLECTING, node.wait_seconds)


def callback_pressed(walk: Walk, node: Callback, word: KeyPressed) -> None:
    if walk.phase is Phase.WAITING:
        return
    if walk.phase is Phase.SPEAKING:
        walk.do(StopSpeaking())
    number = number_of(walk.value(node.number))
    if word.key != node.key or number is None:
        walk.go("on_declined", node.on_declined, f"the caller pressed {word.key}")
        return
    walk.do(BookCallback(turn=walk.turn(), queue=node.queue, number=number, skills=node.skills))
    walk.wait(Phase.WAITING, limits.ANSWER_GUARD_SECONDS)


def callback_timed_out(walk: Walk, node: Callback, word: TimeOut) -> None:
    if walk.phase is Phase.SPEAKING:
        walk.wait(Phase.COLLECTING, node.wait_seconds)
    elif walk.phase is Phase.COLLECTING:
        walk.go("on_declined", node.on_declined, "no key")
    else:
        walk.go("on_unavailable", node.on_unavailable, "nothing was reported in time")


def callback_booked(walk: Walk, node: Callback, word: CallbackBooked) -> None:
    walk.go("next", node.next, "the callback is booked")


def callback_refused(walk: Walk, node: Callback, word: CallbackRefused) -> None:
    walk.go("on_unavailable", node.on_unavailable, f"refused: {word.why}" if word.why else "refused")


# --- voicemail ---


def arrive_voicemail(walk: Walk, node: Voicemail) -> None:
    walk.set(ahead="")
    if node.prompts:
        walk.speak(node.prompts)
    else:
        _record(walk, node)


def _record(walk: Walk, node: Voicemail) -> None:
    walk.do(RecordMessage(turn=walk.turn(), queue=node.queue, seconds=node.max_seconds))
    walk.wait(Phase.WAITING, node.max_seconds)


def _finish(walk: Walk) -> None:
    walk.do(FinishMessage())
    walk.wait(Phase.FINISHING, limits.ANSWER_GUARD_SECONDS)


def voicemail_greeted(walk: Walk, node: Voicemail, word: SpeechEnded) -> None:
    if walk.phase is Phase.SPEAKING:
        _record(walk, node)


def voicemail_pressed(walk: Walk, node: Voicemail, word: KeyPressed) -> None:
    if walk.phase is Phase.SPEAKING:
        walk.do(StopSpeaking())
        _record(walk, node)
    elif walk.phase is Phase.WAITING and word.key == node.finish_key:
        _finish(walk)


def voicemail_timed_out(walk: Walk, node: Voicemail, word: TimeOut) -> None:
    if walk.phase is Phase.SPEAKING:
        _record(walk, node)
    elif walk.phase is Phase.WAITING:
        _finish(walk)
    else:
        walk.go("on_failure", node.on_failure, "the recorder did not report")


def message_recorded(walk: Walk, node: Voicemail, word: MessageRecorded) -> None:
    if walk.phase is not Phase.SPEAKING:
        walk.go("next", node.next, f"a message of {word.seconds:.0f} s was recorded")


def message_failed(walk: Walk, node: Voicemail, word: MessageFailed) -> None:
    walk.go("on_failure", node.on_failure, f"not recorded: {word.why}" if word.why else "not recorded")


def voicemail_abandoned(walk: Walk, node: Voicemail, word: CallerHungUp) -> None:
    """What was said so far is kept: most callers end a message so."""
    if walk.phase is Phase.WAITING:
        walk.do(FinishMessage())
    walk.end(Ending.CALLER_GONE, "the caller hung up")
