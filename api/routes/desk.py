"""The desk's WebSocket, and the live view for supervisors."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from litestar import WebSocket, get, websocket
from litestar.di import NamedDependency

from api.auth.guard import authenticate, let_in
from api.auth.permissions import OPERATIONS
from api.auth.principal import Principal
from api.realtime.board.session import BoardSession, refusal
from api.realtime.clients import sums_of
from api.realtime.connection import NO_DESK, DeskConnection, Farewell, say_farewell
from api.realtime.hub import DeskHub, session_ended
from api.realtime.projection import Centre
from api.realtime.session import DeskSession
from api.schemas.operation import ClientLiveBody, ClientsLiveBody, LiveBody, LiveSumsBody
from api.services import Services
from api.work import Work
from kernel.primitives.errors import CordboardError, Forbidden

Socket = WebSocket[Any, Any, Any]


@websocket("/v1/desk", opt={"operation": "desk"})
async def desk(socket: Socket, services: NamedDependency[Services], hub: NamedDependency[DeskHub]) -> None:
    """A snapshot, numbered events, intents and softphone messages: the frames are in `api/realtime/frames.py`."""
    if not _is_own_page(socket, services):
        await socket.close(NO_DESK)  # before the handshake is over: HTTP 403
        return
    principal = await authenticate(socket)
    await socket.accept()
    if principal is None:
        await say_farewell(socket, session_ended(), hub.limits)
    elif not OPERATIONS["desk"].allows(principal.permissions):
        error = Forbidden("Your role has no desk.")
        await say_farewell(socket, Farewell(NO_DESK, error), hub.limits)
    else:
        await DeskSession(DeskConnection(socket, principal, hub.limits), services, hub).run()


def _is_own_page(socket: Socket, services: Services) -> bool:
    """Browsers always say where a page came from; other programs need not."""
    origin = socket.headers.get("origin")
    if origin is None or origin in services.settings.origins:
        return True
    return urlsplit(origin).netloc == socket.headers.get("host")


@get("/v1/live", operation_id="get_live", tags=["Live"])
async def get_live(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> LiveBody:
    """Queues and agents as they are now, of the teams one leads; the desk's WebSocket has the same as events."""
    centre = await hub.centre(work.principal.tenant)
    return LiveBody(
        now=work.services.clock.now(),
        queues=tuple(centre.queue(queue) for queue in centre.queues),
        team=centre.team(await work.led()),
        alarms=centre.alarms(),
    )


@get("/v1/live/clients", operation_id="get_clients_live", tags=["Live"])
async def get_clients_live(work: NamedDependency[Work], hub: NamedDependency[DeskHub]) -> ClientsLiveBody:
    """Every client that lets you see it as it is now, and all of them as one; one client's board has more."""
    now = work.services.clock.now()
    centres = [await hub.centre(acting.tenant) for acting in await work.in_clients("get_clients_live")]
    return ClientsLiveBody(now=now, sums=_sums(centres, now), clients=tuple(_client(centre, now) for centre in centres))


def _client(centre: Centre, now: datetime) -> ClientLiveBody:
    return ClientLiveBody(
        id=centre.tenant.id,
        name=centre.tenant.name,
        sums=_sums([centre], now),
        queues=tuple(centre.queue(queue) for queue in centre.queues),
    )


def _sums(centres: Sequence[Centre], now: datetime) -> LiveSumsBody:
    return LiveSumsBody(**sums_of(centres, now)._asdict())


@websocket("/v1/live/events", opt={"operation": "watch_live"})
async def watch_live(socket: Socket, services: NamedDependency[Services], hub: NamedDependency[DeskHub]) -> None:
    """The live board: a snapshot and numbered events, as `docs/indicators.md` has them."""
    if not _is_own_page(socket, services):
        await socket.close(NO_DESK)
        return

    async def ask() -> Principal:
        await let_in(socket, socket.route_handler)
        return socket.scope["user"]

    try:
        principal = await ask()
    except CordboardError as error:
        await socket.accept()
        await say_farewell(socket, refusal(error), hub.limits)
        return
    await socket.accept()
    connection = DeskConnection(socket, principal, hub.limits)
    await BoardSession(connection, hub.boards, services.clock, ask).run()


HANDLERS = [get_live, get_clients_live]
