"""The journal of SQLite is put into the database, and begun anew, while nobody else writes and away from the loop."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from kernel.adapters import sqlite_journal
from kernel.adapters.sqlite_journal import SqliteJournal

SALT = slice(16, 24)  # of the journal's header; another one each time that the journal begins anew
LINE = "INSERT INTO lines VALUES (1)"


class Writers:
    """Somebody else writes just before the turn is taken, after the bulk of the checkpoint."""

    def __init__(self, writer: sqlite3.Connection) -> None:
        self.writer = writer
        self.taken = 0
        self.given_back = 0

    async def take(self) -> None:
        self.writer.execute(LINE)
        self.taken += 1

    def give_back(self) -> None:
        self.given_back += 1


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "lines.db", isolation_level=None)
    for words in ("PRAGMA journal_mode=WAL", "PRAGMA wal_autocheckpoint=0", "CREATE TABLE lines (number INTEGER)"):
        connection.execute(words)
    yield connection
    connection.close()


def salt(folder: Path) -> bytes:
    return (folder / "lines.db-wal").read_bytes()[SALT]


async def test_the_thread_of_a_checkpoint_begins_the_journal_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: sqlite3.Connection
) -> None:
    monkeypatch.setattr(sqlite_journal, "CHECKPOINT_CHANGES", 2)
    writers = Writers(writer)
    journal = SqliteJournal(tmp_path / "lines.db", writers)
    first = salt(tmp_path)
    journal.count(1)
    await journal.close()
    assert (writers.taken, salt(tmp_path)) == (0, first)
    journal.count(1)
    await journal.close()
    begun = salt(tmp_path)
    assert (writers.taken, writers.given_back) == (1, 1)
    assert begun != first
    writer.execute(LINE)
    assert salt(tmp_path) == begun


async def test_a_journal_that_is_written_to_begins_anew_once_it_is_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, writer: sqlite3.Connection
) -> None:
    monkeypatch.setattr(sqlite_journal, "CHECKPOINT_CHANGES", 2)
    writers = Writers(writer)
    journal = SqliteJournal(tmp_path / "lines.db", writers)
    journal.count(2)
    journal.count(1)  # meanwhile
    await journal.close()
    assert writers.taken == 0
    monkeypatch.setattr(sqlite_journal, "JOURNAL_BYTES", 1)
    first = salt(tmp_path)
    journal.count(1)
    journal.count(1)
    await journal.close()
    assert (writers.taken, writers.given_back) == (1, 1)
    assert salt(tmp_path) != first
