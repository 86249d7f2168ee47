"""Robot agents: log in like people, answer after a human delay, speak, hang up or wait for it, wrap up."""

import asyncio
import random
import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

import httpx
import msgspec
from websockets.asyncio.client import connect
from websockets.exceptions import WebSocketException

from api.demo.desk import Desk, Refused, State
from api.demo.softphone import RobotSoftphone
from api.demo.sound import VOICES, read_mono, write_wav

_AGAIN_SECONDS = 1.0  # before a broken connection is made anew
_LEAVE_SECONDS = 5.0
_READY_SECONDS = 15.0  # ICE and DTLS take a tenth of a second; longer means that no way leads there


class Habits(msgspec.Struct, frozen=True, kw_only=True):
    """How a robot works; pairs are seconds from and to. `waits`: part of its calls that it leaves to the caller."""

    answers_after: tuple[float, float] = (1.5, 4.0)
    talks_for: tuple[float, float] = (8.0, 30.0)
    wraps_up_for: tuple[float, float] = (2.0, 8.0)
    waits: float = 0.3
    holds_for: float = 0.0  # in the middle of the talk; 0: never


class RobotPlan(msgspec.Struct, frozen=True, kw_only=True):
    """Who logs in where; `folder` gets what was heard in each call, None: nothing is kept."""

    name: str
    email: str
    password: str
    voice: str
    habits: Habits = Habits()
    folder: Path | None = None
    seed: int = 0


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One call as its robot had it; times in seconds of Unix time, `heard` a file."""

    robot: str
    call: str
    connected_at: float
    ended_at: float
    heard: Path | None


class Robot:
    """`run` works until cancelled; `conversations` grows with every call."""

    def __init__(self, url: str, plan: RobotPlan) -> None:
        self.plan = plan
        self.told: Callable[[Conversation], None] | None = None
        self.user = ""
        self.available = asyncio.Event()
        self.conversations: list[Conversation] = []
        self.refusals: list[str] = []
        self.trouble = ""  # why it last had to begin anew
        self._url = url
        self._chance = random.Random(plan.seed)  # noqa: S311 (human variety, no secret)
        self._desk: Desk | None = None
        self._softphone: RobotSoftphone | None = None
        self._ready = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._offer: str | None = None
        self._call: str | None = None
        self._wrapping: str | None = None
        self._connected_at = 0.0

    async def run(self) -> None:
        while True:
            try:
                await self._work()
            except (WebSocketException, OSError, httpx.HTTPError, TimeoutError, Refused) as error:
                self.trouble = f"{type(error).__name__} {error}".strip()
            self.available.clear()
            await asyncio.sleep(_AGAIN_SECONDS)

    async def dial(self, number: str) -> None:
        await self._the_desk().intend("dial", called=number)

    @property
    def state(self) -> str:
        """The agent state that its desk shows."""
        return self._desk.state["me"]["state"] if self._desk is not None and self._desk.state else "away"

    def _the_desk(self) -> Desk:
        if self._desk is None:
            raise ConnectionError(f"{self.plan.name} is not at a desk")
        return self._desk

    # --- from log-in to log-out ---

    async def _work(self) -> None:
        cookie = await self._log_in()
        headers = {"Cookie": cookie, "Origin": self._url}
        address = self._url.replace("http", "ws", 1) + "/v1/desk"
        self._softphone = RobotSoftphone(read_mono(VOICES / self.plan.voice))
        self._offer = self._call = self._wrapping = None
        try:
            async with connect(address, additional_headers=headers) as connection:
                desk = self._desk = Desk(connection, self._changed, self._signalled)
                reading = asyncio.create_task(desk.run())
                working = asyncio.create_task(self._begin(desk))
                await asyncio.wait({reading, working}, return_when=asyncio.FIRST_COMPLETED)
                try:
                    await (working if working.done() and working.exception() else reading)
                finally:
                    await _cancelled(reading, working, *self._tasks)
        finally:
            self._desk = None
            async with asyncio.timeout(_LEAVE_SECONDS):
                await self._softphone.close()

    async def _log_in(self) -> str:
        async with httpx.AsyncClient(base_url=self._url, headers={"X-Cordboard": "1"}) as client:
            answer = await client.post("/v1/session", json={"email": self.plan.email, "password": self.plan.password})
            answer.raise_for_status()
            self.user = answer.json()["user"]["id"]
            return "; ".join(f"{name}={value}" for name, value in client.cookies.items())

    async def _begin(self, desk: Desk) -> None:
        assert self._softphone is not None
        self._ready.clear()
        await desk.intend("log_in")
        await desk.signal("offer", sdp=await self._softphone.offer())
        async with asyncio.timeout(_READY_SECONDS):
            await self._ready.wait()
        await desk.intend("request_state", state="available", reason="")
        self.available.set()

    def _signalled(self, message: State) -> None:
        softphone = self._softphone
        if softphone is None:
            return
        match message["type"]:
            case "answer":
                self._do(softphone.accept_answer(message["sdp"]))
            case "ready":
                self._ready.set()
            case "transmit":
                softphone.transmit(message["on"])
            case _:
                pass

    # --- what the desk shows ---

    def _changed(self, state: State) -> None:
        offer, call, me = state["offer"], state["call"], state["me"]
        if offer is not None and offer["id"] != self._offer:
            self._offer = offer["id"]
            self._do(self._answer(offer["id"]))
        if call is not None and call["state"] == "connected" and call["id"] != self._call:
            self._call = call["id"]
            self._do(self._talk(call["id"], dialled=call["direction"] == "outbound"))
        if self._call is not None and (call is None or call["id"] != self._call or call["state"] == "ended"):
            self._conversation_over(self._call)
        if me["state"] == "wrap_up" and call is not None and call["id"] != self._wrapping:
            self._wrapping = call["id"]
            self._do(self._wrap_up(call["id"], call["dispositions"]))
        elif me["state"] == "not_ready" and me["reason"] == "no_answer":
            self._do(self._intend("request_state", state="available", reason=""))

    async def _answer(self, offer: str) -> None:
        await self._pause(self.plan.habits.answers_after)
        if self._the_desk().state["offer"] is not None:
            await self._intend("accept_offer", offer=offer)

    async def _talk(self, call: str, dialled: bool) -> None:
        assert self._softphone is not None
        self._softphone.listen()
        self._connected_at = time.time()
        habits = self.plan.habits
        if not dialled and self._chance.random() < habits.waits:
            return
        seconds = self._chance.uniform(*habits.talks_for)
        await asyncio.sleep(seconds / 2)
        if habits.holds_for and self._call == call:
            await self._intend("hold", call=call)
            await asyncio.sleep(habits.holds_for)
            await self._intend("retrieve", call=call)
        await asyncio.sleep(seconds / 2)
        if self._call == call:
            await self._intend("hang_up", call=call)

    def _conversation_over(self, call: str) -> None:
        assert self._softphone is not None
        self._call = None
        samples, heard = self._softphone.heard(), None
        if self.plan.folder is not None and len(samples):
            heard = self.plan.folder / f"{self.plan.name}-{call}.wav"
            write_wav(heard, samples)
        conversation = Conversation(
            robot=self.plan.name, call=call, connected_at=self._connected_at, ended_at=time.time(), heard=heard
        )
        self.conversations.append(conversation)
        if self.told is not None:
            self.told(conversation)

    async def _wrap_up(self, call: str, dispositions: list[str]) -> None:
        await self._pause(self.plan.habits.wraps_up_for)
        disposition = self._chance.choice(dispositions) if dispositions else ""
        await self._intend("finish_wrap_up", call=call, disposition=disposition, note="Taken by a robot.")

    async def _intend(self, kind: str, **fields: Any) -> None:
        """A refusal is noted: the caller may have hung up at that very moment."""
        try:
            await self._the_desk().intend(kind, **fields)
        except Refused as error:
            self.refusals.append(f"{kind}: {error}")

    async def _pause(self, seconds: tuple[float, float]) -> None:
        await asyncio.sleep(self._chance.uniform(*seconds))

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


async def _cancelled(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
