"""linphonec as a telephone: its settings in a folder of its own, commands on its standard input."""

import asyncio
from pathlib import Path
from typing import Self


class Linphone:
    """`words` are more of its command line; what it shows goes to the file `out` of `home`."""

    def __init__(self, home: Path, settings: str, *words: str) -> None:
        self.home = home
        self._words = words
        for part in (".local/share/linphone", ".config/linphone"):
            (home / part).mkdir(parents=True)
        (home / "rc").write_text(settings)

    async def __aenter__(self) -> Self:
        with (self.home / "out").open("wb") as out:
            self.process = await asyncio.create_subprocess_exec(
                *("linphonec", *self._words, "-c", str(self.home / "rc")),
                stdin=asyncio.subprocess.PIPE,
                stdout=out,
                stderr=out,
                env={"HOME": str(self.home), "PATH": "/usr/bin:/bin"},
            )
        return self

    async def __aexit__(self, *_: object) -> None:
        self.process.kill()
        await self.process.wait()

    async def says(self, *commands: str) -> None:
        """Type them, a line each."""
        assert self.process.stdin is not None
        self.process.stdin.write("".join(f"{command}\n" for command in commands).encode())
        await self.process.stdin.drain()

    def shows(self) -> str:
        """What it has written so far."""
        return (self.home / "out").read_text(errors="replace")
