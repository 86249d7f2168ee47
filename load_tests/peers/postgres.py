"""A PostgreSQL server of our own: made in a temporary folder, listening on a Unix socket only, gone without a trace."""

import asyncio
import itertools
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any, Self, cast

import asyncpg  # pyright: ignore[reportMissingTypeStubs]

DEBIAN = Path("/usr/lib/postgresql")
ROLE = "cordboard"
ADMINISTRATOR = "administrator"
START_SECONDS = 30.0
MEMORY = Path("/dev/shm")
PREFIX = "cordboard-pg-"
OLD_SECONDS = 6 * 3600.0
MEMORY_BYTES = 2 << 30  # the tests' databases take some 300 MB
FAST = (  # what a crash would cost does not matter to a server that is thrown away
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "listen_addresses=",
    "max_connections=200",
    "max_wal_size=256MB",
    "autovacuum_naptime=10min",
    "log_min_messages=fatal",
)


def binaries() -> Path | None:
    """The newest installed server's folder."""
    on_path = shutil.which("initdb")
    found = sorted(DEBIAN.glob("*/bin"), key=lambda folder: int(folder.parent.name)) if DEBIAN.exists() else []
    if found:
        return found[-1]
    return None if on_path is None else Path(on_path).parent


def _as_nobody() -> tuple[list[str], int | None]:
    """PostgreSQL refuses to run as root: a prefix that makes it somebody else, and who."""
    end_with_us = ["setpriv", "--pdeathsig=QUIT"]  # the kernel ends it should we be killed
    if os.geteuid() != 0:
        return end_with_us, None
    user = next((name for name in ("postgres", "nobody") if name in {entry.pw_name for entry in pwd.getpwall()}), None)
    if user is None:
        raise RuntimeError("PostgreSQL does not run as root: there must be a user `postgres` or `nobody`")
    entry = pwd.getpwnam(user)
    return [*end_with_us, f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups"], entry.pw_uid


def _quickest() -> Path | None:
    """Memory, where there is enough: a new database is some thousand files, which takes a disk ten times as long."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= MEMORY_BYTES else None


def _sweep() -> None:
    """Give back the memory of servers whose run was killed; no run takes so long."""
    for left in MEMORY.glob(f"{PREFIX}*"):
        if time.time() - left.stat().st_mtime > OLD_SECONDS:
            shutil.rmtree(left, ignore_errors=True)


class PostgresServer:
    """`with PostgresServer() as server:`; each database belongs to ROLE, which is no superuser."""

    def __init__(self, *settings: str) -> None:
        """`settings` of its own, such as "shared_buffers=1GB"; later ones win."""
        self._settings = (*FAST, *settings)
        _sweep()
        self._folder = Path(tempfile.mkdtemp(prefix=PREFIX, dir=_quickest()))
        self._process: subprocess.Popen[bytes] | None = None
        self._numbers = itertools.count(1)

    def __enter__(self) -> Self:
        bin_folder = binaries()
        if bin_folder is None:
            raise RuntimeError("no PostgreSQL server is installed")
        prefix, user = _as_nobody()
        if user is not None:
            os.chown(self._folder, user, -1)
        data, log = self._folder / "data", self._folder / "log"
        options = ["-U", ADMINISTRATOR, "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        subprocess.run([*prefix, bin_folder / "initdb", "-D", data, *options], check=True, capture_output=True)
        settings = [f"-c{setting}" for setting in (*self._settings, f"unix_socket_directories={self._folder}")]
        with log.open("wb") as output:
            self._process = subprocess.Popen(
                [*prefix, bin_folder / "postgres", "-D", data, *settings], stdout=output, stderr=output
            )
        self._wait(bin_folder / "pg_isready")
        self.run(f"CREATE ROLE {ROLE} LOGIN")
        return self

    def __exit__(self, *_: object) -> None:
        if self._process is not None:
            self._process.send_signal(3)  # SIGQUIT: at once
            self._process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _wait(self, ask: Path) -> None:
        assert self._process is not None
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run([ask, "-q", "-h", self._folder], check=False).returncode != 0:
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((self._folder / "log").read_text())
            time.sleep(0.02)

    def url(self, database: str, role: str = ROLE) -> str:
        return f"postgresql://{role}@/{database}?host={self._folder}"

    def run(self, statement: str, database: str = "postgres") -> None:
        """As the administrator, where no event loop runs."""
        asyncio.run(self.execute(statement, database))

    async def execute(self, statement: str, database: str = "postgres") -> None:
        """As the administrator."""
        connection = cast(Any, await asyncpg.connect(self.url(database, ADMINISTRATOR)))  # pyright: ignore[reportUnknownMemberType]
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def create(self, template: str = "template0") -> str:
        """A database of ROLE, like `template`; its name."""
        name = f"cordboard_{next(self._numbers)}"
        await self.execute(f"CREATE DATABASE {name} OWNER {ROLE} TEMPLATE {template}")
        return name

    async def drop(self, database: str) -> None:
        await self.execute(f"DROP DATABASE {database} WITH (FORCE)")
