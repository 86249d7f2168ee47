"""One request, event or timer is one transaction."""

from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, NamedTuple, Protocol, Self

from sqlalchemy import Executable
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from kernel.contracts.base import TenantScope
from kernel.contracts.log import LogEvent, Logged
from kernel.primitives.ids import TenantId


class UnitOfWork(Protocol):
    """Commits on a clean exit, rolls back on an exception; nothing is published unless it committed."""

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    @property
    def session(self) -> AsyncSession: ...

    async def connection(self) -> AsyncConnection:
        """The session's, for statements in SQLAlchemy Core: a session costs as much as a short query."""
        ...

    def emit(self, subject: str, payload: bytes) -> None:
        """Leaves through an outbox row of this transaction, after the commit, in order."""
        ...

    async def append(self, *events: LogEvent) -> Sequence[Logged]:
        """Write to the tenants' logs and emit each as `log.<tenant>`; an event id already in the log is left out."""
        ...

    async def log_end(self, tenant: TenantId) -> int:
        """The last sequence of the tenant's log; 0: it is empty."""
        ...


Rows = tuple[Executable, Sequence[Mapping[str, Any]]]
"""A statement that is a constant of a module and whose values are bind parameters, with the values of every row."""


class Overtaken(Exception):
    """What a change is `only_if` is so no more: somebody else wrote meanwhile, and nothing of the change was."""


class Change(NamedTuple):
    """What a unit of work would do where all of it is known beforehand: written whole or not at all.

    First `rows`, then `events` are appended, and `emitted`, as (subject, payload), leaves with the commit. `patient`:
    nobody needs it soon, so it waits a twentieth of a second for a commit to share. `at_once`: somebody waits for it,
    so it waits for no others, but takes along those that wait already. `only_if`: a statement for one row that must
    touch it, before all else; where it does not, `record` raises Overtaken. By it what was read beforehand is known to
    be true still.
    """

    scope: TenantScope | None
    rows: Sequence[Rows] = ()
    events: Sequence[LogEvent] = ()
    emitted: Sequence[tuple[str, bytes]] = ()
    patient: bool = False
    at_once: bool = False
    only_if: tuple[Executable, Mapping[str, Any]] | None = None


class Database(Protocol):
    """With a scope, a database that has row-level security shows and takes that tenant's rows only.

    Without one the work is the operator's: log-in, the provider's console, what goes over all tenants. Repositories
    name the tenant in their queries in either case; the database stands behind them.
    """

    def write(self, scope: TenantScope | None = None) -> UnitOfWork: ...

    def read(self, scope: TenantScope | None = None) -> UnitOfWork:
        """Reads only: emit and append are refused."""
        ...

    async def record(self, change: Change) -> Sequence[Logged]:
        """Returns when it is committed, in the order of the calls but for patient ones; several may share one commit.

        One that fails takes no other with it. Never inside a writing unit of work, which it would wait for.
        """
        ...

    async def read_log(self, tenant: TenantId, after: int = 0, limit: int = 10_000) -> Sequence[Logged]: ...
