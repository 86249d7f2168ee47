"""The Python side as a process that can be killed: JSON lines in (commands, softphones) and out (reports, pushes)."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import structlog
from gateway_rig import OURS, SECOND_TRUNK, TRUNK, Rig, Settings

from kernel.contracts.codec import from_json, to_json
from kernel.contracts.softphone import SoftphoneFromGateway, SoftphoneToGateway
from kernel.contracts.telephony import TelephonyCommand, TelephonyReport
from kernel.primitives.ids import TenantId, UserId
from tests.databases import Place


def say(**line: bytes) -> None:
    sys.stdout.write("".join(f'{{"{kind}": {body.decode()}}}\n' for kind, body in line.items()))
    sys.stdout.flush()


class Desks:
    async def push(self, tenant: TenantId, agent: UserId, message: SoftphoneFromGateway) -> None:
        say(push=to_json({"agent": agent, "message": message}))


class TalkingRig(Rig):
    async def _report(self, subject: str, payload: bytes) -> None:
        await super()._report(subject, payload)
        report: TelephonyReport = self.reports[-1]
        say(report=to_json(report))


async def obey(rig: Rig, line: dict[str, Any]) -> None:
    if "command" in line:
        await rig.send(from_json(json.dumps(line["command"]), TelephonyCommand))
    elif "gone" in line:
        await rig.gateway.softphones.disconnected(OURS, UserId(from_json(json.dumps(line["gone"]), UserId)))
    else:
        message = from_json(json.dumps(line["softphone"]), SoftphoneToGateway)
        await rig.gateway.softphones.received(OURS, from_json(json.dumps(line["agent"]), UserId), message)


async def main(folder: Path, database: str, settings: Settings, carriers: list[int]) -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    place = Place(None, database) if "://" in database else Place(Path(database))
    rig = TalkingRig(folder, place, settings)
    rig.push = Desks()
    for trunk, carrier in zip((TRUNK, SECOND_TRUNK), carriers, strict=False):
        rig.trunks.add(OURS, trunk, carrier)
    await rig.start()
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    say(started=b"true")
    while line := await reader.readline():
        await obey(rig, json.loads(line))
    await rig.stop()


if __name__ == "__main__":
    where, kept, made, carrier_ports = sys.argv[1:]
    asyncio.run(main(Path(where), kept, from_json(made, Settings), [int(port) for port in carrier_ports.split(",")]))
