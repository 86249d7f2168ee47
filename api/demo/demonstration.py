"""`cordboard demo`: sets a centre up, lets callers and robots loose on it, and ends everything it started."""

import asyncio
import contextlib
import os
import shutil
import signal
import sys
from collections.abc import AsyncGenerator
from pathlib import Path

import httpx
import msgspec
from rich.console import Console
from rich.live import Live

from api import settings as configuration
from api.composition import Storage, configure_logging
from api.demo.checks import document, run_checks
from api.demo.evidence import Document
from api.demo.gathering import Gathering
from api.demo.plans import CallFinished, CarrierEvent
from api.demo.processes import CarrierProcess, DemonstrationFailed, ServerProcess, environment_for, free_port
from api.demo.robots import Habits, Robot, RobotPlan
from api.demo.script import HABITS, ONCE_CALLS, ONCE_HABITS, OUTSIDE, carrier_plan
from api.demo.seed import OWNER, PASSWORD, TENANT, Centre, Seeder
from api.demo.show import Screen, show_checks, show_log_ins
from api.founding import found
from kernel.primitives.errors import CordboardError

LOG_IN_SECONDS = 60.0  # two on a quiet machine
LEAVE_SECONDS = 10.0
CALLS_SECONDS = 50.0  # the fixed calls take about 25
_TERMS = {"price_minor": 4900, "currency": "EUR", "time_zone": "UTC"}
_REFRESH = 4  # drawings a second


def run(*, once: bool, as_json: bool) -> int:
    """The exit code: 0 when all went well, 1 when a check failed, 2 when the demonstration could not run."""
    console = Console(stderr=as_json)
    configure_logging(json=False, level="WARNING")
    try:
        return asyncio.run(until_interrupted(Demonstration(console, once=once, as_json=as_json)))
    except (DemonstrationFailed, CordboardError) as error:
        console.print(f"[red]{error}[/red]")
        return 2
    except KeyboardInterrupt:
        return 0 if not once else 130


async def until_interrupted(demonstration: "Demonstration") -> int:
    """SIGTERM ends it as Ctrl-C does; a second one, as make and uv pass it on, does not cut short how it ends."""
    task = asyncio.ensure_future(demonstration.run())
    loop = asyncio.get_running_loop()

    def end() -> None:
        if not task.cancelling():
            task.cancel()

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, end)
    try:
        return await task
    except asyncio.CancelledError:
        demonstration.console.print("Everything has ended.")
        raise KeyboardInterrupt from None


