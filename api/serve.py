"""`cordboard serve`: all roles in this process until a signal; the engine and its calls stay."""

import asyncio
import gc
import signal
from collections.abc import Generator
from contextlib import contextmanager

import structlog
import uvicorn
from uvicorn.server import Server

from api.composition import Application, Storage, configure_logging
from api.realtime.limits import FRAME_BYTES
from api.settings import Settings

GRACE_SECONDS = 5  # for answers under way; desks reconnect by themselves

# Net of those that are gone, before they are looked through for circles: two milliseconds at a time. With Python's own
# 700 every other input of a call has some hundred live objects looked at, a twentieth of its cost.
YOUNG_OBJECTS = 5_000
# What calls leave behind has no circles (`tests/unit/gateway/sip/test_circles.py`) and is gone by itself, if only after
# minutes. To look through what lives so long stops the process for a tenth of a second per hundred thousand objects,
# which every call would feel: only after a million, and through all of it never.
OLDER_ROUNDS = 200
ALL_ROUNDS = 1_000_000

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


def settle_collector() -> None:
    """Modules, routes and mapped tables live as long as the process; each look through them stops it for 0.4 s.

    That is why nothing is looked through until here (`api/cli.py`), nor here: the garbage of a start, some 3 MB, stays.
    What a message makes is gone before the collector looks at it, where it looks less often than by default, and what
    stays for some minutes is looked at once.
    """
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG_OBJECTS, OLDER_ROUNDS, ALL_ROUNDS)


async def serve(settings: Settings) -> None:
    """Returns after SIGINT or SIGTERM."""
    configure_logging(json=settings.log.format == "json", level=settings.log.level.upper())
    async with Storage(settings) as storage, Application(settings, storage) as application:
        server = http_server(settings, application)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
        settle_collector()
        http = f"http://{settings.http.host}:{settings.http.port}"
        log.info("serve.ready", http=http, sip=application.gateway.sip_port)
        await server.serve()
