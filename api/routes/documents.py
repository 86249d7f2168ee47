"""The API about itself: its OpenAPI document, a page to read it, and what its problem codes mean."""

from typing import Any

from litestar import MediaType, Response, get
from litestar.di import NamedDependency

from api.problem_kinds import PROBLEMS
from api.reading_page import render
from api.schemas.operation import ProblemKind

Document = dict[str, Any]


@get("/v1/openapi.json", operation_id="get_openapi", include_in_schema=False)
async def get_openapi(document: NamedDependency[Document]) -> Response[Document]:
    """OpenAPI 3.1."""
    return Response(document, headers={"Cache-Control": "no-cache"})


@get("/v1/docs", operation_id="get_docs", include_in_schema=False, media_type=MediaType.HTML)
async def get_docs(document: NamedDependency[Document]) -> Response[str]:
    """The same for people."""
    return Response(render(document), media_type=MediaType.HTML)


@get("/v1/problems", operation_id="list_problems", tags=["Operation"])
async def list_problems() -> list[ProblemKind]:
    """Every problem code with its status and title; RFC 9457 documents name them in `code`."""
    return [ProblemKind(code=error.code, status=error.status, title=error.title) for error in PROBLEMS]


HANDLERS = [get_openapi, get_docs, list_problems]
