"""Gathering what a demonstration left: by the API, from the carrier's and the robots' files, and from the log."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID
from zoneinfo import ZoneInfo

import httpx

from api.composition import Storage
from api.demo.evidence import CallEvidence, Document, Evidence
from api.demo.plans import CallFinished
from api.demo.robots import Robot
from api.demo.seed import Centre
from api.demo.sound import VOICES, Samples, read_mono, read_wav
from api.settings import Settings
from insight.following import Following
from insight.kpi.indicators import Choices
from insight.questions import IndicatorFilter
from insight.recount import recount, recount_cells
from insight.report import IndicatorReport
from kernel.contracts.base import TenantScope
from kernel.primitives.ids import TenantId
from media.prompts import DEFAULTS
from media.prompts.store import BUILT_IN
from tenants.directory import TenantDirectories

SETTLED_SECONDS = 15.0  # recordings are stored and legs measured within a second or two


class Gathering:
    """`client` carries the owner's session; `folder` gets the recordings."""

    def __init__(self, client: httpx.AsyncClient, settings: Settings, centre: Centre, folder: Path) -> None:
        self._client = client
        self._settings = settings
        self._centre = centre
        self._folder = folder
        self.files: dict[str, str] = {}

    async def _get(self, path: str, **query: str) -> Document:
        answer = await self._client.get(path, params=query)
        answer.raise_for_status()
        return answer.json()

    async def settled_records(self, expected: int) -> list[Document]:
        """All call records, once every call has its papers; what there is when that takes too long."""
        records: list[Document] = []
        try:
            async with asyncio.timeout(SETTLED_SECONDS):
                while len(records) < expected or not all(_has_papers(record) for record in records):
                    await asyncio.sleep(0.25)
                    records = (await self._get("/v1/calls", limit="100"))["items"]
        except TimeoutError:
            pass
        return records

    async def evidence(self, reports: Sequence[CallFinished], robots: Sequence[Robot]) -> Evidence:
        records = await self.settled_records(len(reports))
        calls = [await self._call(report, _record_of(report, records), robots) for report in reports]
        now = datetime.now(ZoneInfo("UTC"))
        span = (now - timedelta(hours=1), now + timedelta(minutes=1))
        since, until = (moment.isoformat() for moment in span)
        live = await self._get("/v1/indicators", since=since, until=until, by="tenant", granularity="total")
        differences, recounted = await self._recount(*span)
        return Evidence(
            calls=calls,
            greeting=read_mono(BUILT_IN / DEFAULTS["greeting"]),
            music=read_mono(BUILT_IN / DEFAULTS["music"]),
            records=records,
            recount=differences,
            recounted=recounted,
            indicators=live["items"][0]["values"],
            plan=await self._get("/v1/plan"),
            invoice=await self._get("/v1/invoices/preview", month=now.strftime("%Y-%m")),
            seats=self._centre.seats,
            seats_bought_at=self._centre.seats_bought_at,
        )

    async def _call(self, report: CallFinished, record: Document | None, robots: Sequence[Robot]) -> CallEvidence:
        recording, channels, digest = await self._recording(record)
        robot = next((each for each in robots if record is not None and each.user == record["agent_id"]), None)
        return CallEvidence(
            report=report,
            record=record,
            recording=recording,
            channels=channels,
            audio_sha256=digest,
            carrier_heard=None if report.heard is None else read_mono(self._folder / report.heard),
            agent_heard=None if robot is None or record is None else _heard_by(robot, record["id"]),
            carrier_voice=read_mono(VOICES / report.voice),
            agent_voice=None if robot is None else read_mono(VOICES / robot.plan.voice),
        )

    async def _recording(self, record: Document | None) -> tuple[Document | None, list[Samples] | None, str]:
        if record is None or not record["recording_ids"]:
            return None, None, ""
        name = record["recording_ids"][0]
        recording = await self._get(f"/v1/recordings/{name}")
        audio = await self._client.get(f"/v1/recordings/{name}/audio")
        audio.raise_for_status()
        file = self._folder / f"recording-{record['id']}.wav"
        file.write_bytes(audio.content)
        self.files[name] = str(file)
        return recording, read_wav(file), hashlib.sha256(audio.content).hexdigest()

    async def _recount(self, since: datetime, until: datetime) -> tuple[list[str], Document]:
        tenant = TenantId(UUID(self._centre.tenant))
        scope = TenantScope(tenant)
        async with Storage(self._settings) as storage:
            directory = await TenantDirectories(storage.database, storage.clock).directory(tenant)
            zone = ZoneInfo(directory.time_zone)
            following = await Following.start(storage.database, scope, zone)
            differences = await recount(storage.database, scope, following.view)
            cells = await recount_cells(storage.database, scope, zone)
        report = IndicatorReport(directory, IndicatorFilter(since=since, until=until), Choices())
        (row,) = report.rows(cells.items())
        told = [f"{each.place} {each.key}: {each.recounted} in the log, {each.found} kept" for each in differences]
        return told, dict(row.values)


def _has_papers(record: Document) -> bool:
    if record["ended_at"] is None:
        return False
    if record["answered_at"] is None:
        return True
    wrapped = record["agent_id"] is None or all(segment["end"] is not None for segment in record["segments"])
    disposed = record["outcome"] != "answered" or record["disposition"]
    return bool(record["recording_ids"] and record["quality"]["caller"] and wrapped and disposed)


def _record_of(report: CallFinished, records: Sequence[Document]) -> Document | None:
    """Every party of the demonstration has its own number."""
    party, field = (report.caller, "caller") if report.placed_by == "carrier" else (report.called, "called")
    return next((record for record in records if record[field] == party), None)


def _heard_by(robot: Robot, call: str) -> Samples | None:
    for conversation in robot.conversations:
        if conversation.call == call and conversation.heard is not None:
            return read_mono(conversation.heard)
    return None
