"""A rig in a process of its own, that can be killed; `carriers` are the ports of its trunks' far ends, in order."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any, Self

from gateway_rig import OURS, Desks, Ears, Settings

from kernel.adapters import SystemClock, SystemIds
from kernel.contracts.codec import from_json, to_json
from kernel.contracts.softphone import SoftphoneFromGateway, SoftphoneToGateway
from kernel.contracts.telephony import TelephonyReport
from kernel.primitives.ids import EventId, TenantId, UserId
from media.control.process import EngineProcess
from tests.databases import Place


class RemoteRig(Ears):
    """A rig in a process of its own; it takes the place of `gateway.softphones` for a WebEnd."""

    def __init__(self, folder: Path, place: Place, *carriers: int) -> None:
        super().__init__()
        self.place = place
        self.folder = folder
        self.settings = Settings.fresh()
        self.port = self.settings.sip
        self.desks = Desks()
        self._carriers = ",".join(str(port) for port in carriers)
        self._clock, self._ids = SystemClock(), SystemIds()
        self._started = asyncio.Event()
        self._heard: set[EventId] = set()

    async def start(self) -> Self:
        self._started.clear()
        with (self.folder / "python.log").open("ab") as log:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(Path(__file__).with_name("gateway_process.py")),
                *(str(self.folder), self.place.url or str(self.place.file)),
                *(to_json(self.settings).decode(), self._carriers),
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=log,
                env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])},
            )
        self._reader = asyncio.create_task(self._read())
        async with asyncio.timeout(15):
            await self._started.wait()
        return self

    def hear(self, report: TelephonyReport) -> None:
        """Once each, as who handles by id: what was not noted as delivered before a kill comes again."""
        if report.id not in self._heard:
            self._heard.add(report.id)
            super().hear(report)

    async def kill(self) -> None:
        if self.process.returncode is None:
            self.process.kill()
        await self.process.wait()
        self._reader.cancel()

    async def stop(self) -> None:
        await self.kill()
        await EngineProcess(self.settings.engine(self.folder)).stop()

    async def order(self, kind: Any, **fields: Any) -> None:
        command = kind(id=EventId(self._ids.new()), tenant=OURS, at=self._clock.now(), **fields)
        self._write(command=to_json(command))

    async def received(self, tenant: TenantId, agent: UserId, message: SoftphoneToGateway) -> None:
        assert tenant == OURS
        self._write(agent=to_json(agent), softphone=to_json(message))

    def _write(self, **parts: bytes) -> None:
        assert self.process.stdin is not None
        body = ", ".join(f'"{name}": {value.decode()}' for name, value in parts.items())
        self.process.stdin.write(f"{{{body}}}\n".encode())

    async def _read(self) -> None:
        assert self.process.stdout is not None
        while line := await self.process.stdout.readline():
            message = json.loads(line)
            if "report" in message:
                self.hear(from_json(json.dumps(message["report"]), TelephonyReport))
            elif "push" in message:
                agent = from_json(json.dumps(message["push"]["agent"]), UserId)
                pushed = from_json(json.dumps(message["push"]["message"]), SoftphoneFromGateway)
                await self.desks.push(OURS, agent, pushed)
            else:
                self._started.set()
