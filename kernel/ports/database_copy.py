"""A copy of the whole database as one file, made while others write, and put back into an empty one."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

Progress = Callable[[int, int], None]
"""Called with what is done and of how much, in bytes; 0 of 0 where nobody knows."""


class DatabaseCopy(Protocol):
    @property
    def kind(self) -> str:
        """What kind of database can take the copy."""
        ...

    async def dump(self, target: Path, questions: Sequence[str], progress: Progress) -> list[list[str]]:
        """Write the file; answers each question (SQL that gives one column of text) as of the moment of the copy."""
        ...

    async def require_empty(self) -> None:
        """NotEmpty when something would be overwritten."""
        ...

    async def restore(self, source: Path) -> None: ...
