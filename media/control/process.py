"""The engine as a process with a life of its own: found on its socket, or started so that it outlives us."""

import asyncio
import contextlib
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Generator
from itertools import chain
from pathlib import Path
from typing import Literal

import msgspec
import structlog

from kernel.contracts.engine import EngineLost

BINARY_NAME = "cordboard-media"
BINARY_PLACES = (
    Path(__file__).parents[1] / "bin",  # inside an installed wheel
    Path(__file__).parents[1] / "engine" / "target" / "release",  # a checkout
)
START_SECONDS = 10.0  # it starts in milliseconds; a machine that swaps needs longer
STOP_SECONDS = 5.0  # it closes its recordings within this; then it is killed
POLL_SECONDS = 0.02
LOG_BYTES = 10 << 20  # a larger log is set aside at the next start
LOG_TAIL_BYTES = 2_000  # as much of the log as an error message can bear
STARTED_AT = 19  # `starttime` in /proc/pid/stat, counted after the name, see proc(5)
CREDENTIALS = struct.Struct("3i")  # pid, uid, gid: `struct ucred` of SO_PEERCRED, see unix(7)

log = structlog.get_logger(__name__)


Slot = Literal["a", "b"]  # two engines live side by side during an upgrade, each in one


def _next_port(address: str) -> str:
    host, _, port = address.rpartition(":")
    return f"{host}:{int(port) + 1 if int(port) else 0}"


class EngineSettings(msgspec.Struct, frozen=True, kw_only=True):
    """How an engine is started. `folder` takes its socket, its log and the lock that keeps two from being started."""

    folder: Path
    rtp_host: str = "127.0.0.1"
    announce: str = ""  # written into SDP and ICE candidates; empty: `rtp_host`
    rtp_ports: str = "20000-29999"
    webrtc: str = "127.0.0.1:3478"
    second_webrtc: str = ""  # of the other engine during an upgrade; empty: the port after `webrtc`
    workers: int = 0  # packet threads; 0: one per core
    max_legs: int = 0  # of these, 0 is what the engine takes for itself
    max_players: int = 0
    max_recorders: int = 0
    max_detectors: int = 0
    spool_reserve_bytes: int = 512 << 20  # with less space for recordings, new ones are refused
    metrics: str = ""  # host:port of its Prometheus page, the other engine's on the next port; empty: none
    binary: Path | None = None
    slot: Slot = "a"

    @property
    def socket(self) -> Path:
        return self.folder / f"{self._name}.sock"

    @property
    def log(self) -> Path:
        return self.folder / f"{self._name}.log"

    @property
    def _name(self) -> str:
        return "engine" if self.slot == "a" else f"engine-{self.slot}"

    def other(self) -> "EngineSettings":
        """Of the engine that takes the place of this one."""
        return msgspec.structs.replace(self, slot="b" if self.slot == "a" else "a")

    @property
    def shared_port(self) -> str:
        """Where this slot's engine listens for browsers: two processes cannot have the same port."""
        if self.slot == "a":
            return self.webrtc
        return self.second_webrtc or _next_port(self.webrtc)

    @property
    def metrics_page(self) -> str:
        return self.metrics if self.slot == "a" or not self.metrics else _next_port(self.metrics)

    @property
    def lock(self) -> Path:
        return self.folder / "engine.lock"


def find_binary() -> Path:
    """EngineLost says how to get one."""
    for place in BINARY_PLACES:
        if os.access(place / BINARY_NAME, os.X_OK):
            return place / BINARY_NAME
    raise EngineLost(f"there is no {BINARY_NAME}: build it with `make engine`")


