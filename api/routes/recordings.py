"""Recordings: listed, described, and listened to; listening is audited."""

from typing import Annotated, Any
from uuid import UUID

from litestar import Request, Response, get
from litestar.di import NamedDependency
from litestar.params import QueryParameter

from api.paging import Paging
from api.schemas.calls import RecordingBody
from api.schemas.common import Page
from api.sound import MEDIA_TYPES, sound_of
from api.work import Work
from kernel.primitives.errors import NotFound
from kernel.primitives.ids import CallId, RecordingId
from media.recordings import Recording


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
    return await sound_of(work, request, recording, "recording.listened")


HANDLERS = [list_recordings, get_recording, get_recording_audio]
