"""Copies of both databases: SQLite by its online backup, PostgreSQL by pg_dump and pg_restore."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit, urlunsplit

from kernel.adapters.postgres_driver import connect
from kernel.adapters.row_security import EVERY_TENANT, SETTING, setting_of
from kernel.ports.database_copy import Progress
from kernel.primitives.errors import CordboardError
from kernel.primitives.secret import Secret

PAGES = 2_048  # 8 MB between two signs of progress
DEBIAN = Path("/usr/lib/postgresql")  # where servers of several versions lie, none of them on the path
TOLD_EVERY_SECONDS = 0.5
BARE = ("--no-owner", "--no-acl")  # whoever restores it owns it
TOLD = 2_000  # characters of what a failed program said


class NotEmpty(CordboardError):
    """A restore overwrites nothing."""

    code = "not_empty"
    status = 409
    title = "A backup is restored into an empty place only"


class CopyFailed(CordboardError):
    """The database's own tool failed; the detail is what it said."""

    code = "copy_failed"
    status = 500
    title = "The database could not be copied"


class SqliteCopy:
    """kernel.ports.database_copy.DatabaseCopy of one file."""

    kind = "sqlite"

    def __init__(self, path: Path) -> None:
        self._path = path

    async def dump(self, target: Path, questions: Sequence[str], progress: Progress) -> list[list[str]]:
        return await asyncio.to_thread(self._dump, target, questions, progress)

    def _dump(self, target: Path, questions: Sequence[str], progress: Progress) -> list[list[str]]:
        """One reading transaction around it all: writers go on, and the copy is of its first moment."""
        if not self._path.exists():
            raise CopyFailed(f"There is no database {self._path}.")
        with (
            closing(sqlite3.connect(self._path, isolation_level=None)) as source,
            closing(sqlite3.connect(target)) as copy,
        ):
            source.execute("BEGIN")
            size = source.execute("PRAGMA page_size").fetchone()[0]
            source.execute("SELECT count(*) FROM sqlite_master").fetchone()

            def told(_status: int, left: int, total: int) -> None:
                progress((total - left) * size, total * size)

            source.backup(copy, pages=PAGES, progress=told)
            copy.execute("PRAGMA journal_mode=DELETE")  # one file, without a journal beside it
            return [[row[0] for row in copy.execute(question)] for question in questions]

    async def require_empty(self) -> None:
        if self._path.exists():
            raise NotEmpty(f"{self._path} is there: name another storage folder, or move it away.")

    async def restore(self, source: Path) -> None:
        await asyncio.to_thread(self._restore, source)

    def _restore(self, source: Path) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(source)) as copy, closing(sqlite3.connect(self._path)) as target:
            copy.backup(target)
            found = target.execute("PRAGMA integrity_check").fetchone()[0]
            if found != "ok":
                raise CopyFailed(f"The restored database is damaged: {found}.")
            target.execute("PRAGMA journal_mode=WAL")


class PostgresCopy:
    """The same of a PostgreSQL database that our role owns; walls between tenants stay up, and we say who we are."""

    kind = "postgresql"

    def __init__(self, url: Secret) -> None:
        self._url = url

    async def dump(self, target: Path, questions: Sequence[str], progress: Progress) -> list[list[str]]:
        driver = await self._connect()
        try:
            await driver.execute(
                f"SET idle_in_transaction_session_timeout = 0; "
                f"BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY; SELECT {setting_of(None)}"
            )
            [(snapshot, size)] = await driver.fetch("SELECT pg_export_snapshot(), pg_database_size(current_database())")
            answers = [[row[0] for row in await driver.fetch(question)] for question in questions]
            arguments = ("--format=custom", *BARE, f"--snapshot={snapshot}", f"--file={target}")
            running = asyncio.create_task(self._run("pg_dump", *arguments))
            while not running.done():
                await asyncio.wait({running}, timeout=TOLD_EVERY_SECONDS)
                progress(await asyncio.to_thread(_size, target), size)
            await running
        finally:
            await driver.close()
        return answers

    async def require_empty(self) -> None:
        driver = await self._connect()
        try:
            [(tables,)] = await driver.fetch(
                "SELECT count(*) FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
            )
        finally:
            await driver.close()
        if tables:
            raise NotEmpty(f"The database has {tables} tables: make a new one and name it in storage.database.")

    async def restore(self, source: Path) -> None:
        await self._run("pg_restore", *BARE, "--single-transaction", "--exit-on-error", str(source))

    async def _connect(self) -> Any:
        return await connect(self._url)

    async def _run(self, program: str, *arguments: str) -> None:
        """CopyFailed with what it said. The password goes by the environment, which other users cannot read."""
        url, environment = without_password(self._url)
        process = await asyncio.create_subprocess_exec(
            _binary(program),
            "--enable-row-security",
            f"--dbname={url}",
            *arguments,
            env={**os.environ, **environment, "PGOPTIONS": f"-c {SETTING}={EVERY_TENANT}"},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, said = await process.communicate()
        except asyncio.CancelledError:
            process.kill()
            await process.wait()
            raise
        if process.returncode != 0:
            raise CopyFailed(f"{program} said: {said.decode(errors='replace').strip()[-TOLD:]}")


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _binary(program: str) -> str:
    """The newest that is installed: an older one cannot read a newer server."""
    found = sorted(DEBIAN.glob(f"*/bin/{program}"), key=lambda path: int(path.parents[1].name))
    path = str(found[-1]) if found else shutil.which(program)
    if path is None:
        raise CopyFailed(f"{program} is not installed: install PostgreSQL's client programs (postgresql-client).")
    return path


def without_password(url: Secret) -> tuple[str, Mapping[str, str]]:
    """The URL as others may see it, and the environment that has the rest."""
    parts = urlsplit(url.reveal())
    query = dict(parse_qsl(parts.query))
    password = unquote(parts.password) if parts.password else query.pop("password", None)
    user = f"{quote(unquote(parts.username), safe='')}@" if parts.username else ""
    host = parts.netloc.rpartition("@")[2]
    bare = urlunsplit((parts.scheme, user + host, parts.path, urlencode(query), ""))
    return bare, {} if password is None else {"PGPASSWORD": password}
