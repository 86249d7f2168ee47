"""The desk's WebSocket as a client without a browser: keeps the state, sends intents, waits for what it shows."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Any

import msgspec
from websockets.asyncio.client import ClientConnection

REPLY_SECONDS = 10.0

State = dict[str, Any]
Changed = Callable[[State], None]


class Refused(Exception):
    """The centre refused an intent; `code` is that of its problem document."""

    def __init__(self, problem: dict[str, Any]) -> None:
        super().__init__(f"{problem.get('code')}: {problem.get('detail')}")
        self.code = problem.get("code")


class Desk:
    """`run` reads until the connection ends; everything else may be called meanwhile."""

    def __init__(self, connection: ClientConnection, changed: Changed, softphone: Changed) -> None:
        self.state: State = {}
        self._connection = connection
        self._changed = changed
        self._softphone = softphone
        self._ids = itertools.count(1)
        self._replies: dict[int, asyncio.Future[dict[str, Any]]] = {}

    async def run(self) -> None:
        await self._send({"op": "hello", "stream": None, "last": 0})
        async for text in self._connection:
            frame = msgspec.json.decode(text)
            match frame["op"]:
                case "snapshot":
                    self.state = frame["state"]
                    self._changed(self.state)
                case "event":
                    self._merge(frame["changes"])
                    self._changed(self.state)
                case "reply":
                    reply = self._replies.pop(frame["id"], None)
                    if reply is not None and not reply.done():
                        reply.set_result(frame)
                case "softphone":
                    self._softphone(frame["message"])
                case _:
                    pass

    def _merge(self, changes: dict[str, Any]) -> None:
        queues = self.state.get("queues", {}) | changes.pop("queues", {})
        self.state = self.state | changes
        self.state["queues"] = {key: row for key, row in queues.items() if row is not None}

    async def intend(self, kind: str, **fields: Any) -> None:
        """Refused when the centre says no, TimeoutError when it says nothing."""
        number = next(self._ids)
        reply = self._replies[number] = asyncio.get_running_loop().create_future()
        await self._send({"op": "intent", "id": number, "intent": {"type": kind, **fields}})
        async with asyncio.timeout(REPLY_SECONDS):
            frame = await reply
        if not frame["ok"]:
            raise Refused(frame["problem"])

    async def signal(self, kind: str, **fields: Any) -> None:
        await self._send({"op": "softphone", "message": {"type": kind, **fields}})

    async def _send(self, frame: dict[str, Any]) -> None:
        await self._connection.send(msgspec.json.encode(frame).decode())
