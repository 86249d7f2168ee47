"""The commands about records, as an operator types them."""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import UUID

import pytest
from click.testing import CliRunner, Result

from api.cli import main
from gateway.traces.model import Packet, Trace, TraceEntry, TraceLeg
from kernel.contracts.codec import pack

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
    assert "1 keys and credentials of tenants" in result.output
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


class TestCalls:
    @staticmethod
    def traced(operator: Operator) -> tuple[str, str]:
        """A tenant, and a call of it with one message that was captured."""
        tenant = operator.types("audit", "verify").output.split()[0]
        trace = Trace(
            legs=(TraceLeg("a84b4c76e66710", "inbound"),),
            entries=(TraceEntry(1e9, 0, False, "INVITE", 0, 1, "UDP", "198.51.100.7:5060"),),
        )
        packets = (Packet(1e9, False, ("192.0.2.2", 5060), ("198.51.100.7", 5060), b"INVITE sip:a SIP/2.0\r\n\r\n"),)
        call = UUID(int=77)
        with closing(sqlite3.connect(operator.folder / "cordboard.db")) as raw:
            row = (call.hex, UUID(tenant).hex, "2026-03-02 09:00:00.000000", pack(trace), pack(packets))
            raw.execute("INSERT INTO call_traces VALUES (?, ?, ?, ?, ?)", row)
            raw.commit()
        return tenant, str(call)

    def test_a_ladder_is_drawn_and_packets_are_written_and_audited(self, operator: Operator, tmp_path: Path) -> None:
        _, call = self.traced(operator)
        shown = operator.types("call", "trace", call)
        assert shown.exit_code == 0, shown.output
        assert "A  inbound, 198.51.100.7:5060 UDP, Call-ID a84b4c76e66710" in shown.output
        assert '"method": "INVITE"' in operator.types("call", "trace", call, "--json").output
        file = tmp_path / "call.pcap"
        assert operator.types("call", "trace", call, "--pcap", str(file)).exit_code == 0
        assert file.read_bytes().endswith(b"INVITE sip:a SIP/2.0\r\n\r\n")
        with closing(sqlite3.connect(operator.folder / "cordboard.db")) as raw:
            actions = [row[0] for row in raw.execute("SELECT action FROM audit_entries ORDER BY sequence DESC LIMIT 2")]
        assert actions[0] == "call.signalling_read"
        assert actions[1] != "call.signalling_read", "drawing alone shows nothing of a person"

    def test_a_capture_has_an_end_and_is_audited(self, operator: Operator) -> None:
        tenant, _ = self.traced(operator)
        assert operator.types("call", "capture", "--tenant", tenant).exit_code == 2
        assert operator.types("call", "capture", "--tenant", tenant, "--number", "x").exit_code == 1
        words = ("call", "capture", "--tenant", tenant, "--number", "+442071838750")
        assert operator.types(*words, "--minutes", "600").exit_code == 2
        assert operator.types(*words, "--minutes", "5").exit_code == 0
        with closing(sqlite3.connect(operator.folder / "cordboard.db")) as raw:
            assert [row[0] for row in raw.execute("SELECT number FROM signalling_captures")] == ["+442071838750"]
            (action,) = raw.execute("SELECT action FROM audit_entries ORDER BY sequence DESC LIMIT 1").fetchone()
        assert action == "call.capture_begun"

    def test_an_unknown_call_is_said_in_words(self, operator: Operator) -> None:
        result = operator.types("call", "trace", str(UUID(int=1)))
        assert (result.exit_code, "No signalling is kept" in result.output) == (1, True)
