"""The commands about records, as an operator types them."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from api.cli import main

PASSWORD = "correct horse battery staple"


class Operator:
    """On a machine with one tenant, in SQLite."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "var"
        assert (
            self.types("init", "--tenant", "Example", "--email", "a@example.org", "--password", PASSWORD).exit_code == 0
        )

    def types(self, *words: str, folder: Path | None = None, passphrase: str = "") -> Result:
        environment = {"CORDBOARD_STORAGE__FOLDER": str(folder or self.folder)}
        environment |= {"CORDBOARD_BACKUP_PASSPHRASE": passphrase} if passphrase else {}
        return CliRunner().invoke(main, list(words), env=environment)

    def tampers(self, statement: str) -> None:
        with closing(sqlite3.connect(self.folder / "cordboard.db")) as raw:
            raw.execute("DROP TRIGGER audit_entries_no_update")
            raw.execute("DROP TRIGGER audit_entries_no_delete")
            raw.execute(statement)
            raw.commit()


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    return Operator(tmp_path)


def test_a_whole_audit_prints_heads_and_ends_well(operator: Operator) -> None:
    result = operator.types("audit", "verify")
    assert result.exit_code == 0, result.output
    tenant, head = result.output.split()
    assert re.fullmatch(r"\d+:[0-9a-f]{64}", head)
    assert operator.types("audit", "verify", "--tenant", tenant, "--head", head).exit_code == 0


def test_a_changed_entry_is_named_and_ends_badly(operator: Operator) -> None:
    operator.tampers("UPDATE audit_entries SET agent = 'nobody' WHERE sequence = 2")
    result = operator.types("audit", "verify")
    assert result.exit_code == 1
    assert re.search(r"is broken at 2, entry [0-9a-f-]{36}: it was changed", result.output)


def test_what_was_cut_off_with_its_head_is_found_by_a_kept_one(operator: Operator) -> None:
    tenant, head = operator.types("audit", "verify").output.split()
    operator.tampers("DELETE FROM audit_entries WHERE sequence > 1")
    with closing(sqlite3.connect(operator.folder / "cordboard.db")) as raw:
        raw.execute("UPDATE audit_heads SET sequence = 1, hash = (SELECT hash FROM audit_entries)")
        raw.commit()
    assert operator.types("audit", "verify").exit_code == 0
    result = operator.types("audit", "verify", "--tenant", tenant, "--head", head)
    assert result.exit_code == 1
    assert "cut off" in result.output


def test_a_head_is_one_tenants(operator: Operator) -> None:
    assert operator.types("audit", "verify", "--head", "1:00").exit_code == 2


def test_keys_are_rotated_and_that_is_written_down(operator: Operator) -> None:
    key = operator.folder / "server.key"
    old = key.read_bytes()
    assert operator.types("keys", "rotate").exit_code == 0
    result = operator.types("keys", "rotate", "--server")
    assert "1 keys of tenants" in result.output
    assert (key.read_bytes()[32:], key.stat().st_mode & 0o777) == (old, 0o600)
    with closing(sqlite3.connect(operator.folder / "cordboard.db")) as raw:
        actions = [row[0] for row in raw.execute("SELECT action FROM audit_entries ORDER BY sequence DESC LIMIT 2")]
    assert actions == ["keys.rewrapped", "keys.renewed"]
    assert operator.types("audit", "verify").exit_code == 0


def test_a_key_file_may_lie_elsewhere(tmp_path: Path) -> None:
    elsewhere = tmp_path / "usb" / "server.key"
    elsewhere.parent.mkdir()
    words = ("init", "--tenant", "Example", "--email", "a@example.org", "--password", PASSWORD)
    environment = {
        "CORDBOARD_STORAGE__FOLDER": str(tmp_path / "var"),
        "CORDBOARD_STORAGE__KEY_FILE": str(elsewhere),
    }
    assert CliRunner().invoke(main, list(words), env=environment).exit_code == 0
    assert elsewhere.stat().st_size == 32
    assert list((tmp_path / "var").rglob("*.key")) == []


def test_a_backup_is_restored_into_another_folder(operator: Operator, tmp_path: Path) -> None:
    target, folder = tmp_path / "saved.tar", tmp_path / "other"
    secret = "nine lives"
    saved = operator.types("backup", str(target), passphrase=secret)
    assert (saved.exit_code, "2 files" in saved.output) == (0, True), saved.output
    wrong = operator.types("restore", str(target), folder=folder, passphrase="guess")
    assert (wrong.exit_code, "passphrase" in wrong.output) == (1, True)
    restored = operator.types("restore", str(target), folder=folder, passphrase=secret)
    assert restored.exit_code == 0, restored.output
    assert operator.types("audit", "verify", folder=folder).output == operator.types("audit", "verify").output
    again = operator.types("restore", str(target), folder=folder, passphrase=secret)
    assert (again.exit_code, "empty" in again.output) == (1, True)


def test_what_is_no_backup_is_said_so(operator: Operator, tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("dear all")
    result = operator.types("restore", str(tmp_path / "letter.txt"), folder=tmp_path / "other")
    assert result.exit_code == 1
    assert "This backup cannot be restored" in result.output
