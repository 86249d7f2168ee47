"""The OpenAPI document: generated from the handlers, then told what they cannot say themselves."""

from functools import cache
from typing import Any

from litestar.di import Provide

from api.openapi.document import document_of
from api.resources import DEPENDENCIES, routes


@cache
def openapi_document() -> dict[str, Any]:
    """OpenAPI 3.1 of the whole API; `api/openapi.json` is a copy for generators of clients."""
    own = {"document": Provide(openapi_document, sync_to_thread=False)}
    return document_of(routes(), DEPENDENCIES | own)
