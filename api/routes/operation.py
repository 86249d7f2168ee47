"""Whether the server is well, and its counters."""

import secrets
from typing import Any

from litestar import Request, Response, get
from litestar.di import NamedDependency
from sqlalchemy import text

from api.errors import Unhealthy
from api.metrics import exposition
from api.schemas.operation import Health
from api.services import Services
from kernel.primitives.errors import NotFound

PROMETHEUS = "text/plain; version=0.0.4; charset=utf-8"
THIS_MACHINE = frozenset({"127.0.0.1", "::1"})


@get("/healthz", operation_id="health", tags=["Operation"])
async def health(services: NamedDependency[Services]) -> Health:
    """200 while the server can serve: the database answers."""
    try:
        async with services.database.read() as uow:
            await uow.session.execute(text("SELECT 1"))
    except Exception as error:
        raise Unhealthy("The database does not answer.") from error
    return Health(status="ok")


@get("/metrics", operation_id="metrics", media_type=PROMETHEUS, tags=["Operation"])
async def metrics(request: Request[Any, Any, Any], services: NamedDependency[Services]) -> Response[str]:
    """Counters for Prometheus; from this machine, or with the bearer token that the operator set."""
    if not _may_read(request, services.settings.metrics_token):
        raise NotFound("Check the address.")
    return Response(exposition(services.counters.samples()), media_type=PROMETHEUS)


def _may_read(request: Request[Any, Any, Any], token: str) -> bool:
    if token:
        given = request.headers.get("authorization", "")
        return secrets.compare_digest(given.encode(), f"Bearer {token}".encode())
    return request.client is not None and request.client.host in THIS_MACHINE


HANDLERS = [health, metrics]
