"""What callers hear over the music while they wait, and what they can expect."""

from kernel.contracts.log import CallerTold
from kernel.contracts.queues import Comfort
from kernel.contracts.telephony import PlayToCaller
from routing.acd.draft import Draft
from routing.acd.outlook import expected_wait
from routing.calls.model import Call, CallPhase
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
    prompts = spoken(said)
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
    if prompts:
        music = draft.state.rules.music(call.queue)
        stamp = draft.stamp(call.tenant)
        draft.send(PlayToCaller(**stamp, call=call.call, prompts=prompts, music=music, token=COMFORT_TOKEN))


def _message(draft: Draft, call: Call, comfort: Comfort) -> Message:
    if call.heard is None:
        return Message()
    position = draft.state.waiting.position(call.call, draft.now)
    return message(comfort, call.heard, position, expected_wait(draft.state, call, draft.now))


def spoken(said: Message) -> tuple[str, ...]:
    """Names of prompts, `position_3` and `minutes_5` among them; one that the store does not have is passed over."""
    parts = (
        said.prompt,
        None if said.position is None else f"position_{said.position}",
        None if said.minutes is None else f"minutes_{said.minutes}",
    )
    return tuple(part for part in parts if part is not None)
