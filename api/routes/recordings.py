"""Recordings: listed, described, and listened to; listening is audited."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from litestar.response import Stream

from api.errors import RangeNotSatisfiable
from api.paging import Paging
from api.problems import problem_response
from api.ranges import Span, wanted_span
from api.schemas.calls import RecordingBody
from api.schemas.common import Page
from api.work import Work
from kernel.contracts.engine import RecordingFormat
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, RecordingId
from media.recordings import Recording

MEDIA_TYPES: dict[RecordingFormat, str] = {"wav": "audio/wav", "opus": "audio/ogg"}


def _body(recording: Recording) -> RecordingBody:
    return RecordingBody(
        id=recording.id,
        call_id=recording.call_id,
        started_at=recording.started_at,
        seconds=recording.seconds,
        channels=recording.channels,
        bytes=recording.bytes,
        sha256=recording.sha256,
        gaps=recording.gaps,
    )


async def _found(work: Work, key: UUID) -> Recording:
    recording = await work.services.recordings.get(work.principal.scope, RecordingId(key))
    if recording is None:
        raise NotFound("There is no such recording.")
    return recording


@get("/v1/recordings", operation_id="list_recordings", tags=["Recordings"])
async def list_recordings(
    work: NamedDependency[Work],
    paging: NamedDependency[Paging],
    call_id: Annotated[UUID | None, QueryParameter(description="The recordings of one call.")] = None,
) -> Page[RecordingBody]:
    """Recordings, newest first."""
    call = None if call_id is None else CallId(call_id)
    before = None if paging.after is None else RecordingId(paging.after)
    found = await work.services.recordings.find(work.principal.scope, call, before, paging.one_more)
    return paging.page(found, _body)


@get("/v1/recordings/{id:uuid}", operation_id="get_recording", tags=["Recordings"])
async def get_recording(key: NamedDependency[UUID], work: NamedDependency[Work]) -> RecordingBody:
    """What is known of a recording."""
    return _body(await _found(work, key))


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


@get(
    "/v1/recordings/{id:uuid}/audio",
    operation_id="get_recording_audio",
    media_type=MEDIA_TYPES["wav"],
    tags=["Recordings"],
)
async def get_recording_audio(
    key: NamedDependency[UUID], work: NamedDependency[Work], request: Request[Any, Any, Any]
) -> Response[Any]:
    """The sound as WAV or Ogg with two channels, caller and agent; whole or by a Range. Who listens is written down."""
    recording = await _found(work, key)
    tag = f'"{recording.sha256}"'
    headers = {"ETag": tag, "Accept-Ranges": "bytes", "Cache-Control": "private, no-cache"}
    headers["Content-Disposition"] = f'inline; filename="{recording.file_name}"'
    if tag in [known.strip() for known in request.headers.get("if-none-match", "").split(",")]:
        return Response(b"", status_code=304, headers=headers)
    try:
        span = wanted_span(request.headers.get("range"), request.headers.get("if-range"), tag, recording.bytes)
    except RangeNotSatisfiable as error:
        return problem_response(error, headers | {"Content-Range": f"bytes */{recording.bytes}"})
    part = span or Span(0, recording.bytes)
    async with work.write() as unit:
        await unit.tenant_unit.audit("recording.listened", recording.id, start=part.start, length=part.length)
    if span is not None:
        headers["Content-Range"] = span.content_range(recording.bytes)
    chunks = work.services.recordings.open(work.principal.scope, RecordingId(key), part.start, part.length)
    first = await anext(chunks, b"")  # a file that is gone is a problem document, not a broken answer
    return Stream(
        _joined(first, chunks),
        status_code=200 if span is None else 206,
        media_type=MEDIA_TYPES[recording.format],
        headers=headers | {"Content-Length": str(part.length)},
    )


HANDLERS = [list_recordings, get_recording, get_recording_audio]
