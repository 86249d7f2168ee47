"""How resources are answered: with their ETag, and where a new one is found."""

from typing import Any, TypeVar
from uuid import UUID

import msgspec
from litestar import Response

from api.conditions import etag
from api.schemas.common import Body, Input

Shown = TypeVar("Shown", bound=Body)


def shown(body: Shown, revision: int) -> Response[Shown]:
    return Response(body, headers={"ETag": etag(revision)})


def created(body: Shown, revision: int, collection: str, key: UUID) -> Response[Shown]:
    return Response(body, status_code=201, headers={"ETag": etag(revision), "Location": f"{collection}/{key}"})


def given(change: Input) -> dict[str, Any]:
    """The fields that are present."""
    fields = msgspec.structs.asdict(change)
    return {name: value for name, value in fields.items() if value is not msgspec.UNSET}
