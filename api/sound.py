"""The sound of a recording as an answer: whole or by a Range, and who listens is written down."""

from collections.abc import AsyncIterator
from typing import Any

from litestar import Request, Response
from litestar.response import Stream

from api.errors import RangeNotSatisfiable
from api.problems import problem_response
from api.ranges import Span, wanted_span
from api.work import Work
from kernel.contracts.engine import RecordingFormat
from media.recordings import Recording

MEDIA_TYPES: dict[RecordingFormat, str] = {"wav": "audio/wav", "opus": "audio/ogg"}


async def sound_of(work: Work, request: Request[Any, Any, Any], recording: Recording, action: str) -> Response[Any]:
    """`action` is the audit's word for listening."""
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
        await unit.tenant_unit.audit(action, recording.id, start=part.start, length=part.length)
    if span is not None:
        headers["Content-Range"] = span.content_range(recording.bytes)
    chunks = work.services.recordings.open(work.principal.scope, recording.id, part.start, part.length)
    first = await anext(chunks, b"")  # a file that is gone is a problem document, not a broken answer
    return Stream(
        _joined(first, chunks),
        status_code=200 if span is None else 206,
        media_type=MEDIA_TYPES[recording.format],
        headers=headers | {"Content-Length": str(part.length)},
    )


async def _joined(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk
