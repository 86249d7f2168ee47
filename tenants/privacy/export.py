"""What is kept of a person, as a ZIP: JSON for each kind, and the sound."""

import asyncio
import json
import zipfile
from collections.abc import AsyncIterator, Callable, Sequence
from pathlib import Path
from typing import Any

from kernel.contracts.personal import DataKind, PersonalRecord

README = """\
This archive holds what is kept of one person.

person.json       who asked, when, and what is in here
calls.json        calls with the person's number
notes.json        what was written about these calls
callbacks.json    callbacks that were promised to the person
contacts.json     the person's entries in the contacts
marked_callers.json   whether the person is served first, or turned away
recordings.json   recordings of these calls; their sound is in recordings/

Times are UTC. Sound has two channels: the person on the left, the other side on the right.
"""

Opened = Callable[[PersonalRecord], AsyncIterator[bytes]]


async def write_zip(target: Path, about: dict[str, Any], records: Sequence[PersonalRecord], opened: Opened) -> None:
    """A file that is gone meanwhile is an error of the job: half of what is kept is not what a person asked for."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("README.txt", README)
        archive.writestr("person.json", _json(about))
        for kind in DataKind:
            items = [{"id": str(record.id)} | record.data for record in records if record.kind is kind]
            archive.writestr(f"{kind}.json", _json(items))
        for record in records:
            if record.file:
                await _write_file(archive, record, opened)


async def _write_file(archive: zipfile.ZipFile, record: PersonalRecord, opened: Opened) -> None:
    info = zipfile.ZipInfo(record.file, date_time=record.at.timetuple()[:6])  # stored: sound hardly gets smaller
    with archive.open(info, "w", force_zip64=True) as file:
        async for piece in opened(record):
            await asyncio.to_thread(file.write, piece)


def _json(value: object) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False, sort_keys=True)
