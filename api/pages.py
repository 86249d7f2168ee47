"""The browser side: built files, and its one page for every address that is the page's own."""

import asyncio
import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromPath

from kernel.primitives.errors import NotFound

INDEX = "index.html"
HASHED = "assets"  # the build puts the content's hash into these files' names
FOR_EVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
OURS = ("v1", "healthz", "metrics")  # never a page
TYPES = {".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm", ".woff2": "font/woff2"}


class Pages:
    """Files are looked up once by name in what the folder holds, so no address can leave it."""

    def __init__(self, folder: Path) -> None:
        self._files = {
            path.relative_to(folder).as_posix(): path
            for path in sorted(folder.rglob("*"))
            if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
        }

    def handler(self) -> HTTPRouteHandler:
        @get(["/", "/{path:path}"], operation_id="page", include_in_schema=False)
        async def page(request: Request[Any, Any, Any], path: FromPath[str] = "") -> Response[Any]:
            return await self.answer(path, request.headers.get("if-none-match"))

        return page

    async def answer(self, path: str, known: str | None) -> Response[Any]:
        """The file; the page itself for an address without a file extension; NotFound otherwise."""
        name = path.strip("/") or INDEX
        first = name.partition("/")[0]
        file = self._files.get(name)
        if file is None and first not in (*OURS, HASHED) and "." not in name.rpartition("/")[2]:
            file = self._files.get(INDEX)
        if file is None:
            raise NotFound("Check the address.")
        return await self._send(file, first == HASHED, known)

    async def _send(self, file: Path, hashed: bool, known: str | None) -> Response[Any]:
        content = await asyncio.to_thread(_read, file)
        if content is None:
            raise NotFound("Check the address.")
        stat, body = content
        headers = {"ETag": stat, "Cache-Control": FOR_EVER if hashed else ASK_AGAIN}
        if known == stat:
            return Response(b"", status_code=304, headers=headers)
        kind = TYPES.get(file.suffix) or mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        return Response(body, media_type=kind, headers=headers)


def _read(file: Path) -> tuple[str, bytes] | None:
    """A weak validator and the bytes; None when the file is gone."""
    try:
        stat = file.stat()
        return f'W/"{stat.st_mtime_ns:x}-{stat.st_size:x}"', file.read_bytes()
    except OSError:
        return None
