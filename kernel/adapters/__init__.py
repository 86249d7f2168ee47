"""The embedded and the scaled variants of the kernel's ports; only the composition root imports them."""

from kernel.adapters.blob_store import FolderBlobStore
from kernel.adapters.bus import BusClosed, InProcessBus
from kernel.adapters.callback_numbers import EventLogCallbacks
from kernel.adapters.database_copy import PostgresCopy, SqliteCopy
from kernel.adapters.lease import LocalLease
from kernel.adapters.log_doors import log_doors
from kernel.adapters.logging import configure_logging
from kernel.adapters.postgres import PostgresDatabase
from kernel.adapters.postgres_driver import DatabaseUnusable
from kernel.adapters.postgres_lease import PostgresLease
from kernel.adapters.relay import Relay
from kernel.adapters.sqlite import SqliteDatabase, sqlite_url
from kernel.adapters.system import SystemClock, SystemIds
from kernel.adapters.tables import metadata
from kernel.adapters.web import GuardedWeb

__all__ = [
    "BusClosed",
    "DatabaseUnusable",
    "EventLogCallbacks",
    "FolderBlobStore",
    "GuardedWeb",
    "InProcessBus",
    "LocalLease",
    "PostgresCopy",
    "PostgresDatabase",
    "PostgresLease",
    "Relay",
    "SqliteCopy",
    "SqliteDatabase",
    "SystemClock",
    "SystemIds",
    "configure_logging",
    "log_doors",
    "metadata",
    "sqlite_url",
]