class EngineProcess:
    """Attach to a living engine or start one; it goes on when we end, until somebody calls `stop`."""

    def __init__(self, settings: EngineSettings) -> None:
        self._settings = settings
        self._children: set[int] = set()

    async def ensure(self) -> None:
        """An engine listens on the socket when this returns; EngineLost when it cannot be started."""
        await asyncio.to_thread(self._ensure)

    async def stop(self) -> bool:
        """End the engine, whoever started it, with all its calls; False when there was none."""
        return await asyncio.to_thread(self._stop)

    def pid(self) -> int | None:
        """The process that listens on the socket; None when there is none."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
            try:
                probe.connect(str(self._settings.socket))
            except (FileNotFoundError, ConnectionRefusedError):
                return None
            found = probe.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, CREDENTIALS.size)
        return CREDENTIALS.unpack(found)[0]

    def started_at(self) -> int | None:
        """When the process that listens was started, in clock ticks since the machine's start; None without one."""
        pid = self.pid()
        if pid is None:
            return None
        try:
            return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[STARTED_AT])
        except FileNotFoundError:
            return None

    def installed_version(self) -> str:
        """Of the binary that would be started now; blocks. EngineLost when there is none that says it."""
        command = [str(self._settings.binary or find_binary()), "--version"]
        try:
            said = subprocess.run(  # noqa: S603 (the binary that is started as well)
                command, capture_output=True, check=True, text=True, timeout=START_SECONDS
            ).stdout
        except (OSError, subprocess.SubprocessError) as error:
            raise EngineLost(f"{command[0]} does not tell its version: {error}") from error
        return said.rpartition(" ")[2].strip()

    def _ensure(self) -> None:
        self._reap()
        if self.pid() is not None:
            return
        self._settings.folder.mkdir(parents=True, exist_ok=True)
        with self._alone():
            if self.pid() is None:
                self._start()

    @contextlib.contextmanager
    def _alone(self) -> Generator[None]:
        with self._settings.lock.open("w") as handle:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield

    def _start(self) -> None:
        command = self._command()
        self._settings.socket.unlink(missing_ok=True)
        self._set_log_aside()
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        pid = os.posix_spawn(
            command[0],
            command,
            os.environ,
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_OPEN, 1, str(self._settings.log), flags, 0o600),
                (os.POSIX_SPAWN_DUP2, 1, 2),
            ],
            setsid=True,  # neither our terminal's Ctrl-C nor our end reaches it
        )
        self._children.add(pid)
        log.info("engine.started", pid=pid, socket=str(self._settings.socket))
        self._await_listening(pid)

    def _command(self) -> list[str]:
        settings = self._settings
        command = [
            str(settings.binary or find_binary()),
            *("--socket", str(settings.socket)),
            *("--rtp-host", settings.rtp_host),
            *("--rtp-ports", settings.rtp_ports),
            *("--webrtc", settings.shared_port),
            *("--spool-reserve-bytes", str(settings.spool_reserve_bytes)),
        ]
        optional = {
            "--workers": settings.workers,
            "--max-legs": settings.max_legs,
            "--max-players": settings.max_players,
            "--max-recorders": settings.max_recorders,
            "--max-detectors": settings.max_detectors,
            "--announce": settings.announce,
            "--metrics": settings.metrics_page,
        }
        return [*command, *chain.from_iterable((name, str(value)) for name, value in optional.items() if value)]

    def _await_listening(self, pid: int) -> None:
        for _ in range(int(START_SECONDS / POLL_SECONDS)):
            if self.pid() is not None:
                return
            if self._has_ended(pid):
                raise EngineLost(f"the engine ended at its start: {self._log_tail()}")
            time.sleep(POLL_SECONDS)
        raise EngineLost(f"the engine did not listen within {START_SECONDS:.0f} s: {self._log_tail()}")

    def _stop(self) -> bool:
        pid = self.pid()
        if pid is None:
            return False
        for ending in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, ending)
            for _ in range(int(STOP_SECONDS / POLL_SECONDS)):
                if self._has_ended(pid):
                    log.info("engine.stopped", pid=pid, signal=ending.name)
                    return True
                time.sleep(POLL_SECONDS)
        raise EngineLost(f"the engine (process {pid}) does not end")

    def _has_ended(self, pid: int) -> bool:
        self._reap()
        try:
            state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except FileNotFoundError:
            return True
        return state == "Z"  # dead, and its parent (perhaps another part of this process) has not taken note yet

    def _reap(self) -> None:
        """Take leave of engines of ours that ended, so that none stays as a zombie."""
        for pid in list(self._children):
            with contextlib.suppress(ChildProcessError):
                if os.waitpid(pid, os.WNOHANG) == (0, 0):
                    continue
            self._children.discard(pid)

    def _set_log_aside(self) -> None:
        log_file = self._settings.log
        if log_file.exists() and log_file.stat().st_size > LOG_BYTES:
            log_file.replace(log_file.with_suffix(".log.1"))

    def _log_tail(self) -> str:
        try:
            return self._settings.log.read_bytes()[-LOG_TAIL_BYTES:].decode(errors="replace").strip()
        except OSError as error:
            return f"no log ({error})"
