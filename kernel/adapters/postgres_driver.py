"""Connections to PostgreSQL: asyncpg below SQLAlchemy, with transactions that the units of work begin themselves."""

from collections.abc import Sequence
from typing import Any, Protocol, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]
from sqlalchemy.event import listen
from sqlalchemy.exc import InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from kernel.primitives.errors import CordboardError
from kernel.primitives.secret import Secret

CONNECT_SECONDS = 10  # a server that accepts nobody for this long is not there
LOCK_SECONDS = 30  # longer means a unit of work that waits for itself through another task: fail loudly
IDLE_SECONDS = 300  # a transaction forgotten by its process must not hold its locks for ever
STATEMENTS_KEPT = 500  # prepared ones per connection: the product has some three hundred
SETTINGS = {
    "application_name": "cordboard",
    "timezone": "UTC",
    "jit": "off",  # compiling a statement takes longer than any of ours runs
    "lock_timeout": f"{LOCK_SECONDS}s",
    "idle_in_transaction_session_timeout": f"{IDLE_SECONDS}s",
}


class DatabaseUnusable(CordboardError):
    """PostgreSQL cannot be reached or is not set up for us."""

    code = "database_unusable"
    status = 503
    title = "The database cannot be used"


class Driver(Protocol):
    """What we use of an asyncpg connection beside SQLAlchemy."""

    async def execute(self, query: str) -> str:
        """Run statements without parameters, several in one visit; answers with the last one's status."""
        ...

    async def fetch(self, query: str, *args: object) -> Sequence[Any]: ...

    def is_closed(self) -> bool: ...

    def is_in_transaction(self) -> bool: ...


async def connect(url: Secret) -> object:
    """DatabaseUnusable says what to do; the password is in no message."""
    try:
        return cast(object, await asyncpg.connect(url.reveal(), timeout=CONNECT_SECONDS, server_settings=SETTINGS))  # pyright: ignore[reportUnknownMemberType]
    except OSError as error:  # TimeoutError is one
        raise DatabaseUnusable(
            "PostgreSQL does not answer: check that it runs, and the host and port in the setting storage.database "
            f"({type(error).__name__}: {error})."
        ) from None
    except (asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as error:
        raise DatabaseUnusable(f"PostgreSQL refuses the setting storage.database: {error}.") from None


def postgres_engine(url: Secret, connections: int, *, transactional: bool = False) -> AsyncEngine:
    """Unless `transactional`, SQLAlchemy begins and ends nothing: one visit of ours begins, names the tenant and locks.

    That saves two of the six visits of a small unit of work.
    """
    engine = create_async_engine(
        "postgresql+asyncpg://",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
        isolation_level="READ COMMITTED" if transactional else "AUTOCOMMIT",
        async_creator=lambda: connect(url),
        connect_args={"prepared_statement_cache_size": STATEMENTS_KEPT},
    )
    listen(engine.sync_engine, "checkout", _refuse_closed)
    return engine


def _refuse_closed(_adapted: object, record: Any, _proxy: object) -> None:
    """After a restart of the server every connection is dead: make new ones instead of failing once with each."""
    if record.driver_connection.is_closed():
        raise InvalidatePoolError("the server has closed this connection")


async def driver_of(connection: AsyncConnection) -> Driver:
    raw = await connection.get_raw_connection()
    return cast(Driver, raw.driver_connection)
