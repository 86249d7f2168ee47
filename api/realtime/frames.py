"""The frames of the desk's WebSocket, and how they become text and back."""

from datetime import datetime
from typing import Any

import msgspec

from api.errors import WrongFrame
from api.problems import problem_document
from api.realtime.board.state import BoardState
from api.realtime.state import DeskState
from kernel.contracts.codec import from_json, to_json
from kernel.contracts.desk import DeskIntent
from kernel.contracts.softphone import SoftphoneFromGateway, SoftphoneToGateway
from kernel.primitives.errors import CordboardError, InvalidInput

STREAM_LENGTH = 64  # a stream's name has 22


class ClientFrame(msgspec.Struct, frozen=True, kw_only=True, tag_field="op"):
    pass


class Hello(ClientFrame, frozen=True, tag="hello"):
    """The first frame: `stream` and `last` resume where a former connection of this page ended.

    `desk` names the page, also after it is reloaded. While the user's desk is open at another page, that one is closed
    only if `take_over` says so; a program that names no page always takes over.
    """

    stream: str | None = None
    last: int = 0
    desk: str = ""
    take_over: bool = False


class IntentFrame(ClientFrame, frozen=True, tag="intent"):
    """`intent` is read apart, so that one that cannot be understood is still answered by its id."""

    id: int
    intent: msgspec.Raw


class SoftphoneFrame(ClientFrame, frozen=True, tag="softphone"):
    message: SoftphoneToGateway


class Ping(ClientFrame, frozen=True, tag="ping"):
    pass


FromDesk = Hello | IntentFrame | SoftphoneFrame | Ping


def parse_frame(text: str) -> FromDesk:
    """WrongFrame for what is none."""
    try:
        return from_json(text, FromDesk)
    except (msgspec.DecodeError, UnicodeError) as error:
        raise WrongFrame(str(error)) from error


def parse_intent(raw: msgspec.Raw) -> DeskIntent:
    """InvalidInput for what is none."""
    try:
        return from_json(bytes(raw), DeskIntent)
    except msgspec.DecodeError as error:
        raise InvalidInput(str(error)) from error


def snapshot_frame(stream: str, sequence: int, now: datetime, state: DeskState) -> str:
    return _text({"op": "snapshot", "stream": stream, "sequence": sequence, "now": now, "state": state})


def event_frame(sequence: int, changes: dict[str, Any]) -> str:
    return _text({"op": "event", "sequence": sequence, "changes": changes})


def board_snapshot_frame(sequence: int, now: datetime, state: BoardState) -> str:
    return _text({"op": "snapshot", "sequence": sequence, "now": now, "state": state})


def board_event_frame(sequence: int, now: datetime, changes: dict[str, Any]) -> str:
    return _text({"op": "event", "sequence": sequence, "now": now, "changes": changes})


def reply_frame(request: int, refusal: CordboardError | None) -> str:
    if refusal is None:
        return _text({"op": "reply", "id": request, "ok": True})
    return _text({"op": "reply", "id": request, "ok": False, "problem": problem_document(refusal)})


def softphone_frame(message: SoftphoneFromGateway) -> str:
    return _text({"op": "softphone", "message": message})


def pong_frame(now: datetime) -> str:
    return _text({"op": "pong", "now": now})


def error_frame(error: CordboardError) -> str:
    return _text({"op": "error", "problem": problem_document(error)})


def _text(frame: dict[str, Any]) -> str:
    return to_json(frame).decode()
