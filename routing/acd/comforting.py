"""What callers hear over the music while they wait, and what they can expect."""

from kernel.contracts.log import CallerTold
from kernel.contracts.queues import Comfort
from kernel.contracts.telephony import PlayToCaller
from routing.acd.draft import Draft
from routing.acd.flow_words import Announce, Announced, FlowErrand
from routing.acd.outlook import expected_wait
from routing.calls.model import Call, CallPhase
from routing.matching.announcing import Phrase, position_phrase, wait_phrase
from routing.matching.comfort import Message, message, next_message

COMFORT_TOKEN = "comfort"  # noqa: S105 names the prompts whose end CallPlayed reports


def tell_waiting(draft: Draft) -> None:
    """After calls were given out: whose next message is due."""
    for name in sorted(draft.state.restless(draft.now)):
        call = draft.state.call(name)
        if call is not None and call.phase is CallPhase.QUEUED:
            _tell(draft, call)


def _tell(draft: Draft, call: Call) -> None:
    comfort = draft.state.rules.waiting(call.queue).comfort
    if comfort is None or call.heard is None or call.queue is None or next_message(comfort, call.heard) > draft.now:
        return
    said = _message(draft, call, comfort)
    prompts = () if said.prompt is None else (said.prompt,)
    draft.record(
        CallerTold(
            **draft.stamp(call.tenant),
            call=call.call,
            queue=call.queue,
            prompts=prompts,
            position=said.position,
            minutes=said.minutes,
        )
    )
    phrases = phrases_of(said, comfort.language)
    if phrases:
        draft.run(FlowErrand(call.tenant, call.call, Announce(call.heard.messages + 1, prompts, phrases)))
    else:
        _play(draft, call, prompts)


def announced(draft: Draft, word: Announced) -> None:
    """The sounds are there; whoever talks by now, left, or was told something else since, hears nothing of it."""
    call = draft.state.call(word.call)
    if call is None or call.tenant != word.tenant or call.phase is not CallPhase.QUEUED or call.heard is None:
        return
    if call.heard.messages == word.message:
        _play(draft, call, word.prompts)


def _play(draft: Draft, call: Call, prompts: tuple[str, ...]) -> None:
    if prompts:
        music = draft.state.rules.music(call.queue)
        stamp = draft.stamp(call.tenant)
        draft.send(PlayToCaller(**stamp, call=call.call, prompts=prompts, music=music, token=COMFORT_TOKEN))


def _message(draft: Draft, call: Call, comfort: Comfort) -> Message:
    if call.heard is None:
        return Message()
    position = draft.state.waiting.position(call.call, draft.now)
    return message(comfort, call.heard, position, expected_wait(draft.state, call, draft.now))


def phrases_of(said: Message, language: str) -> tuple[Phrase, ...]:
    parts = (
        None if said.position is None else position_phrase(said.position, language),
        None if said.minutes is None else wait_phrase(said.minutes, language),
    )
    return tuple(part for part in parts if part is not None)