class Demonstration:
    """Everything lies in `demo` below the storage folder, and is made anew each time."""

    def __init__(self, console: Console, *, once: bool, as_json: bool) -> None:
        self.console = console
        self._once = once
        self._as_json = as_json
        base = Path(configuration.load().storage.folder).absolute()
        self._folder = base / ("demo-once" if once else "demo")
        wanted = 0 if once else configuration.load().http.port
        http_port = free_port(wanted)
        self._environment = environment_for(self._folder / "storage", http_port)
        self._settings = configuration.load(environment={**os.environ, **self._environment})
        self._url = f"http://127.0.0.1:{http_port}"
        self._carrier_port = free_port()
        self._log = self._folder / "serve.log"
        self._reports: list[CallFinished] = []
        self._reported = asyncio.Event()

    async def run(self) -> int:
        if self._folder.exists():
            shutil.rmtree(self._folder)
        (self._folder / "heard").mkdir(parents=True)
        server = ServerProcess(self._environment, self._log)
        try:
            with self.console.status("Starting the centre …"):
                await self._require_empty_database()
                await found(self._settings, TENANT, OWNER, PASSWORD, _TERMS)
                await server.start()
            async with httpx.AsyncClient(base_url=self._url, headers={"X-Cordboard": "1"}, timeout=30) as client:
                with self.console.status("Hiring …"):
                    centre = await Seeder(client).set_up(self._carrier_port)
                return await self._run_calls(client, centre)
        finally:
            await server.stop()

    async def _require_empty_database(self) -> None:
        """The folder was made anew; a database of the setting `storage.database` is not ours to empty."""
        async with Storage(self._settings) as storage:
            if await storage.operator().all():
                raise DemonstrationFailed("The demonstration needs an empty database: name one in storage.database.")

    async def _run_calls(self, client: httpx.AsyncClient, centre: Centre) -> int:
        robots = self._robots(centre, ONCE_HABITS if self._once else HABITS)
        async with self._working(robots):
            with self.console.status("Robots log in …"):
                await self._all_available(robots)
            if not self._once:
                return await self._go_on(robots, centre)
            with self.console.status(f"{len(ONCE_CALLS)} callers and one call to the outside …"):
                await self._calls_of_once(robots)
            with self.console.status("Listening to what was heard …"):
                return await self._judge(client, centre, robots)

    # --- robots ---

    def _robots(self, centre: Centre, habits: Habits) -> list[Robot]:
        return [
            Robot(
                self._url,
                RobotPlan(
                    name=person.name,
                    email=person.email,
                    password=PASSWORD,
                    voice=f"agent-{number}.wav",
                    habits=habits,
                    folder=self._folder / "heard" if self._once else None,
                    seed=number,
                ),
            )
            for number, person in enumerate(centre.robots, start=1)
        ]

    @contextlib.asynccontextmanager
    async def _working(self, robots: list[Robot]) -> AsyncGenerator[None]:
        tasks = [asyncio.create_task(robot.run()) for robot in robots]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            _, stuck = await asyncio.wait(tasks, timeout=LEAVE_SECONDS)
            if stuck:
                self.console.print(f"[red]{len(stuck)} robots did not leave in time.[/red]")

    async def _all_available(self, robots: list[Robot]) -> None:
        try:
            async with asyncio.timeout(LOG_IN_SECONDS):
                await asyncio.gather(*(robot.available.wait() for robot in robots))
        except TimeoutError:
            late = "; ".join(f"{each.plan.name}: {each.trouble}" for each in robots if not each.available.is_set())
            raise DemonstrationFailed(f"Not everyone could log in ({late}): read {self._log}.") from None

    # --- going on ---

    async def _go_on(self, robots: list[Robot], centre: Centre) -> int:
        screen = Screen(self.console, self._url, robots)
        for robot in robots:
            robot.told = screen.robot_told
        plan = carrier_plan(self._carrier_port, self._settings.sip.port, None, traffic=True)
        carrier = CarrierProcess(plan, screen.carrier_told)
        await carrier.start()
        show_log_ins(self.console, self._url, centre)
        try:
            with Live(screen, console=self.console, refresh_per_second=_REFRESH):
                await asyncio.Event().wait()
        finally:
            await carrier.stop()
        return 0

    # --- once ---

    async def _calls_of_once(self, robots: list[Robot]) -> None:
        folder = str(self._folder / "heard")
        carrier = CarrierProcess(
            carrier_plan(self._carrier_port, self._settings.sip.port, folder, traffic=False), self._carrier_told
        )
        await carrier.start()
        try:
            async with asyncio.timeout(CALLS_SECONDS):
                await robots[-1].dial(OUTSIDE)
                while len(self._reports) < len(ONCE_CALLS) + 1:
                    self._reported.clear()
                    await self._reported.wait()
        except TimeoutError:
            self.console.print("[red]The calls did not end in time.[/red]")
        finally:
            await carrier.stop()

    def _carrier_told(self, event: CarrierEvent) -> None:
        if isinstance(event, CallFinished):
            self._reports.append(event)
            self._reported.set()

    async def _judge(self, client: httpx.AsyncClient, centre: Centre, robots: list[Robot]) -> int:
        gathering = Gathering(client, self._settings, centre, self._folder / "heard")
        evidence = await gathering.evidence(self._reports, robots)
        checks = run_checks(evidence)
        if self._as_json:
            self._print(document(evidence, checks, gathering.files))
        else:
            show_checks(self.console, checks)
        return 0 if all(check.ok for check in checks) else 1

    def _print(self, result: Document) -> None:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n")
        sys.stdout.flush()
