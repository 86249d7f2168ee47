"""The machine as one literal table: what each kind of node does on arrival, and with each word that it expects.

A pair that is not written here changes nothing: the word is late, or means another node. What comes of an earlier turn
is late whatever the table says, and so is everything after the end.
"""

from collections.abc import Callable
from typing import Any

from routing.flows.document.nodes import (
    NODE_KINDS,
    Branch,
    Callback,
    GoTo,
    HangUp,
    Hours,
    Input,
    Lookup,
    Menu,
    Node,
    Play,
    Queue,
    Robot,
    Say,
    SetVariable,
    Transfer,
    Voicemail,
)
from routing.flows.run import asking, deciding, handing, messages, talking
from routing.flows.run.keys import keep_ahead
from routing.flows.run.position import Ending
from routing.flows.run.walk import Walk
from routing.flows.run.words import (
    WORD_KINDS,
    CallbackBooked,
    CallbackRefused,
    CallerHungUp,
    FlowMissing,
    HoursTold,
    KeyPressed,
    LookupAnswered,
    LookupFailed,
    MessageFailed,
    MessageRecorded,
    QueueLeft,
    RobotFailed,
    RobotReturned,
    SpeechEnded,
    TimeOut,
    TransferAnswered,
    TransferFailed,
    Word,
)

Handler = Callable[[Walk, Any, Any], None]


def ignore(walk: Walk, node: Node, word: Word) -> None:
    """The one outcome of what is not expected."""


def hung_up(walk: Walk, node: Node, word: CallerHungUp) -> None:
    walk.end(Ending.CALLER_GONE, "the caller hung up")


ARRIVALS: dict[type[Node], Callable[[Walk, Any], None]] = {
    Play: talking.arrive_play,
    Say: talking.arrive_say,
    Menu: asking.arrive,
    Input: asking.arrive,
    Hours: deciding.arrive_hours,
    Branch: deciding.arrive_branch,
    SetVariable: deciding.arrive_set,
    Lookup: deciding.arrive_lookup,
    Queue: handing.arrive_queue,
    Callback: messages.arrive_callback,
    Voicemail: messages.arrive_voicemail,
    Transfer: handing.arrive_transfer,
    Robot: handing.arrive_robot,
    GoTo: handing.arrive_go_to,
    HangUp: handing.arrive_hang_up,
}

EXPECTED: dict[tuple[type[Node], type[Word]], Handler] = {
    (Play, SpeechEnded): talking.ended,
    (Play, KeyPressed): talking.pressed,
    (Play, TimeOut): talking.timed_out,
    (Say, SpeechEnded): talking.ended,
    (Say, KeyPressed): talking.pressed,
    (Say, TimeOut): talking.timed_out,
    (Menu, SpeechEnded): asking.ended,
    (Menu, KeyPressed): asking.menu_pressed,
    (Menu, TimeOut): asking.menu_timed_out,
    (Input, SpeechEnded): asking.ended,
    (Input, KeyPressed): asking.input_pressed,
    (Input, TimeOut): asking.input_timed_out,
    (Hours, HoursTold): deciding.hours_told,
    (Hours, KeyPressed): keep_ahead,
    (Hours, TimeOut): deciding.hours_timed_out,
    (Lookup, LookupAnswered): deciding.lookup_answered,
    (Lookup, LookupFailed): deciding.lookup_failed,
    (Lookup, KeyPressed): keep_ahead,
    (Lookup, TimeOut): deciding.lookup_timed_out,
    (Queue, QueueLeft): handing.queue_left,
    (Queue, KeyPressed): handing.queue_pressed,
    (Callback, SpeechEnded): messages.callback_offered,
    (Callback, KeyPressed): messages.callback_pressed,
    (Callback, CallbackBooked): messages.callback_booked,
    (Callback, CallbackRefused): messages.callback_refused,
    (Callback, TimeOut): messages.callback_timed_out,
    (Voicemail, SpeechEnded): messages.voicemail_greeted,
    (Voicemail, KeyPressed): messages.voicemail_pressed,
    (Voicemail, MessageRecorded): messages.message_recorded,
    (Voicemail, MessageFailed): messages.message_failed,
    (Voicemail, TimeOut): messages.voicemail_timed_out,
    (Voicemail, CallerHungUp): messages.voicemail_abandoned,
    (Transfer, TransferAnswered): handing.transfer_answered,
    (Transfer, TransferFailed): handing.transfer_failed,
    (Transfer, TimeOut): handing.transfer_timed_out,
    (Robot, RobotReturned): handing.robot_returned,
    (Robot, RobotFailed): handing.robot_failed,
    (Robot, TimeOut): handing.robot_timed_out,
    (GoTo, FlowMissing): handing.flow_missing,
    (GoTo, KeyPressed): keep_ahead,
    (GoTo, TimeOut): handing.flow_missing,
}


def _whole_table() -> dict[tuple[type[Node], type[Word]], Handler]:
    pairs = ((node, word) for node in NODE_KINDS for word in WORD_KINDS)
    usual = {pair: hung_up if pair[1] is CallerHungUp else ignore for pair in pairs}
    return usual | EXPECTED


TABLE = _whole_table()
"""A row for each kind of node and each kind of word."""
