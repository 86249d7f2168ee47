"""The whole product at once: `cordboard demo` from its start to its end."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

CORDBOARD = Path(sys.executable).with_name("cordboard")
ONCE_SECONDS = 170.0  # 45 are enough on a quiet machine
START_SECONDS = 120.0  # 10 on a quiet machine
END_SECONDS = 50.0


@asynccontextmanager
async def demonstration(folder: Path, *arguments: str) -> AsyncGenerator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        CORDBOARD,
        "demo",
        *arguments,
        env={**os.environ, "CORDBOARD_STORAGE__FOLDER": str(folder), "CORDBOARD_HTTP__PORT": "0", "COLUMNS": "120"},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            await asyncio.wait_for(process.communicate(), END_SECONDS)


def processes_of(folder: Path) -> list[str]:
    """Command lines and working environments that name the folder, but for this test's own process."""
    found: list[str] = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes() + (process / "environ").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in words and process.name != str(os.getpid()):
            found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return found


@pytest.mark.timeout(ONCE_SECONDS + END_SECONDS)
async def test_once_passes_every_check_and_leaves_nothing_running(tmp_path: Path) -> None:
    async with demonstration(tmp_path, "--once", "--json") as process, asyncio.timeout(ONCE_SECONDS):
        output, errors = await process.communicate()
    result = json.loads(output)
    assert [check for check in result["checks"] if not check["ok"]] == []
    assert (process.returncode, result["ok"]) == (0, True), errors.decode()
    assert result["calls"] == {"offered": 5, "answered": 4, "abandoned": 1}
    assert len(result["recordings"]) == 6
    assert all(Path(recording["file"]).stat().st_size > 0 for recording in result["recordings"])
    assert result["kpis"]["answer_rate"] == pytest.approx(80)
    assert result["invoice"]["total_minor"] == sum(line["amount_minor"] for line in result["invoice"]["lines"])
    assert processes_of(tmp_path) == []


@pytest.mark.timeout(START_SECONDS + 2 * END_SECONDS)
async def test_ctrl_c_ends_everything(tmp_path: Path) -> None:
    async with demonstration(tmp_path) as process:
        assert process.stdout is not None
        shown = b""
        async with asyncio.timeout(START_SECONDS):
            while b"password" not in shown:
                shown += await process.stdout.read(4096)
        assert b"alice@demo.example" in shown
        assert len(processes_of(tmp_path)) >= 4, "demonstration, server, engine, carrier"
        process.send_signal(signal.SIGINT)
        async with asyncio.timeout(END_SECONDS):
            await process.communicate()
        assert process.returncode == 0
    assert processes_of(tmp_path) == []
