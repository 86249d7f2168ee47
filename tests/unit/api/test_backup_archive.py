"""What is not a backup of ours is refused before anything of it is read, and nothing lands outside of the folder."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest

from api.backup.archive import MANIFEST, reading
from api.backup.errors import BadBackup


def link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def pipe(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type = tarfile.FIFOTYPE
    return member


def packed(target: Path, *members: tarfile.TarInfo) -> Path:
    with tarfile.open(target, "w") as archive:
        for member in members:
            member.size = 3 if member.isfile() else 0
            archive.addfile(member, io.BytesIO(b"abc"))
    return target


def test_files_in_folders_are_found_again(tmp_path: Path) -> None:
    made = packed(tmp_path / "b.tar", tarfile.TarInfo(MANIFEST), tarfile.TarInfo("blobs/a/b"))
    with reading(made) as folder:
        assert (folder / MANIFEST).read_bytes() == (folder / "blobs/a/b").read_bytes() == b"abc"
    assert list(tmp_path.iterdir()) == [made]


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (tarfile.TarInfo, "../out"),
        (tarfile.TarInfo, "blobs/../../out"),
        (tarfile.TarInfo, "/out"),
        (link, "blobs/out"),
        (pipe, "blobs/out"),
    ],
)
def test_what_no_backup_holds_is_refused(tmp_path: Path, make: Callable[[str], tarfile.TarInfo], name: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    made = packed(home / "b.tar", make(name))
    with pytest.raises(BadBackup, match="does not belong in one"), reading(made):
        pass
    assert [*tmp_path.iterdir(), *home.iterdir()] == [home, made]


def test_what_is_no_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "b.tar").write_bytes(b"paper")
    with pytest.raises(BadBackup, match="is no backup"), reading(tmp_path / "b.tar"):
        pass
