"""`cordboard serve`: all roles in this process until a signal; the engine and its calls stay."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import uvicorn
from uvicorn.server import Server

from api.collector import keep_collecting
from api.composition import Application, Storage, configure_logging
from api.realtime.limits import FRAME_BYTES
from api.settings import Settings

GRACE_SECONDS = 5  # for answers under way; desks reconnect by themselves

log = structlog.get_logger(__name__)


class HttpServer(Server):
    """uvicorn under our own signal handling: one place decides when this process ends."""

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


def http_server(settings: Settings, application: Application) -> HttpServer:
    return HttpServer(
        uvicorn.Config(
            application.http(),
            host=settings.http.host,
            port=settings.http.port,
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            ws_max_size=2 * FRAME_BYTES,  # so that an oversized frame is answered by the desk, with words
            timeout_graceful_shutdown=GRACE_SECONDS,
            server_header=False,
            proxy_headers=bool(settings.http.public_url),
        )
    )


async def serve(settings: Settings) -> None:
    """Returns after SIGINT or SIGTERM."""
    configure_logging(json=settings.log.format == "json", level=settings.log.level.upper())
    async with Storage(settings) as storage, Application(settings, storage) as application:
        server = http_server(settings, application)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
        keep_collecting(loop, lambda: application.gateway.is_quiet)
        http = f"http://{settings.http.host}:{settings.http.port}"
        log.info("serve.ready", http=http, sip=application.gateway.sip_port)
        await server.serve()
